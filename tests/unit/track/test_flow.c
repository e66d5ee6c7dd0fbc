#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "mkseg.h"
#include "track/flow.h"

enum { CAPACITY = 64, HOSTS = 12, PORTS = 8, STEPS = 60000 };

struct ends {
	uint64_t ids[STEPS], up[STEPS], down[STEPS];
	size_t n;
};

static void note_end(void *ctx, struct flow *f)
{
	struct ends *e = ctx;
	e->ids[e->n] = f->id;
	e->up[e->n] = f->bytes[WAY_UP];
	e->down[e->n++] = f->bytes[WAY_DOWN];
}

static struct flows *table(uint32_t capacity, uint64_t seed, struct ends *ends)
{
	struct flows *t = flows_new(&(struct flows_spec){
	    .capacity = capacity, .key = { seed, ~seed }, .ended = note_end, .ctx = ends });
	assert_non_null(t);
	return t;
}

static struct flow *feed(struct flows *t, const struct segment *g, enum way *ret_way)
{
	return flows_of(t, g, flows_hash(t, g), ret_way);
}

/* ---- the obvious table: an array, searched from end to end ---- */

struct model_flow {
	struct addr client, server;
	uint16_t client_port, server_port;
	uint64_t id, up, down;
	uint32_t seq;
	bool is_used;
};

struct model {
	struct model_flow flows[CAPACITY];
};

static struct model_flow *model_find(struct model *m, const struct segment *g, bool *ret_up)
{
	for (int i = 0; i < CAPACITY; i++) {
		struct model_flow *f = &m->flows[i];
		if (!f->is_used)
			continue;
		*ret_up = addr_equal(&f->client, &g->src) && addr_equal(&f->server, &g->dst) &&
			  f->client_port == g->src_port && f->server_port == g->dst_port;
		bool is_down = addr_equal(&f->client, &g->dst) && addr_equal(&f->server, &g->src) &&
			       f->client_port == g->dst_port && f->server_port == g->src_port;
		if (*ret_up || is_down)
			return f;
	}
	return NULL;
}

static struct model_flow *model_new(struct model *m, const struct segment *g)
{
	for (int i = 0; i < CAPACITY; i++)
		if (!m->flows[i].is_used) {
			m->flows[i] =
			    (struct model_flow){ g->src, g->dst, g->src_port,    g->dst_port, g->ordinal,
						 0,      0,      g->tcp_seq + 1, true };
			return &m->flows[i];
		}
	return NULL;
}

static struct segment random_segment(uint64_t ordinal)
{
	char host[16];
	snprintf(host, sizeof(host), "10.0.0.%d", 1 + rand() % HOSTS % 6);
	struct segment g = mkseg(IPPROTO_TCP, host, (uint16_t)(50000 + rand() % PORTS), "192.0.2.1", 443);
	g.ordinal = g.number = ordinal;
	g.ts_ns = (int64_t)ordinal * NS_PER_MS;
	g.ip_len = 40 + (uint32_t)(rand() % 1000);
	return g;
}

