/* Which visit each burst belongs to: of a partitioned flow by time alone, of another each for itself. */
#include <math.h>

#include "base/time.h"
#include "track/attribute_parts.h"

uint32_t visit_at(const struct client *c, uint32_t site, int64_t t)
{
	uint32_t low = 0, high = c->n_visits;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (c->visits[mid].start_ns <= t + 50 * NS_PER_MS)
			low = mid + 1;
		else
			high = mid;
	}
	while (low-- > 0)
		if (c->visits[low].site == site)
			return low;
	return NONE;
}

/* As if the burst had opened a flow of its own. */
static void burst_alone(struct work *w, const struct vflow *f, uint32_t at)
{
	struct vburst *b = &w->c->bursts[w->c->by_time[at]];
	struct vflow one = *f;
	struct candidates cs;
	struct terms t[CANDIDATES_MAX];
	float z = 0, top = -1e9f, score[CANDIDATES_MAX];
	uint32_t best = NONE;

	one.open_ns = b->b.start_ns;
	one.n_post = b->site_before ? 1 : 0;
	one.site_of[0] = b->site_before;
	one.post[0] = b->conf_before;
	candidates_at(w, one.open_ns, &cs);
	for (uint32_t s = 0; s < cs.n; s++)
		terms_of_site(w, &one, cs.site[s], s, -1, &t[s]);
	for (uint32_t s = 0; s < cs.n; s++) {
		score[s] = score_of(w, &t[s]);
		if (best == NONE || score[s] > top) {
			top = score[s];
			best = s;
		}
	}
	if (best == NONE)
		return;
	for (uint32_t s = 0; s < cs.n; s++)
		z += expf(score[s] - top);
	b->site = cs.site[best];
	b->conf = (1 - f->background) / z;
	b->visit = visit_at(w->c, b->site, b->b.start_ns);
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
	} else if (partition_weight(w, f) <= UNPARTITIONED_MAX) {
		burst_alone(w, f, at);
		return;
	} else {
		b->site = f->site_of[0];
		b->conf = f->post[0];
	}
	b->visit = visit_at(c, b->site, b->b.start_ns);
}

void attribute_bursts(struct work *w)
{
	struct client *c = w->c;

	for (uint32_t i = 0; i < c->n_bursts; i++) {
		c->bursts[i].site_before = c->bursts[i].site;
		c->bursts[i].conf_before = c->bursts[i].conf;
	}
	for (uint32_t i = 0; i < c->n_bursts; i++)
		attribute_burst(w, i);
}
