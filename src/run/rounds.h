/* Packets on their way from the reader to the shards: a ring of rounds. The reader fills a round; every shard
 * is given every round, in order, and takes its own packets out of it; when all have left it, it is filled
 * anew. No packet is copied or decoded twice.
 */
#ifndef RUN_ROUNDS_H
#define RUN_ROUNDS_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/decode.h"

enum { ROUND_PACKETS = 512 };

/* Packets, then perhaps a tick. */
struct round {
	alignas(64) struct segment segments[ROUND_PACKETS]; /* by lines of the cache */
	struct place {
		uint16_t shard;
		bool is_for_all; /* the others are given it as a copy: see shard_segment */
	} places[ROUND_PACKETS];
	size_t n;
	bool has_tick, is_set_back; /* set back: the clock was */
	int64_t tick_ns;
	uint8_t *bytes; /* what segments point into and the source does not keep */
	size_t n_bytes;
};

/* The memory of a segment was another thread's a moment ago: who asks for it early does not wait until it has
 * come over.
 */
enum { ROUND_PREFETCHED = 8 };

static inline void round_prefetch_to_fill(struct round *r, size_t i)
{
	char *at = (char *)&r->segments[(i + ROUND_PREFETCHED) % ROUND_PACKETS];
	for (size_t k = 0; k < sizeof(struct segment); k += 64)
		__builtin_prefetch(at + k, 1);
}

static inline void round_prefetch_to_read(const struct round *r, size_t i)
{
	const char *at = (const char *)&r->segments[(i + ROUND_PREFETCHED) % ROUND_PACKETS];
	for (size_t k = 0; k < sizeof(struct segment); k += 64)
		__builtin_prefetch(at + k);
}

struct rounds;

/* bytes: of each round's own memory. returns: NULL if out of memory. */
struct rounds *rounds_new(size_t n_rounds, uint32_t n_shards, size_t bytes);
void rounds_free(struct rounds *r);

/* The reader's side. An empty round; waits until one is free, or (may_wait false) returns NULL if none is. */
struct round *rounds_begin(struct rounds *r, bool may_wait);
/* The one begun last. may_wait: shards are woken when there are several, so that threads change less often.
 */
void rounds_send(struct rounds *r, bool may_wait);
void rounds_close(struct rounds *r); /* no more will come */

/* Waits until every shard has left every round that was sent. */
void rounds_drain(struct rounds *r);

/* Rounds that wait for the shard which is furthest behind; the one it is in counts. */
size_t rounds_depth(struct rounds *r);

/* A shard's side. The next round, which it has left when it asks again; waits. returns: NULL at the end. */
const struct round *rounds_next(struct rounds *r, uint32_t shard);

#endif
