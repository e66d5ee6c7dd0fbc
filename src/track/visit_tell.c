#include "track/visit_tell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "track/visit_requests.h"

#define ACTIVITY_MAX 256u
#define ATTRIBUTED_MIN 0.5f

bool name_is_own(const struct names *n, uint32_t name, uint32_t site)
{
	const struct company *a = n->at[name].company, *b = n->at[site].company;

	if (n->at[name].site == site)
		return true;
	return a && b && a->company[0] && strcmp(a->company, b->company) == 0;
}

static void judge_flow(const struct tell *t, const struct vflow *f, struct flow_verdict *v)
{
	float best = f->n_post ? f->post[0] : 0;

	v->conf = -1;
	if (f->n_bursts == 0 || f->info->unnamed == UNNAMED_NOT_WEB) {
		v->role = f->name ? ROLE_BACKGROUND : ROLE_NONE;
		return;
	}
	if (f->background >= ATTRIBUTED_MIN) {
		v->role = ROLE_BACKGROUND;
		v->conf = calibrate_flow(f->background);
	} else if (best >= ATTRIBUTED_MIN) {
		v->site = t->names->at[f->site_of[0]].host;
		v->role = name_is_own(t->names, f->name, f->site_of[0]) ? ROLE_FIRST_PARTY : ROLE_THIRD_PARTY;
		v->conf = calibrate_flow(best);
	} else {
		v->role = ROLE_UNATTRIBUTED;
		for (uint32_t i = 0; i < f->n_post && f->post[i] > 0.02f; i++)
			v->candidates[v->n_candidates++] =
			    (struct candidate){ t->names->at[f->site_of[i]].host, f->post[i] };
	}
}

static void tell_flow(struct tell *t, struct client *c, struct vflow *f, struct activity *activity)
{
	struct flow_totals none = { .flow = f->info->id, .end_ns = f->last_ns };
	struct flow_verdict v = { .info = f->info,
				  .totals = f->has_totals ? &f->totals : &none,
				  .activity = activity };

	judge_flow(t, f, &v);
	for (uint32_t b = f->first_burst; b != NONE; b = c->bursts[b].next) {
		const struct vburst *u = &c->bursts[b];
		bool is_said = v.role == ROLE_FIRST_PARTY || v.role == ROLE_THIRD_PARTY;

		if (v.n_activity == ACTIVITY_MAX) {
			v.n_activity_left_out++;
			continue;
		}
		activity[v.n_activity++] =
		    (struct activity){ .burst = u->b,
				       .visit = is_said && u->visit != NONE ? c->visits[u->visit].id : 0,
				       .conf = calibrate_burst(u->conf) };
	}
	t->counts->flows_by_role[v.role]++;
	t->counts->up_by_role[v.role] += v.totals->up;
	t->spec->flow(t->spec->ctx, &v);
}

struct telling {
	struct visit_part *parts;
	uint32_t n;
	bool has_requests;
	struct request_book requests;
	struct visit_result r;
};

static int part_order(const void *a, const void *b)
{
	const struct visit_part *x = a, *y = b;

	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	if (x->flow != y->flow)
		return x->flow < y->flow ? -1 : 1;
	return strcmp(x->host.text, y->host.text);
}

static void add_part(const struct tell *t, const struct client *c, uint32_t visit, const struct vflow *f,
		     struct telling *o)
{
	struct visit_part p = { .flow = f->info->id,
				.info = f->info,
				.host = f->info->host,
				.named_by = f->info->named_by,
				.is_new_flow = true,
				.first_ns = INT64_MAX };
	float weight = 0;

