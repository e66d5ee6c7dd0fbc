/* The frames of an opened packet. spec: RFC 9000 19, RFC 9221, draft-ietf-quic-ack-frequency,
 * draft-ietf-quic-reliable-stream-reset */
#include "decrypt/quic_parts.h"

enum {
	FRAME_PADDING = 0x00,
	FRAME_PING = 0x01,
	FRAME_ACK = 0x02,
	FRAME_ACK_ECN = 0x03,
	FRAME_RESET_STREAM = 0x04,
	FRAME_STOP_SENDING = 0x05,
	FRAME_CRYPTO = 0x06,
	FRAME_NEW_TOKEN = 0x07,
	FRAME_STREAM = 0x08, /* to 0x0f */
	FRAME_STREAM_LAST = 0x0f,
	FRAME_MAX_DATA = 0x10,
	FRAME_MAX_STREAM_DATA = 0x11,
	FRAME_MAX_STREAMS_BIDI = 0x12,
	FRAME_MAX_STREAMS_UNI = 0x13,
	FRAME_DATA_BLOCKED = 0x14,
	FRAME_STREAM_DATA_BLOCKED = 0x15,
	FRAME_STREAMS_BLOCKED_BIDI = 0x16,
	FRAME_STREAMS_BLOCKED_UNI = 0x17,
	FRAME_NEW_CONNECTION_ID = 0x18,
	FRAME_RETIRE_CONNECTION_ID = 0x19,
	FRAME_PATH_CHALLENGE = 0x1a,
	FRAME_PATH_RESPONSE = 0x1b,
	FRAME_CLOSE = 0x1c,
	FRAME_CLOSE_APP = 0x1d,
	FRAME_HANDSHAKE_DONE = 0x1e,
	FRAME_IMMEDIATE_ACK = 0x1f,
	FRAME_RESET_STREAM_AT = 0x24,
	FRAME_DATAGRAM = 0x30,
	FRAME_DATAGRAM_LEN = 0x31,
	FRAME_ACK_FREQUENCY = 0xaf,
	FRAME_TIMESTAMP = 0x02f5,
};

enum { STREAM_FIN = 1, STREAM_LEN = 2, STREAM_OFF = 4 };

static void skip_varints(struct reader *r, uint64_t n)
{
	while (n-- && !r->bad)
		reader_varint(r);
}

static void skip_ack(struct reader *r, bool has_ecn)
{
	skip_varints(r, 2);
	uint64_t ranges = reader_varint(r);
	skip_varints(r, 1);
	for (uint64_t i = 0; i < ranges && !r->bad; i++)
		skip_varints(r, 2);
	if (has_ecn)
		skip_varints(r, 3);
}

struct crypto_way {
	struct quic_conn *conn;
	enum way way;
	enum space space;
};

static void crypto_data(void *ctx, struct bytes data, struct when at)
{
	struct crypto_way *to = ctx;
	(void)at;
	quic_crypto_data(to->conn, to->way, to->space, data);
}

static void crypto_frame(struct quic_conn *c, enum way w, enum space s, struct reader *r, struct when at)
{
	uint64_t offset = reader_varint(r);
	struct bytes data = reader_varint_block(r);
	struct crypto_way to = { c, w, s };
	struct assembled assembled = { crypto_data, &to };
	size_t max = teller_limits(c->shared->teller)->handshake_bytes, room = quic_conn_room(c);
	struct assembly *a = &c->crypto[w][s];
	/* anyone can make Initials: what waits is few, since its place is searched for */
	if (!r->bad && offset <= max && (offset <= a->next || a->n_pieces < QUIC_PIECES_MAX))
		assembly_add(a, offset, data, at, &c->assembly_bytes, room < max ? room : max, &assembled);
}

