#include "track/visit_requests.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"

enum {
	NEAR_NS = 1000000000
}; /* a request and the page view or visit that it began are told at slightly different times */

struct ref {
	uint64_t id;
	int64_t at_ns;
	uint32_t index;
};

static int ref_order(const void *a, const void *b)
{
	const struct ref *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	if (x->at_ns != y->at_ns)
		return x->at_ns < y->at_ns ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static int id_order(const void *key, const void *b)
{
	uint64_t id = *(const uint64_t *)key;
	const struct ref *y = b;

	return id < y->id ? -1 : id > y->id;
}

/* Flows by id. returns: NULL if out of memory. */
static struct ref *flows_by_id(const struct client *c)
{
	struct ref *refs = malloc((c->n_flows + 1) * sizeof(*refs));

	for (uint32_t i = 0; refs && i < c->n_flows; i++)
		refs[i] = (struct ref){ c->flows[i].info->id, 0, i };
	if (refs)
		qsort(refs, c->n_flows, sizeof(*refs), ref_order);
	return refs;
}

static uint32_t find_flow(const struct ref *refs, const struct client *c, uint64_t id)
{
	const struct ref *r = bsearch(&id, refs, c->n_flows, sizeof(*refs), id_order);

	return r ? r->index : NONE;
}

/* Requests in order of time. */
static struct ref *requests_by_time(const struct client *c)
{
	struct ref *refs = malloc((c->n_requests + 1) * sizeof(*refs));

	for (uint32_t i = 0; refs && i < c->n_requests; i++)
		refs[i] = (struct ref){ 0, c->requests[i].ts_ns, i };
	if (refs)
		qsort(refs, c->n_requests, sizeof(*refs), ref_order);
	return refs;
}

void requests_pin(struct client *c)
{
	struct ref *refs = c->n_requests ? flows_by_id(c) : NULL;

	for (uint32_t i = 0; i < c->n_flows; i++) {
		c->flows[i].n_requests = 0;
		c->flows[i].pinned_site = 0;
	}
	for (uint32_t i = 0; refs && i < c->n_requests; i++) {
		const struct vrequest *q = &c->requests[i];
		uint32_t k = find_flow(refs, c, q->flow);
		struct vflow *f = k == NONE ? NULL : &c->flows[k];

		if (!f)
			continue;
		if (f->n_requests == 0)
			f->pinned_site = q->top;
		else if (f->pinned_site != q->top)
			f->pinned_site = 0;
		f->n_requests++;
	}
	free(refs);
}

/* The burst of f that t lies in, from *cursor on, which goes along; the one before if t lies behind its end.
 */
static uint32_t burst_at(const struct client *c, const struct vflow *f, uint32_t *cursor, int64_t t)
{
	if (*cursor == NONE)
		*cursor = f->first_burst;
	while (*cursor != NONE && c->bursts[*cursor].next != NONE &&
	       c->bursts[c->bursts[*cursor].next].b.start_ns <= t)
		*cursor = c->bursts[*cursor].next;
	return *cursor;
}

/* What follows is told of each request in order of time, with the burst that carried it (NONE: not known). */
static void each_request(const struct client *c, void (*what)(void *ctx, uint32_t request, uint32_t burst),
			 void *ctx)
{
	struct ref *flows = flows_by_id(c), *times = requests_by_time(c);
	uint32_t *cursors = malloc((c->n_flows + 1) * sizeof(*cursors));

	if (flows && times && cursors) {
		memset(cursors, 0xff, (c->n_flows + 1) * sizeof(*cursors));
		for (uint32_t i = 0; i < c->n_requests; i++) {
			const struct vrequest *q = &c->requests[times[i].index];
			uint32_t k = find_flow(flows, c, q->flow);

			what(ctx, times[i].index,
			     k == NONE ? NONE : burst_at(c, &c->flows[k], &cursors[k], q->ts_ns));
		}
	}
	free(flows);
	free(times);
	free(cursors);
}

struct marking {
	struct client *c;
	bool *is_read; /* bursts with requests that were read */
};

static void mark_page(void *ctx, uint32_t request, uint32_t burst)
{
	struct marking *m = ctx;
	struct vburst *b = burst == NONE ? NULL : &m->c->bursts[burst];

	if (b && !m->is_read[burst])
		b->page = 0;
	if (b && m->c->requests[request].is_navigation)
		b->page = 1;
	if (b)
		m->is_read[burst] = true;
}

void requests_mark_pages(struct client *c)
{
	struct marking m = { c, calloc(c->n_bursts + 1, sizeof(*m.is_read)) };

	if (m.is_read)
		each_request(c, mark_page, &m);
	free(m.is_read);
}

struct assigning {
	const struct client *c;
	uint32_t *visit_of; /* of each request */
	uint32_t *last;     /* visit to each site up to now, by name */
	uint32_t next;      /* visit that has not begun */
};

static void assign(void *ctx, uint32_t request, uint32_t burst)
{
	struct assigning *a = ctx;
	const struct client *c = a->c;
	const struct vrequest *q = &c->requests[request];

	for (; a->next < c->n_visits && c->visits[a->next].start_ns <= q->ts_ns + NEAR_NS; a->next++)
		a->last[c->visits[a->next].site] = a->next;
	/* What a request says of its page beats what its flow suggests. */
	if (q->top)
		a->visit_of[request] = a->last[q->top];
	else
		a->visit_of[request] = burst == NONE ? NONE : c->bursts[burst].visit;
}

static bool sort_by_visit(struct request_book *b, const uint32_t *visit_of)
{
	const struct client *c = b->c;
	struct ref *refs = malloc((c->n_requests + 1) * sizeof(*refs));
	uint32_t n = 0;

	if (!refs)
		return false;
	for (uint32_t i = 0; i < c->n_requests; i++)
		if (visit_of[i] < c->n_visits)
			refs[n++] = (struct ref){ visit_of[i], c->requests[i].ts_ns, i };
	qsort(refs, n, sizeof(*refs), ref_order);
	for (uint32_t v = 0, i = 0; v <= c->n_visits; v++) {
		b->first[v] = i;
		for (; i < n && refs[i].id == v; i++)
			b->order[i] = refs[i].index;
	}
	free(refs);
	return true;
}

bool requests_init(struct request_book *b, const struct tell *t, const struct client *c)
{
	size_t n = c->n_requests + 1, n_names = t->names->n;
	struct assigning a = { .c = c,
			       .visit_of = malloc(n * sizeof(uint32_t)),
			       .last = malloc(n_names * sizeof(uint32_t)) };
	bool ok;

	*b = (struct request_book){ .c = c,
				    .order = malloc(n * sizeof(*b->order)),
				    .first = calloc(c->n_visits + 1, sizeof(*b->first)),
				    .traffic = calloc(c->n_flows + 1, sizeof(*b->traffic)) };
	ok = a.visit_of && a.last && b->order && b->first && b->traffic;
	if (ok) {
		memset(a.visit_of, 0xff, n * sizeof(*a.visit_of));
		memset(a.last, 0xff, n_names * sizeof(*a.last));
		each_request(c, assign, &a);
		ok = sort_by_visit(b, a.visit_of);
		for (uint32_t i = 0; i < c->n_bursts; i++) {
			b->traffic[c->bursts[i].flow].up += c->bursts[i].b.up;
			b->traffic[c->bursts[i].flow].down += c->bursts[i].b.down;
		}
	}
	free(a.visit_of);
	free(a.last);
	return ok;
}

void requests_fini(struct request_book *b)
{
	free(b->order);
	free(b->first);
	free(b->told);
	free(b->traffic);
}

/* A tracker under a name of the site itself is told by the CNAME chain of the flow's own name. */
static bool is_cloaked(const struct vflow *f, const struct hostname *host)
{
	return f->info->operator_host.len && strcmp(f->info->host.text, host->text) == 0;
}

static struct visit_part part_of(const struct request_book *b, const struct tell *t, uint32_t visit,
				 uint32_t flow, const struct vrequest *q)
{
	const struct vflow *f = &b->c->flows[flow];
	struct visit_part p = { .flow = f->info->id,
				.info = f->info,
				.host = t->names->at[q->host].host,
				.named_by = NAMED_REQUEST,
				.first_ns = q->ts_ns,
				.conf = q->top ? 1.0f : calibrate_flow(f->n_post ? f->post[0] : 0) };

	p.is_first_party = name_is_own(t->names, q->host, b->c->visits[visit].site);
	if (p.is_first_party && is_cloaked(f, &p.host)) {
		p.host = f->info->operator_host;
		p.is_first_party = false;
	}
	return p;
}

uint32_t requests_parts(const struct request_book *b, const struct tell *t, uint32_t visit,
			struct visit_part *parts)
{
	const struct client *c = b->c;
	uint32_t from = b->first[visit], to = visit < c->n_visits ? b->first[visit + 1] : from, n = 0;
	struct ref *flows = from < to ? flows_by_id(c) : NULL,
		   *refs = malloc((to - from + 1) * sizeof(*refs));

	/* In order of flow and host, then time. */
	for (uint32_t i = from; flows && refs && i < to; i++) {
		const struct vrequest *q = &c->requests[b->order[i]];
		uint32_t k = find_flow(flows, c, q->flow);

		refs[i - from] = (struct ref){ (uint64_t)k << 32 | q->host, q->ts_ns, b->order[i] };
	}
	if (flows && refs)
		qsort(refs, to - from, sizeof(*refs), ref_order);
	for (uint32_t i = 0; flows && refs && i < to - from; i++) {
		const struct vrequest *q = &c->requests[refs[i].index];
		uint32_t k = (uint32_t)(refs[i].id >> 32);

		if (k == NONE)
			continue;
		if (i == 0 || refs[i].id != refs[i - 1].id) {
			parts[n] = part_of(b, t, visit, k, q);
			parts[n].is_new_flow = n == 0 || parts[n - 1].flow != parts[n].flow;
			n++;
		}
		/* What a request came to is a share of its flow. */
		parts[n - 1].up += b->traffic[k].up / c->flows[k].n_requests;
		parts[n - 1].down += b->traffic[k].down / c->flows[k].n_requests;
		parts[n - 1].last_ns = q->ts_ns;
	}
	free(flows);
	free(refs);
	return n;
}

static void give_address(const struct vrequest *q, const char *host, struct page_view *pages, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		int64_t apart =
		    pages[i].at_ns > q->ts_ns ? pages[i].at_ns - q->ts_ns : q->ts_ns - pages[i].at_ns;

		if (!pages[i].url && apart <= NEAR_NS && strcmp(pages[i].host.text, host) == 0) {
			pages[i].url = q->url;
			return;
		}
	}
}

