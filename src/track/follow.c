#include "track/follow.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/lru.h"
#include "base/time.h"
#include "track/early.h"
#include "track/naming_read.h"
#include "track/order.h"

#define HOLE_NS (2 * NS_PER_S) /* a hole is given up after so long */

enum {
	WAITING_PER_FLOW = 4096, /* bytes behind holes that a flow may have in the mean */
	PIECE_OVERHEAD = 64,
	EARLY_FLOWS = 1024, /* of QUIC at once whose hello is not whole */
};

struct followed {
	struct follow *follow;
	struct decrypt_flow flow;
	struct decrypt_conn *conn; /* NULL until the first bytes of the client are there */
	struct order order[WAY_COUNT];
	bool is_mid, is_refused; /* mid: its beginning was not seen */
	uint8_t ended;           /* bit by way */
	uint32_t n_gaps;
};

struct follow {
	struct decrypt *decrypt;
	const struct hosts *hosts;
	struct lru *followed; /* flow id: struct followed */
	struct early *early;
	size_t n_waiting, waiting_max; /* bytes behind holes */
	struct follow_counts counts;
};

static void drop_followed(void *ctx, void *value, enum lru_why why);

struct follow *follow_new(struct decrypt *d, const struct hosts *hosts, uint32_t max, struct hash_key key)
{
	struct follow *w = calloc(1, sizeof(*w));
	if (!w)
		return NULL;
	w->decrypt = d;
	w->hosts = hosts;
	w->waiting_max = (size_t)max * WAITING_PER_FLOW;
	w->followed = lru_new(&(struct lru_spec){ .capacity = max,
						  .key_size = sizeof(uint64_t),
						  .value_size = sizeof(struct followed),
						  .hash_key = key,
						  .drop = drop_followed,
						  .ctx = w });
	w->early = early_new(EARLY_FLOWS, key);
	if (!w->followed || !w->early) {
		follow_free(w);
		return NULL;
	}
	return w;
}

void follow_free(struct follow *w)
{
	if (!w)
		return;
	lru_free(w->followed);
	early_free(w->early);
	free(w);
}

/* Is there anything to be read of such flows? */
static bool wants(const struct follow *w, enum app app)
{
	switch (app) {
	case APP_TLS:
		return decrypt_wants(w->decrypt, DECRYPT_TLS);
	case APP_QUIC:
		return decrypt_wants(w->decrypt, DECRYPT_QUIC);
	case APP_HTTP:
		return decrypt_wants(w->decrypt, DECRYPT_HTTP1);
	default:
		return false;
	}
}

static struct decrypt_flow flow_of(const struct follow *w, const struct flow *f)
{
	const struct addr *client = flow_shared_by(f);
	const uint8_t *mac = f->has_mac && !f->is_turned ? f->mac : NULL;
	return (struct decrypt_flow){ f->id, *client, hosts_id(w->hosts, mac, client) };
}

bool follow_may_read(struct follow *w, struct flow *f, enum app app, const struct client_hello *hello)
{
	struct decrypt_flow of = flow_of(w, f);
	if (!wants(w, app))
		return false;
	if (!hello || f->is_followed ||
	    decrypt_may_read_hello(w->decrypt, &of, hello->random, hello->has_ech))
		return true;
	f->was_considered = 1;
	if (app == APP_QUIC)
		early_drop(w->early, f->id);
	return false;
}

/* ---- from bytes in order to the decoder ---- */

static bool is_upper(uint8_t c)
{
	return c >= 'A' && c <= 'Z';
}

/* Where the beginning was lost, TLS may begin with any byte, HTTP only with a method. */
static enum decrypt_kind kind_of(const struct followed *c, struct bytes data)
{
	bool is_text = data.len >= 3 && is_upper(data.at[0]) && is_upper(data.at[1]) && is_upper(data.at[2]);
	if (reading_guess(data) == APP_TLS)
		return DECRYPT_TLS;
	if (data.len >= 4 && memcmp(data.at, "PRI ", 4) == 0)
		return DECRYPT_HTTP2;
	return c->is_mid && !is_text && decrypt_wants(c->follow->decrypt, DECRYPT_TLS) ? DECRYPT_TLS
										       : DECRYPT_HTTP1;
}

