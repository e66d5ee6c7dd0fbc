/* What the readers of capture formats have in common: they are given the bytes that are there and make
 * packets of them, without a copy and without knowing where the bytes come from.
 */
#ifndef CAPTURE_WALK_H
#define CAPTURE_WALK_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/packet.h"

/* Captured bytes of one packet that are handed on; the rest of a longer one is passed over. libpcap refuses
 * longer ones, but of link types (USB, D-Bus) that say nothing of the network.
 */
#define WALK_FRAME_MAX 262144U

struct walk {
	size_t n;        /* packets made; their frames are views of the bytes given */
	uint64_t used;   /* bytes done with; may be more than were given: then the rest is not wanted */
	uint64_t need;   /* bytes wanted behind the used ones to go on; 0: as many packets as asked for */
	const char *why; /* the format is broken here: nothing more can be read; or NULL */
};

/* 64-bit sums that stay at the end of their range. */
static inline int64_t walk_add_ns(int64_t a, int64_t b)
{
	int64_t sum;
	if (!__builtin_add_overflow(a, b, &sum))
		return sum;
	return b < 0 ? INT64_MIN : INT64_MAX;
}

#endif