/* At most 48 connections at once in a table of 64: none is evicted, and both agree on every packet. */
static void agrees_with_the_model(void **state)
{
	(void)state;
	static struct ends ends;
	static struct model m;
	struct flows *t = table(CAPACITY, 7, &ends);
	uint32_t n_reused = 0;
	srand(2);
	for (uint64_t i = 1; i < STEPS; i++) {
		struct segment g = random_segment(i);
		bool is_up = true, is_syn = rand() % 40 == 0;
		struct model_flow *want = model_find(&m, &g, &is_up);
		if (!want || is_syn) {
			g.tcp_flags = TCP_SYN;
			g.tcp_seq = (uint32_t)rand();
			if (want && want->seq != g.tcp_seq + 1) {
				n_reused++;
				want->is_used = false;
				want = NULL;
			}
			if (!want) {
				want = model_new(&m, &g);
				is_up = true;
			}
		} else if (rand() % 2) {
			struct segment back = g;
			back.src = g.dst, back.dst = g.src;
			back.src_port = g.dst_port, back.dst_port = g.src_port;
			g = back;
			is_up = false;
		}
		*(is_up ? &want->up : &want->down) += g.ip_len;
		enum way way;
		struct flow *f = feed(t, &g, &way);
		assert_int_equal(f->id, want->id);
		assert_int_equal(way, is_up ? WAY_UP : WAY_DOWN);
		assert_int_equal(f->bytes[WAY_UP], want->up);
		assert_int_equal(f->bytes[WAY_DOWN], want->down);
		assert_int_equal(flow_client_port(f), want->client_port);
		assert_true(addr_equal(flow_server(f), &want->server));
	}
	assert_int_equal(ends.n, n_reused);
	assert_int_equal(flows_evicted(t), 0);
	uint32_t left = flows_count(t);
	flows_end_all(t);
	assert_int_equal(ends.n, n_reused + left);
	flows_free(t);
}

/* What is evicted, and when, is the same whatever the key of the hash. */
static void order_is_independent_of_the_key(void **state)
{
	(void)state;
	static struct ends ends[2];
	for (int k = 0; k < 2; k++) {
		struct flows *t = table(16, 100 + (uint64_t)k, &ends[k]);
		srand(3);
		for (uint64_t i = 1; i < 20000; i++) {
			struct segment g = random_segment(i);
			enum way way;
			if (rand() % 3 == 0)
				g.tcp_flags = TCP_SYN;
			feed(t, &g, &way);
			if (i % 1000 == 0)
				flows_expire(t, g.ts_ns);
		}
		assert_int_equal(flows_count(t), 16);
		flows_end_all(t);
		flows_free(t);
	}
	assert_true(ends[0].n > 1000);
	assert_int_equal(ends[0].n, ends[1].n);
	assert_memory_equal(ends[0].ids, ends[1].ids, ends[0].n * sizeof(ends[0].ids[0]));
	assert_memory_equal(ends[0].up, ends[1].up, ends[0].n * sizeof(ends[0].up[0]));
}

/* A flood of SYNs takes the places of other SYNs, not of connections. */
static void flood_spares_connections(void **state)
{
	(void)state;
	static struct ends ends;
	ends.n = 0;
	struct flows *t = table(1024, 1, &ends);
	enum way way;
	struct segment g = mkseg(IPPROTO_TCP, "10.0.0.1", 50000, "192.0.2.1", 443);
	g.ordinal = 1;
	feed(t, &g, &way);
	struct segment back = mkseg(IPPROTO_TCP, "192.0.2.1", 443, "10.0.0.1", 50000);
	feed(t, &back, &way);
	for (uint32_t i = 0; i < 50000; i++) {
		struct segment syn = mkseg(IPPROTO_TCP, "198.51.100.1", 0, "192.0.2.1", 80);
		memcpy(syn.src.b + 12, &i, 4);
		syn.src_port = (uint16_t)(1024 + i % 60000);
		syn.tcp_flags = TCP_SYN;
		syn.ordinal = i + 2;
		feed(t, &syn, &way);
	}
	/* A sixteenth of the table is for what was never answered, and the connection has its place. */
	assert_int_equal(flows_count(t), 1024 / 16 + 2);
	assert_int_equal(flows_evicted(t), 50000 - 1024 / 16 - 1);
	assert_int_equal(ends.ids[0], 2);
	assert_int_equal(feed(t, &g, &way)->id, 1);
	assert_int_equal(way, WAY_UP);
	flows_end_all(t);
	flows_free(t);
}