static bool begin_conn(struct followed *c, enum way way, struct bytes data)
{
	if (c->conn)
		return true;
	if (c->is_refused || (way == WAY_DOWN && !(c->is_mid && reading_guess(data) == APP_TLS)))
		return false;
	c->conn = decrypt_conn_new(c->follow->decrypt, &c->flow, kind_of(c, data), c->is_mid);
	c->is_refused = !c->conn;
	c->follow->counts.refused += c->is_refused;
	return c->conn != NULL;
}

static void on_data(void *ctx, enum way way, struct bytes data, struct when at)
{
	struct followed *c = ctx;
	if (begin_conn(c, way, data))
		decrypt_conn_data(c->conn, way, data, at);
}

static void on_gap(void *ctx, enum way way, uint64_t lost, struct when at)
{
	struct followed *c = ctx;
	c->n_gaps++;
	c->follow->counts.gaps++;
	if (c->conn)
		decrypt_conn_gap(c->conn, way, lost, at);
	else
		c->is_mid = true;
}

static size_t waiting(const struct followed *c)
{
	size_t n = 0;
	for (int way = 0; way < WAY_COUNT; way++)
		n += c->order[way].n_bytes + (size_t)c->order[way].n_pieces * PIECE_OVERHEAD;
	return n;
}

static void finish(struct followed *c)
{
	c->follow->n_waiting -= waiting(c);
	const struct order_sink sink = { on_data, on_gap, c };
	struct when now = { 0 };
	for (int way = 0; way < WAY_COUNT; way++) {
		order_flush(&c->order[way], (enum way)way, now, &sink);
		order_fini(&c->order[way]);
	}
	decrypt_conn_free(c->conn);
	c->conn = NULL;
}

static void drop_followed(void *ctx, void *value, enum lru_why why)
{
	struct follow *w = ctx;
	w->counts.evicted += why == LRU_EVICTED;
	finish(value);
}

/* ---- segments ---- */

#define PORT_HTTPS 443

/* The head of a record, as in the middle of a connection. */
static bool is_tls_record(struct bytes b)
{
	return b.len >= 5 && b.at[0] >= 20 && b.at[0] <= 24 && b.at[1] == 3 && b.at[2] <= 4;
}

/* May something be read of a flow that goes on, or begins, with this payload? */
static bool is_promising(const struct follow *w, const struct flow *f, const struct segment *g, enum way way)
{
	enum { SERVER_HELLO_AT = 5, SERVER_HELLO = 2 };
	struct bytes b = g->payload;
	struct decrypt_flow of = flow_of(w, f);
	enum app app = reading_guess(b);
	bool is_tls = wants(w, APP_TLS);
	if (way == WAY_DOWN) /* the ClientHello was lost */
		return is_tls && app == APP_TLS && b.len > SERVER_HELLO_AT &&
		       b.at[SERVER_HELLO_AT] == SERVER_HELLO &&
		       decrypt_may_read(w->decrypt, &of, (struct bytes){ 0 });
	if (f->has_syn && segment_seq(g) != f->seq) /* out of order, or the first was lost */
		return is_tls || (app == APP_HTTP && wants(w, app));
	if (app == APP_TLS)
		return is_tls && decrypt_may_read(w->decrypt, &of, b);
	if (app != APP_UNKNOWN || f->has_syn)
		return wants(w, app);
	return is_tls && (is_tls_record(b) || flow_server_port(f) == PORT_HTTPS) &&
	       decrypt_may_read(w->decrypt, &of, (struct bytes){ 0 });
}

/* The first payload of the client, or the server's if that was lost. What comes out of order is kept: it may
 * be the second piece of a hello.
 */
static struct followed *begin(struct follow *w, struct flow *f, const struct segment *g, enum way way)
{
	if (!is_promising(w, f, g, way))
		return NULL;
	bool is_new;
	struct followed *c = lru_touch(w->followed, &f->id, g->ts_ns, &is_new);
	c->follow = w;
	c->flow = flow_of(w, f);
	c->is_mid = !f->has_syn || way == WAY_DOWN;
	order_begin(&c->order[way], way == WAY_UP && f->has_syn ? f->seq : segment_seq(g));
	if (g->tcp_flags & TCP_ACK)
		order_begin(&c->order[way_other(way)], g->tcp_ack);
	f->was_considered = f->is_followed = 1;
	return c;
}

