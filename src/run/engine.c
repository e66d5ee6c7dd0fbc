#include "run/engine.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "run/intake.h"
#include "run/route.h"
#include "run/worker.h"

enum {
	STEP_BACK_S = 60, /* packets may come out of order by less; more is a step of the clock */
	ROUND_BYTES = 1 << 19,
	ROUNDS_LIVE = 32, /* a file can wait, live traffic cannot */
};

struct engine {
	struct engine_spec spec;
	struct shard_spec shard; /* what spec.shard points to: threads begin later */
	struct worker *workers;
	uint32_t n;
	/* with more than one shard */
	struct intake intake;
	struct router *router;
	struct rounds *rounds;
	struct round *round; /* being filled; or NULL */
	uint64_t n_dropped;
	pthread_t writer;
	bool has_threads, is_finished;
	int64_t clock_ns; /* packet time of the last tick */
	bool has_clock;
	uint64_t n_steps;
	struct delivery delivery;
};

/* ---- one thread a shard, one writer ---- */

/* Every shard gives one chunk a tick, and one at the end: the n-th chunks of all belong together. */
static void *write_all(void *arg)
{
	struct engine *e = arg;
	for (bool more = true; more;) {
		struct outbox all = { 0 };
		more = false;
		for (uint32_t i = 0; i < e->n; i++)
			more = worker_take(&e->workers[i], &all) || more;
		delivery_outbox(&e->delivery, &all);
	}
	return NULL;
}

static size_t n_rounds(const struct engine *e)
{
	return e->spec.is_live ? ROUNDS_LIVE : ENGINE_AHEAD - 1;
}

static void send_round(struct engine *e)
{
	struct round *r = e->round;
	if (!r)
		return;
	router_places(e->router, r->segments, r->n, e->n, r->places);
	rounds_send(e->rounds, !e->spec.is_live);
	e->round = NULL;
}

/* returns: false if the shards are behind and the input cannot wait. */
static bool begin_round(struct engine *e)
{
	if (!e->round)
		e->round = rounds_begin(e->rounds, !e->spec.is_live);
	return e->round != NULL;
}

/* Copies what the segment points to. returns: false if there is no room. */
static bool keep_bytes(struct round *r, struct segment *g)
{
	if (g->ip_captured > ROUND_BYTES - r->n_bytes)
		return false;
	uint8_t *at = memcpy(r->bytes + r->n_bytes, g->ip, g->ip_captured);
	r->n_bytes += g->ip_captured;
	if (g->payload.len)
		g->payload.at = at + (g->payload.at - g->ip);
	g->ip = at;
	return true;
}

/* Decodes into the round that is being filled. Files wait for the shards; live traffic is dropped and
 * counted. */
static void pass_on(struct engine *e, const struct packet *p)
{
	if (e->round && e->round->n == ROUND_PACKETS)
		send_round(e);
	if (!begin_round(e)) {
		e->n_dropped++;
		return;
	}
	struct segment *g = &e->round->segments[e->round->n];
	round_prefetch_to_fill(e->round, e->round->n);
	if (!intake_packet(&e->intake, p, g))
		return;
	bool is_kept = !e->spec.is_live && intake_is_in_frame(p, g);
	if (!is_kept && !keep_bytes(e->round, g)) {
		send_round(e);
		if (!begin_round(e)) {
			e->n_dropped++;
			return;
		}
		e->round->segments[0] = *g;
		g = &e->round->segments[0];
		bool is_room = keep_bytes(e->round, g);
		assert(is_room);
	}
	e->round->n++;
}

/* Packet time is the only clock. It ticks where the packets of the capture, in their order, pass another
 * second; a step back sets it, so that a wrong clock spoils no more than the moment.
 */
static bool is_set_back(const struct engine *e, int64_t now_ns)
{
	return now_ns < e->clock_ns - STEP_BACK_S * NS_PER_S;
}

static bool is_tick_due(const struct engine *e, int64_t now_ns)
{
	return now_ns - e->clock_ns >= NS_PER_S || is_set_back(e, now_ns);
}

static void tick(struct engine *e, int64_t now_ns)
{
	bool is_back = is_set_back(e, now_ns);
	e->clock_ns = now_ns;
	e->n_steps += is_back;
	if (!e->has_threads) {
		struct worker *w = &e->workers[0];
		shard_tick(w->shard, now_ns, is_back);
		delivery_outbox(&e->delivery, &w->out);
		return;
	}
	if (!e->round) /* it always gets through, for the outputs of all shards are put together by ticks */
		e->round = rounds_begin(e->rounds, true);
	e->round->has_tick = true;
	e->round->tick_ns = now_ns;
	e->round->is_set_back = is_back;
	send_round(e);
}

