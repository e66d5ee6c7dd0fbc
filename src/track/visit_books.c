/* The books of visits: page views of one site become visits. */
#include <stdlib.h>

#include "base/time.h"
#include "track/visit_parts.h"

#define PAGE_MIN 0.5f
#define SAME_PAGE_NS (3 * NS_PER_S / 2)

static bool page_push(struct client *c, const struct vpage *p)
{
	if (c->n_pages == c->cap_pages) {
		uint32_t cap = c->cap_pages ? c->cap_pages * 2 : 64;
		struct vpage *more = realloc(c->pages, cap * sizeof(*more));
		if (!more)
			return false;
		c->pages = more;
		c->cap_pages = cap;
	}
	c->pages[c->n_pages++] = *p;
	return true;
}

static int page_order(const void *a, const void *b)
{
	const struct vpage *x = a, *y = b;

	if (x->at_ns != y->at_ns)
		return x->at_ns < y->at_ns ? -1 : 1;
	return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

static void collect(struct client *c)
{
	c->n_pages = 0;
	for (uint32_t i = 0; i < c->n_bursts; i++) {
		uint32_t k = c->by_time[i];
		const struct vburst *b = &c->bursts[k];
		const struct vflow *f = &c->flows[b->flow];
		struct vpage p = { .at_ns = b->b.start_ns,
				   .ordinal = b->b.first_ordinal,
				   .frame = b->b.first_frame,
				   .host = f->name,
				   .site = f->site,
				   .conf = b->page,
				   .burst = k };

		if (b->page < PAGE_MIN)
			continue;
		p.is_new_flow = k == f->first_burst;
		page_push(c, &p);
	}
	if (c->n_pages)
		qsort(c->pages, c->n_pages, sizeof(*c->pages), page_order);
}

/* How long two page views of a site may lie apart to be one visit: less if another site was begun between. */
static bool is_same_visit(const struct client *c, const struct vvisit *v, uint32_t newest,
			  const struct vpage *p)
{
	int64_t gap = p->at_ns - v->anchor_ns;

	if (newest == (uint32_t)(v - c->visits))
		return gap < 1800 * NS_PER_S;
	return gap < 12 * NS_PER_S;
}

void pages_to_visits(struct client *c, const struct names *n, int pass)
{
	uint32_t newest = NONE;

	(void)n;
	(void)pass;
	collect(c);
	c->n_visits = 0;
	for (uint32_t i = 0; i < c->n_pages; i++) {
		struct vpage *p = &c->pages[i];
		struct vvisit *v = NULL;

		for (uint32_t k = c->n_visits; k-- > 0 && c->n_visits - k < 64;)
			if (c->visits[k].site == p->site) {
				v = &c->visits[k];
				break;
			}
		if (v && is_same_visit(c, v, newest, p)) {
			if (p->at_ns - v->anchor_ns >= SAME_PAGE_NS)
				v->n_pages++;
			v->anchor_ns = p->at_ns;
			if (p->conf > v->conf)
				v->conf = p->conf;
			continue;
		}
		if (c->n_visits == c->cap_visits) {
			uint32_t cap = c->cap_visits ? c->cap_visits * 2 : 32;
			struct vvisit *more = realloc(c->visits, cap * sizeof(*more));
			if (!more)
				return;
			c->visits = more;
			c->cap_visits = cap;
		}
		newest = c->n_visits;
		c->visits[c->n_visits++] = (struct vvisit){ .id = p->ordinal,
							    .site = p->site,
							    .start_ns = p->at_ns,
							    .end_ns = p->at_ns,
							    .anchor_ns = p->at_ns,
							    .conf = p->conf,
							    .first_page = i,
							    .n_pages = 1 };
	}
}
