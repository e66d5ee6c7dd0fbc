/* Page views: bursts that began a document, by what surrounds them. */
#include <math.h>
#include <stdlib.h>

#include "base/time.h"
#include "track/page_length.h"
#include "track/page_parts.h"
#include "track/page_table.h"

#define APART_NS (3 * NS_PER_S)
#define TWIN_LOOK 128
#define TWIN_NS (NS_PER_S / 20)
#define NEVER_NS (1000 * NS_PER_S) /* ago */
#define QUIET_NS (NS_PER_S / 2)    /* a site heard of so lately begins no page view */

static const float *weights_of(const struct client *c, enum page_case kind, bool is_later)
{
	if (c->probe && c->probe->page_weights[is_later])
		return c->probe->page_weights[is_later] + kind * PAGE_SIGNS;
	return is_later ? PAGE_WEIGHTS_2[kind] : PAGE_WEIGHTS_1[kind];
}

/* What was read is known: a burst with a navigation began a page view, one whose requests belong to a page
 * did not. In clear all of them are read.
 */
static void mark_documents(struct client *c)
{
	for (uint32_t i = 0; i < c->n_requests; i++) {
		const struct vrequest *r = &c->requests[i];

		if (r->burst != NONE && (r->is_read || c->flows[r->flow_index].info->app == APP_HTTP))
			c->bursts[r->burst].page = 0;
	}
}

static unsigned why_of(const struct page_row *r)
{
	const float *f = r->f;
	unsigned why = 0;

	why |= f[PAGE_PAIR] > 0 ? WHY_PAIR : 0;
	why |= f[PAGE_FLOWS_AFTER] > 1.3f ? WHY_FAN_OUT : 0;
	why |= f[PAGE_ASKED] > 0 ? WHY_DNS : 0;
	why |= f[PAGE_TICKET] > 0 ? WHY_TICKET : 0;
	why |= f[PAGE_FRONT] > 0 ? WHY_FRONT : 0;
	why |= f[PAGE_LISTED] + f[PAGE_FRONT_LISTED] > 0 ? WHY_LISTED : 0;
	return why;
}

static void site_page(struct site_pages *s, int64_t t, float p)
{
	int i = llabs(s->at_ns[0] - t) < APART_NS || p > s->p[0] ? 0 : 1;

	if (p <= s->p[i])
		return;
	if (i == 0 && llabs(s->at_ns[0] - t) >= APART_NS) {
		s->at_ns[1] = s->at_ns[0];
		s->p[1] = s->p[0];
	}
	s->at_ns[i] = t;
	s->p[i] = p;
}

/* Another connection to the host at the same moment: browsers open two for a page that is asked for, programs
 * and the browser's own business one.
 */
static bool has_twin(const struct client *c, const struct vflow *f)
{
	uint32_t i = first_flow_from(c, f->open_ns - TWIN_NS);

	for (uint32_t k = 0; i < c->n_flows && k < TWIN_LOOK; i++, k++) {
		const struct vflow *o = &c->flows[i];

		if (o->open_ns > f->open_ns + TWIN_NS)
			return false;
		if (o != f && o->name == f->name && o->class == f->class)
			return true;
	}
	return false;
}

/* May it have begun a page view, as far as names and programs say? */
static bool may_begin(const struct client *c, const struct names *n, const struct vburst *b)
{
	const struct vflow *f = &c->flows[b->flow];
	const struct name *host = &n->at[f->name];

	return f->site && c->classes[f->class].browser >= BROWSER_MIN && b->is_asking &&
	       !is_own_business(f) && (!host->is_telemetry || (!host->is_resolver && has_twin(c, f)));
}

/* What the pass before says of sites. */
static void look_back(struct client *c, const struct names *n, int pass)
{
	for (uint32_t i = 0; i < n->n_noted; i++) {
		struct name_note *note = &n->notes[n->noted[i]];

		note->last_burst_ns = 0;
		note->is_given = false;
		note->likely = (struct site_pages){ .p = { 0 } };
	}
	for (uint32_t i = 0; i < c->n_flows && pass > 1; i++)
		for (uint32_t k = 0; k < c->flows[i].n_post; k++)
			n->notes[c->flows[i].site_of[k]].is_given = true;
	for (uint32_t i = 0; i < c->n_bursts; i++)
		c->bursts[i].page_before = pass > 1 ? c->bursts[i].page : 0;
	for (uint32_t i = 0; i < c->n_bursts && pass > 1; i++)
		site_page(&n->notes[c->flows[c->bursts[i].flow].site].likely, c->bursts[i].b.start_ns,
			  c->bursts[i].page_before);
}

