/* The time of a pcapng interface: units of its own, from a start of its own. */
#ifndef CAPTURE_PCAPNG_CLOCK_H
#define CAPTURE_PCAPNG_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct pcapng_clock {
	uint64_t multiply, divide; /* from units to nanoseconds; one of them is 1 */
	uint8_t shift;             /* units are 2^-shift s, if not 0 */
	int64_t offset_ns;
};

/* tsresol: as in the option; 6 (microseconds) if there is none. */
struct pcapng_clock pcapng_clock(uint8_t tsresol, int64_t offset_s);
bool pcapng_clock_is_fine(uint8_t tsresol); /* finer than microseconds */

/* returns: the end of the range for what lies beyond it. */
int64_t pcapng_clock_ns(const struct pcapng_clock *c, uint64_t units);

#endif
