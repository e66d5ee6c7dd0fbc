#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define BLOCK_SIZE 4096

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	alignas(max_align_t) unsigned char at[];
};

void *arena_take(struct arena *a, size_t size)
{
	const size_t align = alignof(max_align_t);
	size = (size + align - 1) / align * align;
	struct arena_block *b = a->blocks;
	if (!b || b->size - b->used < size) {
		size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
		b = calloc(1, sizeof(*b) + room);
		if (!b) {
			log_error("out of memory");
			abort();
		}
		b->size = room;
		b->next = a->blocks;
		a->blocks = b;
	}
	void *at = b->at + b->used;
	b->used += size;
	return at;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / 2 / size)
		abort();
	return arena_take(a, n * size);
}

const char *arena_string(struct arena *a, const char *s, size_t len)
{
	char *copy = arena_take(a, len + 1);
	if (len)
		memcpy(copy, s, len);
	return copy;
}

void arena_fini(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *next = a->blocks->next;
		free(a->blocks);
		a->blocks = next;
	}
}
