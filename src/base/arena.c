#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { BLOCK_MIN = 4096, BLOCK_MAX = 65536 };

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	alignas(max_align_t) unsigned char at[];
};

static struct arena_block *more_room(struct arena *a, size_t size)
{
	size_t usual = a->blocks ? 2 * a->blocks->size : BLOCK_MIN;
	size_t room = a->next_room ? a->next_room : usual < BLOCK_MAX ? usual : BLOCK_MAX;
	if (room < size)
		room = size;
	struct arena_block *b = calloc(1, sizeof(*b) + room);
	if (!b) {
		log_error("out of memory");
		abort();
	}
	b->size = room;
	b->next = a->blocks;
	a->blocks = b;
	a->next_room = 0;
	return b;
}

/* align: a power of two. */
static inline void *take(struct arena *a, size_t size, size_t align)
{
	struct arena_block *b = a->blocks;
	size_t from = b ? (b->used + align - 1) & ~(align - 1) : 0;
	if (!b || from > b->size || b->size - from < size) {
		b = more_room(a, size);
		from = 0;
	}
	b->used = from + size;
	return b->at + from;
}

void *arena_take(struct arena *a, size_t size)
{
	return take(a, size, alignof(max_align_t));
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / 2 / size)
		abort();
	return arena_take(a, n * size);
}

const char *arena_string(struct arena *a, const char *s, size_t len)
{
	char *copy = take(a, len + 1, 1);
	if (len)
		memcpy(copy, s, len);
	return copy;
}

void arena_expect(struct arena *a, size_t size)
{
	a->next_room = size;
}

void arena_join(struct arena *to, struct arena *from)
{
	struct arena_block *last = from->blocks;
	while (last && last->next)
		last = last->next;
	if (last && to->blocks) {
		last->next = to->blocks->next;
		to->blocks->next = from->blocks;
	} else if (last) {
		to->blocks = from->blocks;
	}
	*from = (struct arena){ 0 };
}

void arena_clear(struct arena *a)
{
	struct arena keep = { a->blocks, 0 };
	if (!keep.blocks)
		return;
	a->blocks = keep.blocks->next;
	arena_fini(a);
	memset(keep.blocks->at, 0, keep.blocks->used);
	keep.blocks->used = 0;
	keep.blocks->next = NULL;
	*a = keep;
}

void arena_fini(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *next = a->blocks->next;
		free(a->blocks);
		a->blocks = next;
	}
}
