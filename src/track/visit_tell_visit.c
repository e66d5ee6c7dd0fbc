/* Tells visits with their pages, parts and requests. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "track/visit_tell.h"

#define PAGES_MAX 256u
#define LEFT_NS (60 * NS_PER_S)     /* live: a visit is over when so long silent after another was begun, */
#define SILENT_NS (1800 * NS_PER_S) /* or so long in any case */
#define HOSTS_MAX 16u               /* asked on one flow in one visit */

/* What one call of visits_tell works with. */
struct telling {
	struct tell *t;
	struct client *c;
	const struct tell_index *x;
	struct visit_part *parts;
	struct visit_request *requests;
	struct page_view *pages;
	uint32_t at_burst, at_request, at_page; /* how far the index was told */
	struct visit_result r;
};

static const char *domain_of(const struct names *n, uint32_t name)
{
	return n->at[n->at[name].site].host.text;
}

/* qsort has no context: this sorts indexes that carry their keys. */
struct sorted {
	uint64_t major, minor;
	int64_t ts_ns;
	uint32_t index;
};

static int sorted_order(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;

	if (x->major != y->major)
		return x->major < y->major ? -1 : 1;
	if (x->minor != y->minor)
		return x->minor < y->minor ? -1 : 1;
	if (x->ts_ns != y->ts_ns)
		return x->ts_ns < y->ts_ns ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static uint32_t *sort(struct sorted *s, uint32_t n)
{
	uint32_t *out = malloc((n + 1) * sizeof(*out));

	if (n)
		qsort(s, n, sizeof(*s), sorted_order);
	for (uint32_t i = 0; out && i < n; i++)
		out[i] = s[i].index;
	return out;
}

bool tell_index_init(struct tell_index *x, struct client *c)
{
	uint32_t most = c->n_bursts > c->n_requests ? c->n_bursts : c->n_requests;
	struct sorted *s = malloc((most + 1) * sizeof(*s));

	memset(x, 0, sizeof(*x));
	if (!s)
		return false;
	for (uint32_t i = 0; i < c->n_bursts; i++) {
		const struct vburst *b = &c->bursts[i];

		if (b->visit != NONE && b->is_asking)
			s[x->n_bursts++] = (struct sorted){ b->visit, b->flow, b->b.start_ns, i };
	}
	x->bursts = sort(s, x->n_bursts);
	for (uint32_t i = 0; i < c->n_requests; i++) {
		struct vrequest *r = &c->requests[i];

		/* What a request says of its page beats what its flow suggests. */
		r->visit = r->top             ? visit_at(c, r->top, c->flows[r->flow_index].line, r->ts_ns)
			   : r->burst != NONE ? c->bursts[r->burst].visit
					      : NONE;
		if (r->visit != NONE)
			s[x->n_requests++] = (struct sorted){ r->visit, 0, r->ts_ns, i };
	}
	x->requests = sort(s, x->n_requests);
	for (uint32_t i = 0; i < x->n_requests; i++)
		s[i] =
		    (struct sorted){ c->requests[s[i].index].flow_index, s[i].major, s[i].ts_ns, s[i].index };
	x->asked = sort(s, x->n_requests);
	free(s);
	if (!x->bursts || !x->requests || !x->asked) {
		tell_index_fini(x);
		return false;
	}
	return true;
}

void tell_index_fini(struct tell_index *x)
{
	free(x->bursts);
	free(x->requests);
	free(x->asked);
}

uint32_t first_asked(const struct client *c, const struct tell_index *x, uint32_t flow, uint32_t visit)
{
	uint32_t low = 0, high = x->n_requests;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct vrequest *r = &c->requests[x->asked[middle]];

		if (r->flow_index < flow || (r->flow_index == flow && r->visit < visit))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* ---- parts ---- */

static void why_part(const struct vflow *f, struct visit_part *p)
{
	if (f->pinned_site) {
		snprintf(p->why_text[p->n_why], sizeof(p->why_text[0]), "its requests name the page");
		p->n_why++;
	}
	for (uint32_t i = 0; i < f->n_why && !f->pinned_site; i++)
		snprintf(p->why_text[p->n_why++], sizeof(p->why_text[0]), "%s +%.1f",
			 flow_term_words(f->why[i]), (double)f->why_gain[i]);
}

/* A part of its own for each other host that was asked on the flow in this visit: the flow's bytes are
 * divided by what the requests say of themselves.
 */
static void split_by_host(struct telling *o, uint32_t visit, uint32_t flow, struct visit_part *main,
			  bool *ret_is_name_asked)
{
	struct client *c = o->c;
	const struct names *n = o->t->names;
	uint32_t first = o->r.n_parts, hosts[HOSTS_MAX];

	for (uint32_t i = first_asked(c, o->x, flow, visit); i < o->x->n_requests; i++) {
		const struct vrequest *q = &c->requests[o->x->asked[i]];
		struct visit_part *p;
		uint32_t k = 0, n_hosts = o->r.n_parts - first;

		if (q->flow_index != flow || q->visit != visit)
			break;
		if (q->host == c->flows[flow].name)
			*ret_is_name_asked = true;
		if (q->host == c->flows[flow].name || !q->host)
			continue;
		while (k < n_hosts && hosts[k] != q->host)
			k++;
		if (k == HOSTS_MAX)
			continue;
		p = &o->parts[first + k];
		if (k == n_hosts) {
			hosts[k] = q->host;
			*p = *main;
			p->host = n->at[q->host].host;
			p->domain = domain_of(n, q->host);
			p->named_by = NAMED_REQUEST;
			p->is_first_party = is_own_name(n, q->host, c->visits[visit].site);
			p->is_new_flow = false;
			p->up = p->down = 0;
			p->first_ns = p->last_ns = q->ts_ns;
			o->r.n_parts++;
		}
		p->up += q->up < main->up ? q->up : main->up;
		p->down += q->down < main->down ? q->down : main->down;
		main->up -= q->up < main->up ? q->up : main->up;
		main->down -= q->down < main->down ? q->down : main->down;
		p->last_ns = q->ts_ns;
	}
}

static void put_part(struct telling *o, uint32_t visit, uint32_t from, uint32_t until)
{
	struct client *c = o->c;
	uint32_t flow = c->bursts[o->x->bursts[from]].flow;
	const struct vflow *f = &c->flows[flow];
	struct flow_names names = flow_names(o->t->names, f);
	struct visit_part p = { .flow = f->info->id,
				.info = f->info,
				.names = names,
				.host = *names.host,
				.domain = f->name ? domain_of(o->t->names, f->name) : names.host->text,
				.named_by = f->info->named_by,
				.is_new_flow = true,
				.first_ns = c->bursts[o->x->bursts[from]].b.start_ns };
	float weight = 0, most = 0;
	uint32_t at;

	for (uint32_t i = from; i < until; i++) {
		const struct vburst *u = &c->bursts[o->x->bursts[i]];

		p.up += u->b.up;
		p.down += u->b.down;
		p.last_ns = u->b.end_ns > p.last_ns ? u->b.end_ns : p.last_ns;
		weight += u->claim_part * (float)u->b.up;
		most = fmaxf(most, u->claim_most);
	}
	p.is_first_party = is_own_name(o->t->names, f->name, c->visits[visit].site);
	p.conf = fminf(most, calibrate(c, CALIBRATE_PART, p.up ? weight / (float)p.up : 0)) *
		 (f->name ? f->info->name_conf : 1);
	if (f->operator_name && p.is_first_party)
		p.is_first_party = false;
	if (o->t->spec->explain)
		why_part(f, &p);
	bool is_name_asked = false;

	at = o->r.n_parts++;
	if (c->n_requests)
		split_by_host(o, visit, flow, &p, &is_name_asked);
	o->parts[at] = p;
	/* The name of a hello is the provider's with ECH, or that of a host asked in another visit: then the
	 * rest of the flow belongs to the first that was asked. */
	if (o->r.n_parts > at + 1 && !is_name_asked) {
		o->parts[at + 1].up += p.up;
		o->parts[at + 1].down += p.down;
		o->parts[at + 1].is_new_flow = true;
		o->parts[at] = o->parts[--o->r.n_parts];
	}
	if (!o->parts[at].host.len) /* first or third party? The flow alone says what it belongs to. */
		o->parts[at] = o->parts[--o->r.n_parts];
}

static int part_order(const void *a, const void *b)
{
	const struct visit_part *x = a, *y = b;

	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	if (x->flow != y->flow)
		return x->flow < y->flow ? -1 : 1;
	return strcmp(x->host.text, y->host.text);
}

static void put_parts(struct telling *o, uint32_t visit)
{
	const struct tell_index *x = o->x;
	const struct client *c = o->c;
	uint32_t i = o->at_burst;

	while (i < x->n_bursts && c->bursts[x->bursts[i]].visit == visit) {
		uint32_t from = i, flow = c->bursts[x->bursts[i]].flow;

		while (i < x->n_bursts && c->bursts[x->bursts[i]].visit == visit &&
		       c->bursts[x->bursts[i]].flow == flow)
			i++;
		put_part(o, visit, from, i);
	}
	o->at_burst = i;
	qsort(o->parts, o->r.n_parts, sizeof(*o->parts), part_order);
	for (uint32_t k = 0; k < o->r.n_parts; k++)
		for (uint32_t j = 0; j < o->parts[k].n_why; j++)
			o->parts[k].why[j] = o->parts[k].why_text[j];
}

/* ---- requests and pages ---- */

static void put_requests(struct telling *o, uint32_t visit)
{
	const struct client *c = o->c;
	uint32_t i = o->at_request;

	for (; i < o->x->n_requests && c->requests[o->x->requests[i]].visit == visit; i++) {
		const struct vrequest *q = &c->requests[o->x->requests[i]];
		const struct vflow *f = &c->flows[q->flow_index];
		bool is_cloaked = f->operator_name && q->host == f->name;
		bool is_own = is_own_name(o->t->names, q->host, c->visits[visit].site);

		if (!q->attachment && !q->is_document)
			continue;
		o->requests[o->r.n_requests++] =
		    (struct visit_request){ .ts_ns = q->ts_ns,
					    .frame = q->frame,
					    .flow = q->flow,
					    .host = o->t->names->at[q->host].host,
					    .is_first_party = is_own && !is_cloaked,
					    .is_document = q->is_navigation,
					    .names = flow_names(o->t->names, f),
					    .attachment = q->attachment };
	}
	o->at_request = i;
}

static void put_pages(struct telling *o, uint32_t visit)
{
	const struct client *c = o->c;

	for (uint32_t i = c->visits[visit].first_page; i != NONE; i = c->pages[i].next_of_visit) {
		const struct vpage *p = &c->pages[i];

		if (p->is_again)
			continue;
		if (o->r.n_pages == PAGES_MAX) {
			o->r.n_pages_left_out++;
			continue;
		}
		o->pages[o->r.n_pages++] =
		    (struct page_view){ .at_ns = p->at_ns,
					.frame = p->frame,
					.host = o->t->names->at[p->host].host,
					.url = p->request != NONE ? c->requests[p->request].url : NULL,
					.conf = claim_visit(c, &c->visits[visit], p->conf) };
	}
}

static void put_why(struct visit_result *r, unsigned why)
{
	static const char *const words[] = { "socket-pair",       "fan-out",    "dns",    "session-ticket",
					     "woken-connections", "front-name", "listed", "navigation-read" };

	for (unsigned i = 0; i < 8; i++)
		if (why >> i & 1)
			r->why[r->n_why++] = words[i];
}

/* ---- visits ---- */

static bool is_over(const struct tell *t, const struct client *c, uint32_t visit, int64_t end_ns)
{
	bool is_superseded = c->visits[c->n_visits - 1].anchor_ns > c->visits[visit].anchor_ns;

	if (!t->is_live)
		return true;
	return t->now_ns - end_ns > (is_superseded ? LEFT_NS : SILENT_NS);
}

static void put_part_of(const struct tell *t, const struct client *c, const struct vvisit *v,
			struct visit_result *r)
{
	if (v->part_as == PART_NOT)
		return;
	r->part_as = v->part_as == PART_LOGIN ? "login" : "bounce";
	r->part_of = c->visits[v->part_of].id;
	r->part_of_site = t->names->at[c->visits[v->part_of].site].host;
}

static void tell_visit(struct telling *o, uint32_t visit)
{
	struct tell *t = o->t;
	struct client *c = o->c;
	const struct vvisit *v = &c->visits[visit];
	struct visit_result *r = &o->r;

	memset(r, 0, sizeof(*r));
	put_parts(o, visit);
	put_requests(o, visit);
	r->id = v->id;
	r->end_ns = v->anchor_ns;
	for (uint32_t i = 0; i < r->n_parts; i++)
		if (o->parts[i].last_ns > r->end_ns)
			r->end_ns = o->parts[i].last_ns;
	put_pages(o, visit);
	put_why(r, v->why);
	r->client = c->addr;
	r->site = t->names->at[v->site].host;
	r->client_note = c->note[0] ? c->note : NULL;
	r->start_ns = v->start_ns;
	r->conf = claim_visit(c, v, v->conf);
	put_part_of(t, c, v, r);
	r->is_open = !is_over(t, c, visit, r->end_ns);
	r->pages = o->pages;
	r->parts = o->parts;
	r->requests = o->requests;
	if (r->is_open && v->start_ns < t->open_since_ns)
		t->open_since_ns = v->start_ns;
	if ((t->is_live || c->n_told) && !told_is_news(c, r, t->spec->hash_key))
		return;
	t->counts->visits += !r->is_open;
	t->spec->visit(t->spec->ctx, r);
}

void visits_tell(struct tell *t, struct client *c, const struct tell_index *x)
{
	struct telling o = { .t = t, .c = c, .x = x };

	visits_relate(c, t->names);
	o.parts = malloc(((size_t)x->n_bursts + x->n_requests + 1) * sizeof(*o.parts));
	o.requests = malloc(((size_t)x->n_requests + 1) * sizeof(*o.requests));
	o.pages = malloc(PAGES_MAX * sizeof(*o.pages));
	for (uint32_t i = 0; i < c->n_visits && o.parts && o.requests && o.pages; i++)
		tell_visit(&o, i);
	told_forget(c);
	free(o.parts);
	free(o.requests);
	free(o.pages);
}
