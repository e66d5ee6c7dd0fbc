/* Bursts of a flow whose program shares connections between sites: each is a choice of its own. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "track/attribute_parts.h"
#include "track/attribute_table.h"

#define NEIGHBOURS_MAX 24
#define BEFORE_NS (30 * NS_PER_S)
#define SEEN_MIN 0.1f
#define OLD_NS NS_PER_S                /* a connection as old was there before the page that begins */
#define AS_IT_BEGINS_NS (NS_PER_S / 2) /* a farewell comes so soon after the page view it is left for */

/* One burst with the sites that may have caused it. */
struct alone {
	struct work *w;
	uint32_t at; /* in by_time */
	const struct vburst *b;
	const struct vflow *f;
	struct candidates cs;
	struct terms t[CANDIDATES_MAX];
	bool is_farewell; /* it looks like what a page says as it is left */
};

/* More is said than heard, on a connection that was there before, as a page view begins: what a page says as
 * it is left.
 */
static bool is_farewell(const struct client *c, const struct vburst *b)
{
	uint32_t i = first_page_from(c, b->b.start_ns - AS_IT_BEGINS_NS);

	return b->b.up_payload > b->b.down && b->is_asking && i < c->n_pages &&
	       c->pages[i].at_ns <= b->b.start_ns + VISIT_SOON_NS &&
	       c->flows[b->flow].open_ns < b->b.start_ns - OLD_NS;
}

/* Sites of the bursts of other hosts at nearly the same time, by the pass before. */
static void neighbours(struct alone *a)
{
	const struct client *c = a->w->c;
	float sum[CANDIDATES_MAX] = { 0 }, total = 0;

	for (int way = -1; way <= 1; way += 2)
		for (uint32_t i = a->at + (uint32_t)way, k = 0; i < c->n_bursts && k < NEIGHBOURS_MAX;
		     i += (uint32_t)way, k++) {
			const struct vburst *o = &c->bursts[c->by_time[i]];
			const struct vflow *g = &c->flows[o->flow];
			float weight = o->site_before == g->site ? 2 : 1;
			uint32_t s;

			if (llabs(o->b.start_ns - a->b->b.start_ns) > NEIGHBOUR_NS)
				break;
			if (g->name == a->f->name || !o->site_before || is_farewell(c, o) != a->is_farewell ||
			    !is_same_program(c, g->class, a->f->class))
				continue;
			total += weight;
			s = candidate_of(a->w, o->site_before);
			if (s != NONE)
				sum[s] += weight * o->conf_before;
		}
	for (uint32_t s = 0; s < a->cs.n && total > 0; s++)
		a->t[s].at[FLOW_NEAR] = share_term(sum[s], total);
}

/* A page that is left began before the one that begins, and may have asked the host. */
static void may_be_left(struct alone *a, uint32_t s)
{
	const struct moments *pages = &a->w->notes[a->cs.site[s]].pages;
	float *t = a->t[s].at;

	if (!pages->n || pages->at[0] > a->b->b.start_ns - AS_IT_BEGINS_NS + VISIT_SOON_NS)
		return;
	t[FLOW_FAREWELL] = 1;
	t[FLOW_FAREWELL_SEEN] = t[FLOW_SEEN] > SEEN_MIN;
}

/* Whose was the burst before it on the flow, lately? And which sites' visits have asked the host since they
 * began? */
