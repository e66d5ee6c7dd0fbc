/* Retry: that the server sent it is told by a tag over the client's first packet's connection ID.
 * spec: RFC 9000 17.2.5, RFC 9001 5.8, RFC 9369 3.3.3
 */
#include <string.h>

#include "decrypt/quic_parts.h"

#define TAG_LEN 16
#define RETRY_MAX 1500

struct retry_key {
	uint8_t key[16], nonce[IV_LEN];
};

/* Everybody's: they keep out who has not seen the client's packet. */
static const struct retry_key KEY_1 = { { 0xbe, 0x0c, 0x69, 0x0b, 0x9f, 0x66, 0x57, 0x5a, 0x1d, 0x76, 0x6b,
					  0x54, 0xe3, 0x68, 0xc8, 0x4e },
					{ 0x46, 0x15, 0x99, 0xd3, 0x5d, 0x63, 0x2b, 0xf2, 0x23, 0x98, 0x25,
					  0xbb } },
			      KEY_2 = { { 0x8f, 0xb4, 0xb0, 0x1b, 0x56, 0xac, 0x48, 0xe2, 0x60, 0xfb, 0xcb,
					  0xce, 0xad, 0x7c, 0xcc, 0x92 },
					{ 0xd8, 0x69, 0x69, 0xbc, 0x2d, 0x7c, 0x6d, 0x99, 0x90, 0xef, 0xb0,
					  0x4a } };

static const struct retry_key *key_of(uint32_t version)
{
	if (version == QUIC_VERSION_1)
		return &KEY_1;
	return version == QUIC_VERSION_2 ? &KEY_2 : NULL;
}

enum check {
	RETRY_GENUINE,
	RETRY_FORGED,
	RETRY_UNKNOWN, /* a version whose key is not known */
};

/* first_dcid: of the client's first packet. */
static enum check check_tag(const struct crypto *x, uint32_t version, struct bytes first_dcid,
			    struct bytes packet)
{
	const struct retry_key *k = key_of(version);
	uint8_t pseudo[1 + QUIC_CID_MAX + RETRY_MAX], nothing[TAG_LEN];
	struct opener o = { 0 };
	if (packet.len < TAG_LEN || packet.len > RETRY_MAX || first_dcid.len > QUIC_CID_MAX)
		return RETRY_FORGED;
	if (!k || !opener_init(x, &o, CIPHER_AES_128_GCM, k->key, (struct bytes){ k->nonce, IV_LEN }))
		return RETRY_UNKNOWN;
	pseudo[0] = (uint8_t)first_dcid.len;
	memcpy(pseudo + 1, first_dcid.at, first_dcid.len);
	memcpy(pseudo + 1 + first_dcid.len, packet.at, packet.len - TAG_LEN);
	struct bytes all = { pseudo, 1 + first_dcid.len + packet.len - TAG_LEN };
	int n = opener_open(&o, k->nonce, all, bytes_tail(packet, packet.len - TAG_LEN), nothing);
	opener_fini(&o);
	return n == 0 ? RETRY_GENUINE : RETRY_FORGED;
}

void quic_begin_anew(struct quic_conn *c, struct quic_key *key, uint32_t version, struct bytes dcid)
{
	quic_key_fini(&c->initial[WAY_UP]);
	quic_key_fini(&c->initial[WAY_DOWN]);
	c->initial[WAY_UP] = *key;
	*key = (struct quic_key){ 0 };
	c->initial_version = version;
	quic_cid_set(&c->first_dcid, dcid);
	if (!c->has_hello) {
		assembly_fini(&c->crypto[WAY_UP][SPACE_INITIAL], &c->assembly_bytes);
		c->handshake_bytes[WAY_UP][SPACE_INITIAL].len = 0;
	}
}

enum quic_result quic_retry_packet(struct quic_conn *c, enum way w, const struct quic_header *h)
{
	const struct crypto *x = c->shared->crypto;
	struct quic_key key = { 0 };
	if (w != WAY_DOWN || c->retried_dcid.len || c->has_server_hello)
		return QUIC_UNREADABLE;
	enum check check = check_tag(x, h->version, quic_cid_bytes(&c->first_dcid), h->packet);
	quic_counts(c)->quic_retries += check != RETRY_FORGED;
	quic_counts(c)->quic_retries_forged += check == RETRY_FORGED;
	if (check == RETRY_GENUINE && quic_initial_key(x, &key, WAY_UP, h->version, h->scid)) {
		c->retried_dcid = c->first_dcid;
		quic_begin_anew(c, &key, h->version, h->scid);
	}
	quic_key_fini(&key);
	return check == RETRY_FORGED ? QUIC_UNREADABLE : QUIC_OK;
}
