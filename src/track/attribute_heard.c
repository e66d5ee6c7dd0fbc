/* Which site had just been sent something. What a page needs next it learns from bytes that come in: it asks
 * for it milliseconds after them.
 */
#include "base/time.h"
#include "track/attribute_parts.h"

#define LOOK_BACK_NS (10 * NS_PER_S)
#define BURSTS_MAX 256

static const float EDGES_US[HEARD_BINS - 1] = { 5000,   10000,  20000,   50000,  100000,
						200000, 500000, 1000000, 2000000 };

/* P(nothing of a candidate's was heard), by how long before. */
struct silence {
	float of[CANDIDATES_MAX][HEARD_BINS];
};

/* The bin of the last that was heard in a burst before t, HEARD_BINS - 1 if that is nothing or too long ago.
 */
static uint32_t bin_at(const struct burst *b, int64_t t)
{
	int64_t us = (t - b->start_ns) / NS_PER_US;
	uint32_t n = b->n_heard;

	while (n > 0 && b->heard[n - 1].from_us > us)
		n--;
	if (n == 0)
		return HEARD_BINS - 1;
	return bin_of(EDGES_US, HEARD_BINS - 1, (float)(us - b->heard[n - 1].to_us));
}

static void heard_of(const struct work *w, struct silence *x, uint32_t site, float p, uint32_t bin)
{
	uint32_t s = site ? candidate_of(w, site) : NONE;

	if (s != NONE)
		x->of[s][bin] *= 1 - p;
}

void heard_terms(const struct work *w, uint32_t me, uint32_t class, int64_t t, const struct candidates *cs,
		 struct terms *ret)
{
	const struct client *c = w->c;
	struct silence x;

	if (w->seeks_pages || is_broken(c, TERM_HEARD))
		return;
	for (uint32_t s = 0; s < cs->n; s++)
		for (uint32_t i = 0; i < HEARD_BINS; i++)
			x.of[s][i] = 1;
	for (uint32_t i = first_burst_from(c, t), k = 0; i-- > 0 && k < BURSTS_MAX; k++) {
		const struct vburst *b = &c->bursts[c->by_time[i]];
		const struct vflow *o = &c->flows[b->flow];
		uint32_t bin;

		if (b->b.start_ns < t - LOOK_BACK_NS)
			break;
		if (b->flow == me || !is_same_program(c, o->class, class))
			continue;
		bin = bin_at(&b->b, t);
		if (bin == HEARD_BINS - 1)
			continue;
		if (o->is_shared)
			heard_of(w, &x, b->site, b->conf, bin);
		else
			for (uint32_t p = 0; p < o->n_post; p++)
				heard_of(w, &x, o->site_of[p], o->post[p], bin);
	}
	for (uint32_t s = 0; s < cs->n; s++) {
		float rest = 1;

		for (uint32_t i = 0; i < HEARD_BINS - 1; i++) {
			ret[s].at[FLOW_HEARD + i] = rest * (1 - x.of[s][i]);
			rest *= x.of[s][i];
		}
		ret[s].at[FLOW_HEARD + HEARD_BINS - 1] = rest;
	}
}
