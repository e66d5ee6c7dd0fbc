/* Records from outboxes to the sinks, one at a time, and back-holding of those that another must precede.
 *
 * memory: what is held back; its bound is the caller's, who asks delivery_held. Any thread may call; the
 * sinks are called by one at a time.
 */
#ifndef RUN_DELIVERY_H
#define RUN_DELIVERY_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "out/plugins.h"
#include "run/outbox.h"

struct delivery {
	struct plugins *plugins;
	void (*on_record)(void *ctx,
			  const struct ol_record *r); /* of each record, beside the sinks; or NULL */
	void *ctx;
	pthread_mutex_t lock; /* held while sinks are called; guards what follows */
	uint64_t n_visits;
	uint64_t n_sink_failures;
	struct err sink_error; /* the last */
	bool is_holding;
	struct held {
		struct held *next;
		struct outbox out;
	} * first_held, **last_held;
	size_t held_bytes;
};

struct delivery_counts {
	uint64_t visits; /* told whole, those that are open not */
	uint64_t sink_failures;
	struct err sink_error; /* the last */
};

/* memory: borrows plugins until delivery_fini, which drops what is held back. */
void delivery_init(struct delivery *d, struct plugins *plugins,
		   void (*on_record)(void *ctx, const struct ol_record *r), void *ctx);
void delivery_fini(struct delivery *d);

/* Hands over what is in it, or holds it back, and leaves it empty. */
void delivery_outbox(struct delivery *d, struct outbox *o);

/* A record of the caller's own, before those that are held back. */
void delivery_tell(struct delivery *d, const struct ol_record *r);
void delivery_flush(struct delivery *d);

/* From delivery_hold, before the first outbox, to delivery_release outboxes are held back. delivery_held:
 * bytes of their JSON.
 */
void delivery_hold(struct delivery *d);
size_t delivery_held(struct delivery *d);
void delivery_release(struct delivery *d);

/* Calls work while no record is on its way to a sink. */
void delivery_between(struct delivery *d, void (*work)(void *ctx), void *ctx);

void delivery_counts(struct delivery *d, struct delivery_counts *ret_counts);

#endif