static const struct {
	const char *what;
	uint8_t flags[4]; /* of four segments, up, down, up, down; 0: none */
	int64_t idle_s;   /* then nothing */
	bool is_there;
} idles[] = {
	{ "an open connection waits for half an hour",
	  { TCP_SYN, TCP_SYN | TCP_ACK, TCP_ACK, TCP_ACK },
	  1790,
	  true },
	{ "and no longer", { TCP_SYN, TCP_SYN | TCP_ACK, TCP_ACK, TCP_ACK }, 1810, false },
	{ "a SYN without answer waits a minute", { TCP_SYN, 0, 0, 0 }, 61, false },
	{ "closed by both", { TCP_SYN, TCP_SYN | TCP_ACK, TCP_FIN | TCP_ACK, TCP_FIN | TCP_ACK }, 31, false },
	{ "half closed", { TCP_SYN, TCP_SYN | TCP_ACK, TCP_FIN | TCP_ACK, TCP_ACK }, 31, true },
	{ "reset", { TCP_SYN, TCP_SYN | TCP_ACK, TCP_ACK, TCP_RST }, 31, false },
};

static void expires(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(idles); i++) {
		static struct ends ends;
		ends.n = 0;
		struct flows *t = table(64, 1, &ends);
		enum way way;
		for (int k = 0; k < 4 && idles[i].flags[k]; k++) {
			struct segment g = k % 2 ? mkseg(IPPROTO_TCP, "192.0.2.1", 443, "10.0.0.1", 50000)
						 : mkseg(IPPROTO_TCP, "10.0.0.1", 50000, "192.0.2.1", 443);
			g.tcp_flags = idles[i].flags[k];
			feed(t, &g, &way);
		}
		flows_expire(t, idles[i].idle_s * NS_PER_S);
		if ((flows_count(t) == 1) != idles[i].is_there)
			fail_msg("%s", idles[i].what);
		flows_free(t);
	}
}

/* All these tuples fall into one slot of a table with a known key: found all the same. */
static void colliding_tuples(void **state)
{
	(void)state;
	static struct ends ends;
	ends.n = 0;
	struct flows *t = table(256, 5, &ends);
	struct segment same[40];
	size_t n = 0;
	for (uint32_t i = 1; n < COUNT(same); i++) {
		struct segment g = mkseg(IPPROTO_TCP, "10.0.0.1", 50000, "192.0.2.1", 443);
		memcpy(g.src.b + 12, &i, 4);
		g.ordinal = n + 1;
		if ((flows_hash(t, &g) & 511) == 77)
			same[n++] = g;
	}
	enum way way;
	for (size_t i = 0; i < n; i++)
		assert_int_equal(feed(t, &same[i], &way)->id, i + 1);
	for (size_t i = 0; i < n; i += 2) { /* every second one ends: the holes close */
		same[i].tcp_flags = TCP_SYN;
		same[i].tcp_seq = 99;
		same[i].ordinal = 1000 + i;
		assert_int_equal(feed(t, &same[i], &way)->id, 1000 + i);
	}
	for (size_t i = 0; i < n; i++)
		assert_int_equal(feed(t, &same[i], &way)->id, i % 2 ? i + 1 : 1000 + i);
	flows_free(t);
}

static void turns(void **state)
{
	(void)state;
	static struct ends ends;
	struct flows *t = table(64, 1, &ends);
	struct segment g = mkseg(IPPROTO_TCP, "192.0.2.1", 443, "10.0.0.1", 50000);
	enum way way;
	g.ip_len = 70;
	struct flow *f = feed(t, &g, &way);
	assert_int_equal(way, WAY_DOWN);
	flow_turn(f, &g);
	assert_int_equal(f->bytes[WAY_UP], 70);
	assert_int_equal(f->packets[WAY_DOWN], 0);
	assert_int_equal(flow_client_port(f), 443);
	feed(t, &g, &way);
	assert_int_equal(way, WAY_UP);
	flows_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_model),    cmocka_unit_test(order_is_independent_of_the_key),
		cmocka_unit_test(flood_spares_connections), cmocka_unit_test(expires),
		cmocka_unit_test(colliding_tuples),         cmocka_unit_test(turns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