static void end_way(struct followed *c, const struct segment *g, enum way way, struct when at)
{
	bool is_reset = g->tcp_flags & TCP_RST;
	bool is_over = is_reset || ((g->tcp_flags & TCP_FIN) && !c->order[way].pieces);
	if (!is_over || !c->conn || (c->ended & 1u << way))
		return;
	c->ended = (uint8_t)(c->ended | 1u << way);
	decrypt_conn_end(c->conn, way, at);
}

static void tcp_segment(struct follow *w, struct flow *f, const struct segment *g, enum way way)
{
	struct followed *c = f->is_followed ? lru_find(w->followed, &f->id) : NULL;
	if (!f->was_considered && g->payload.len) {
		f->was_considered = way == WAY_UP;
		c = begin(w, f, g, way);
	}
	if (!c) {
		f->is_followed = 0;
		return;
	}
	const struct order_sink sink = { on_data, on_gap, c };
	struct when at = { g->ts_ns, g->number };
	struct order *mine = &c->order[way];
	size_t before = waiting(c);
	if (g->tcp_flags & TCP_ACK)
		order_ack(&c->order[way_other(way)], way_other(way), g->tcp_ack, g->payload.len > 0, at,
			  &sink);
	order_add(mine, way, segment_seq(g), g->payload, g->payload_len - (uint32_t)g->payload.len, at,
		  &sink);
	order_age(mine, way, g->ts_ns - HOLE_NS, at, &sink);
	if (mine->pieces && w->n_waiting - before + waiting(c) > w->waiting_max) {
		order_flush(mine, way, at, &sink);
		w->counts.evicted++;
	}
	w->n_waiting += waiting(c) - before;
	end_way(c, g, way, at);
	if (c->is_refused || (c->conn && decrypt_conn_is_done(c->conn))) {
		f->is_followed = 0;
		lru_remove(w->followed, &f->id);
	}
}

struct datagrams {
	struct follow *follow;
	struct flow *flow;
};

static void on_datagram(void *ctx, enum way way, struct bytes datagram, struct when at)
{
	const struct datagrams *d = ctx;
	struct flow *f = d->flow;
	struct decrypt_flow of = flow_of(d->follow, f);
	if (!f->is_followed || decrypt_datagram(d->follow->decrypt, &of, way, datagram, at))
		return;
	f->is_followed = 0;
	decrypt_datagram_end(d->follow->decrypt, f->id);
}

/* The flow is taken up, with what was kept of it. */
static void take_up(struct follow *w, struct flow *f)
{
	struct datagrams d = { w, f };
	const struct early_sink sink = { on_datagram, &d };
	f->was_considered = f->is_followed = 1;
	early_take(w->early, f->id, &sink);
}

static void udp_segment(struct follow *w, struct flow *f, const struct segment *g, enum way way)
{
	struct datagrams d = { w, f };
	struct when at = { g->ts_ns, g->number };
	if (!f->was_considered && f->app == APP_QUIC) {
		if (!wants(w, APP_QUIC))
			f->was_considered = 1;
		else if (!f->is_settled && (g->is_cut || early_add(w->early, f->id, way, g->payload, at)))
			return;
		else
			take_up(w, f);
	}
	if (!g->is_cut)
		on_datagram(&d, way, g->payload, at);
}

void follow_segment(struct follow *w, struct flow *f, const struct segment *g, enum way way)
{
	if (f->proto == IPPROTO_TCP)
		tcp_segment(w, f, g, way);
	else if (f->proto == IPPROTO_UDP && g->payload.len)
		udp_segment(w, f, g, way);
}

uint32_t follow_end(struct follow *w, struct flow *f)
{
	if (f->proto == IPPROTO_UDP && f->app == APP_QUIC && !f->was_considered && wants(w, APP_QUIC))
		take_up(w, f);
	if (!f->is_followed)
		return 0;
	f->is_followed = 0;
	if (f->proto == IPPROTO_UDP) {
		decrypt_datagram_end(w->decrypt, f->id);
		return 0;
	}
	struct followed *c = lru_find(w->followed, &f->id);
	if (!c)
		return 0;
	finish(c);
	uint32_t n_gaps = c->n_gaps;
	lru_remove(w->followed, &f->id);
	return n_gaps;
}

void follow_add_counts(const struct follow *w, struct follow_counts *counts)
{
	counts->gaps += w->counts.gaps;
	counts->refused += w->counts.refused;
	counts->evicted += w->counts.evicted + early_evicted(w->early);
}
