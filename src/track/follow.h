/* Follows the streams of flows whose requests can be read, and hands their bytes to src/decrypt. The only
 * caller of decrypt/decrypt.h below src/run.
 */
#ifndef TRACK_FOLLOW_H
#define TRACK_FOLLOW_H

#include "decrypt/decrypt.h"
#include "track/events.h"
#include "track/flow.h"
#include "track/hosts.h"
#include "wire/tls.h"

struct follow;

/* hosts: borrowed. max: TCP flows followed at once. returns: NULL if out of memory. */
struct follow *follow_new(struct decrypt *d, const struct hosts *hosts, uint32_t max, struct hash_key key);
void follow_free(struct follow *w);

/* May anything be read of the flow, whose hello this is? NULL: it was not read. If not, it is not asked for
 * its segments any more. */
bool follow_may_read(struct follow *w, struct flow *f, enum app app, const struct client_hello *hello);

/* Any segment of a TCP or UDP flow with is_followed, or one with payload that may begin it. */
void follow_segment(struct follow *w, struct flow *f, const struct segment *g, enum way way);

/* The flow ends: what was held is handed on. returns: holes in its streams. */
uint32_t follow_end(struct follow *w, struct flow *f);

struct follow_counts {
	uint64_t gaps;
	uint64_t refused; /* flows that src/decrypt had no room for */
	uint64_t evicted; /* flows given up, and holes given up early, for want of room here */
};
void follow_add_counts(const struct follow *w, struct follow_counts *counts);

#endif
