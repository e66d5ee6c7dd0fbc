/* Does a page view go on with the last visit to its site, or was the site left between? */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "track/join_parts.h"
#include "track/join_table.h"

#define OTHERS_MAX 64
#define BURSTS_MAX 1024
#define JUST_NS (NS_PER_S / 20)
#define AS_IT_BEGINS_NS (NS_PER_S / 2) /* a farewell comes so soon after the page view it is left for */
#define PART_OF_IT_NS (NS_PER_S / 10)  /* so long before a page view bursts of its site belong to it */
#define AFTERWARDS_NS (2 * NS_PER_S)
#define OLD_NS NS_PER_S

/* Does another site's page view, after `from`, begin at t? */
static bool is_as_other_begins(const struct client *c, uint32_t site, int64_t t, int64_t from)
{
	uint32_t i = first_page_from(c, t - AS_IT_BEGINS_NS + 1);

	for (; i < c->n_pages && c->pages[i].at_ns < t + JUST_NS; i++)
		if (c->pages[i].site != site && !c->pages[i].is_again && c->pages[i].at_ns > from)
			return true;
	return false;
}

/* Page views of other sites after `from` and before p, the latest first. returns: how many. */
static uint32_t others_since(const struct client *c, const struct vpage *p, int64_t from,
			     const struct vpage *ret[OTHERS_MAX])
{
	uint32_t n = 0;

	for (const struct vpage *o = p; o-- > c->pages && o->at_ns > from && n < OTHERS_MAX;)
		if (o->site != p->site && !o->is_again)
			ret[n++] = o;
	return n;
}

/* What was heard of the site since the visit's last page view. */
static void signs_since(const struct client *c, const struct vpage *p, int64_t from,
			const struct vpage *const *others, uint32_t n_others, float *f)
{
	int64_t last = from;
	uint32_t i = first_burst_from(c, p->at_ns - PART_OF_IT_NS), k = 0, n_silent = 0;
	float on = 0;

	for (; i-- > 0 && k < BURSTS_MAX; k++) {
		const struct vburst *b = &c->bursts[c->by_time[i]];
		bool is_farewell;

		if (b->b.start_ns <= from)
			break;
		if (site_of_burst(c, b) != p->site)
			continue;
		is_farewell = is_as_other_begins(c, p->site, b->b.start_ns, from);
		if (last == from) {
			last = b->b.end_ns;
			f[JOIN_LEFT] = is_farewell;
		}
		on += n_others && !is_farewell && b->b.start_ns > others[n_others - 1]->at_ns + AFTERWARDS_NS;
	}
	while (n_silent < n_others && others[n_silent]->at_ns > last)
		n_silent++;
	f[JOIN_SILENCE] = log1pf(fmaxf(0, (float)(p->at_ns - last) / 1e9f));
	f[JOIN_OTHERS_SILENT] = log1pf((float)n_silent);
	f[JOIN_ON] = log1pf(on);
}

/* Old connections that wake up as the page view begins, of this site and of others: pages that are left. */
static void farewells(const struct client *c, const struct vpage *p, const struct vpage *before, float *f)
{
	uint32_t i = first_burst_from(c, p->at_ns - JUST_NS);

	for (uint32_t k = 0; i < c->n_bursts && k < BURSTS_MAX / 8; i++, k++) {
		const struct vburst *b = &c->bursts[c->by_time[i]];
		const struct vflow *g = &c->flows[b->flow];
		uint32_t site = site_of_burst(c, b);

		if (b->b.start_ns >= p->at_ns + AS_IT_BEGINS_NS)
			break;
		if (g->open_ns > p->at_ns - OLD_NS || b->b.up < b->b.down || !b->is_asking || !g->n_post)
			continue;
		if (site == p->site) {
			f[JOIN_OWN_FAREWELL] = g->site != p->site ? 1 : f[JOIN_OWN_FAREWELL];
			continue;
		}
		if (g->post[0] < g->background)
			continue;
		f[JOIN_FROM] = fmaxf(f[JOIN_FROM], g->post[0]);
		if (before && before->site == site)
			f[JOIN_FROM_LAST] = fmaxf(f[JOIN_FROM_LAST], g->post[0]);
	}
}

void join_signs(const struct client *c, const struct vvisit *v, const struct vpage *p, struct join_row *ret)
{
	const struct vpage *others[OTHERS_MAX];
	uint32_t n = others_since(c, p, v->anchor_ns, others);
	float *f = ret->f;

	memset(ret, 0, sizeof(*ret));
	ret->group = client_group(c);
	f[JOIN_BIAS] = 1;
	f[JOIN_ALONE] = n == 0 && ret->group != GROUP_DEVICES;
	f[JOIN_OTHERS] = log1pf((float)n);
	f[JOIN_NEW_FLOW] = (p->why & WHY_PAIR) > 0;
	signs_since(c, p, v->anchor_ns, others, n, f);
	farewells(c, p, n ? others[0] : NULL, f);
}

float visit_join(const struct client *c, struct join_learnt *l, const struct vvisit *v, struct vpage *p)
{
	struct join_row row;
	const float *w;
	float same;
	bool is_left;

	join_signs(c, v, p, &row);
	is_left = row.f[JOIN_OWN_FAREWELL] > 0;
	for (int i = JOIN_ALONE + 1; i < JOIN_SIGNS && is_broken(c, TERM_JOIN); i++)
		row.f[i] = 0;
	w = JOIN_WEIGHTS[row.group];
	if (c->probe && c->probe->join_weights)
		w = c->probe->join_weights + row.group * JOIN_SIGNS;
	same = logistic(weighed(w, row.f, 0, JOIN_SIGNS));
	if (!l->is_done) {
		join_learn(l, p, is_left, same);
		return same;
	}
	if (!is_broken(c, TERM_JOIN))
		same = join_learnt(l, p, is_left, same);
	if (c->probe && c->probe->join)
		c->probe->join(c->probe->ctx, c, v, p, &row, same);
	return same;
}
