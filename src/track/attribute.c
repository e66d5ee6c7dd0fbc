/* Gives each flow to a site and each burst to a visit, and says which bursts would explain more as page
 * views. */
#include <math.h>

#include "base/time.h"
#include "track/attribute_parts.h"

#define FOLLOWS_NS (4 * NS_PER_S)
#define PAGE_POSSIBLE 0.003f
#define UNEXPLAINED -9.0f
#define SURE_MIN 0.999f

/* Of one flow: how much better a page view of the site at t explains it than what there is beside. */
static float gain_of(struct work *w, const struct vflow *f, uint32_t site, int64_t t)
{
	float without = fmaxf(UNEXPLAINED, f->log_sum + logf(fmaxf(1e-6f, 1 - posterior_of(f, site))));
	struct candidates alone;
	struct terms terms;

	candidate_alone(w, f, site, (float)(f->open_ns - t) / 1e9f, &alone);
	terms_of_sites(w, f, &alone, &terms);
	return log1pf(expf(fminf(8.0f, score_of(w, &terms) - without)));
}

static void page_gain(struct work *w, struct vburst *b)
{
	const struct client *c = w->c;
	uint32_t site = c->flows[b->flow].site;
	int64_t t = b->b.start_ns;

	for (uint32_t i = first_flow_from(c, t), k = 0; i < c->n_flows && k < 64; i++, k++) {
		const struct vflow *f = &c->flows[i];
		float gain;

		if (f->open_ns > t + FOLLOWS_NS)
			break;
		if (!f->site || f->site == site || !f->n_bursts || c->classes[f->class].browser < BROWSER_MIN)
			continue;
		gain = gain_of(w, f, site, t);
		b->gain += gain;
		b->n_gain++;
		b->gain_own += gain > 2;
	}
}

static void page_gains(struct work *w)
{
	for (uint32_t i = 0; i < w->c->n_bursts; i++) {
		struct vburst *b = &w->c->bursts[i];

		b->gain = b->gain_own = 0;
		b->n_gain = 0;
		if (b->page > PAGE_POSSIBLE)
			page_gain(w, b);
	}
}

/* Of the flows to each site, those that other sites caused: what is always embedded is no page. */
static void embedded_shares(struct work *w)
{
	struct client *c = w->c;
	struct name_note *notes = w->notes;

	for (uint32_t i = 0; i < w->n->n_noted; i++)
		notes[w->n->noted[i]].all = notes[w->n->noted[i]].background = 0;
	for (uint32_t i = 0; i < c->n_flows; i++) {
		const struct vflow *f = &c->flows[i];

		if (!f->n_post || !f->asked)
			continue;
		notes[f->site].all += 1;
		notes[f->site].background += 1 - f->background - posterior_of(f, f->site);
	}
	for (uint32_t i = 0; i < c->n_flows; i++) {
		struct vflow *f = &c->flows[i];
		float own = 1 - f->background - posterior_of(f, f->site);

		f->embedded_share = notes[f->site].all > 1
					? fmaxf(0, notes[f->site].background - own) / notes[f->site].all
					: 0;
	}
}

static bool is_sure(const struct vflow *f)
{
	return f->background >= SURE_MIN || (f->n_post && f->post[0] >= SURE_MIN);
}

void attribute_flows(struct client *c, const struct names *n, const struct resolve *r)
{
	struct work w;

	if (work_init(&w, c, n, r)) {
		for (uint32_t i = 0; i < c->n_flows; i++)
			if (c->flows[i].n_bursts && !(r->keeps_sure && is_sure(&c->flows[i])))
				attribute_flow(&w, i);
		attribute_bursts(&w);
		if (r->seeks_pages) {
			embedded_shares(&w);
			page_gains(&w);
		}
	}
	work_fini(&w);
}
