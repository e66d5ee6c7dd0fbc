#include "run/worker.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum {
	CHUNKS_AHEAD = 64,            /* of its output, waiting for the writer */
	ATTACHMENT_BYTES = 128 << 20, /* what requests gave away, until their visits are told */
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

struct extractors *worker_extractors(struct plugins *p, struct err *err)
{
	static const char *const names[] = { "disclosure" };
	return extractors_open(p, names, 1, err);
}

bool worker_init(struct worker *w, uint32_t index, const struct engine_spec *spec, struct err *err)
{
	*w = (struct worker){ .spec = spec, .index = index };
	pthread_mutex_init(&w->busy, NULL);
	if (spec->has_extractors) {
		w->extractors = worker_extractors(spec->plugins, err);
		if (!w->extractors)
			return false;
	}
	w->attachments = attachments_new(&(struct attachments_spec){
	    .know = spec->record->know,
	    .extractors = w->extractors,
	    .hash_key = spec->shard->hash_key,
	    .bytes_max = ATTACHMENT_BYTES,
	    .reveal = spec->record->reveal,
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
		while (worker_take(w, &rest))
			outbox_drop(&rest);
		pthread_join(w->thread, NULL);
	}
	outbox_drop(&w->out);
	shard_free(w->shard);
	attachments_free(w->attachments);
	extractors_close(w->extractors);
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

static void take_round(struct worker *w, const struct round *r)
{
	pthread_mutex_lock(&w->busy);
	for (size_t i = 0; i < r->n; i++) {
		round_prefetch_to_read(r, i);
		bool is_own = r->places[i].shard == w->index;
		if (is_own || r->places[i].is_for_all)
			shard_segment(w->shard, &r->segments[i], !is_own);
	}
	shard_pass(w->shard);
	if (r->has_tick)
		shard_tick(w->shard, r->tick_ns, r->is_set_back);
	pthread_mutex_unlock(&w->busy);
	if (r->has_tick)
		put_chunk(w);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	const struct round *r;
	while ((r = rounds_next(w->rounds, w->index)))
		take_round(w, r);
	pthread_mutex_lock(&w->busy);
	shard_finish(w->shard);
	pthread_mutex_unlock(&w->busy);
	put_chunk(w);
	queue_close(w->chunks);
	return NULL;
}

bool worker_start(struct worker *w, struct rounds *rounds, struct err *err)
{
	w->rounds = rounds;
	w->chunks = queue_new(CHUNKS_AHEAD);
	if (!w->chunks)
		return err_set(err, "out of memory");
	w->has_thread = pthread_create(&w->thread, NULL, work, w) == 0;
	return w->has_thread || err_set(err, "cannot make a thread");
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

void worker_add_counts(struct worker *w, struct engine_counts *counts)
{
	pthread_mutex_lock(&w->busy);
	struct visits_memory clients;
	shard_add_counts(w->shard, &counts->shards);
	shard_memory(w->shard, &clients);
	counts->clients.most += clients.most;
	if (clients.largest_client > counts->clients.largest_client)
		counts->clients.largest_client = clients.largest_client;
	counts->out_of_scope_visits += w->n_out_of_scope;
	counts->unanswered_requests += attachments_n_unanswered(w->attachments);
	counts->untold_requests += attachments_n_left_out(w->attachments);
	pthread_mutex_unlock(&w->busy);
}
