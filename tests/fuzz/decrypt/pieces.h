/* An input as what reaches a connection: pieces of either direction, and holes.
 *
 * Each begins with a byte of flags (1: from the server, 2: a hole, 4: the target's own) and a length of 2
 * bytes.
 */
#ifndef TESTS_FUZZ_DECRYPT_PIECES_H
#define TESTS_FUZZ_DECRYPT_PIECES_H

#include <stdlib.h>
#include <string.h>

#include "decrypt/teller.h"
#include "fuzz.h"

struct piece_in {
	enum way way;
	bool is_hole, is_own;
	uint64_t lost;
	uint8_t *data; /* a copy of its own, so that a read behind its end is seen */
	size_t len;
};

/* memory: piece_free. returns: false at the end. */
static inline bool piece_next(struct reader *r, struct piece_in *p)
{
	if (!r->left)
		return false;
	uint32_t flags = reader_uint(r, 1), len = reader_uint(r, 2);
	if (r->bad)
		return false;
	*p = (struct piece_in){
		.way = flags & 1 ? WAY_DOWN : WAY_UP, .is_hole = flags & 2, .is_own = flags & 4, .lost = len
	};
	p->len = p->is_hole ? 0 : len < r->left ? len : r->left;
	struct bytes b = reader_take(r, p->len);
	p->data = malloc(p->len + 1);
	if (!p->data)
		return false;
	if (p->len)
		memcpy(p->data + 1, b.at, p->len);
	return true;
}

static inline struct bytes piece_bytes(const struct piece_in *p)
{
	return (struct bytes){ p->data + 1, p->len };
}

/* Limits that inputs can reach, and a sink that reads all it is told. */
struct teller *fuzz_teller(void);
void fuzz_teller_free(struct teller *t); /* fails if buffers are left */
struct request_sink fuzz_sink(void);
struct decrypt_limits fuzz_limits(void);

#endif