void requests_tell(struct request_book *b, const struct tell *t, uint32_t visit, struct visit_result *r,
		   struct page_view *pages)
{
	const struct client *c = b->c;
	uint32_t from = b->first[visit], to = b->first[visit + 1], site = c->visits[visit].site;
	struct visit_request *told = realloc(b->told, (to - from + 1) * sizeof(*told));
	struct ref *flows = told ? flows_by_id(c) : NULL;

	if (told)
		b->told = told;
	if (!flows)
		return;
	for (uint32_t i = from; i < to; i++) {
		const struct vrequest *q = &c->requests[b->order[i]];
		struct visit_request *to_tell = &told[i - from];
		uint32_t k = find_flow(flows, c, q->flow);

		*to_tell = (struct visit_request){ .ts_ns = q->ts_ns,
						   .frame = q->frame,
						   .flow = q->flow,
						   .host = t->names->at[q->host].host,
						   .is_document = q->is_navigation,
						   .info = k == NONE ? NULL : c->flows[k].info,
						   .attachment = q->attachment };
		to_tell->is_first_party = name_is_own(t->names, q->host, site) &&
					  (k == NONE || !is_cloaked(&c->flows[k], &to_tell->host));
		if (q->is_navigation && q->url)
			give_address(q, to_tell->host.text, pages, r->n_pages);
	}
	free(flows);
	r->requests = told;
	r->n_requests = to - from;
}
