/* QUIC connections by flow and by connection ID. spec: RFC 9000 5.1, 9 */
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "base/lru.h"
#include "decrypt/quic_parts.h"

#define FLOWS_MAX 16384

struct flow_entry {
	struct quic_conn *conn;
	bool is_flipped; /* the client is on the other side than it was said */
};

/* Only of the same host: another may be another shard's, and what is read must not depend on that. So a
 * connection that moves to an address is followed if the MAC address says that it is the same host's.
 */
struct cid_key {
	uint8_t host[sizeof(uint64_t)]; /* without holes between: it is hashed */
	struct cid cid;
};

struct cid_entry {
	uint64_t flow; /* the first one of its connection */
	enum way way;  /* of packets sent to it */
};

struct quic_table {
	struct shared *shared;
	struct lru *flows, *cids;
	uint32_t cid_lengths;              /* a bit for each that occurs */
	struct quic_conn *oldest, *newest; /* that have waiting packets */
};

static void count_evicted(void *ctx, void *value, enum lru_why why)
{
	const struct quic_table *t = ctx;
	(void)value;
	if (why == LRU_EVICTED)
		teller_counts(t->shared->teller)->evicted_quic++;
}

static void drop_flow(void *ctx, void *value, enum lru_why why)
{
	struct flow_entry *e = value;
	count_evicted(ctx, value, why);
	if (!e->conn || --e->conn->n_flows)
		return;
	quic_conn_retry_waiting(e->conn, true);
	quic_conn_free(e->conn);
}

struct quic_table *quic_table_new(struct shared *shared)
{
	struct quic_table *t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	struct hash_key key; /* the ids are chosen by those who are watched */
	if (RAND_bytes((uint8_t *)&key, sizeof(key)) != 1) {
		free(t);
		return NULL;
	}
	t->shared = shared;
	t->flows = lru_new(&(struct lru_spec){ .capacity = FLOWS_MAX,
					       .key_size = sizeof(uint64_t),
					       .value_size = sizeof(struct flow_entry),
					       .hash_key = key,
					       .drop = drop_flow,
					       .ctx = t });
	t->cids = lru_new(&(struct lru_spec){ .capacity = teller_limits(shared->teller)->quic_cids,
					      .key_size = sizeof(struct cid_key),
					      .value_size = sizeof(struct cid_entry),
					      .hash_key = key,
					      .drop = count_evicted,
					      .ctx = t });
	if (!t->flows || !t->cids) {
		quic_table_free(t);
		return NULL;
	}
	return t;
}

void quic_table_free(struct quic_table *t)
{
	if (!t)
		return;
	lru_free(t->flows);
	lru_free(t->cids);
	free(t);
}

void quic_table_list(struct quic_conn *c, bool is_waiting)
{
	struct quic_table *t = c->table;
	if (is_waiting == c->is_listed)
		return;
	c->is_listed = is_waiting;
	if (is_waiting) {
		c->older = t->newest;
		c->newer = NULL;
		*(t->newest ? &t->newest->newer : &t->oldest) = c;
		t->newest = c;
	} else {
		*(c->older ? &c->older->newer : &t->oldest) = c->newer;
		*(c->newer ? &c->newer->older : &t->newest) = c->older;
	}
}

void quic_table_add_cid(struct quic_conn *c, struct bytes cid, enum way w)
{
	struct cid_key key = { 0 };
	bool is_new;
	if (cid.len < 4 || cid.len > QUIC_CID_MAX) /* shorter ones say nothing */
		return;
	memcpy(key.host, &c->flow.host, sizeof(key.host));
	key.cid.len = (uint8_t)cid.len;
	memcpy(key.cid.at, cid.at, cid.len);
	struct cid_entry *e = lru_touch(c->table->cids, &key, 0, &is_new);
	*e = (struct cid_entry){ .flow = c->flow.id, .way = w };
	c->table->cid_lengths |= 1U << cid.len;
}

/* The entry of a flow, made anew for a connection. */
static struct flow_entry *bind(struct quic_table *t, uint64_t flow, struct quic_conn *c, bool is_flipped,
			       int64_t now_ns)
{
	bool is_new;
	c->n_flows++; /* first: making room must not free it */
	struct flow_entry *e = lru_touch(t->flows, &flow, now_ns, &is_new);
	*e = (struct flow_entry){ .conn = c, .is_flipped = is_flipped };
	return e;
}

