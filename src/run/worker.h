/* A shard with what belongs to it: extractors, what requests gave away, the records that wait to be written;
 * and, where there is more than one, its thread and the queues to and from it. Only run/engine.c uses this.
 */
#ifndef RUN_WORKER_H
#define RUN_WORKER_H

#include <pthread.h>

#include "out/attachment.h"
#include "run/engine.h"
#include "run/outbox.h"
#include "run/queue.h"

struct worker {
	const struct engine_spec *spec;
	struct shard *shard;
	struct extractors *extractors;
	struct attachments *attachments;
	struct outbox out;
	uint64_t n_out_of_scope;
	/* with a thread only */
	bool has_thread;
	pthread_t thread;
	pthread_mutex_t busy; /* held while the shard is at work */
	struct queue *in, *spare, *chunks;
	struct batch *filling;
	uint64_t n_dropped;
};

/* memory: borrows spec until worker_fini. returns: false with err set; then worker_fini still has to be
 * called. */
bool worker_init(struct worker *w, uint32_t index, const struct engine_spec *spec, struct err *err);
void worker_fini(struct worker *w);

/* The rest is for one with a thread. */
bool worker_start(struct worker *w, struct err *err);

/* Copies the packet into the batch that is being filled, which is handed over when it is full: if the input
 * is live and the shard is that far behind, it is dropped and counted. is_copy: it is another shard's that
 * this one has to know too.
 */
void worker_packet(struct worker *w, const struct packet *p, bool is_copy);

/* Hands over what was filled, and then a tick. It always gets through, for the outputs of all shards are put
 * together by ticks.
 */
void worker_tick(struct worker *w, int64_t now_ns);

/* What the shard has given between two ticks, moved to the end of *ret. returns: false at the end. */
bool worker_take(struct worker *w, struct outbox *ret);

/* The end of the input; worker_take gives the rest, and then the thread ends. */
void worker_close(struct worker *w);

/* Adds what was counted so far. */
void worker_add_counts(struct worker *w, struct engine_counts *counts);

#endif
