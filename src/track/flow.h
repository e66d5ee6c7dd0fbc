/* The table of flows: who talks to whom, how much, since when. Two cache lines a flow.
 *
 * Bounded: a full table ends its oldest flow, those first that were never answered (so a flood of SYNs costs
 * no connection its place). Order of eviction and expiry is that of the packets, never that of the hash.
 */
#ifndef TRACK_FLOW_H
#define TRACK_FLOW_H

#include "base/hash.h"
#include "decrypt/teller.h"
#include "track/side.h"

enum flow_list {
	FLOW_UNANSWERED, /* headers of one end only */
	FLOW_OPEN,       /* TCP */
	FLOW_CLOSED,     /* RST, or FIN from both ends */
	FLOW_UDP,        /* and what else is no TCP */
	FLOW_LISTS,
};

#define FLOW_NONE UINT32_MAX

/* All zero at the start but for what flows_of sets; is_told and below are for those who name flows. */
struct flow {
	struct addr end[2]; /* the one that was seen first comes first */
	uint16_t port[2];
	uint32_t proto : 8;
	uint32_t client : 1;  /* which end */
	uint32_t has_syn : 1; /* the client's; then `seq` is that of its first byte */
	uint32_t has_fin : 2; /* bit by way */
	uint32_t has_rst : 1;
	uint32_t list : 2;
	uint32_t has_tsval : 1;
	uint32_t has_mac : 1;
	uint32_t is_told : 1;    /* to the visits */
	uint32_t is_settled : 1; /* its name, or that it has none */
	uint32_t is_active : 1;  /* a burst was begun */
	uint32_t app : 3;        /* enum app */
	uint32_t named_by : 3;   /* enum named_by */
	uint32_t unnamed : 4;    /* enum unnamed */
	uint32_t is_followed : 1;
	uint32_t was_considered : 1; /* for being followed */
	uint64_t bytes[WAY_COUNT];   /* IP bytes */
	uint32_t packets[WAY_COUNT];
	/* the second line: little of it is touched by each packet */
	int64_t last_ns;
	uint32_t older, newer; /* in its list */
	uint64_t id;           /* ordinal of its first packet */
	int64_t start_ns;
	uint64_t first_frame;
	uint32_t seq;   /* of the client's first byte, or of the first that was seen of it */
	uint32_t cold;  /* what naming keeps, FLOW_NONE: nothing */
	uint32_t tsval; /* this and the rest: of the client's first packet */
	uint16_t ip_id, input;
	uint8_t mac[6];
	uint8_t ttl;
	uint8_t is_waiting : 1; /* it was never answered: found by a table of its own */
	uint8_t is_turned : 1;  /* see flow_turn */
};

static inline const struct addr *flow_client(const struct flow *f)
{
	return &f->end[f->client];
}

static inline const struct addr *flow_server(const struct flow *f)
{
	return &f->end[!f->client];
}

/* The end by which its packets are shared out among shards. */
static inline const struct addr *flow_shared_by(const struct flow *f)
{
	return &f->end[f->client ^ f->is_turned];
}

static inline uint16_t flow_client_port(const struct flow *f)
{
	return f->port[f->client];
}

static inline uint16_t flow_server_port(const struct flow *f)
{
	return f->port[!f->client];
}

struct flows_spec {
	uint32_t capacity; /* flows */
	struct hash_key key;
	struct side_spec sides;
	/* A flow ends: expired, evicted, or its ports are used anew. Must not change the table. */
	void (*ended)(void *ctx, struct flow *f);
	void *ctx;
};

struct flows;

/* memory: all of it is reserved here, and touched as flows come. returns: NULL if out of memory. */
struct flows *flows_new(const struct flows_spec *spec);
void flows_free(struct flows *t); /* ends no flow: see flows_end_all */

/* The two ways of a flow have one hash. Take the hash of a batch of segments, then ask for the lines of each,
 * then come back for the flows: so they are in the cache. */
uint32_t flows_hash(const struct flows *t, const struct segment *g);
void flows_prefetch(const struct flows *t, uint32_t hash);
void flows_prefetch_flow(const struct flows *t, uint32_t hash);

/* The segment's flow, with the segment counted. A SYN with another sequence number than the first begins a
 * new flow. Valid until the next call. */
struct flow *flows_of(struct flows *t, const struct segment *g, uint32_t hash, enum way *ret_way);

/* The flow with these ends, by its client's side; NULL if there is none (any more). */
struct flow *flows_find(const struct flows *t, const struct addr *client, uint16_t client_port,
			const struct addr *server, uint16_t server_port, uint8_t proto);

/* Its number, below the capacity: to keep more of it elsewhere. */
uint32_t flows_index(const struct flows *t, const struct flow *f);
struct flow *flows_at(const struct flows *t, uint32_t index);

/* The client turned out to be the other end, as g shows that it sent: what was counted changes places. */
void flow_turn(struct flow *f, const struct segment *g);

/* Ends flows that were silent for too long, oldest first. */
void flows_expire(struct flows *t, int64_t now_ns);

/* Ends all: list by list, oldest first. */
void flows_end_all(struct flows *t);

uint32_t flows_count(const struct flows *t);
uint64_t flows_evicted(const struct flows *t);

#endif
