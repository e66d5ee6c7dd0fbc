#include "wire/quic.h"

#include <stdlib.h>
#include <string.h>

#include "wire/quic_parts.h"
#include "wire/varint.h"

enum {
	VERSION_1 = QUIC_VERSION_1,
	VERSION_2 = QUIC_VERSION_2,
	VERSION_2_DRAFT = 0x709a50c4,
	VERSION_Q050 = 0x51303530,
	VERSION_T050 = 0x54303530,
	VERSION_T051 = 0x54303531,
	FRAME_PADDING = 0x00,
	FRAME_PING = 0x01,
	FRAME_ACK = 0x02,
	FRAME_ACK_ECN = 0x03,
	FRAME_CRYPTO = 0x06,
	FRAME_CRYPTO_GOOGLE = 0x08, /* of T050 and T051 */
	HELLO_CLIENT = 1,
	SAMPLE_LEN = 16,
	TAG_LEN = 16,
};

static const uint32_t VERSION_DRAFT_29 = 0xff00001d;

bool quic_version_is_2(uint32_t version)
{
	return version == VERSION_2 || version == VERSION_2_DRAFT;
}

/* The draft that a version counts as, 0 if none: mvfst is Facebook's. */
static unsigned draft_of(uint32_t version)
{
	if (version == 0xfaceb001)
		return 22;
	if (version == 0xfaceb002 || version == 0xfaceb00e)
		return 27;
	return version >> 8 == 0xff0000 ? version & 0xff : 0;
}

const uint8_t *quic_salt(uint32_t version)
{
	static const uint8_t
	    v1[20] = "\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a",
	    v2[20] = "\x0d\xed\xe3\xde\xf7\x00\xa6\xdb\x81\x93\x81\xbe\x6e\x26\x9d\xcb\xf9\xbd\x2e\xd9",
	    v2_draft[20] = "\xa7\x07\xc2\x03\xa5\x9b\x47\x18\x4a\x1d\x62\xca\x57\x04\x06\xea\x7a\xe3\xe5\xd3",
	    draft_29[20] = "\xaf\xbf\xec\x28\x99\x93\xd2\x4c\x9e\x97\x86\xf1\x9c\x61\x11\xe0\x43\x90\xa8\x99",
	    draft_23[20] = "\xc3\xee\xf7\x12\xc7\x2e\xbb\x5a\x11\xa7\xd2\x43\x2b\xb4\x63\x65\xbe\xf9\xf5\x02",
	    draft_22[20] = "\x7f\xbc\xdb\x0e\x7c\x66\xbb\xe9\x19\x3a\x96\xcd\x21\x51\x9e\xbd\x7a\x02\x64\x4a",
	    q050[20] = "\x50\x45\x74\xef\xd0\x66\xfe\x2f\x9d\x94\x5c\xfc\xdb\xd3\xa7\xf0\xd3\xb5\x6b\x45",
	    t050[20] = "\x7f\xf5\x79\xe5\xac\xd0\x72\x91\x55\x80\x30\x4c\x43\xa2\x36\x7c\x60\x48\x83\x10",
	    t051[20] = "\x7a\x4e\xde\xf4\xe7\xcc\xee\x5f\xa4\x50\x6c\x19\x12\x4f\xc8\xcc\xda\x6e\x03\x3d";
	unsigned draft = draft_of(version);
	switch (version) {
	case VERSION_1:
		return v1;
	case VERSION_2:
		return v2;
	case VERSION_2_DRAFT:
		return v2_draft;
	case VERSION_Q050:
		return q050;
	case VERSION_T050:
		return t050;
	case VERSION_T051:
		return t051;
	default:
		if (draft >= 33 && draft <= 34)
			return v1;
		if (draft >= 29 && draft <= 32)
			return draft_29;
		if (draft >= 23 && draft <= 28)
			return draft_23;
		return draft == 22 ? draft_22 : NULL;
	}
}

bool quic_version_known(uint32_t version)
{
	return quic_salt(version) != NULL;
}

/* A client asks for version negotiation with such a one (RFC 9000 15), and comes again. */
static bool is_greased(uint32_t version)
{
	return (version & 0x0f0f0f0f) == 0x0a0a0a0a;
}

static enum quic_type long_type(uint32_t version, uint8_t first)
{
	static const enum quic_type v1[] = { QUIC_INITIAL, QUIC_ZERO_RTT, QUIC_HANDSHAKE, QUIC_RETRY },
				    v2[] = { QUIC_RETRY, QUIC_INITIAL, QUIC_ZERO_RTT, QUIC_HANDSHAKE };
	return (quic_version_is_2(version) ? v2 : v1)[first >> 4 & 3];
}

