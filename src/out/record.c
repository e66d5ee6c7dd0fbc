#include "out/record.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "know/geo.h"
#include "know/host.h"
#include "out/attachment.h"
#include "out/consent_put.h"
#include "out/party.h"
#include "out/redact.h"
#include "out/render.h"
#include "wire/community_id.h"

const char *named_by_text(enum named_by n)
{
	static const char *const text[] = {
		[NAMED_NONE] = "",     [NAMED_REQUEST] = "request", [NAMED_SNI] = "sni",
		[NAMED_QUIC] = "quic", [NAMED_HTTP] = "http",       [NAMED_DNS] = "dns",
	};
	return text[n];
}

const char *unnamed_text(enum unnamed u)
{
	static const char *const text[UNNAMED_COUNT] = {
		[UNNAMED_NOT] = "",
		[UNNAMED_ECH] = "ech",
		[UNNAMED_NO_SNI] = "no-sni",
		[UNNAMED_MID_FLOW] = "mid-flow",
		[UNNAMED_TRUNCATED] = "truncated",
		[UNNAMED_LOST] = "lost",
		[UNNAMED_LITERAL] = "literal",
		[UNNAMED_NOT_WEB] = "not-web",
	};
	return text[u];
}

static struct record *record_new(enum ol_record_type type)
{
	struct record *r = calloc(1, sizeof(*r));
	if (!r) {
		log_error("out of memory");
		abort();
	}
	r->view.type = type;
	return r;
}

void record_free(struct record *r)
{
	if (!r)
		return;
	arena_fini(&r->arena);
	text_fini(&r->json);
	free(r);
}

static struct record *rendered(struct record *r)
{
	r->view.json = r->json.at ? r->json.at : "";
	r->view.json_len = r->json.len;
	return r;
}

bool record_before(const struct record *a, const struct record *b)
{
	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns;
	if (a->id != b->id)
		return a->id < b->id;
	return a->view.type < b->view.type;
}

static const char *own(struct record *r, const char *s)
{
	return *s ? arena_string(&r->arena, s, strlen(s)) : "";
}

static const char *own_addr(struct record *r, const struct addr *a)
{
	char buf[ADDR_TEXT_MAX];
	return own(r, addr_text(a, buf));
}

static const char *own_url(const struct record_spec *spec, struct record *r, const char *url)
{
	if (!url)
		return "";
	return spec->reveal ? own(r, url) : redact(&r->arena, url, strlen(url));
}

static void put_pages(const struct record_spec *spec, struct record *r, const struct visit_result *v)
{
	struct ol_page *pages = arena_array(&r->arena, v->n_pages, sizeof(*pages));
	for (uint32_t i = 0; i < v->n_pages; i++)
		pages[i] = (struct ol_page){
			.at_ns = v->pages[i].at_ns,
			.frame = v->pages[i].frame,
			.host = own(r, v->pages[i].host.text),
			.url = own_url(spec, r, v->pages[i].url),
			.conf = v->pages[i].conf,
			.is_silent = v->pages[i].is_silent,
		};
	r->visit.pages = pages;
	r->visit.n_pages = v->n_pages;
	r->visit.n_pages_left_out = v->n_pages_left_out;
}

/* Of a visit that is itself told. */
static void put_part_of(const struct record_spec *spec, struct record *r, const struct visit_result *v)
{
	struct host_facts site;

	r->visit.part_as = r->visit.part_site = "";
	if (!v->part_as)
		return;
	site = know_host(spec->know, &v->part_of_site);
	if (!privacy_keeps(spec->privacy, v->part_of_site.text, site.sector))
		return;
	r->visit.part_as = v->part_as;
	r->visit.part_of = v->part_of;
	r->visit.part_site = own(r, v->part_of_site.text);
}

struct record *record_visit(const struct record_spec *spec, const struct visit_result *v)
{
	struct host_facts site = know_host(spec->know, &v->site);
	if (!privacy_keeps(spec->privacy, v->site.text, site.sector))
		return NULL;
	struct record *r = record_new(OL_VISIT);
	struct addr client = privacy_addr(spec->privacy, &v->client);
	const char **why = arena_array(&r->arena, v->n_why, sizeof(*why));
	for (uint32_t i = 0; i < v->n_why; i++)
		why[i] = v->why[i];
	r->visit = (struct ol_visit){
		.id = v->id,
		.client = own_addr(r, &client),
		.site = own(r, v->site.text),
		.sector = site.sector,
		.client_note = own(r, v->client_note ? v->client_note : ""),
		.start_ns = v->start_ns,
		.end_ns = v->end_ns,
		.conf = (double)v->conf,
		.is_open = v->is_open,
		.why = why,
		.n_why = v->n_why,
	};
	put_part_of(spec, r, v);
	put_pages(spec, r, v);
	party_put_all(spec, r, v);
	attachment_put_all(spec, r, v);
	consent_put(spec, r, v);
	r->at_ns = v->start_ns;
	r->id = v->id;
	r->view.visit = &r->visit;
	render_visit(&r->json, &r->visit);
	return rendered(r);
}

