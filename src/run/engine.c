#include "run/engine.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "out/attachment.h"
#include "run/outbox.h"
#include "run/queue.h"
#include "run/route.h"

enum {
	BATCH_PACKETS = 1024,
	BATCH_BYTES = 1 << 20,
	BATCHES_AHEAD = 8, /* of one shard, waiting */
	CHUNKS_AHEAD = 64, /* of one shard's output, waiting for the writer */
	ATTACHMENT_BYTES = 128 << 20, /* of one shard: what requests gave away, until their visits are told */
	STEP_BACK_S = 60,  /* packets may come out of order by less; more is a step of the clock */
};

/* What a shard is given: packets, then perhaps a tick. */
struct batch {
	struct packet packets[BATCH_PACKETS];
	size_t n, used;
	bool has_tick;
	int64_t tick_ns;
	uint8_t bytes[BATCH_BYTES];
};

/* What a shard gives between two ticks. */
struct chunk {
	struct outbox out;
};

struct worker {
	struct engine *engine;
	struct shard *shard;
	struct extractors *extractors;
	struct attachments *attachments;
	struct outbox out;
	uint64_t n_out_of_scope;
	/* with more than one shard only */
	pthread_t thread;
	struct queue *in, *spare, *chunks;
	struct batch *filling;
};

struct engine {
	struct engine_spec spec;
	struct worker *workers;
	uint32_t n;
	struct router *router;
	pthread_t writer;
	bool has_threads, is_finished;
	int64_t clock_ns; /* packet time of the last tick */
	bool has_clock;
	uint64_t n_steps;
	atomic_uint_fast64_t n_dropped;
	/* of whoever writes */
	pthread_mutex_t sinks;
	uint64_t n_visits, n_flows;
	bool sink_failed;
	struct err sink_error;
};

/* ---- from the verdicts of a shard to its outbox ---- */

static void keep(struct worker *w, struct record *r)
{
	if (r)
		outbox_add(&w->out, r);
}

static void on_visit(void *ctx, const struct visit_result *v)
{
	struct worker *w = ctx;
	struct record *r = record_visit(w->engine->spec.record, v);
	if (!r && !v->is_open)
		w->n_out_of_scope++;
	keep(w, r);
}

static void on_flow(void *ctx, const struct flow_verdict *f)
{
	struct worker *w = ctx;
	if (w->engine->spec.records_flow)
		keep(w, record_flow(w->engine->spec.record, f));
}

static void *on_request(void *ctx, const struct request *r)
{
	struct worker *w = ctx;
	return attachments_request(w->attachments, r);
}

static void on_response(void *ctx, const struct response *r)
{
	struct worker *w = ctx;
	attachments_response(w->attachments, r);
}

static void on_drop_attachment(void *ctx, void *attachment)
{
	struct worker *w = ctx;
	attachments_drop(w->attachments, attachment);
}

/* ---- from outboxes to the sinks ---- */

static void note_failure(struct engine *e, const struct err *err)
{
	if (!e->sink_failed)
		e->sink_error = *err;
	e->sink_failed = true;
}

void engine_tell(struct engine *e, const struct ol_record *r)
{
	struct err err;
	pthread_mutex_lock(&e->sinks);
	if (!plugins_record(e->spec.plugins, r, &err))
		note_failure(e, &err);
	pthread_mutex_unlock(&e->sinks);
}

void engine_flush(struct engine *e)
{
	struct err err;
	pthread_mutex_lock(&e->sinks);
	if (!plugins_flush(e->spec.plugins, &err))
		note_failure(e, &err);
	pthread_mutex_unlock(&e->sinks);
}

static void write_record(void *ctx, const struct record *r)
{
	struct engine *e = ctx;
	e->n_visits += r->view.type == OL_VISIT && !r->visit.is_open;
	e->n_flows += r->view.type == OL_FLOW;
	engine_tell(e, &r->view);
}

/* ---- one thread a shard, one writer ---- */

