/* A shard with what belongs to it: extractors, what requests gave away, the records that wait to be written;
 * and, where there is more than one, its thread and the queue from it. Only run/engine.c uses this.
 */
#ifndef RUN_WORKER_H
#define RUN_WORKER_H

#include <pthread.h>

#include "out/attachment.h"
#include "run/engine.h"
#include "run/outbox.h"
#include "run/queue.h"
#include "run/rounds.h"

struct worker {
	const struct engine_spec *spec;
	uint32_t index;
	struct shard *shard;
	struct extractors *extractors;
	struct attachments *attachments;
	struct outbox out;
	uint64_t n_out_of_scope;
	/* with a thread only */
	bool has_thread;
	pthread_t thread;
	pthread_mutex_t busy;  /* held while the shard is at work */
	struct rounds *rounds; /* borrowed */
	struct queue *chunks;
};

/* Opens what reads requests; extractors_close. returns: NULL with err set. */
struct extractors *worker_extractors(struct plugins *p, struct err *err);

/* memory: borrows spec until worker_fini. returns: false with err set; then worker_fini still has to be
 * called. */
bool worker_init(struct worker *w, uint32_t index, const struct engine_spec *spec, struct err *err);
void worker_fini(struct worker *w);

/* The rest is for one with a thread: it takes its packets out of the rounds and ends when they do. rounds:
 * closed before worker_fini. */
bool worker_start(struct worker *w, struct rounds *rounds, struct err *err);

/* What the shard has given between two ticks, moved to the end of *ret. returns: false at the end. */
bool worker_take(struct worker *w, struct outbox *ret);

/* Adds what was counted so far. */
void worker_add_counts(struct worker *w, struct engine_counts *counts);

#endif