void engine_packets(struct engine *e, const struct packet *packets, size_t n)
{
	size_t done = 0;
	if (n && !e->has_clock) {
		e->has_clock = true;
		e->clock_ns = packets[0].ts_ns;
	}
	for (size_t i = 0; i < n; i++) {
		bool due = is_tick_due(e, packets[i].ts_ns);
		if (due && !e->has_threads) {
			shard_packets(e->workers[0].shard, packets + done, i - done);
			done = i;
		}
		if (due)
			tick(e, packets[i].ts_ns);
		if (e->has_threads)
			pass_on(e, &packets[i]);
	}
	if (!e->has_threads)
		shard_packets(e->workers[0].shard, packets + done, n - done);
	else if (!e->spec.is_live)
		send_round(e);
}

void engine_drain(struct engine *e)
{
	if (!e->has_threads)
		return;
	send_round(e);
	rounds_drain(e->rounds);
}

void engine_tick(struct engine *e, int64_t now_ns)
{
	if (e->has_clock && is_tick_due(e, now_ns))
		tick(e, now_ns);
}

void engine_finish(struct engine *e)
{
	if (e->is_finished)
		return;
	e->is_finished = true;
	if (!e->has_threads) {
		shard_finish(e->workers[0].shard);
		delivery_outbox(&e->delivery, &e->workers[0].out);
		return;
	}
	send_round(e);
	rounds_close(e->rounds);
	for (uint32_t i = 0; i < e->n; i++) {
		pthread_join(e->workers[i].thread, NULL);
		e->workers[i].has_thread = false;
	}
	pthread_join(e->writer, NULL);
}

struct delivery *engine_delivery(struct engine *e)
{
	return &e->delivery;
}

void engine_counts(struct engine *e, struct engine_counts *ret_counts)
{
	struct engine_counts c = { .time_steps = e->n_steps, .dropped_by_queue = e->n_dropped };
	delivery_counts(&e->delivery, &c.delivery);
	if (e->rounds) {
		intake_add_counts(&e->intake, &c.shards);
		c.evicted_places = router_evicted(e->router);
		c.queue_fullest = rounds_depth(e->rounds);
		c.queue_room = n_rounds(e);
	}
	for (uint32_t i = 0; i < e->n; i++)
		worker_add_counts(&e->workers[i], &c);
	*ret_counts = c;
}

bool engine_start(struct engine *e, struct err *err)
{
	if (e->n == 1)
		return true;
	e->router = router_new(e->spec.shard);
	e->rounds = rounds_new(n_rounds(e), e->n, ROUND_BYTES);
	if (!intake_init(&e->intake, e->spec.shard->fragments_max, e->spec.shard->hash_key) || !e->router ||
	    !e->rounds)
		return err_set(err, "out of memory");
	for (uint32_t i = 0; i < e->n; i++)
		if (!worker_start(&e->workers[i], e->rounds, err))
			return false;
	e->has_threads = pthread_create(&e->writer, NULL, write_all, e) == 0;
	return e->has_threads || err_set(err, "cannot make a thread");
}

struct engine *engine_new(const struct engine_spec *spec, struct err *err)
{
	struct engine *e = calloc(1, sizeof(*e));
	if (!e || !(e->workers = calloc(spec->n_shards, sizeof(*e->workers)))) {
		err_set(err, "out of memory");
		free(e);
		return NULL;
	}
	e->spec = *spec;
	e->shard = *spec->shard;
	e->spec.shard = &e->shard;
	e->n = spec->n_shards;
	delivery_init(&e->delivery, spec->plugins, spec->on_record, spec->ctx);
	plugins_set_disclose(spec->plugins, attachment_disclose);
	bool ok = true;
	for (uint32_t i = 0; ok && i < e->n; i++)
		ok = worker_init(&e->workers[i], i, &e->spec, err);
	if (!ok) {
		engine_free(e);
		return NULL;
	}
	return e;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	if (e->has_threads)
		engine_finish(e);
	else if (e->rounds)
		rounds_close(e->rounds);
	for (uint32_t i = 0; i < e->n; i++)
		worker_fini(&e->workers[i]);
	rounds_free(e->rounds);
	router_free(e->router);
	intake_fini(&e->intake);
	delivery_fini(&e->delivery);
	free(e->workers);
	free(e);
}
