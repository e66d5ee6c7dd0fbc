/* Resolves one client's timeline and tells its flows and visits. */
#ifndef TRACK_VISIT_TELL_H
#define TRACK_VISIT_TELL_H

#include "track/visit_parts.h"

struct tell {
	const struct visits_spec *spec;
	struct names *names;
	struct visits_counts *counts;
	bool is_live; /* tell what is over, and visits that go on as open; else everything */
	int64_t now_ns;
	int64_t open_since_ns; /* set by client_tell: the start of the oldest visit that goes on */
};

/* Orders the timeline and runs the passes over it. */
void client_resolve(struct tell *t, struct client *c);

/* Flows in order of opening, then visits in order of start. */
void client_tell(struct tell *t, struct client *c);

/* The bursts and requests of each visit, for telling them. */
struct tell_index {
	uint32_t *bursts, n_bursts;     /* with a visit, ordered by visit, flow and time */
	uint32_t *requests, n_requests; /* likewise by visit and time */
	uint32_t *asked;                /* the same requests by flow, visit and time */
};

bool tell_index_init(struct tell_index *x, struct client *c);
void tell_index_fini(struct tell_index *x);

/* returns: place in x->asked of the first request on the flow in the visit or in a later one. */
uint32_t first_asked(const struct client *c, const struct tell_index *x, uint32_t flow, uint32_t visit);

/* Live: is there anything to be told of a visit that was not? Notes it as told. key: of hashes, random. */
bool told_is_news(struct client *c, const struct visit_result *r, struct hash_key key);

/* What was told of visits that the timeline no longer holds need not be kept. */
void told_forget(struct client *c);

/* Is name of site itself, or of the same owner? */
bool is_own_name(const struct names *n, uint32_t name, uint32_t site);
void visits_tell(struct tell *t, struct client *c, const struct tell_index *x);

#endif
