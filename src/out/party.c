#include "out/party.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "know/companies.h"
#include "know/geo.h"
#include "know/kin.h"

enum {
	HOSTS_MAX = 64,
	PLACES_MAX = 16,
	EVIDENCE_MAX = 16,
	NAMED_BY_MAX = 6,
	SIGNS_MAX = 3,
};

/* A party in the making. */
struct group {
	struct ol_party party;
	struct owner owner;
	const char *hosts[HOSTS_MAX], *named_by[NAMED_BY_MAX], *countries[PLACES_MAX], *signs[SIGNS_MAX];
	uint32_t asns[PLACES_MAX];
	struct ol_evidence evidence[EVIDENCE_MAX];
	double conf;
	const struct visit_part *best; /* its terms explain the party */
};

struct owner owner_named(const struct company *c)
{
	if (!c)
		return (struct owner){ "", "", "", "" };
	if (c->flags & COMPANY_INFRASTRUCTURE)
		return (struct owner){ "", "", c->category, *c->product ? c->product : c->company };
	return (struct owner){ c->company, c->product, c->category, "" };
}

struct owner owner_of(const struct knowledge *know, const struct hostname *host)
{
	return owner_named(know->companies ? companies_of(know->companies, host) : NULL);
}

const struct hostname *party_receiver(const struct flow_names *names, const struct hostname *host)
{
	bool is_cloaked =
	    names->operator_host && names->operator_host->len && strcmp(names->host->text, host->text) == 0;
	return is_cloaked ? names->operator_host : host;
}

static bool add_once(const char **list, size_t *n, size_t max, const char *s)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp(list[i], s) == 0)
			return false;
	if (*n == max)
		return false;
	list[(*n)++] = s;
	return true;
}

static struct group *group_of(struct group *groups, size_t *n, struct record *r, const struct owner *o,
			      const char *domain, const char *operator_host, uint32_t asn)
{
	for (size_t i = 0; i < *n; i++) {
		const struct group *g = &groups[i];
		/* A party without a name is known by its network alone. */
		if (!*domain && (*g->party.domain ||
				 (asn ? g->party.n_asns == 0 || g->asns[0] != asn : g->party.n_asns > 0)))
			continue;
		if (strcmp(g->party.domain, domain) == 0 && strcmp(g->owner.company, o->company) == 0 &&
		    strcmp(g->owner.product, o->product) == 0 &&
		    strcmp(g->party.operator_host, operator_host) == 0)
			return &groups[i];
	}
	struct group *g = &groups[(*n)++];
	memset(g, 0, sizeof(*g));
	g->owner = *o;
	g->party = (struct ol_party){
		.company = o->company,
		.product = o->product,
		.category = o->category,
		.infrastructure = o->infrastructure,
		.domain = *domain ? arena_string(&r->arena, domain, strlen(domain)) : "",
		.operator_host =
		    *operator_host ? arena_string(&r->arena, operator_host, strlen(operator_host)) : "",
		.first_ns = INT64_MAX,
	};
	return g;
}

static void add_place(struct group *g, struct record *r, const struct place *place)
{
	if (place->country[0])
		add_once(g->countries, &g->party.n_countries, PLACES_MAX,
			 arena_string(&r->arena, place->country, 2));
	if (!place->asn)
		return;
	for (size_t i = 0; i < g->party.n_asns; i++)
		if (g->asns[i] == place->asn)
			return;
	if (g->party.n_asns < PLACES_MAX)
		g->asns[g->party.n_asns++] = place->asn;
}

static void add_evidence(const struct record_spec *spec, struct group *g, struct record *r,
			 const struct visit_part *part)
{
	for (size_t i = 0; i < g->party.n_evidence; i++)
		if (g->evidence[i].flow == part->flow)
			return;
	if (g->party.n_evidence == EVIDENCE_MAX) {
		g->party.n_evidence_left_out++;
		return;
	}
	const struct flow_info *i = part->info;
	g->evidence[g->party.n_evidence++] = (struct ol_evidence){
		.flow = part->flow,
		.community_id = record_community(spec, r, i),
		.input = i->input,
		.first_frame = i->first_frame,
		.hello_frame = i->hello_frame,
		.dns_frame = i->dns_frame,
	};
}

/* Did the site's own name lead to this address in the same visit, and no company's? At the address of a proxy
 * or of a front for many all meet.
 */
static bool has_own_address(const struct record_spec *spec, const struct visit_result *v,
			    const struct visit_part *part)
{
	bool is_own = false;
	for (uint32_t i = 0; i < v->n_parts; i++) {
		const struct visit_part *other = &v->parts[i];
		if (!addr_equal(&other->info->server, &part->info->server))
			continue;
		if (!other->is_first_party && *owner_of(spec->know, &other->host).company)
			return false;
		is_own = is_own || other->is_first_party;
	}
	return is_own && !addr_is_private(&part->info->server);
}

/* Were both asked on one connection? Then one certificate holds both names, and one server answers for both.
 */
static bool shares_connection(const struct visit_result *v, const struct visit_part *part)
{
	for (uint32_t i = 0; i < v->n_parts; i++)
		if (v->parts[i].is_first_party && v->parts[i].flow == part->flow)
			return true;
	return false;
}

