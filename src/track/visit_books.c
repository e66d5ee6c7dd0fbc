/* The books of visits: page views of one site become visits. */
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "track/join_parts.h"

#define PAGE_MIN 0.5f
#define JOIN_MIN 0.7f /* a visit split in two is found with its parts, of two that are joined one is lost */
#define SAME_PAGE_NS (3 * NS_PER_S / 2)
#define TABS_SHARE 10 /* of so many page views one did not end the one before, besides a mistake */
#define VISIT_GAP_NS (1800 * NS_PER_S)
#define HEARD_MAX 4096
#define BESIDE_NS (NS_PER_S / 2)
#define FAREWELL_NS (2 * NS_PER_S)
#define LOOK_AHEAD_NS (10 * NS_PER_S)

uint32_t site_of_burst(const struct client *c, const struct vburst *b)
{
	const struct vflow *f = &c->flows[b->flow];

	return f->n_post && f->post[0] > f->background ? f->site_of[0] : f->site;
}

static bool page_push(struct client *c, const struct vpage *p)
{
	struct vpage *more = grown(c->pages, c->n_pages, &c->cap_pages, sizeof(*more));

	if (!more)
		return false;
	c->pages = more;
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

/* A navigation that was read: the burst that holds it may have begun before. */
static void collect_read(struct client *c)
{
	for (uint32_t i = 0; i < c->n_requests; i++) {
		const struct vrequest *r = &c->requests[i];
		struct vpage p = { .at_ns = r->ts_ns,
				   .frame = r->frame,
				   .host = r->host,
				   .site = r->top,
				   .line = c->flows[r->flow_index].line,
				   .class = c->flows[r->flow_index].class,
				   .conf = 1,
				   .why = WHY_READ,
				   .request = i };

		if (!r->is_navigation || r->is_redirect || r->burst == NONE)
			continue;
		p.ordinal = c->bursts[r->burst].b.first_ordinal;
		page_push(c, &p);
	}
}

static void collect(struct client *c, const struct names *n)
{
	c->n_pages = 0;
	for (uint32_t i = 0; i < c->n_bursts; i++) {
		const struct vburst *b = &c->bursts[c->by_time[i]];
		const struct vflow *f = &c->flows[b->flow];
		struct vpage p = { .at_ns = b->b.start_ns,
				   .ordinal = b->b.first_ordinal,
				   .frame = b->b.first_frame,
				   .host = f->name,
				   .site = f->site,
				   .line = f->line,
				   .class = f->class,
				   .conf = b->page,
				   .why = b->why,
				   .request = NONE };

		if (b->page < PAGE_MIN)
			continue;
		p.asked = request_length(c, n, b, &p.asked_as);
		page_push(c, &p);
	}
	collect_read(c);
	if (c->n_pages)
		qsort(c->pages, c->n_pages, sizeof(*c->pages), page_order);
}

/* A burst with several navigations gives its ordinal to the first; no two visits have one id. */
static uint64_t free_id(const struct client *c, uint64_t id)
{
	for (uint32_t i = c->n_visits, k = 0; i-- > 0 && k < 64; k++)
		if (c->visits[i].id == id) {
			id++;
			i = c->n_visits;
		}
	return id;
}

/* Do the site's pages say where a request comes from? Then a link of theirs does too. */
static bool has_referers(const struct client *c, uint32_t before, uint32_t site, int64_t since)
{
	for (uint32_t i = before, k = 0; i-- > 0 && k < 512 && c->requests[i].ts_ns >= since; k++)
		if (c->requests[i].from == site && !c->requests[i].is_navigation)
			return true;
	return false;
}

/* Was a link of the site itself followed, or its page loaded again? Where neither can be told: was no other
 * site begun since? So it is too with one page at work: what is typed leads on from where one is.
 */
static bool is_read_on(const struct client *c, const struct vvisit *v, const struct vpage *p)
{
	const struct vrequest *r = &c->requests[p->request];
	const struct vpage *last = &c->pages[v->last_page];
	const char *url = last->request != NONE ? c->requests[last->request].url : NULL;

	if (r->from)
		return r->from == p->site;
	if (p[-1].site != p->site)
		return false;
	return !c->has_tabs || (url && r->url && strcmp(url, r->url) == 0) ||
	       !has_referers(c, p->request, p->site, v->anchor_ns);
}

/* A page that stays open goes on to be heard of. */
static bool is_silent_since(const struct client *c, uint32_t site, int64_t from, int64_t until)
{
	for (uint32_t i = first_burst_from(c, until - NS_PER_S), k = 0; i-- > 0 && k < HEARD_MAX; k++) {
		const struct vburst *b = &c->bursts[c->by_time[i]];

		if (b->b.end_ns > from && site_of_burst(c, b) == site)
			return false;
		if (b->b.start_ns <= from)
			break;
	}
	return true;
}

/* P(two page views of a site are of one visit): they are if the tab was not left between. */
static float same_visit(const struct client *c, struct join_learnt *l, const struct vvisit *v,
			struct vpage *p)
{
	if (p->at_ns - v->anchor_ns >= VISIT_GAP_NS &&
	    is_silent_since(c, p->site, p->at_ns - VISIT_GAP_NS, p->at_ns))
		return 0;
	return p->request != NONE ? is_read_on(c, v, p) : visit_join(c, l, v, p);
}

/* Does the client keep several pages open at once? Then a site goes on being heard of after another one was
 * begun, and not only with its farewell.
 */
static bool has_tabs(const struct client *c)
{
	uint32_t n = 0, on = 0;

	for (uint32_t i = 1; i < c->n_pages; i++) {
		const struct vpage *before = &c->pages[i - 1], *p = &c->pages[i];
		bool is_on = false;
		uint32_t k = first_burst_from(c, p->at_ns + FAREWELL_NS);
		int64_t until = p->at_ns + LOOK_AHEAD_NS;

		if (before->site == p->site)
			continue;
		for (uint32_t j = i + 1; j < c->n_pages && c->pages[j].at_ns < until; j++)
			if (c->pages[j].site == before->site)
				until = c->pages[j].at_ns - NS_PER_S / 2;
		for (uint32_t j = 0;
		     k < c->n_bursts && j < 512 && c->bursts[c->by_time[k]].b.start_ns < until; k++, j++)
			is_on = is_on || site_of_burst(c, &c->bursts[c->by_time[k]]) == before->site;
		if (!is_on && until < p->at_ns + 2 * FAREWELL_NS)
			continue;
		n++;
		on += is_on;
	}
	return on * TABS_SHARE > n + TABS_SHARE;
}

/* With one page at work no two begin at once: what looks like a page view of another site in the first
 * moments of one, and was not read, is a frame of it or what it leads on to. A page that is led on to is the
 * more certain of the two.
 */
static void drop_beside(struct client *c)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->n_pages; i++) {
		const struct vpage *p = &c->pages[i], *before = n ? &c->pages[n - 1] : NULL;

		if (before && p->request == NONE && before->site != p->site &&
		    p->at_ns - before->at_ns < BESIDE_NS && p->conf < before->conf)
			continue;
		c->pages[n++] = *p;
	}
	c->n_pages = n;
}