/* A short header on an unknown flow: a connection that moved. */
static struct flow_entry *find_moved(struct quic_table *t, const struct decrypt_flow *flow, enum way w,
				     struct bytes datagram, int64_t now_ns)
{
	for (uint8_t len = QUIC_CID_MAX; len >= 4; len--) {
		struct cid_key key = { .cid.len = len };
		memcpy(key.host, &flow->host, sizeof(key.host));
		if (!(t->cid_lengths >> len & 1) || datagram.len < 1U + len)
			continue;
		memcpy(key.cid.at, datagram.at + 1, len);
		struct cid_entry *cid = lru_find(t->cids, &key);
		const struct flow_entry *first = cid ? lru_find(t->flows, &cid->flow) : NULL;
		if (!first)
			continue;
		shared_counts(t->shared)->quic_moved++;
		cid->flow = flow->id; /* the one before may end */
		return bind(t, flow->id, first->conn, cid->way != w, now_ns);
	}
	return NULL;
}

/* A client's Initial on a flow without a connection; or early data, which may overtake it. */
static struct flow_entry *begin(struct quic_table *t, const struct decrypt_flow *flow, enum way w,
				const struct quic_header *h, struct when at)
{
	struct quic_conn *c = quic_conn_new(t, t->shared, flow, h->version, h->dcid);
	if (!c)
		return NULL;
	if (quic_conn_packet(c, WAY_UP, h, at) != QUIC_OK && !c->waiting) {
		quic_conn_free(c);
		return NULL;
	}
	shared_counts(t->shared)->quic_flows++;
	return bind(t, flow->id, c, w != WAY_UP, at.ts_ns);
}

/* A packet of the server's on a flow whose beginning was not seen. */
static struct flow_entry *find_mid(struct quic_table *t, const struct decrypt_flow *flow, enum way w,
				   struct bytes packet, struct when at)
{
	const struct trial_share share = trials_share(flow);
	if (w != WAY_DOWN || !shared_may_try(t->shared, flow, &share))
		return NULL;
	struct quic_conn *c = quic_conn_new(t, t->shared, flow, 1, (struct bytes){ 0 });
	if (c && quic_mid_find(c, packet))
		return bind(t, flow->id, c, false, at.ts_ns);
	quic_conn_free(c);
	return NULL;
}

/* What opening waiting packets depends on. */
struct known {
	bool has_hello, has_secrets, has_server_hello;
	uint64_t generation;
	const struct suite *suite;
};

static struct known known_of(const struct quic_conn *c)
{
	return (struct known){ c->has_hello, c->has_secrets, c->has_server_hello, c->generation, c->suite };
}

static void retry_if_more_is_known(struct quic_conn *c, struct known before)
{
	struct known now = known_of(c);
	if (c->waiting && (now.has_hello != before.has_hello || now.has_secrets != before.has_secrets ||
			   now.has_server_hello != before.has_server_hello ||
			   now.generation != before.generation || now.suite != before.suite))
		quic_conn_retry_waiting(c, false);
}

/* One packet. returns: the flow's entry from now on. */
static struct flow_entry *take_packet(struct quic_table *t, struct flow_entry *e,
				      const struct decrypt_flow *flow, enum way w,
				      const struct quic_header *h, struct when at)
{
	if (!e)
		return h->type == QUIC_INITIAL || h->type == QUIC_ZERO_RTT ? begin(t, flow, w, h, at) : NULL;
	struct quic_conn *c = e->conn;
	struct known before = known_of(c);
	enum quic_result result = quic_conn_packet(c, e->is_flipped ? way_other(w) : w, h, at);
	if (result == QUIC_OTHER) {
		lru_remove(t->flows, &flow->id);
		return begin(t, flow, w, h, at);
	}
	retry_if_more_is_known(c, before);
	return e;
}

bool quic_datagram(struct quic_table *t, const struct decrypt_flow *flow, enum way w, struct bytes datagram,
		   struct when at)
{
	struct flow_entry *e = lru_find(t->flows, &flow->id);
	while (datagram.len) {
		struct quic_header h = { .type = QUIC_SHORT, .packet = datagram };
		bool is_long = datagram.at[0] & 0x80;
		if (is_long && quic_header(datagram, &h) != PARSE_OK)
			break;
		if (!is_long && !e && !(e = find_moved(t, flow, w, datagram, at.ts_ns)) &&
		    !(e = find_mid(t, flow, w, datagram, at)))
			return w != WAY_DOWN; /* the server's first packet decides */
		e = take_packet(t, e, flow, w, &h, at);
		datagram = bytes_tail(datagram, h.packet.len);
	}
	return !e || !e->conn->is_dead;
}

void quic_flow_end(struct quic_table *t, uint64_t flow)
{
	lru_remove(t->flows, &flow);
}

void quic_tick(struct quic_table *t, int64_t now_ns)
{
	int64_t patience = teller_limits(t->shared->teller)->held_ns;
	struct quic_conn *next;
	for (struct quic_conn *c = t->oldest; c; c = next) {
		next = c->newer;
		struct known before = known_of(c);
		quic_find_secrets(c);
		if (now_ns - c->waiting_since_ns > patience)
			quic_conn_retry_waiting(c, true);
		else
			retry_if_more_is_known(c, before);
	}
}
