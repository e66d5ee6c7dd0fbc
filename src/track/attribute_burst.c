/* Which visit each burst belongs to: of a partitioned flow by time alone, of another each for itself. */
#include <math.h>

#include "base/time.h"
#include "track/attribute_parts.h"

#define DOUBT_NS (4 * NS_PER_S)

uint32_t visit_at(const struct client *c, uint32_t site, uint32_t line, int64_t t)
{
	uint32_t low = 0, high = c->by_site ? c->n_visits : 0;
	const struct site_visit *v;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		v = &c->by_site[mid];
		if (v->site < site || (v->site == site && v->line < line) ||
		    (v->site == site && v->line == line && c->visits[v->visit].start_ns <= t + VISIT_SOON_NS))
			low = mid + 1;
		else
			high = mid;
	}
	v = low ? &c->by_site[low - 1] : NULL;
	return v && v->site == site && v->line == line ? v->visit : NONE;
}

/* The chance that the flow belongs to a page view that was not made out: of another site's burst that looked
 * like one just before it opened, or of its own.
 */
static float doubt_of(const struct client *c, const struct vflow *f)
{
	float doubt = 0;
	uint32_t low = first_burst_from(c, f->open_ns - DOUBT_NS);

	for (uint32_t k = 0; low < c->n_bursts && k < 256; low++, k++) {
		const struct vburst *o = &c->bursts[c->by_time[low]];

		if (o->b.start_ns > f->open_ns + VISIT_SOON_NS)
			break;
		if (o->page < 0.5f && c->flows[o->flow].site != f->site_of[0])
			doubt = fmaxf(doubt, o->page);
	}
	return doubt;
}

static void attribute_burst(struct work *w, uint32_t at)
{
	struct client *c = w->c;
	struct vburst *b = &c->bursts[c->by_time[at]];
	const struct vflow *f = &c->flows[b->flow];

	b->visit = NONE;
	b->site = 0;
	b->conf = f->background;
	if (b->pinned_site) {
		b->site = b->pinned_site;
		b->conf = 1;
	} else if (f->n_post == 0 || f->background >= f->post[0]) {
		return;
	} else if (f->is_shared) {
		attribute_alone(w, at);
		return;
	} else {
		b->site = f->site_of[0];
		b->conf = f->post[0] * (1 - f->doubt);
	}
	b->visit = visit_at(c, b->site, f->line, b->b.start_ns);
}

void attribute_bursts(struct work *w)
{
	struct client *c = w->c;

	for (uint32_t i = 0; i < c->n_bursts; i++) {
		c->bursts[i].site_before = c->bursts[i].site;
		c->bursts[i].conf_before = c->bursts[i].conf;
	}
	for (uint32_t i = 0; i < c->n_flows; i++)
		c->flows[i].is_shared = c->flows[i].n_post && !c->flows[i].pinned_site &&
					partition_weight(w, &c->flows[i]) <= UNPARTITIONED_MAX;
	for (uint32_t i = 0; i < c->n_flows; i++)
		c->flows[i].doubt = c->flows[i].n_post && c->flows[i].site != c->flows[i].site_of[0]
					? doubt_of(c, &c->flows[i])
					: 0;
	for (uint32_t i = 0; i < c->n_flows; i++)
		device_of_flow(c, w->n, i);
	for (uint32_t i = 0; i < c->n_bursts; i++)
		attribute_burst(w, i);
	for (uint32_t i = 0; i < c->n_flows; i++)
		if (c->flows[i].is_shared)
			attribute_shared(w, i);
}
