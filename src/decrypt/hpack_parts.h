/* What hpack.c and hpack_align.c share. */
#ifndef DECRYPT_HPACK_PARTS_H
#define DECRYPT_HPACK_PARTS_H

#include "decrypt/hpack.h"

struct entry {
	uint8_t *text; /* name, then value; NULL: unknown */
	uint32_t name_len, value_len;
	uint64_t name_hash; /* 0: not made yet */
};

#define HPACK_CORE_MAX 24

struct hpack {
	struct teller *teller;
	struct entry *ring; /* capacity is a power of two; newest at head - 1 */
	uint32_t capacity, head, count;
	size_t size, max_size;
	uint32_t n_since_gap; /* entries added after the last gap: only these have a known index */
	bool is_gapped;
	struct buf name, value;
	uint64_t core[HPACK_CORE_MAX]; /* hashes of the names that every request so far had */
	uint32_t n_core, n_learnt;     /* learnt: requests that it comes from */
	uint32_t n_tried;              /* blocks since the gap from which the indices could not be made out */
};

static inline struct entry *hpack_entry(const struct hpack *h, uint32_t index)
{
	return &h->ring[(h->head - 1 - index) & (h->capacity - 1)];
}

/* hpack.c: an integer with an n-bit prefix (RFC 7541 5.1), a string (5.2): a view of the block, or of *store.
 */
uint32_t hpack_int(struct reader *r, unsigned prefix_bits);
struct bytes hpack_string(struct hpack *h, struct reader *r, struct buf *store);

/* Puts n unknown entries behind those added since the gap: then every index is known again. */
bool hpack_insert_unknown(struct hpack *h, uint32_t n);

/* hpack_align.c: notes which headers a request had that is known in full. */
void hpack_learn(struct hpack *h, const struct message *m);

/* Makes out from a request's block, if it can be, how many entries the lost blocks added. */
void hpack_align(struct hpack *h, struct bytes block);

#endif
