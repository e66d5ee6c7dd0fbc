/* Memory for the parts of one object, freed as a whole. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena {
	struct arena_block *blocks; /* the newest first; NULL at the start */
	size_t next_room;           /* see arena_expect */
};

/* Zeroed memory, aligned for any object. returns: never NULL: a program that cannot have a few kilobytes
 * stops, and says so (a record that lacks parts would be a false report).
 */
void *arena_take(struct arena *a, size_t size);
void *arena_array(struct arena *a, size_t n, size_t size);
const char *arena_string(struct arena *a, const char *s, size_t len);

/* The next block that is needed will hold about `size` bytes: for what is small and kept for long. */
void arena_expect(struct arena *a, size_t size);

/* What from holds goes over to `to`, without moving. */
void arena_join(struct arena *to, struct arena *from);

void arena_clear(struct arena *a); /* empty, with a block that can be used again */
void arena_fini(struct arena *a);

#endif
