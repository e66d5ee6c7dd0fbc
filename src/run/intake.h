/* Frames to segments, counted: what every packet meets first, in the shard if there is one, else in the
 * reader. */
#ifndef RUN_INTAKE_H
#define RUN_INTAKE_H

#include "base/hash.h"
#include "run/shard.h"

struct intake {
	struct fragments *fragments;
	uint64_t packets, bytes, decode[DECODE_COUNT];
};

bool intake_init(struct intake *in, size_t fragments_max, struct hash_key key); /* false if out of memory */
void intake_fini(struct intake *in);

/* returns: false if there is no segment for a flow in it. */
bool intake_packet(struct intake *in, const struct packet *p, struct segment *ret_segment);

/* A datagram put together from fragments lies in memory that the next one is put together in. */
static inline bool intake_is_in_frame(const struct packet *p, const struct segment *g)
{
	return g->ip >= p->frame.at && g->ip < p->frame.at + p->frame.len;
}

void intake_add_counts(const struct intake *in, struct shard_counts *counts);

#endif
