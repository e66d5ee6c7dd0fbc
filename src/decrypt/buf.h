/* Bytes that are kept until more of them come, within a budget. */
#ifndef DECRYPT_BUF_H
#define DECRYPT_BUF_H

#include <stdbool.h>

#include "base/bytes.h"

/* What all buffers of a shard may take together. */
struct budget {
	size_t used, max;
	uint64_t n_refused; /* bytes that were not kept */
};

struct buf {
	uint8_t *at;
	size_t len, capacity;
};

static inline struct bytes buf_bytes(const struct buf *b)
{
	return (struct bytes){ b->at, b->len };
}

/* returns: false, and nothing is added, if it would then be longer than max, the budget is spent or memory is
 * out. */
bool buf_add(struct buf *b, struct budget *budget, struct bytes more, size_t max);

/* Room for n more bytes behind the end, without adding them. Fails as buf_add. */
bool buf_reserve(struct buf *b, struct budget *budget, size_t n, size_t max);

/* Takes the first n bytes away; all, if there are fewer. */
void buf_skip(struct buf *b, size_t n);

void buf_fini(struct buf *b, struct budget *budget);

/* The first n bytes of a view, and the view without them; n is at most its length. */
static inline struct bytes bytes_head(struct bytes b, size_t n)
{
	return (struct bytes){ b.at, n };
}

static inline struct bytes bytes_tail(struct bytes b, size_t n)
{
	return (struct bytes){ n ? b.at + n : b.at, b.len - n };
}

#endif