static struct vvisit *visit_push(struct client *c)
{
	struct vvisit *more = grown(c->visits, c->n_visits, &c->cap_visits, sizeof(*more));

	if (!more)
		return NULL;
	c->visits = more;
	return &c->visits[c->n_visits++];
}

static struct vvisit *last_visit_to(const struct client *c, uint32_t site, uint32_t line)
{
	for (uint32_t k = c->n_visits; k-- > 0 && c->n_visits - k < 64;)
		if (c->visits[k].site == site && c->visits[k].line == line)
			return &c->visits[k];
	return NULL;
}

static void add_page(struct client *c, struct vvisit *v, struct vpage *p)
{
	uint32_t page = (uint32_t)(p - c->pages);

	p->visit = (uint32_t)(v - c->visits);
	p->next_of_visit = NONE;
	if (v->first_page == NONE)
		v->first_page = page;
	else
		c->pages[v->last_page].next_of_visit = page;
	v->last_page = page;
}

static int site_visit_order(const void *a, const void *b)
{
	const struct site_visit *x = a, *y = b;

	if (x->site != y->site)
		return x->site < y->site ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->visit < y->visit ? -1 : x->visit > y->visit;
}

static void order_by_site(struct client *c)
{
	free(c->by_site);
	c->by_site = malloc((c->n_visits + 1) * sizeof(*c->by_site));
	if (!c->by_site)
		return;
	for (uint32_t i = 0; i < c->n_visits; i++)
		c->by_site[i] = (struct site_visit){ c->visits[i].site, c->visits[i].line, i };
	qsort(c->by_site, c->n_visits, sizeof(*c->by_site), site_visit_order);
}

/* returns: false if out of memory. */
static bool put_page(struct client *c, struct join_learnt *l, struct vpage *p)
{
	struct vvisit *v = last_visit_to(c, p->site, p->line);
	float same = v ? same_visit(c, l, v, p) : 0;

	p->of_visit = 1;
	p->is_again = false;
	if (same > JOIN_MIN) {
		p->is_again = p->at_ns - v->anchor_ns < SAME_PAGE_NS && p->request == NONE;
		p->of_visit = c->pages[v->last_page].of_visit * (p->is_again ? 1 : same);
		v->anchor_ns = p->at_ns;
		if (p->conf > v->conf)
			v->conf = p->conf;
	} else {
		uint64_t id = free_id(c, p->ordinal);

		v = visit_push(c);
		if (!v)
			return false;
		*v = (struct vvisit){ .id = id,
				      .site = p->site,
				      .line = p->line,
				      .class = p->class,
				      .start_ns = p->at_ns,
				      .anchor_ns = p->at_ns,
				      .conf = p->conf,
				      .why = p->why,
				      .first_page = NONE };
	}
	add_page(c, v, p);
	return true;
}

static void put_pages(struct client *c, struct join_learnt *l)
{
	c->n_visits = 0;
	for (uint32_t i = 0; i < c->n_pages; i++)
		if (!put_page(c, l, &c->pages[i]))
			break;
}

void pages_to_visits(struct client *c, const struct names *n)
{
	struct join_learnt learnt;

	collect(c, n);
	c->has_tabs = has_tabs(c);
	if (client_group(c) == GROUP_ONE)
		drop_beside(c);
	join_learn_begin(c, n, &learnt);
	put_pages(c, &learnt);
	learnt.is_done = true;
	put_pages(c, &learnt);
	order_by_site(c);
}
