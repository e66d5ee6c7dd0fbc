/* Which input comes next: the one whose next packet is earliest, and of equal ones the first on the command
 * line. So an input whose time steps back keeps its own order.
 */
#ifndef CAPTURE_MERGE_H
#define CAPTURE_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct merge {
	struct merge_entry {
		int64_t ts_ns;
		uint16_t input;
	} * entries; /* a heap: the next one first */
	size_t n, size;
};

bool merge_init(struct merge *m, size_t n_inputs); /* returns: false if out of memory */
void merge_fini(struct merge *m);

/* Each input is there once at most. */
void merge_add(struct merge *m, uint16_t input, int64_t ts_ns);

/* The next input goes on with a packet of this time, or has come to its end. */
void merge_move(struct merge *m, int64_t ts_ns);
void merge_end(struct merge *m);

#endif
