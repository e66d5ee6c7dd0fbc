/* What is kept of flows until their names are settled, and of those whose requests are read until they end: a
 * bounded pool of places, in order of age.
 */
#ifndef TRACK_NAMING_POOL_H
#define TRACK_NAMING_POOL_H

#include "track/dpi.h"
#include "track/events.h"
#include "track/flow.h"
#include "track/stream.h"
#include "wire/quic.h"

struct cold {
	struct named_flow named;
	uint32_t flow;         /* its index */
	uint32_t older, newer; /* FLOW_NONE: none */
	uint8_t n_up, n_down;
	bool is_cut;
	bool is_overtaken; /* told already; what came may be the rest of a hello whose first piece is late */
	struct stream up;
	struct quic_crypto crypto;
	struct dpi_flow *dpi;
	size_t n_pieces; /* as counted in the pool */
};

struct naming_pool {
	struct cold *places;
	struct dpi *dpi; /* NULL: none; not owned */
	uint32_t size, n_used, free, oldest, newest;
	size_t n_pieces; /* bytes of hellos that wait for the rest, of all */
};

bool naming_pool_init(struct naming_pool *p, uint32_t size, struct dpi *dpi); /* false if out of memory */
void naming_pool_fini(struct naming_pool *p);

/* The flow's place; NULL if it has none. */
static inline struct cold *naming_pool_of(const struct naming_pool *p, const struct flow *f)
{
	return f->cold == FLOW_NONE ? NULL : &p->places[f->cold];
}

/* Must a place be dropped before one can be taken? */
bool naming_pool_is_full(const struct naming_pool *p);

/* The index of the flow that has had its place for longest. There is one. */
uint32_t naming_pool_oldest(const struct naming_pool *p);

/* A place for the flow, which has none, and whose index this is. */
struct cold *naming_pool_take(struct naming_pool *p, struct flow *f, uint32_t index,
			      const struct named_flow *named);

/* Frees all that a place takes but itself and the info. */
void naming_pool_empty(struct naming_pool *p, struct cold *c);

/* Gives back the flow's place, if it has one. */
void naming_pool_drop(struct naming_pool *p, struct flow *f);

/* Counts what the place has come to take. returns: do all together take more than they may? */
bool naming_pool_count(struct naming_pool *p, struct cold *c);

#endif
