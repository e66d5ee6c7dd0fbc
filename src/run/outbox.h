/* Records on their way from the shards to the sinks.
 *
 * Each shard fills a list between two ticks; the writer takes one list of every shard for each tick, puts
 * them in order and hands them to the sinks. So the output does not show how many shards there were.
 */
#ifndef RUN_OUTBOX_H
#define RUN_OUTBOX_H

#include <stddef.h>

#include "out/record.h"

struct outbox {
	struct record *first; /* in no order */
	size_t n;
};

void outbox_add(struct outbox *o, struct record *r);

/* Moves everything of from to the end of to. */
void outbox_move(struct outbox *to, struct outbox *from);

/* Frees everything in it. */
void outbox_drop(struct outbox *o);

/* Calls write for each record in order (record_before), frees it, and leaves the outbox empty. */
void outbox_write(struct outbox *o, void (*write)(void *ctx, const struct record *r), void *ctx);

#endif
