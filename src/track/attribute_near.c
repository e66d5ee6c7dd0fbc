/* What goes on beside a flow as it opens: other connections of the same program, and whose they are. */
#include <math.h>
#include <stdlib.h>

#include "base/time.h"
#include "track/attribute_parts.h"

#define SOON_NS (20 * NS_PER_MS)
#define FAMILY_NS (3 * NS_PER_S)
#define BURSTS_MAX 256

/* How much of something each candidate has. */
struct shares {
	float of[CANDIDATES_MAX], none, total;
};

static void shares_add(const struct work *w, struct shares *x, const struct vflow *o, float weight)
{
	for (uint32_t i = 0; i < o->n_post; i++) {
		uint32_t s = candidate_of(w, o->site_of[i]);

		if (s != NONE)
			x->of[s] += weight * o->post[i];
	}
	x->none += weight * o->background;
	x->total += weight;
}

/* What a flow's own evidence says of each candidate; of one that is not among its best no more than of the
 * worst of those. */
static void evidence_add(const struct work *w, float *evidence, uint32_t n, const struct vflow *o)
{
	float least = 0, own[CANDIDATES_MAX];

	for (uint32_t i = 0; i < o->n_post; i++)
		least = fminf(least, o->evidence[i]);
	for (uint32_t s = 0; s < n; s++)
		own[s] = least;
	for (uint32_t i = 0; i < o->n_post; i++) {
		uint32_t s = candidate_of(w, o->site_of[i]);

		if (s != NONE)
			own[s] = o->evidence[i];
	}
	for (uint32_t s = 0; s < n; s++)
		evidence[s] += own[s];
}

/* Flows opened at nearly the same time belong together more often than not. */
static void neighbours(const struct work *w, uint32_t me, const struct candidates *cs, struct terms *t,
		       struct terms *background)
{
	const struct client *c = w->c;
	const struct vflow *f = &c->flows[me];
	struct shares x = { .total = 0 };
	float evidence[CANDIDATES_MAX] = { 0 }, n = 0;

	for (int way = -1; way <= 1; way += 2)
		for (uint32_t i = me + (uint32_t)way, k = 0; i < c->n_flows && k < 16;
		     i += (uint32_t)way, k++) {
			const struct vflow *o = &c->flows[i];
			if (llabs(o->open_ns - f->open_ns) > NEIGHBOUR_NS)
				break;
			if (o->name == f->name || o->n_post == 0 || !is_same_program(c, o->class, f->class))
				continue;
			shares_add(w, &x, o, o->site_of[0] == o->site ? 2.0f : 1.0f);
			evidence_add(w, evidence, cs->n, o);
			n++;
		}
	if (x.total <= 0)
		return;
	for (uint32_t s = 0; s < cs->n; s++) {
		t[s].at[FLOW_NEAR] = share_term(x.of[s], x.total);
		t[s].at[FLOW_CLUSTER] = evidence[s] / sqrtf(n);
	}
	background->at[FLOW_NEAR_BACKGROUND] = share_term(x.none, x.total);
}

static bool is_family(const struct work *w, const struct vflow *a, const struct vflow *b)
{
	const struct company *company = w->n->at[a->name].company;

	return a->site == b->site || (company && company == w->n->at[b->name].company);
}

/* Who asked hosts of this flow's domain or company last: one script brings the next. */
static void family(const struct work *w, uint32_t me, const struct candidates *cs, struct terms *t)
{
	const struct client *c = w->c;
	const struct vflow *f = &c->flows[me];

	for (uint32_t i = first_burst_from(c, f->open_ns + SOON_NS), k = 0; i-- > 0 && k < BURSTS_MAX; k++) {
		const struct vburst *b = &c->bursts[c->by_time[i]];
		const struct vflow *o = &c->flows[b->flow];

		if (b->b.start_ns < f->open_ns - FAMILY_NS)
			return;
		if (o->name == f->name || o->n_post == 0 || !is_same_program(c, o->class, f->class) ||
		    !is_family(w, o, f))
			continue;
		for (uint32_t s = 0; s < cs->n; s++)
			t[s].at[FLOW_FAMILY] = share_term(posterior_of(o, cs->site[s]), 1);
		return;
	}
}

void near_terms(const struct work *w, uint32_t me, const struct candidates *cs, struct terms *t,
		struct terms *background)
{
	if (w->pass > 1)
		neighbours(w, me, cs, t, background);
	if (partition_weight(w, &w->c->flows[me]) > UNPARTITIONED_MAX)
		family(w, me, cs, t);
}
