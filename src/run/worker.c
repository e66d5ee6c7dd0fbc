#include "run/worker.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum {
	BATCH_PACKETS = 256,
	BATCH_BYTES = 1 << 18,
	BATCHES_AHEAD = 8,            /* waiting for the shard */
	BATCHES_AHEAD_LIVE = 32,      /* a file can wait, live traffic cannot */
	CHUNKS_AHEAD = 64,            /* of its output, waiting for the writer */
	ATTACHMENT_BYTES = 128 << 20, /* what requests gave away, until their visits are told */
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

/* ---- from the verdicts of the shard to the outbox ---- */

static void keep(struct worker *w, struct record *r)
{
	if (r)
		outbox_add(&w->out, r);
}

static void on_visit(void *ctx, const struct visit_result *v)
{
	struct worker *w = ctx;
	struct record *r = record_visit(w->spec->record, v);
	if (!r && !v->is_open)
		w->n_out_of_scope++;
	keep(w, r);
}

static void on_flow(void *ctx, const struct flow_verdict *f)
{
	struct worker *w = ctx;
	if (w->spec->records_flow)
		keep(w, record_flow(w->spec->record, f));
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

/* ---- making ---- */

static bool make_queues(struct worker *w)
{
	size_t ahead = w->spec->is_live ? BATCHES_AHEAD_LIVE : BATCHES_AHEAD;
	w->in = queue_new(ahead);
	w->spare = queue_new(ahead + 2);
	w->chunks = queue_new(CHUNKS_AHEAD);
	w->filling = calloc(1, sizeof(*w->filling));
	if (!w->in || !w->spare || !w->chunks || !w->filling)
		return false;
	for (size_t i = 0; i < ahead + 1; i++) {
		struct batch *b = calloc(1, sizeof(*b));
		if (!b)
			return false;
		queue_put(w->spare, b);
	}
	return true;
}

bool worker_init(struct worker *w, uint32_t index, const struct engine_spec *spec, struct err *err)
{
	static const char *const extractors[] = { "disclosure" };
	*w = (struct worker){ .spec = spec };
	pthread_mutex_init(&w->busy, NULL);
	if (spec->has_extractors) {
		w->extractors = extractors_open(spec->plugins, extractors, 1, err);
		if (!w->extractors)
			return false;
	}
	w->attachments = attachments_new(&(struct attachments_spec){
	    .know = spec->record->know,
	    .extractors = w->extractors,
	    .hash_key = spec->shard->hash_key,
	    .bytes_max = ATTACHMENT_BYTES,
	});
	struct shard_spec shard = *spec->shard;
	shard.index = index;
	shard.visit = on_visit;
	shard.flow = on_flow;
	shard.request = on_request;
	shard.response = on_response;
	shard.drop_attachment = on_drop_attachment;
	shard.ctx = w;
	w->shard = shard_new(&shard);
	return (w->attachments && w->shard) || err_set(err, "out of memory");
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

void worker_fini(struct worker *w)
{
	if (!w->spec)
		return;
	if (w->has_thread) {
		struct outbox rest = { 0 };
		worker_close(w);
		while (worker_take(w, &rest))
			outbox_drop(&rest);
		pthread_join(w->thread, NULL);
	}
	outbox_drop(&w->out);
	shard_free(w->shard);
	attachments_free(w->attachments);
	extractors_close(w->extractors);
	free(w->filling);
	free_queue(w->in);
	free_queue(w->spare);
	free_queue(w->chunks);
	pthread_mutex_destroy(&w->busy);
}

/* ---- the thread ---- */

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
		bool has_tick = b->has_tick;
		pthread_mutex_lock(&w->busy);
		shard_packets(w->shard, b->packets, b->n);
		if (has_tick)
			shard_tick(w->shard, b->tick_ns);
		pthread_mutex_unlock(&w->busy);
		b->n = b->used = 0;
		b->has_tick = false;
		queue_put(w->spare, b);
		if (has_tick)
			put_chunk(w);
	}
	pthread_mutex_lock(&w->busy);
	shard_finish(w->shard);
	pthread_mutex_unlock(&w->busy);
	put_chunk(w);
	queue_close(w->chunks);
	return NULL;
}

bool worker_start(struct worker *w, struct err *err)
{
	if (!make_queues(w))
		return err_set(err, "out of memory");
	w->has_thread = pthread_create(&w->thread, NULL, work, w) == 0;
	return w->has_thread || err_set(err, "cannot make a thread");
}

/* ---- the reader's side ---- */

static void hand_over(struct worker *w)
{
	queue_put(w->in, w->filling);
	w->filling = queue_get(w->spare);
}

static void send_full(struct worker *w)
{
	struct batch *b = w->filling;
	if (!w->spec->is_live) {
		hand_over(w);
	} else if (queue_try_put(w->in, b)) {
		w->filling = queue_get(w->spare);
	} else {
		w->n_dropped += b->n;
		b->n = b->used = 0;
	}
}

void worker_packet(struct worker *w, const struct packet *p, bool is_copy)
{
	if (w->filling->n == BATCH_PACKETS || w->filling->used + p->frame.len > BATCH_BYTES)
		send_full(w);
	struct batch *b = w->filling;
	struct packet *copy = &b->packets[b->n++];
	*copy = *p;
	copy->is_copy = is_copy;
	copy->frame.at = b->bytes + b->used;
	if (p->frame.len > BATCH_BYTES) /* the source gives none so long */
		copy->frame.len = BATCH_BYTES;
	if (copy->frame.len)
		memcpy(b->bytes + b->used, p->frame.at, copy->frame.len);
	b->used += copy->frame.len;
}

void worker_tick(struct worker *w, int64_t now_ns)
{
	w->filling->has_tick = true;
	w->filling->tick_ns = now_ns;
	hand_over(w);
}

bool worker_take(struct worker *w, struct outbox *ret)
{
	struct chunk *c = queue_get(w->chunks);
	if (!c)
		return false;
	outbox_move(ret, &c->out);
	free(c);
	return true;
}

void worker_close(struct worker *w)
{
	if (w->filling && w->filling->n > 0) {
		queue_put(w->in, w->filling);
		w->filling = NULL;
	}
	queue_close(w->in);
}

void worker_add_counts(struct worker *w, struct engine_counts *counts)
{
	pthread_mutex_lock(&w->busy);
	shard_add_counts(w->shard, &counts->shards);
	counts->out_of_scope_visits += w->n_out_of_scope;
	counts->untold_requests += attachments_n_left_out(w->attachments);
	counts->dropped_by_queue += w->n_dropped;
	pthread_mutex_unlock(&w->busy);
	if (!w->has_thread)
		return;
	uint64_t depth = queue_depth(w->in);
	counts->queue_fullest = depth > counts->queue_fullest ? depth : counts->queue_fullest;
	counts->queue_room = w->spec->is_live ? BATCHES_AHEAD_LIVE : BATCHES_AHEAD;
}
