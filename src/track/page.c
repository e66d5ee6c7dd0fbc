/* Page views: bursts that began a document, by what surrounds them. */
#include <math.h>
#include <stdlib.h>

#include "base/time.h"
#include "track/page_parts.h"
#include "track/page_table.h"

#define APART_NS (3 * NS_PER_S)
#define TWIN_LOOK 128
#define TWIN_NS (NS_PER_S / 20)
#define QUIET_NS (NS_PER_S / 2) /* a site heard of so lately begins no page view */

static float judge(const struct client *c, const struct page_row *r, int pass)
{
	const float *w = pass > 1 ? PAGE_WEIGHTS_2[r->kind] : PAGE_WEIGHTS_1[r->kind];
	float z = 0;

	if (c->probe && c->probe->page_weights[pass > 1])
		w = c->probe->page_weights[pass > 1] + r->kind * PAGE_SIGNS;
	for (int i = 0; i < PAGE_SIGNS; i++)
		z += w[i] * r->f[i];
	return (1.0f - r->owner) / (1.0f + expf(-z));
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
	why |= f[PAGE_WOKEN] > 0 ? WHY_WOKEN : 0;
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

void page_detect(struct client *c, const struct names *n, int pass)
{
	int64_t last_any = 0;

	for (uint32_t i = 0; i < n->n_noted; i++) {
		n->notes[n->noted[i]].last_burst_ns = 0;
		n->notes[n->noted[i]].likely = (struct site_pages){ .p = { 0 } };
	}
	for (uint32_t i = 0; i < c->n_bursts; i++)
		c->bursts[i].page_before = pass > 1 ? c->bursts[i].page : 0;
	for (uint32_t i = 0; i < c->n_bursts && pass > 1; i++)
		site_page(&n->notes[c->flows[c->bursts[i].flow].site].likely, c->bursts[i].b.start_ns,
			  c->bursts[i].page_before);
	for (uint32_t i = 0; i < c->n_bursts; i++) {
		struct vburst *b = &c->bursts[c->by_time[i]];
		const struct vflow *f = &c->flows[b->flow];
		struct page_row row;
		int64_t since, t = b->b.start_ns, *last = &n->notes[f->site].last_burst_ns;

		b->page = 0;
		if (c->probe && c->probe->page) {
			b->page = c->probe->page(c->probe->ctx, b);
			continue;
		}
		const struct name *host = &n->at[f->name];
		bool is_own = is_own_business(f);

		is_own = is_own || (host->is_telemetry && (host->is_resolver || !has_twin(c, f)));

		if (!f->site || c->classes[f->class].browser < BROWSER_MIN || !b->is_asking || is_own)
			continue;
		since = *last ? t - *last : 1000 * NS_PER_S;
		if (since > QUIET_NS) {
			page_signs(c, n, i, since, last_any ? t - last_any : 1000 * NS_PER_S, *last == 0,
				   pass, &row);
			b->page = judge(c, &row, pass);
			b->why = why_of(&row);
			if (c->probe && c->probe->row)
				c->probe->row(c->probe->ctx, c, c->by_time[i], &row, pass, b->page);
		}
		*last = last_any = t;
	}
	if (c->n_requests)
		mark_documents(c);
}
