/* What the files of QUIC share. */
#ifndef DECRYPT_QUIC_PARTS_H
#define DECRYPT_QUIC_PARTS_H

#include <string.h>

#include "decrypt/crypto.h"
#include "decrypt/http3.h"
#include "decrypt/quic_conn.h"
#include "wire/quic.h"
#include "wire/varint.h"

/* RFC 9001 5.3: those of TLS 1.3 that have a header protection. */
static const uint16_t QUIC_SUITES[] = { 0x1301, 0x1302, 0x1303 };
#define QUIC_SUITES_COUNT (sizeof(QUIC_SUITES) / sizeof(QUIC_SUITES[0]))

enum space {
	SPACE_INITIAL,
	SPACE_HANDSHAKE,
	SPACE_DATA, /* 0-RTT and 1-RTT */
	SPACE_COUNT,
};

struct cid {
	uint8_t len, at[QUIC_CID_MAX];
};

static inline struct bytes quic_cid_bytes(const struct cid *c)
{
	return (struct bytes){ c->at, c->len };
}

static inline void quic_cid_set(struct cid *c, struct bytes b)
{
	c->len = (uint8_t)(b.len > QUIC_CID_MAX ? QUIC_CID_MAX : b.len);
	if (c->len)
		memcpy(c->at, b.at, c->len);
}

struct quic_key {
	struct opener opener;
	struct mask mask;
	uint8_t secret[SECRET_MAX], secret_len;
	enum cipher cipher;
};

/* quic_keys.c. keep_mask: of the key before, RFC 9001 6.1. */
bool quic_key_set(const struct crypto *x, struct quic_key *k, uint32_t version, struct bytes secret,
		  enum cipher cipher, bool keep_mask);
void quic_key_fini(struct quic_key *k);
bool quic_initial_key(const struct crypto *x, struct quic_key *k, enum way w, uint32_t version,
		      struct bytes dcid); /* of what goes that way, RFC 9001 5.2 */
void quic_next_secret(const struct crypto *x, const struct quic_key *k, uint32_t version,
		      uint8_t ret[SECRET_MAX]); /* RFC 9001 6.1 */

const char *quic_label(uint32_t version, const char *v1, const char *v2); /* of HKDF: RFC 9369 3.3.2 */

/* One protected packet. */
struct quic_packet {
	struct bytes bytes;
	size_t number_at;
	uint64_t number; /* and the next: from quic_open on */
	bool is_phase_1;
};

/* Takes the protection off. largest: number seen in this space and direction, UINT64_MAX: none.
 * returns: bytes in out, or -1: not with this key.
 */
int quic_unmask(struct quic_key *k, struct quic_packet *p, uint64_t largest, uint8_t *head,
		size_t *ret_head_len);
int quic_open(struct opener *o, const struct quic_packet *p, struct bytes head, uint8_t *out);

/* A stream put together. */
struct piece {
	struct piece *next;
	uint64_t at;
	size_t len;
	struct when when;
	uint8_t data[];
};

struct assembly {
	uint64_t next, end; /* next: offset; end: of the stream, once has_end */
	bool has_end, is_over;
	struct piece *pieces, *last; /* in order of their offsets, all behind next */
	size_t bytes, n_pieces;
};

struct quic_conn;
struct quic_table;

/* What comes out of an assembly, in order. */
struct assembled {
	void (*data)(void *ctx, struct bytes data, struct when at);
	void *ctx;
};

/* quic_assembly.c. total: bytes that wait in all assemblies of the connection. returns: false if a limit is
 * met and the bytes were left out.
 */
bool assembly_add(struct assembly *a, uint64_t at, struct bytes data, struct when when, size_t *total,
		  size_t max, const struct assembled *to);
/* Gives up what is missing before the first piece that waits. returns: how many bytes, 0: none waits. */
uint64_t assembly_skip(struct assembly *a);
void assembly_drain(struct assembly *a, size_t *total, const struct assembled *to);
void assembly_fini(struct assembly *a, size_t *total);

struct quic_stream {
	struct quic_stream *next_in_bucket, *newer, *older;
	uint64_t id;
	struct assembly assembly[WAY_COUNT];
	struct http3_stream *http3;
};

#define STREAM_BUCKETS 128
#define CLOSED_WINDOW 4096 /* request streams of which it is known whether they are over */

struct quic_streams {
	struct quic_stream *buckets[STREAM_BUCKETS], *newest, *oldest;
	uint32_t n;
	uint64_t closed_base; /* in request streams: those before it are over */
	uint64_t closed[CLOSED_WINDOW / 64];
};

/* A packet that waits for its keys. */
struct waiting {
	struct waiting *next;
	enum way way;
	struct when at;
	size_t len;
	uint8_t data[];
};

