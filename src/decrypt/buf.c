#include "decrypt/buf.h"

#include <stdlib.h>
#include <string.h>

bool buf_reserve(struct buf *b, struct budget *budget, size_t n, size_t max)
{
	if (n > max || b->len > max - n) {
		budget->n_refused += n;
		return false;
	}
	if (b->capacity - b->len >= n)
		return true;
	size_t capacity = b->capacity ? b->capacity : 256;
	while (capacity - b->len < n)
		capacity *= 2;
	if (capacity - b->capacity > budget->max - budget->used) {
		budget->n_refused += n;
		return false;
	}
	uint8_t *at = realloc(b->at, capacity);
	if (!at)
		return false;
	budget->used += capacity - b->capacity;
	b->at = at;
	b->capacity = capacity;
	return true;
}

bool buf_add(struct buf *b, struct budget *budget, struct bytes more, size_t max)
{
	if (!buf_reserve(b, budget, more.len, max))
		return false;
	if (more.len)
		memcpy(b->at + b->len, more.at, more.len);
	b->len += more.len;
	return true;
}

void buf_skip(struct buf *b, size_t n)
{
	if (n >= b->len) {
		b->len = 0;
		return;
	}
	memmove(b->at, b->at + n, b->len - n);
	b->len -= n;
}

void buf_fini(struct buf *b, struct budget *budget)
{
	budget->used -= b->capacity;
	free(b->at);
	*b = (struct buf){ 0 };
}