/* What suggests that the host is the site's own, though nothing that is known says so. */
static void add_signs(const struct record_spec *spec, const struct visit_result *v, struct group *g,
		      const struct visit_part *part, const struct place *place)
{
	struct ol_party *p = &g->party;
	if (*p->operator_host || part->host.len == 0)
		return;
	if (kin_host(spec->know, &v->site, &part->host, part->domain))
		add_once(g->signs, &p->n_maybe_own, SIGNS_MAX, "name");
	/* The networks that the shipped data knows are those that many share. */
	bool is_alone = place->asn == 0 && part->named_by != NAMED_REQUEST;
	if (!*p->company && shares_connection(v, part))
		add_once(g->signs, &p->n_maybe_own, SIGNS_MAX, "connection");
	if (!*p->company && is_alone && has_own_address(spec, v, part))
		add_once(g->signs, &p->n_maybe_own, SIGNS_MAX, "address");
}

static void add_part(const struct record_spec *spec, struct record *r, struct group *groups, size_t *n,
		     const struct visit_result *v, const struct visit_part *part)
{
	struct place place = { 0 };
	geo_lookup(spec->know->geo, &part->info->server, &place);

	/* The operator behind a CNAME chain is told only for the name that the chain began with. */
	const struct hostname *operator= part->names.operator_host, *name = part->names.host;
	const struct hostname *host = &part->host;
	bool is_own_name = operator->len && name->len && strcmp(operator->text, host->text) == 0;
	bool is_cloaked = is_own_name || (operator->len && strcmp(name->text, host->text) == 0);
	struct owner owner = owner_of(spec->know, is_cloaked ? operator : host);
	if (is_own_name) /* the operator's domain is told, and the name itself as host */
		host = name;
	struct group *g =
	    group_of(groups, n, r, &owner, part->domain, is_cloaked ? operator->text : "", place.asn);

	struct ol_party *p = &g->party;
	if (host->len)
		add_once(g->hosts, &p->n_hosts, HOSTS_MAX, arena_string(&r->arena, host->text, host->len));
	if (part->named_by != NAMED_NONE)
		add_once(g->named_by, &p->n_named_by, NAMED_BY_MAX, named_by_text(part->named_by));
	p->flows += part->is_new_flow;
	p->up += part->up;
	p->down += part->down;
	if (part->first_ns < p->first_ns)
		p->first_ns = part->first_ns;
	if (part->last_ns > p->last_ns)
		p->last_ns = part->last_ns;
	if (!g->best || part->conf > g->best->conf)
		g->best = part;
	add_place(g, r, &place);
	add_evidence(spec, g, r, part);
	add_signs(spec, v, g, part, &place);
}

static void *copy(struct record *r, const void *from, size_t n, size_t size)
{
	void *to = arena_array(&r->arena, n, size);
	if (n)
		memcpy(to, from, n * size);
	return to;
}

static struct ol_party finished(struct record *r, struct group *g, bool explain)
{
	struct ol_party p = g->party;
	p.conf = (double)g->best->conf;
	p.hosts = copy(r, g->hosts, p.n_hosts, sizeof(*g->hosts));
	p.named_by = copy(r, g->named_by, p.n_named_by, sizeof(*g->named_by));
	p.countries = copy(r, g->countries, p.n_countries, sizeof(*g->countries));
	p.maybe_own = copy(r, g->signs, p.n_maybe_own, sizeof(*g->signs));
	p.asns = copy(r, g->asns, p.n_asns, sizeof(*g->asns));
	p.evidence = copy(r, g->evidence, p.n_evidence, sizeof(*g->evidence));
	if (explain) {
		const char **why = arena_array(&r->arena, g->best->n_why, sizeof(*why));
		for (uint32_t i = 0; i < g->best->n_why; i++)
			why[i] = arena_string(&r->arena, g->best->why_text[i], strlen(g->best->why_text[i]));
		p.why = why;
		p.n_why = g->best->n_why;
	}
	return p;
}

static int by_first(const void *a, const void *b)
{
	const struct ol_party *x = a, *y = b;
	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	int order = strcmp(x->domain, y->domain);
	return order ? order : strcmp(x->product, y->product);
}

static void put_first_party(struct record *r, const struct visit_result *v)
{
	const char *hosts[HOSTS_MAX];
	struct ol_visit *out = &r->visit;
	for (uint32_t i = 0; i < v->n_parts; i++) {
		const struct visit_part *part = &v->parts[i];
		if (!part->is_first_party)
			continue;
		if (part->host.len)
			add_once(hosts, &out->n_first_hosts, HOSTS_MAX,
				 arena_string(&r->arena, part->host.text, part->host.len));
		out->first_flows += part->is_new_flow;
		out->first_up += part->up;
		out->first_down += part->down;
	}
	out->first_hosts = copy(r, hosts, out->n_first_hosts, sizeof(*hosts));
}

void party_put_all(const struct record_spec *spec, struct record *r, const struct visit_result *v)
{
	put_first_party(r, v);
	struct arena scratch = { 0 };
	struct group *groups = arena_array(&scratch, v->n_parts, sizeof(*groups));
	size_t n = 0;
	for (uint32_t i = 0; i < v->n_parts; i++)
		if (!v->parts[i].is_first_party)
			add_part(spec, r, groups, &n, v, &v->parts[i]);
	struct ol_party *parties = arena_array(&r->arena, n, sizeof(*parties));
	for (size_t i = 0; i < n; i++)
		parties[i] = finished(r, &groups[i], spec->explain);
	qsort(parties, n, sizeof(*parties), by_first);
	r->visit.parties = parties;
	r->visit.n_parties = n;
	arena_fini(&scratch);
}