struct quic_conn {
	struct shared *shared;
	struct quic_table *table;
	struct decrypt_flow flow; /* the first one */
	struct trial_share trials;
	uint32_t n_flows, version;
	bool is_dead;                          /* nothing of it can be read */
	bool is_mid, is_client_found;          /* it began before the capture; see quic_mid.c */
	struct cid first_dcid, cid[WAY_COUNT]; /* cid: that packets of this direction are sent to */
	struct cid retried_dcid;               /* the first before a Retry; empty: there was none */

	struct quic_key initial[WAY_COUNT], handshake[WAY_COUNT], early, data[WAY_COUNT];
	uint32_t initial_version;
	struct opener previous[WAY_COUNT]; /* before the last key update */
	bool is_phase_1[WAY_COUNT];
	uint64_t phase_number[WAY_COUNT]; /* of the first packet seen of this phase */
	uint64_t largest[WAY_COUNT][SPACE_COUNT];

	struct assembly crypto[WAY_COUNT][SPACE_COUNT];
	struct buf handshake_bytes[WAY_COUNT][SPACE_COUNT];
	size_t assembly_bytes, charged_bytes; /* charged: of them, to the shard's budget */
	int64_t hole_since_ns; /* the oldest of the streams' holes is not older; 0: there is none */

	bool has_random, has_hello, has_ech, is_early_offered, has_server_hello, is_suite_guessed;
	uint8_t n_tries; /* of secrets that are not known to be its own */
	uint8_t client_random[RANDOM_LEN];
	struct secrets secrets;
	bool has_secrets;
	uint64_t generation;
	const struct suite *suite;

	struct conn_facts facts;
	struct http3_conn *http3;
	struct quic_streams streams;

	struct waiting *waiting, **waiting_end;
	uint32_t n_waiting;
	size_t waiting_bytes;
	struct quic_conn *older, *newer; /* in the table's list of those that have waiting packets */
	bool is_listed, has_waited;      /* has_waited: for key lines, as long as it may */
	int64_t waiting_since_ns;
};

static inline struct decrypt_counts *quic_counts(const struct quic_conn *c)
{
	return shared_counts(c->shared);
}

/* What its assemblies may hold together just now. */
size_t quic_conn_room(const struct quic_conn *c);

/* quic_table.c */
void quic_table_add_cid(struct quic_conn *c, struct bytes cid, enum way w); /* w: of packets sent to it */
void quic_table_list(struct quic_conn *c, bool is_waiting);

/* quic_conn.c */
struct quic_conn *quic_conn_new(struct quic_table *t, struct shared *shared, const struct decrypt_flow *flow,
				uint32_t version, struct bytes dcid);
void quic_conn_free(struct quic_conn *c);
enum quic_result {
	QUIC_OK,
	QUIC_UNREADABLE,
	QUIC_OTHER, /* a client's Initial of another connection on the same addresses */
};
/* One packet, without those behind it. */
enum quic_result quic_conn_packet(struct quic_conn *c, enum way w, const struct quic_header *h,
				  struct when at);

/* quic_retry.c. Initial keys come from another connection ID from now on (RFC 9001 5.2). key: of the
 * client's, taken over. */
void quic_begin_anew(struct quic_conn *c, struct quic_key *key, uint32_t version, struct bytes dcid);
/* A client takes the first one, and none after a packet of the server's: RFC 9000 17.2.5.2. */
enum quic_result quic_retry_packet(struct quic_conn *c, enum way w, const struct quic_header *h);

/* quic_wait.c: keeps a packet until its keys can be made. is_last: it is not waited any longer. */
void quic_wait_for_keys(struct quic_conn *c, enum way w, struct bytes packet, struct when at);
void quic_conn_retry_waiting(struct quic_conn *c, bool is_last);
void quic_drop_waiting(struct quic_conn *c);

/* quic_handshake.c: bytes of CRYPTO frames in order. */
void quic_crypto_data(struct quic_conn *c, enum way w, enum space s, struct bytes data);
bool quic_find_secrets(struct quic_conn *c);
bool quic_key_ready(struct quic_conn *c, struct quic_key *k, enum secret s); /* makes it if it can be made */

/* quic_mid.c: the first packet of the server's of a connection that began before the capture. returns: whose
 * secrets it has was found. */
bool quic_mid_find(struct quic_conn *c, struct bytes packet);

/* And the client's, from the first that fits on. */
bool quic_mid_client(struct quic_conn *c, struct bytes packet);

/* quic_frames.c: of an opened packet. */
void quic_frames(struct quic_conn *c, enum way w, enum space s, struct bytes payload, struct when at,
		 bool zero_rtt);

/* quic_stream.c */
void quic_stream_frame(struct quic_conn *c, enum way w, uint64_t id, uint64_t at, struct bytes data,
		       bool is_end, struct when when, bool zero_rtt);
void quic_stream_reset(struct quic_conn *c, enum way w, uint64_t id, struct when at);
void quic_streams_age(struct quic_conn *c, int64_t now_ns); /* gives up holes that are old */
void quic_streams_fini(struct quic_conn *c);

#endif
