/* When each of a client's sites had a page view, and gave a sign of life. */
#include <stdlib.h>

#include "base/time.h"
#include "track/attribute_parts.h"

#define BEGINS_NS NS_PER_S /* a page opens its connections so near its beginning */

/* As long as nothing is known of it, may a flow to a host that pages embed have been opened by a page of the
 * host's own site? A page opens its connections as it begins.
 */
static bool may_be_own(const struct work *w, const struct vflow *f)
{
	const struct client *c = w->c;

	if (!w->n->at[f->name].is_third || partition_weight(w, f) <= UNPARTITIONED_MAX)
		return true;
	for (uint32_t i = first_page_from(c, f->open_ns - BEGINS_NS);
	     i < c->n_pages && c->pages[i].at_ns < f->open_ns + BEGINS_NS; i++)
		if (c->pages[i].site == f->site)
			return true;
	return false;
}

static bool is_anchor(const struct work *w, const struct vflow *f)
{
	return w->notes[f->site].n_visits && w->c->classes[f->class].browser >= BROWSER_MIN &&
	       (f->n_post ? posterior_of(f, f->site) > 0.5f : may_be_own(w, f));
}

static void add_moment(struct moments *m, int64_t at_ns)
{
	m->at[m->n++] = at_ns;
}

bool collect_moments(struct work *w)
{
	struct client *c = w->c;
	size_t n = 2 * (size_t)c->n_pages + c->n_bursts;
	int64_t *at = w->moments = malloc((n + 1) * sizeof(*at));

	if (!at)
		return false;
	for (uint32_t i = 0; i < c->n_pages; i++) {
		w->notes[c->pages[i].site].pages.n++;
		w->notes[c->pages[i].site].anchors.n++;
	}
	for (uint32_t i = 0; i < c->n_flows; i++)
		if (is_anchor(w, &c->flows[i]))
			w->notes[c->flows[i].site].anchors.n += c->flows[i].n_bursts;
	for (uint32_t i = 0; i < w->n->n_noted; i++) {
		struct name_note *m = &w->notes[w->n->noted[i]];

		m->pages.at = at;
		at += m->pages.n;
		m->anchors.at = at;
		at += m->anchors.n;
		m->pages.n = m->anchors.n = 0;
	}
	/* Page views and bursts lie in order of time: merged, they need no sorting. */
	for (uint32_t i = 0, p = 0; i < c->n_bursts || p < c->n_pages;) {
		const struct vburst *b = i < c->n_bursts ? &c->bursts[c->by_time[i]] : NULL;

		if (b && (p == c->n_pages || b->b.start_ns <= c->pages[p].at_ns)) {
			if (is_anchor(w, &c->flows[b->flow]))
				add_moment(&w->notes[c->flows[b->flow].site].anchors, b->b.start_ns);
			i++;
		} else {
			add_moment(&w->notes[c->pages[p].site].pages, c->pages[p].at_ns);
			add_moment(&w->notes[c->pages[p].site].anchors, c->pages[p].at_ns);
			p++;
		}
	}
	return true;
}