static void stream_frame(struct quic_conn *c, enum way w, uint64_t type, struct reader *r, struct when at,
			 bool zero_rtt)
{
	uint64_t id = reader_varint(r), offset = type & STREAM_OFF ? reader_varint(r) : 0;
	struct bytes data = type & STREAM_LEN ? reader_varint_block(r) : reader_take(r, r->left);
	if (r->bad)
		return;
	quic_counts(c)->quic_stream_bytes += data.len;
	quic_stream_frame(c, w, id, offset, data, type & STREAM_FIN, at, zero_rtt);
}

static void new_connection_id(struct quic_conn *c, enum way w, struct reader *r)
{
	skip_varints(r, 2);
	struct bytes cid = reader_take(r, reader_uint(r, 1));
	reader_take(r, 16);
	if (!r->bad)
		quic_table_add_cid(c, cid, way_other(w));
}

/* Frames that only need to be passed over. returns: false if the type is not known. */
static bool skip_frame(uint64_t type, struct reader *r)
{
	switch (type) {
	case FRAME_PING:
	case FRAME_HANDSHAKE_DONE:
	case FRAME_IMMEDIATE_ACK:
		return true;
	case FRAME_MAX_DATA:
	case FRAME_MAX_STREAMS_BIDI:
	case FRAME_MAX_STREAMS_UNI:
	case FRAME_DATA_BLOCKED:
	case FRAME_STREAMS_BLOCKED_BIDI:
	case FRAME_STREAMS_BLOCKED_UNI:
	case FRAME_RETIRE_CONNECTION_ID:
	case FRAME_TIMESTAMP:
		skip_varints(r, 1);
		return true;
	case FRAME_STOP_SENDING:
	case FRAME_MAX_STREAM_DATA:
	case FRAME_STREAM_DATA_BLOCKED:
		skip_varints(r, 2);
		return true;
	case FRAME_ACK_FREQUENCY:
		skip_varints(r, 4);
		return true;
	case FRAME_PATH_CHALLENGE:
	case FRAME_PATH_RESPONSE:
		reader_take(r, 8);
		return true;
	case FRAME_NEW_TOKEN:
	case FRAME_DATAGRAM_LEN:
		reader_varint_block(r);
		return true;
	case FRAME_DATAGRAM:
		reader_take(r, r->left);
		return true;
	case FRAME_CLOSE:
	case FRAME_CLOSE_APP:
		skip_varints(r, type == FRAME_CLOSE ? 2 : 1);
		reader_varint_block(r);
		return true;
	default:
		return false;
	}
}

static void one_frame(struct quic_conn *c, enum way w, enum space s, struct reader *r, struct when at,
		      bool zero_rtt)
{
	uint64_t type = reader_varint(r);
	if (type >= FRAME_STREAM && type <= FRAME_STREAM_LAST && s == SPACE_DATA) {
		stream_frame(c, w, type, r, at, zero_rtt);
		return;
	}
	switch (type) {
	case FRAME_PADDING:
		while (r->left && !r->at[0])
			reader_take(r, 1);
		break;
	case FRAME_ACK:
	case FRAME_ACK_ECN:
		skip_ack(r, type == FRAME_ACK_ECN);
		break;
	case FRAME_CRYPTO:
		crypto_frame(c, w, s, r, at);
		break;
	case FRAME_NEW_CONNECTION_ID:
		new_connection_id(c, w, r);
		break;
	case FRAME_RESET_STREAM:
	case FRAME_RESET_STREAM_AT: {
		uint64_t id = reader_varint(r);
		skip_varints(r, type == FRAME_RESET_STREAM ? 2 : 3);
		if (!r->bad && s == SPACE_DATA)
			quic_stream_reset(c, w, id, at);
		break;
	}
	default:
		if (!skip_frame(type, r)) { /* its length is not known: nor where the next one begins */
			quic_counts(c)->quic_unknown_frames++;
			r->left = 0;
		}
	}
}

void quic_frames(struct quic_conn *c, enum way w, enum space s, struct bytes payload, struct when at,
		 bool zero_rtt)
{
	struct reader r = reader_of(payload);
	while (r.left && !r.bad && !c->is_dead)
		one_frame(c, w, s, &r, at, zero_rtt);
}