/* Browsers open two connections to a host for a page; a device that has one to it needs none. So two of them
 * are another device's first.
 */
static bool is_devices_first(const struct client *c, const struct names *n, const struct vflow *f)
{
	return !n->at[f->name].is_third && has_twin(c, f) && is_new_device(c, f);
}

/* P(the burst began a page view). What lies around it is weighed once. */
static void judge(struct around *a, const struct page_lengths *lengths, struct client *c, uint32_t at,
		  int64_t since_any_ns, int64_t last_site_ns, int pass)
{
	struct vburst *b = &c->bursts[c->by_time[at]];
	bool is_whole = a->flows.n > 0;
	struct page_row row = { .kind = c->by_time[at] != c->flows[b->flow].first_burst ? PAGE_OLD_FLOW
					: last_site_ns == 0                             ? PAGE_NEW_SITE
											: PAGE_NEW_FLOW };
	const float *weights = weights_of(c, row.kind, true), *first = weights_of(c, PAGE_NEW_SITE, true);
	float z;

	if (is_whole) {
		page_surroundings(a, at, last_site_ns ? b->b.start_ns - last_site_ns : NEVER_NS, since_any_ns,
				  &row);
		b->around = weighed(weights, row.f, 0, PAGE_OWN);
		if (row.kind == PAGE_NEW_FLOW)
			b->around_first = weighed(first, row.f, 0, PAGE_OWN) +
					  first[PAGE_SINCE_SITE] * (PAGE_SINCE_MOST - row.f[PAGE_SINCE_SITE]);
		b->why = why_of(&row);
	}
	if (pass > 1) {
		page_verdicts(a, at, &row);
		if (!is_broken(c, TERM_SIZE))
			row.f[PAGE_LENGTH] = page_length(lengths, c, a->n, b);
		z = b->around + weighed(weights, row.f, PAGE_OWN, PAGE_SIGNS);
		if (row.kind == PAGE_NEW_FLOW && is_devices_first(c, a->n, &c->flows[b->flow]))
			z = fmaxf(z, b->around_first + weighed(first, row.f, PAGE_OWN, PAGE_SIGNS));
		b->why = (b->why & ~(unsigned)WHY_WOKEN) | (row.f[PAGE_WOKEN] > 0 ? WHY_WOKEN : 0);
	} else {
		z = weighed(weights_of(c, row.kind, false), row.f, 0, PAGE_OWN);
	}
	b->page = (1.0f - row.owner) * logistic(z);
	if (c->probe && c->probe->row)
		c->probe->row(c->probe->ctx, c, a->n, c->by_time[at], &row, pass, b->page);
}

void page_detect(struct client *c, const struct names *n, int pass)
{
	int64_t last_any = 0;
	struct page_lengths *lengths;
	struct around around;
	bool is_there;

	look_back(c, n, pass);
	lengths = pass > 1 ? page_lengths_new(c, n) : NULL;
	is_there = around_init(&around, c, n, pass == 1 || (c->probe && c->probe->row));
	for (uint32_t i = 0; i < c->n_bursts; i++) {
		struct vburst *b = &c->bursts[c->by_time[i]];
		int64_t t = b->b.start_ns, *last = &n->notes[c->flows[b->flow].site].last_burst_ns;

		b->page = c->probe && c->probe->page ? c->probe->page(c->probe->ctx, b) : 0;
		if ((c->probe && c->probe->page) || !is_there || !may_begin(c, n, b))
			continue;
		if (*last == 0 || t - *last > QUIET_NS)
			judge(&around, lengths, c, i, last_any ? t - last_any : NEVER_NS, *last, pass);
		*last = last_any = t;
	}
	page_lengths_free(lengths);
	around_fini(&around);
	if (c->n_requests)
		mark_documents(c);
}
