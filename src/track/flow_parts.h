/* The table of flows inside: flow.c finds flows and counts, flow_end.c ends them. */
#ifndef TRACK_FLOW_PARTS_H
#define TRACK_FLOW_PARTS_H

#include "base/slots.h"
#include "track/flow.h"

enum { UNANSWERED_SHARE = 16 }; /* one of so many places of the table is for flows that were never answered */

struct list {
	uint32_t oldest, newest, count;
};

/* Flows begin in a small table, and move to the large one once they are more than headers of one end: a flood
 * of those that never are stays in the cache.
 */
struct flows {
	struct flows_spec spec;
	struct flow *flows;
	uint32_t *hashes; /* of the flows, by the same index */
	struct slots waiting, others;
	uint32_t n_used; /* flows that were ever used */
	uint32_t free;   /* chained by `newer` */
	struct list lists[FLOW_LISTS];
	uint32_t ahead; /* of the oldest that were never answered: the first whose slot is not on its way */
	uint32_t n_ahead;
	uint64_t n_evicted;
};

/* ---- order of use ---- */

static inline void flow_list_out(struct flows *t, uint32_t i)
{
	struct flow *f = &t->flows[i];
	struct list *l = &t->lists[f->list];
	if (i == t->ahead) {
		t->ahead = f->newer;
		t->n_ahead = 0;
	}
	*(f->newer == FLOW_NONE ? &l->newest : &t->flows[f->newer].older) = f->older;
	*(f->older == FLOW_NONE ? &l->oldest : &t->flows[f->older].newer) = f->newer;
	l->count--;
}

static inline void flow_list_in(struct flows *t, uint32_t i, enum flow_list list)
{
	struct flow *f = &t->flows[i];
	struct list *l = &t->lists[list];
	f->list = list & 3u;
	f->newer = FLOW_NONE;
	f->older = l->newest;
	*(l->newest == FLOW_NONE ? &l->oldest : &t->flows[l->newest].newer) = i;
	l->newest = i;
	l->count++;
}

static inline void flow_prefetch(const struct flows *t, uint32_t i)
{
	if (i == FLOW_NONE)
		return;
	__builtin_prefetch(&t->flows[i]);
	__builtin_prefetch((const char *)&t->flows[i] + 64);
}

/* ---- flow_end.c ---- */

/* A free place: another flow ends, if need be. */
uint32_t flows_take(struct flows *t);
void flows_end(struct flows *t, uint32_t i);

#endif
