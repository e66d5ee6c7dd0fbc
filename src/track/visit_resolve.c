#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "track/visit_tell.h"

#define PASSES 3      /* each seeks page views anew */
#define PASSES_MORE 2 /* then of flows alone, by what those beside them have become */
#define REDIRECT_NS (5 * NS_PER_S)
#define QUIC_ASKED_MIN 100u /* bytes: QUIC's own streams and acknowledgements beside 0-RTT come to less */

struct key {
	int64_t at_ns;
	uint64_t id;
	uint32_t index;
};

static int key_order(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	if (x->at_ns != y->at_ns)
		return x->at_ns < y->at_ns ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* Flows come in the order in which their names settled: they are put in order of opening. */
static bool order_flows(struct client *c)
{
	struct key *keys = malloc((c->n_flows + 1) * sizeof(*keys));
	struct vflow *flows = malloc((c->n_flows + 1) * sizeof(*flows));
	uint32_t *to = malloc((c->n_flows + 1) * sizeof(*to));
	bool is_done = keys && flows && to;

	if (is_done) {
		for (uint32_t i = 0; i < c->n_flows; i++)
			keys[i] = (struct key){ c->flows[i].open_ns, c->flows[i].info->id, i };
		qsort(keys, c->n_flows, sizeof(*keys), key_order);
		for (uint32_t i = 0; i < c->n_flows; i++) {
			flows[i] = c->flows[keys[i].index];
			to[keys[i].index] = i;
		}
		memcpy(c->flows, flows, c->n_flows * sizeof(*flows));
		for (uint32_t i = 0; i < c->n_bursts; i++)
			c->bursts[i].flow = to[c->bursts[i].flow];
		for (uint32_t i = 0; i < c->n_requests; i++)
			c->requests[i].flow_index = to[c->requests[i].flow_index];
	}
	free(keys);
	free(flows);
	free(to);
	return is_done;
}

/* Bursts by time; each flow's list of them. */
static bool order_bursts(struct client *c)
{
	struct key *keys = malloc((c->n_bursts + 1) * sizeof(*keys));
	uint32_t *order = realloc(c->by_time, (c->n_bursts + 1) * sizeof(*order));

	if (order)
		c->by_time = order;
	if (!keys || !order) {
		free(keys);
		return false;
	}
	for (uint32_t i = 0; i < c->n_bursts; i++)
		keys[i] = (struct key){ c->bursts[i].b.start_ns, c->bursts[i].b.first_ordinal, i };
	qsort(keys, c->n_bursts, sizeof(*keys), key_order);
	for (uint32_t i = 0; i < c->n_flows; i++) {
		c->flows[i].first_burst = c->flows[i].last_burst = NONE;
		c->flows[i].n_bursts = 0;
		c->flows[i].asked = c->flows[i].first_asked = 0;
	}
	for (uint32_t i = 0; i < c->n_bursts; i++) {
		uint32_t k = c->by_time[i] = keys[i].index;
		struct vflow *f = &c->flows[c->bursts[k].flow];

		c->bursts[k].next = NONE;
		c->bursts[k].before = f->last_burst;
		if (f->last_burst == NONE)
			f->first_burst = k;
		else
			c->bursts[f->last_burst].next = k;
		f->last_burst = k;
		f->n_bursts++;
		if (!f->asked && f->info->is_complete)
			f->first_asked = c->bursts[k].b.first_asked;
		f->asked += c->bursts[k].b.up_payload;
		c->bursts[k].is_asking =
		    c->bursts[k].b.up_payload > 0 && (f->info->app != APP_QUIC || f->asked >= QUIC_ASKED_MIN);
		f->last_ns = c->bursts[k].b.end_ns;
	}
	free(keys);
	return true;
}

/* Links the flows to each host, and notes all names. */
static void link_hosts(struct client *c, struct names *n)
{
	names_note(n, 0);
	for (uint32_t i = 0; i < c->n_flows; i++) {
		struct vflow *f = &c->flows[i];
		struct name_note *host = &n->notes[f->name];

		names_note(n, f->name);
		names_note(n, f->site);
		f->same_host = f->name && host->last_flow ? host->last_flow - 1 : NONE;
		host->last_flow = i + 1;
		f->next_same_host = NONE;
		if (f->same_host != NONE)
			c->flows[f->same_host].next_same_host = i;
		f->n_post = 0;
		f->background = 0;
	}
	for (uint32_t i = 0; i < c->n_requests; i++) {
		names_note(n, c->requests[i].host);
		names_note(n, c->requests[i].top);
	}
}

/* A hop of a redirect belongs to the page that it leads to. */
static uint32_t top_after(const struct client *c, uint32_t hop)
{
	const struct vrequest *r = &c->requests[hop];

	for (uint32_t i = hop + 1; i < c->n_requests && c->requests[i].ts_ns - r->ts_ns < REDIRECT_NS; i++)
		if (c->requests[i].is_navigation && !c->requests[i].is_redirect)
			return c->requests[i].top;
	return r->top;
}

/* What readable requests say of the bursts that hold them, and of their flows. */
static void pin(struct client *c)
{
	for (uint32_t i = 0; i < c->n_bursts; i++)
		c->bursts[i].pinned_site = 0;
	for (uint32_t i = 0; i < c->n_flows; i++)
		c->flows[i].pinned_site = c->flows[i].pins = c->flows[i].n_requests = c->flows[i].n_own = 0;
	for (uint32_t i = 0; i < c->n_flows; i++)
		c->flows[i].at_burst = c->flows[i].first_burst;
	for (uint32_t i = 0; i < c->n_requests; i++) {
		struct vrequest *r = &c->requests[i];
		struct vflow *f = &c->flows[r->flow_index];
		uint32_t top = r->is_navigation && r->is_redirect ? top_after(c, i) : r->top;

		f->n_requests++;
		f->n_own += r->is_own;
		/* Requests of a flow come in order of time, as its bursts do. */
		for (uint32_t b = f->at_burst; b != NONE && c->bursts[b].b.start_ns <= r->ts_ns;
		     b = c->bursts[b].next)
			f->at_burst = b;
		r->burst = f->at_burst;
		if (!top || r->burst == NONE)
			continue;
		c->bursts[r->burst].pinned_site = top;
		/* by majority: a request with an odd Referer does not move the flow */
		if (f->pinned_site == top) {
			f->pins++;
		} else if (f->pins > 0) {
			f->pins--;
		} else {
			f->pinned_site = top;
			f->pins = 1;
		}
	}
}

void client_resolve(struct tell *t, struct client *c)
{
	int passes = t->spec->is_live ? 2 : PASSES, all = t->spec->is_live ? passes : PASSES + PASSES_MORE;

	if (c->n_flows == 0 || !order_flows(c) || !order_bursts(c))
		return;
	link_hosts(c, t->names);
	if (c->n_requests)
		pin(c);
	c->has_dns = c->n_dns > c->n_flows / 8;
	browser_classify(c, t->names);
	for (int pass = 1; pass <= all; pass++) {
		if (pass <= passes) {
			c->pass = pass;
			page_detect(c, t->names, pass);
			device_lines(c, t->names);
			pages_to_visits(c, t->names);
			partition_test(c, t->names);
		}
		attribute_flows(c, t->names,
				&(struct resolve){ .pass = pass,
						   .is_learning = t->spec->is_learning,
						   .explain = t->spec->explain && pass >= passes,
						   .seeks_pages = pass < passes,
						   .keeps_sure = passes < pass });
	}
	names_unnote(t->names);
}
