/* How flows end: to make room, after silence, with the capture. */
#include "base/time.h"
#include "track/flow_parts.h"

enum { AHEAD = 16 }; /* flows that are about to be evicted */

/* Idle connections of HTTP/2 live for many minutes, and a later burst on one belongs to it. */
static const int64_t idle_max_ns[FLOW_LISTS] = {
	[FLOW_UNANSWERED] = 60 * NS_PER_S,
	[FLOW_OPEN] = 1800 * NS_PER_S,
	[FLOW_CLOSED] = 30 * NS_PER_S,
	[FLOW_UDP] = 300 * NS_PER_S,
};

void flows_end(struct flows *t, uint32_t i)
{
	struct flow *f = &t->flows[i];
	t->spec.ended(t->spec.ctx, f);
	flow_list_out(t, i);
	slots_remove(f->is_waiting ? &t->waiting : &t->others, t->hashes[i], i);
	f->newer = t->free;
	t->free = i;
}

/* Those that were never answered have a share of the table to themselves, so that a flood fills neither the
 * table nor the cache.
 */
static bool is_flooded(const struct flows *t)
{
	return t->lists[FLOW_UNANSWERED].count >= t->spec.capacity / UNANSWERED_SHARE + 1;
}

/* The oldest that were never answered, if they are many; then closed ones; then the oldest. */
static uint32_t victim(const struct flows *t)
{
	const struct list *l = t->lists;
	if (is_flooded(t))
		return l[FLOW_UNANSWERED].oldest;
	if (l[FLOW_CLOSED].count)
		return l[FLOW_CLOSED].oldest;
	uint32_t best = FLOW_NONE;
	for (int i = 0; i < FLOW_LISTS; i++)
		if (l[i].count &&
		    (best == FLOW_NONE || t->flows[l[i].oldest].last_ns < t->flows[best].last_ns))
			best = l[i].oldest;
	return best;
}

/* In a flood the oldest go one by one: what that takes is asked for in time. */
static void look_ahead(struct flows *t)
{
	t->n_ahead -= t->n_ahead > 0;
	if (t->ahead == FLOW_NONE)
		t->ahead = t->lists[FLOW_UNANSWERED].oldest;
	for (int i = 0; i < 2 && t->n_ahead < AHEAD && t->ahead != FLOW_NONE; i++, t->n_ahead++) {
		slots_prefetch(&t->waiting, t->hashes[t->ahead]);
		flow_prefetch(t, t->ahead);
		t->ahead = t->flows[t->ahead].newer;
	}
}

uint32_t flows_take(struct flows *t)
{
	bool is_full = t->free == FLOW_NONE && t->n_used == t->spec.capacity;
	if (!is_full && !is_flooded(t) && t->free == FLOW_NONE)
		return t->n_used++;
	if (is_full || is_flooded(t)) {
		t->n_evicted++;
		flows_end(t, victim(t));
		look_ahead(t);
	}
	uint32_t i = t->free;
	t->free = t->flows[i].newer;
	return i;
}

void flows_expire(struct flows *t, int64_t now_ns)
{
	for (int l = 0; l < FLOW_LISTS; l++) {
		const struct list *list = &t->lists[l];
		while (list->count && t->flows[list->oldest].last_ns < now_ns - idle_max_ns[l])
			flows_end(t, list->oldest);
	}
}

void flows_end_all(struct flows *t)
{
	/* The whole table is emptied at once, instead of finding the slot of each. */
	for (int l = 0; l < FLOW_LISTS; l++) {
		for (uint32_t i = t->lists[l].oldest; i != FLOW_NONE; i = t->flows[i].newer) {
			flow_prefetch(t, t->flows[i].newer);
			t->spec.ended(t->spec.ctx, &t->flows[i]);
		}
		t->lists[l] = (struct list){ FLOW_NONE, FLOW_NONE, 0 };
	}
	slots_clear(&t->waiting);
	slots_clear(&t->others);
	t->n_used = t->n_ahead = 0;
	t->free = t->ahead = FLOW_NONE;
}