static enum parse long_header(struct bytes datagram, struct quic_header *h)
{
	struct reader r = reader_of(datagram);
	uint8_t first = (uint8_t)reader_uint(&r, 1);
	h->version = reader_uint(&r, 4);
	size_t dcid_len = reader_uint(&r, 1);
	h->dcid = reader_take(&r, dcid_len);
	size_t scid_len = reader_uint(&r, 1);
	h->scid = reader_take(&r, scid_len);
	if (r.bad || dcid_len > QUIC_CID_MAX || scid_len > QUIC_CID_MAX)
		return PARSE_BAD;
	h->packet = datagram;
	if (h->version == 0) {
		h->type = QUIC_VERSION_NEGOTIATION;
		return r.left % 4 == 0 ? PARSE_OK : PARSE_BAD;
	}
	if (!quic_version_known(h->version) && !is_greased(h->version))
		return PARSE_BAD;
	h->type = long_type(h->version, first);
	if (h->type == QUIC_RETRY) {
		h->token = (struct bytes){ r.at, r.left > TAG_LEN ? r.left - TAG_LEN : 0 };
		return PARSE_OK;
	}
	if (h->type == QUIC_INITIAL) {
		h->token = reader_varint_block(&r);
	}
	uint64_t len = reader_varint(&r);
	if (r.bad || len < 4 + SAMPLE_LEN || r.left < 4 + SAMPLE_LEN)
		return PARSE_BAD;
	h->is_cut = len > r.left;
	h->number_at = datagram.len - r.left;
	h->packet.len = h->number_at + (h->is_cut ? r.left : (size_t)len);
	return PARSE_OK;
}

enum parse quic_header(struct bytes datagram, struct quic_header *ret)
{
	struct quic_header h = { .type = QUIC_SHORT, .packet = datagram, .number_at = 1 };
	if (datagram.len == 0)
		return PARSE_BAD;
	if (datagram.at[0] & 0x80) {
		if (long_header(datagram, &h) != PARSE_OK)
			return PARSE_BAD;
	} else if (!(datagram.at[0] & 0x40)) {
		return PARSE_BAD;
	}
	*ret = h;
	return PARSE_OK;
}

void quic_crypto_fini(struct quic_crypto *c)
{
	free(c->data);
	*c = (struct quic_crypto){ 0 };
}

static bool reserve(struct quic_crypto *c, uint32_t to)
{
	if (to <= c->capacity)
		return true;
	uint32_t capacity = c->capacity ? c->capacity : 2048;
	while (capacity < to)
		capacity *= 2;
	uint8_t *data = realloc(c->data, capacity);
	if (!data)
		return false;
	c->data = data;
	c->capacity = capacity;
	return true;
}

/* Adds bytes of the CRYPTO stream; what was there already stays as it was. */
static void add_piece(struct quic_crypto *c, uint64_t from, struct bytes b)
{
	uint16_t first = 0, last;
	if (b.len == 0 || from > QUIC_CRYPTO_MAX || b.len > QUIC_CRYPTO_MAX - from)
		return;
	uint32_t begin = (uint32_t)from, end = begin + (uint32_t)b.len;
	while (first < c->n_pieces && c->pieces[first].to < begin)
		first++;
	for (last = first; last < c->n_pieces && c->pieces[last].from <= end; last++)
		;
	if ((first == last && c->n_pieces == QUIC_PIECES_MAX) || !reserve(c, end))
		return;
	/* The holes between the pieces first to last are filled, the pieces become one. */
	uint32_t at = begin;
	for (uint16_t i = first; i <= last; i++) {
		uint32_t until = i < last ? c->pieces[i].from : end;
		if (until > at)
			memcpy(c->data + at, b.at + (at - begin), (until < end ? until : end) - at);
		if (i < last && c->pieces[i].to > at)
			at = c->pieces[i].to;
	}
	if (first < last) {
		begin = c->pieces[first].from < begin ? c->pieces[first].from : begin;
		end = c->pieces[last - 1].to > end ? c->pieces[last - 1].to : end;
	}
	uint16_t gone = (uint16_t)(last - first);
	memmove(&c->pieces[first + 1], &c->pieces[last], (size_t)(c->n_pieces - last) * sizeof(c->pieces[0]));
	c->n_pieces = (uint16_t)(c->n_pieces - gone + 1);
	c->pieces[first].from = begin;
	c->pieces[first].to = end;
}

static void skip_ack(struct reader *r, bool has_ecn)
{
	reader_varint(r);
	reader_varint(r);
	uint64_t ranges = reader_varint(r);
	reader_varint(r);
	for (uint64_t i = 0; i < ranges && !r->bad; i++) {
		reader_varint(r);
		reader_varint(r);
	}
	for (int i = 0; has_ecn && i < 3; i++)
		reader_varint(r);
}

static bool is_crypto(const struct quic_crypto *c, uint64_t type)
{
	bool is_google = c->version == VERSION_T050 || c->version == VERSION_T051;
	return type == FRAME_CRYPTO || (is_google && type == FRAME_CRYPTO_GOOGLE);
}

/* An Initial holds no more kinds of frames than these, and a CONNECTION_CLOSE, which ends it (RFC 9000 12.5).
 */
