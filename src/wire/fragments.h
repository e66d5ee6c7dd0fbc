/* IP fragments put together, in a bounded table. spec: RFC 791 3.2, RFC 8200 4.5, RFC 5722 (overlaps are
 * refused) */
#ifndef WIRE_FRAGMENTS_H
#define WIRE_FRAGMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

struct fragments;

struct fragments_counts {
	uint64_t kept, assembled, evicted, refused; /* refused: overlaps, over 64 KiB */
};

/* max: datagrams at once. returns: NULL if out of memory. */
struct fragments *fragments_new(size_t max, struct hash_key key);
void fragments_free(struct fragments *f);
void fragments_counts(const struct fragments *f, struct fragments_counts *ret_counts);

#endif