const char *record_community(const struct record_spec *spec, struct record *r, const struct flow_info *i)
{
	char text[COMMUNITY_ID_MAX];
	if (!privacy_is_open(spec->privacy))
		return "";
	community_id(&i->client, &i->server, i->client_port, i->server_port, i->proto, text);
	return own(r, text);
}

static const char *role_text(enum role role)
{
	static const char *const text[] = {
		[ROLE_NONE] = "",
		[ROLE_FIRST_PARTY] = "first-party",
		[ROLE_THIRD_PARTY] = "third-party",
		[ROLE_BACKGROUND] = "background",
		[ROLE_UNATTRIBUTED] = "unattributed",
	};
	return text[role];
}

static const char *app_text(enum app app)
{
	static const char *const text[] = {
		[APP_UNKNOWN] = "",  [APP_TLS] = "tls", [APP_QUIC] = "quic",
		[APP_HTTP] = "http", [APP_DNS] = "dns", [APP_OTHER] = "other",
	};
	return text[app];
}

static const char *proto_text(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_ICMPV6:
		return "icmp6";
	default:
		return "ip";
	}
}

static void put_activity(struct record *r, const struct flow_verdict *f)
{
	struct ol_activity *activity = arena_array(&r->arena, f->n_activity, sizeof(*activity));
	for (uint32_t i = 0; i < f->n_activity; i++) {
		const struct activity *a = &f->activity[i];
		activity[i] = (struct ol_activity){
			.start_ns = a->burst.start_ns,
			.end_ns = a->burst.end_ns,
			.up = a->burst.up,
			.down = a->burst.down,
			.visit = a->visit,
			.conf = (double)a->conf,
		};
	}
	r->flow.activity = activity;
	r->flow.n_activity = f->n_activity;
	r->flow.n_activity_left_out = f->n_activity_left_out;

	struct ol_candidate *candidates = arena_array(&r->arena, f->n_candidates, sizeof(*candidates));
	for (uint32_t i = 0; i < f->n_candidates; i++)
		candidates[i] = (struct ol_candidate){ own(r, f->candidates[i].site.text),
						       (double)f->candidates[i].conf };
	r->flow.candidates = candidates;
	r->flow.n_candidates = f->n_candidates;
}

/* Whose it is, by its name and by its address. */
static void put_owner(const struct record_spec *spec, struct record *r, const struct flow_verdict *v)
{
	struct ol_flow *f = &r->flow;
	struct place place = { 0 };
	geo_lookup(spec->know->geo, &v->info->server, &place);
	f->country = own(r, place.country);
	f->asn = place.asn;
	f->domain = f->company = f->product = f->category = "";
	if (v->names.host->len == 0)
		return;
	struct host_facts facts = know_host(spec->know, v->names.host);
	f->domain = own(r, facts.site);
	bool has_operator = v->names.operator_host->len > 0;
	struct owner owner = owner_of(spec->know, has_operator ? v->names.operator_host : v->names.host);
	f->company = owner.company;
	f->product = owner.product;
	f->category = owner.category;
}

struct record *record_flow(const struct record_spec *spec, const struct flow_verdict *v)
{
	const struct flow_info *i = v->info;
	struct host_facts site = { .sector = "" };
	if (v->site.len)
		site = know_host(spec->know, &v->site);
	if (!privacy_keeps(spec->privacy, v->site.text, site.sector))
		return NULL;
	struct record *r = record_new(OL_FLOW);
	struct addr client = privacy_addr(spec->privacy, &i->client);
	r->flow = (struct ol_flow){
		.id = i->id,
		.client = own_addr(r, &client),
		.server = own_addr(r, &i->server),
		.proto = proto_text(i->proto),
		.community_id = record_community(spec, r, i),
		.client_port = i->client_port,
		.server_port = i->server_port,
		.start_ns = i->start_ns,
		.end_ns = v->totals->end_ns,
		.host = own(r, v->names.host->text),
		.named_by = named_by_text(i->named_by),
		.unnamed = unnamed_text(i->unnamed),
		.app = app_text(i->app),
		.alpn = own(r, i->alpn),
		.ja4 = own(r, i->ja4),
		.resumes = i->has_psk,
		.operator_host = own(r, v->names.operator_host->text),
		.outer_host = own(r, v->names.outer_host->text),
		.label = "",
		.up = v->totals->up,
		.down = v->totals->down,
		.packets_up = v->totals->packets_up,
		.packets_down = v->totals->packets_down,
		.role = role_text(v->role),
		.site = own(r, v->site.text),
		.conf = (double)v->conf,
		.name_conf = i->named_by == NAMED_DNS ? (double)i->name_conf : -1,
		.input = i->input,
		.first_frame = i->first_frame,
		.hello_frame = i->hello_frame,
		.dns_frame = i->dns_frame,
	};
	const char **coalesced = arena_array(&r->arena, v->n_asked, sizeof(*coalesced));
	for (uint32_t k = 0; k < v->n_asked; k++)
		coalesced[k] = own(r, v->asked[k].text);
	r->flow.coalesced = coalesced;
	r->flow.n_coalesced = v->n_asked;
	put_owner(spec, r, v);
	put_activity(r, v);
	r->at_ns = i->start_ns;
	r->id = i->id;
	r->view.flow = &r->flow;
	render_flow(&r->json, &r->flow);
	return rendered(r);
}