	for (uint32_t b = f->first_burst; b != NONE; b = c->bursts[b].next) {
		const struct vburst *u = &c->bursts[b];

		if (u->visit != visit || !u->is_asking)
			continue;
		p.up += u->b.up;
		p.down += u->b.down;
		if (u->b.start_ns < p.first_ns)
			p.first_ns = u->b.start_ns;
		if (u->b.end_ns > p.last_ns)
			p.last_ns = u->b.end_ns;
		weight += u->conf * (float)u->b.up;
	}
	if (p.first_ns == INT64_MAX)
		return;
	p.is_first_party = name_is_own(t->names, f->name, c->visits[visit].site);
	p.conf = calibrate_burst(p.up ? weight / (float)p.up : 0);
	if (f->info->operator_host.len && p.is_first_party) {
		p.host = f->info->operator_host;
		p.is_first_party = false;
	}
	o->parts[o->n++] = p;
}

static uint32_t pages_of(const struct tell *t, const struct client *c, uint32_t visit,
			 struct page_view *pages, uint32_t max)
{
	const struct vvisit *v = &c->visits[visit];
	int64_t until = INT64_MAX, last = INT64_MIN;
	uint32_t n = 0;

	for (uint32_t i = visit + 1; i < c->n_visits; i++)
		if (c->visits[i].site == v->site) {
			until = c->visits[i].start_ns;
			break;
		}
	for (uint32_t i = v->first_page; i < c->n_pages && c->pages[i].at_ns < until; i++) {
		const struct vpage *p = &c->pages[i];

		if (p->site != v->site || (last != INT64_MIN && p->at_ns - last < 3 * NS_PER_S / 2))
			continue;
		last = p->at_ns;
		if (n < max)
			pages[n++] = (struct page_view){ .at_ns = p->at_ns,
							 .frame = p->frame,
							 .host = t->names->at[p->host].host,
							 .conf = calibrate_visit(p->conf) };
	}
	return n;
}

static void tell_visit(struct tell *t, struct client *c, uint32_t visit, struct telling *o,
		       struct page_view *pages, uint32_t pages_max)
{
	struct vvisit *v = &c->visits[visit];
	struct visit_result *r = &o->r;

	memset(r, 0, sizeof(*r));
	o->n = 0;
	for (uint32_t i = 0; i < c->n_flows; i++)
		if (c->flows[i].n_post && c->flows[i].n_requests == 0)
			add_part(t, c, visit, &c->flows[i], o);
	if (o->has_requests)
		o->n += requests_parts(&o->requests, t, visit, o->parts + o->n);
	qsort(o->parts, o->n, sizeof(*o->parts), part_order);
	r->id = v->id;
	r->client = c->addr;
	r->site = t->names->at[v->site].host;
	r->start_ns = v->start_ns;
	r->end_ns = v->start_ns;
	for (uint32_t i = 0; i < o->n; i++)
		if (o->parts[i].last_ns > r->end_ns)
			r->end_ns = o->parts[i].last_ns;
	r->conf = calibrate_visit(v->conf);
	r->is_open = t->is_open;
	r->pages = pages;
	r->n_pages = pages_of(t, c, visit, pages, pages_max);
	r->parts = o->parts;
	r->n_parts = o->n;
	if (o->has_requests)
		requests_tell(&o->requests, t, visit, r, pages);
	t->counts->visits++;
	t->spec->visit(t->spec->ctx, r);
}

void client_tell(struct tell *t, struct client *c)
{
	struct activity *activity = malloc(ACTIVITY_MAX * sizeof(*activity));
	struct telling o = { .parts = malloc((c->n_flows + c->n_requests + 1) * sizeof(*o.parts)) };
	uint32_t pages_max = 64;
	struct page_view *pages = malloc(pages_max * sizeof(*pages));

	o.has_requests = c->n_requests && requests_init(&o.requests, t, c);
	if (activity && o.parts && pages) {
		for (uint32_t i = 0; i < c->n_flows && !t->is_open; i++)
			tell_flow(t, c, &c->flows[i], activity);
		for (uint32_t i = 0; i < c->n_visits; i++)
			tell_visit(t, c, i, &o, pages, pages_max);
	}
	requests_fini(&o.requests);
	free(activity);
	free(o.parts);
	free(pages);
}
