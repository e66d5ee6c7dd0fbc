/* From host suffixes to numbers: the number of the longest suffix of a host, on label boundaries. Made once,
 * constant after; a lookup hashes the host once, from its end, and allocates nothing.
 */
#ifndef KNOW_SUFFIXMAP_H
#define KNOW_SUFFIXMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SUFFIXMAP_NONE UINT32_MAX
#define SUFFIXMAP_MAX (1u << 20) /* suffixes */

struct suffixmap {
	struct suffixmap_slot *slots; /* NULL while empty */
	uint32_t n_slots, n;          /* n_slots: 0 or a power of two */
};

/* The number of suffix: that of the same suffix before, else `number`, which is then kept. suffix must
 * outlive the map. returns: SUFFIXMAP_NONE if out of memory or full.
 */
uint32_t suffixmap_put(struct suffixmap *m, const char *suffix, size_t len, uint32_t number);

uint32_t suffixmap_find(const struct suffixmap *m, const char *host, size_t len);
void suffixmap_fini(struct suffixmap *m);

#endif