static void flow_before(struct alone *a)
{
	const struct client *c = a->w->c;
	const struct vburst *last = a->b->before == NONE ? NULL : &c->bursts[a->b->before];
	int64_t since = INT64_MAX;
	uint32_t s;

	for (s = 0; s < a->cs.n; s++)
		if (c->visits[a->cs.visit[s]].start_ns < since)
			since = c->visits[a->cs.visit[s]].start_ns;
	for (uint32_t i = a->b->before; i != NONE; i = c->bursts[i].before) {
		const struct vburst *o = &c->bursts[i];

		if (o->b.start_ns < since - VISIT_SOON_NS)
			break;
		s = o->site ? candidate_of(a->w, o->site) : NONE;
		if (s != NONE && o->visit == a->cs.visit[s] && o->conf > a->t[s].at[FLOW_SEEN])
			a->t[s].at[FLOW_SEEN] = o->conf;
	}
	for (s = 0; s < a->cs.n && a->is_farewell; s++)
		may_be_left(a, s);
	if (!last || !last->site || a->b->b.start_ns - last->b.end_ns > BEFORE_NS)
		return;
	s = candidate_of(a->w, last->site);
	if (s != NONE)
		a->t[s].at[FLOW_BEFORE] = last->conf;
}

static float alone_score(const struct work *w, const struct terms *t)
{
	const float *weights = w->pass > 1 ? ALONE_WEIGHTS_2 : ALONE_WEIGHTS_1;

	if (w->c->probe && w->c->probe->alone_weights[w->pass > 1])
		weights = w->c->probe->alone_weights[w->pass > 1];
	return weighed(weights, t->at, 0, FLOW_TERMS);
}

void attribute_alone(struct work *w, uint32_t at)
{
	struct client *c = w->c;
	struct vburst *b = &c->bursts[c->by_time[at]];
	struct alone a = { .w = w, .at = at, .b = b, .f = &c->flows[b->flow] };
	struct vflow one = *a.f;
	float z = 0, score[CANDIDATES_MAX];
	uint32_t best = 0;

	one.open_ns = b->b.start_ns;
	one.n_post = b->site_before ? 1 : 0;
	one.site_of[0] = b->site_before;
	one.post[0] = b->conf_before;
	candidates_at(w, &one, one.open_ns, &a.cs);
	if (a.cs.n == 0)
		return;
	terms_of_sites(w, &one, &a.cs, a.t);
	a.is_farewell = is_farewell(c, b);
	flow_before(&a);
	if (w->pass > 1)
		neighbours(&a);
	heard_terms(w, b->flow, a.f->class, b->b.start_ns, &a.cs, a.t);
	if (c->probe && c->probe->alone)
		c->probe->alone(c->probe->ctx, c, c->by_time[at], w->pass, w->n, &a.cs, a.t);
	for (uint32_t s = 0; s < a.cs.n; s++) {
		score[s] = alone_score(w, &a.t[s]);
		if (score[s] > score[best])
			best = s;
	}
	for (uint32_t s = 0; s < a.cs.n; s++)
		z += expf(score[s] - score[best]);
	b->site = a.cs.site[best];
	b->conf = fminf(CERTAIN_MOST, (1 - a.f->background) / z);
	b->visit = visit_at(c, b->site, 0, b->b.start_ns);
}

/* What is said of such a flow is what most of its bytes say. */
void attribute_shared(struct work *w, uint32_t flow)
{
	struct vflow *f = &w->c->flows[flow];
	float all = 0, sum[8] = { 0 };
	uint32_t site[8], n = 0;

	for (uint32_t i = f->first_burst; i != NONE; i = w->c->bursts[i].next) {
		const struct vburst *b = &w->c->bursts[i];
		float weight = 1 + (float)b->b.up_payload;
		uint32_t s = 0;

		all += weight;
		while (s < n && site[s] != b->site)
			s++;
		if (!b->site || s == 8)
			continue;
		site[s] = b->site;
		n = s == n ? n + 1 : n;
		sum[s] += weight * b->conf;
	}
	f->n_post = 0;
	while (f->n_post < 4 && f->n_post < n) {
		uint32_t best = 0;

		for (uint32_t s = 1; s < n; s++)
			best = sum[s] > sum[best] ? s : best;
		f->site_of[f->n_post] = site[best];
		f->post[f->n_post++] = sum[best] / all;
		sum[best] = -1;
	}
}