static void read_frames(struct quic_crypto *c, struct bytes plain)
{
	struct reader r = reader_of(plain);
	while (r.left > 0 && !r.bad) {
		if (*r.at == FRAME_PADDING) { /* hundreds of them, a byte each */
			r.at++;
			r.left--;
			continue;
		}
		uint64_t type = reader_varint(&r);
		if (is_crypto(c, type)) {
			uint64_t from = reader_varint(&r), len = reader_varint(&r);
			if (r.bad)
				return;
			/* Only a cut packet holds less than it says. */
			add_piece(c, from, reader_take(&r, len < r.left ? (size_t)len : r.left));
		} else if (type == FRAME_ACK || type == FRAME_ACK_ECN) {
			skip_ack(&r, type == FRAME_ACK_ECN);
		} else if (type != FRAME_PADDING && type != FRAME_PING) {
			return;
		}
	}
}

/* Q050 packs a CHLO where the others have TLS: kept in c, so that the view lives as long. */
static void read_google(struct quic_crypto *c, struct bytes plain, struct quic_found *found)
{
	struct bytes name;
	if (plain.len <= QUIC_CRYPTO_MAX && quic_chlo_server_name(plain, &name) == PARSE_OK &&
	    reserve(c, (uint32_t)name.len)) {
		memcpy(c->data, name.at, name.len);
		found->google_name = (struct bytes){ c->data, name.len };
	}
}

/* The keys fit. A cut packet has no tag that proves it: then its first frame must make sense. */
static bool opens(struct quic_cipher *cipher, const struct quic_crypto *c, const struct quic_header *h,
		  struct bytes *ret_plain)
{
	if (!quic_open_initial(cipher, c, h, ret_plain))
		return false;
	return !h->is_cut ||
	       (ret_plain->len > 0 && (ret_plain->at[0] <= FRAME_ACK_ECN || is_crypto(c, ret_plain->at[0])));
}

/* Keys from the packet's own destination, as of that version. */
static bool fresh_keys(struct quic_cipher *cipher, const struct quic_header *h, uint32_t version,
		       struct quic_crypto *ret, struct bytes *ret_plain)
{
	*ret = (struct quic_crypto){ .version = version };
	return quic_client_keys(h->dcid, ret) && opens(cipher, ret, h, ret_plain);
}

/* Decrypts one Initial with keys that fit: those of c, else those of its own destination. */
static bool open_initial(struct quic_crypto *c, struct quic_cipher *cipher, const struct quic_header *h,
			 struct bytes *ret_plain)
{
	if (c->has_keys && c->version == h->version && opens(cipher, c, h, ret_plain))
		return true;
	struct quic_crypto other;
	bool is_open = fresh_keys(cipher, h, h->version, &other, ret_plain);
	if (!is_open &&
	    is_greased(h->version)) /* such a packet is made as one of the version that is really meant */
		is_open = fresh_keys(cipher, h, VERSION_1, &other, ret_plain) ||
			  fresh_keys(cipher, h, VERSION_DRAFT_29, &other, ret_plain);
	if (!is_open)
		return false;
	other.version = h->version;
	/* After a Retry, or on a new connection from the same port, the hello begins anew. */
	other.data = c->data;
	other.capacity = c->capacity;
	*c = other;
	return true;
}

static enum parse hello(const struct quic_crypto *c, struct bytes *ret_hello)
{
	if (c->n_pieces == 0 || c->pieces[0].from != 0)
		return PARSE_MORE;
	struct bytes b = { c->data, c->pieces[0].to };
	if (b.at[0] != HELLO_CLIENT)
		return PARSE_BAD;
	*ret_hello = b;
	if (b.len < 4)
		return PARSE_MORE;
	size_t len = 4 + ((size_t)b.at[1] << 16 | (size_t)b.at[2] << 8 | b.at[3]);
	if (len > QUIC_CRYPTO_MAX)
		return PARSE_BAD;
	if (len > b.len)
		return PARSE_MORE;
	ret_hello->len = len;
	return PARSE_OK;
}

static bool begins_greased(struct bytes datagram)
{
	struct reader r = reader_of(datagram);
	bool is_long = reader_uint(&r, 1) & 0x80;
	return is_long && is_greased(reader_uint(&r, 4));
}

enum parse quic_client_datagram(struct quic_crypto *c, struct quic_cipher *cipher, struct bytes datagram,
				struct quic_found *ret_found, struct bytes *ret_hello)
{
	struct quic_found found = { 0 };
	struct quic_header h;
	bool is_quic = begins_greased(datagram);
	*ret_hello = (struct bytes){ 0 };
	while (datagram.len > 0 && quic_header(datagram, &h) == PARSE_OK) {
		struct bytes plain;
		is_quic = true;
		found.has_zero_rtt |= h.type == QUIC_ZERO_RTT;
		if (h.type == QUIC_INITIAL && open_initial(c, cipher, &h, &plain)) {
			found.n_initials++;
			if (h.version == VERSION_Q050)
				read_google(c, plain, &found);
			else
				read_frames(c, plain);
		} else if (h.type == QUIC_INITIAL) {
			found.n_bad++;
		}
		datagram.at += h.packet.len;
		datagram.len -= h.packet.len;
	}
	if (!is_quic)
		return PARSE_BAD;
	*ret_found = found;
	return hello(c, ret_hello);
}
