/* What a shard is made of. For shard.c and shard_*.c only. */
#ifndef RUN_SHARD_PARTS_H
#define RUN_SHARD_PARTS_H

#include "run/intake.h"
#include "run/shard.h"
#include "track/burst.h"
#include "track/dnscache.h"
#include "track/dnstcp.h"
#include "track/flow.h"
#include "track/follow.h"
#include "track/hosts.h"
#include "track/naming.h"

enum { SHARD_BATCH = 32 };

/* A segment that waits for its batch. */
struct waiting {
	const struct segment *segment;
	uint32_t hash;
	bool is_copy;
};

struct shard {
	struct shard_spec spec;
	struct side_spec sides;
	struct intake intake;
	struct hosts *hosts;
	struct flows *flows;
	struct dnscache *dns;
	struct dnstcp *dnstcp;
	struct naming *naming;
	struct bursts *bursts;
	struct decrypt *decrypt;
	struct follow *follow;
	struct visits *visits;
	struct dns_message *message; /* large: one for all */
	struct flow *current;        /* the flow of the packet that is on its way, or that ends; NULL: none */
	struct shard_counts counts;
	struct segment segments[SHARD_BATCH]; /* of the frames decoded here */
	struct waiting batch[SHARD_BATCH];
	size_t n_batch;
};

/* A segment to or from a name server: to the cache and to the visits. */
void shard_dns(struct shard *s, struct flow *f, const struct segment *g, enum way way);
void shard_dns_foreign(struct shard *s, const struct segment *g);
void shard_dns_https(struct shard *s, const struct flow *f, const struct doh_answer *a);

/* Callbacks. */
void shard_flow_ended(void *ctx, struct flow *f);

#endif