static void put_chunk(struct worker *w)
{
	struct chunk *c = calloc(1, sizeof(*c));
	if (!c) {
		log_error("out of memory");
		abort();
	}
	outbox_move(&c->out, &w->out);
	queue_put(w->chunks, c);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct batch *b;
	while ((b = queue_get(w->in))) {
		shard_packets(w->shard, b->packets, b->n);
		bool has_tick = b->has_tick;
		if (has_tick)
			shard_tick(w->shard, b->tick_ns);
		b->n = b->used = 0;
		b->has_tick = false;
		queue_put(w->spare, b);
		if (has_tick)
			put_chunk(w);
	}
	shard_finish(w->shard);
	put_chunk(w);
	queue_close(w->chunks);
	return NULL;
}

/* Every shard gives one chunk a tick, and one at the end: the n-th chunks of all belong together. */
static void *write_all(void *arg)
{
	struct engine *e = arg;
	for (bool more = true; more;) {
		struct outbox all = { 0 };
		more = false;
		for (uint32_t i = 0; i < e->n; i++) {
			struct chunk *c = queue_get(e->workers[i].chunks);
			if (!c)
				continue;
			more = true;
			outbox_move(&all, &c->out);
			free(c);
		}
		outbox_write(&all, write_record, e);
	}
	return NULL;
}

/* Hands the batch being filled to its shard. */
static void send(struct engine *e, struct worker *w)
{
	struct batch *b = w->filling;
	if (b->n == 0 && !b->has_tick)
		return;
	if (e->spec.is_live && !b->has_tick) {
		if (!queue_try_put(w->in, b)) {
			atomic_fetch_add(&e->n_dropped, b->n);
			b->n = b->used = 0;
			return;
		}
	} else {
		queue_put(w->in, b);
	}
	w->filling = queue_get(w->spare);
}

static void pass_on(struct engine *e, const struct packet *p)
{
	struct worker *w = &e->workers[router_shard(e->router, p, e->n)];
	if (p->frame.len > BATCH_BYTES)
		return;
	if (w->filling->n == BATCH_PACKETS || w->filling->used + p->frame.len > BATCH_BYTES)
		send(e, w);
	struct batch *b = w->filling;
	struct packet *copy = &b->packets[b->n++];
	*copy = *p;
	copy->frame.at = b->bytes + b->used;
	memcpy(b->bytes + b->used, p->frame.at, p->frame.len);
	b->used += p->frame.len;
}

static void tick(struct engine *e, int64_t now_ns)
{
	e->clock_ns = now_ns;
	if (!e->has_threads) {
		struct worker *w = &e->workers[0];
		shard_tick(w->shard, now_ns);
		outbox_write(&w->out, write_record, e);
		return;
	}
	for (uint32_t i = 0; i < e->n; i++) {
		struct worker *w = &e->workers[i];
		w->filling->has_tick = true;
		w->filling->tick_ns = now_ns;
		send(e, w);
	}
}

/* Packet time is the only clock. It ticks where the packets of the capture, in their order, pass another
 * second; a step back sets it, so that a wrong clock spoils no more than the moment.
 */
static bool is_tick_due(struct engine *e, int64_t ts_ns)
{
	if (!e->has_clock) {
		e->has_clock = true;
		e->clock_ns = ts_ns;
		return false;
	}
	if (ts_ns < e->clock_ns - STEP_BACK_S * NS_PER_S) {
		e->n_steps++;
		e->clock_ns = ts_ns;
		return true;
	}
	return ts_ns - e->clock_ns >= NS_PER_S;
}

void engine_packets(struct engine *e, const struct packet *packets, size_t n)
{
	size_t done = 0;
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
	else if (e->spec.is_live)
		for (uint32_t i = 0; i < e->n; i++)
			send(e, &e->workers[i]);
}

void engine_tick(struct engine *e, int64_t now_ns)
{
	if (e->has_clock && now_ns - e->clock_ns >= NS_PER_S)
		tick(e, now_ns);
}

void engine_finish(struct engine *e)
{
	if (e->is_finished)
		return;
	e->is_finished = true;
	if (!e->has_threads) {
		shard_finish(e->workers[0].shard);
		outbox_write(&e->workers[0].out, write_record, e);
		return;
	}
	for (uint32_t i = 0; i < e->n; i++) {
		struct worker *w = &e->workers[i];
		if (w->filling->n > 0) {
			queue_put(w->in, w->filling);
			w->filling = NULL;
		}
		queue_close(w->in);
	}
	for (uint32_t i = 0; i < e->n; i++)
		pthread_join(e->workers[i].thread, NULL);
	pthread_join(e->writer, NULL);
}

