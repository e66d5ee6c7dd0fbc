/* The hash part of a table: from a tag (the whole hash of a key) to the number of an entry kept elsewhere.
 * Linear probing, so a look-up is one cache line; the tag spares a look at entries that are not meant.
 */
#ifndef BASE_SLOTS_H
#define BASE_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#define SLOTS_NONE UINT32_MAX

struct slot {
	uint32_t tag;   /* its low bits are the slot's own place */
	uint32_t entry; /* + 1; 0: empty */
};

struct slots {
	struct slot *at;
	uint32_t mask;
};

/* n: entries at most; one more does no harm. returns: false if out of memory. */
bool slots_init(struct slots *s, uint32_t n);
void slots_fini(struct slots *s);
void slots_clear(struct slots *s);

void slots_add(struct slots *s, uint32_t tag, uint32_t entry);
void slots_remove(struct slots *s, uint32_t tag, uint32_t entry); /* it is there */

static inline void slots_prefetch(const struct slots *s, uint32_t tag)
{
	__builtin_prefetch(&s->at[tag & s->mask]);
}

/* Entries of that tag, one after the other: *at is the tag at first. returns: SLOTS_NONE at the end. */
static inline uint32_t slots_next(const struct slots *s, uint32_t tag, uint32_t *at)
{
	for (;; ++*at) {
		struct slot slot = s->at[*at & s->mask];
		if (slot.entry == 0)
			return SLOTS_NONE;
		if (slot.tag == tag) {
			++*at;
			return slot.entry - 1;
		}
	}
}

#endif