void engine_counts(struct engine *e, struct engine_counts *ret_counts)
{
	struct engine_counts c = {
		.visits = e->n_visits,
		.flows = e->n_flows,
		.dropped_by_queue = atomic_load(&e->n_dropped),
		.time_steps = e->n_steps,
		.sink_failed = e->sink_failed,
		.sink_error = e->sink_error,
	};
	for (uint32_t i = 0; i < e->n; i++) {
		shard_add_counts(e->workers[i].shard, &c.shards);
		c.out_of_scope_visits += e->workers[i].n_out_of_scope;
	}
	*ret_counts = c;
}

static bool make_queues(struct worker *w)
{
	w->in = queue_new(BATCHES_AHEAD);
	w->spare = queue_new(BATCHES_AHEAD + 2);
	w->chunks = queue_new(CHUNKS_AHEAD);
	w->filling = calloc(1, sizeof(*w->filling));
	if (!w->in || !w->spare || !w->chunks || !w->filling)
		return false;
	for (int i = 0; i < BATCHES_AHEAD + 1; i++) {
		struct batch *b = calloc(1, sizeof(*b));
		if (!b)
			return false;
		queue_put(w->spare, b);
	}
	return true;
}

static bool make_worker(struct engine *e, struct worker *w, struct err *err)
{
	static const char *const extractors[] = { "disclosure" };
	w->engine = e;
	if (e->spec.has_extractors) {
		w->extractors = extractors_open(e->spec.plugins, extractors, 1, err);
		if (!w->extractors)
			return false;
	}
	w->attachments = attachments_new(&(struct attachments_spec){
	    .know = e->spec.record->know,
	    .extractors = w->extractors,
	    .hash_key = e->spec.shard->hash_key,
	    .bytes_max = ATTACHMENT_BYTES,
	});
	if (!w->attachments)
		return err_set(err, "out of memory");
	struct shard_spec spec = *e->spec.shard;
	spec.visit = on_visit;
	spec.flow = on_flow;
	spec.request = on_request;
	spec.response = on_response;
	spec.drop_attachment = on_drop_attachment;
	spec.ctx = w;
	w->shard = shard_new(&spec);
	if (!w->shard || (e->n > 1 && !make_queues(w)))
		return err_set(err, "out of memory");
	return true;
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
	e->n = spec->n_shards;
	pthread_mutex_init(&e->sinks, NULL);
	plugins_set_disclose(spec->plugins, attachment_disclose);
	bool ok = true;
	for (uint32_t i = 0; ok && i < e->n; i++)
		ok = make_worker(e, &e->workers[i], err);
	if (ok && e->n > 1) {
		e->router = router_new(spec->shard);
		ok = e->router || err_set(err, "out of memory");
	}
	if (!ok) {
		engine_free(e);
		return NULL;
	}
	if (e->n > 1) {
		e->has_threads = true;
		for (uint32_t i = 0; i < e->n; i++)
			if (pthread_create(&e->workers[i].thread, NULL, work, &e->workers[i]) != 0)
				abort(); /* half a set of threads is nothing that could be taken back */
		if (pthread_create(&e->writer, NULL, write_all, e) != 0)
			abort();
	}
	return e;
}

static void free_queue(struct queue *q)
{
	if (!q)
		return;
	queue_close(q);
	for (void *item; (item = queue_get(q));)
		free(item);
	queue_free(q);
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	if (e->has_threads)
		engine_finish(e);
	for (uint32_t i = 0; i < e->n; i++) {
		struct worker *w = &e->workers[i];
		shard_free(w->shard);
		attachments_free(w->attachments);
		extractors_close(w->extractors);
		free(w->filling);
		free_queue(w->in);
		free_queue(w->spare);
		free_queue(w->chunks);
	}
	router_free(e->router);
	pthread_mutex_destroy(&e->sinks);
	free(e->workers);
	free(e);
}
