#include "out/consent_put.h"

#include <stdlib.h>
#include <string.h>

#include "know/companies.h"
#include "know/host.h"
#include "know/kin.h"
#include "out/attachment.h"
#include "out/known.h"
#include "out/party.h"
#include "track/consent.h"

/* The lists of consent say nothing of how sure they are: what is less likely than not stays out of them. */
#define LIKELY 0.495f

enum { HOSTS = 64 }; /* of a visit, remembered with what is known of them */

/* Who a contact was with. memory: strings are the lists', or views into host. */
static struct consent_event event_of(struct known_hosts *hosts, const struct hostname *host)
{
	const struct known_host *known = known_host(hosts, host);
	const struct company *c = known->company;
	struct owner owner = owner_named(c);
	struct consent_event e = { .host = host->text, .party = owner.company };
	if (!*e.party && host->len)
		e.party = host->text + known->site_at;
	if (c && c->flags & COMPANY_CONSENT)
		e.platform = *c->product ? c->product : c->company;
	e.is_infrastructure = *owner.infrastructure != '\0';
	return e;
}

/* Flows with requests that could be read, in order of id. */
struct flow_ids {
	uint64_t *at;
	size_t n;
};

static int by_id(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

static struct flow_ids read_flows(struct arena *a, const struct visit_result *v)
{
	struct flow_ids ids = { arena_array(a, v->n_requests, sizeof(*ids.at)), v->n_requests };
	for (uint32_t i = 0; i < v->n_requests; i++)
		ids.at[i] = v->requests[i].flow;
	qsort(ids.at, ids.n, sizeof(*ids.at), by_id);
	return ids;
}

static int by_time(const void *a, const void *b)
{
	const struct consent_event *x = a, *y = b;
	if (x->ts_ns != y->ts_ns)
		return x->ts_ns < y->ts_ns ? -1 : 1;
	/* What the site itself was sent tells most. */
	if (x->is_first_party != y->is_first_party)
		return x->is_first_party ? -1 : 1;
	return strcmp(x->host, y->host);
}

/* The contacts of a visit in order of time: requests where they could be read, else the beginning and end of
 * a flow's part. */
static size_t events_of(struct known_hosts *hosts, const struct visit_result *v, const struct flow_ids *read,
			struct consent_event *events)
{
	size_t n = 0;
	for (uint32_t i = 0; i < v->n_requests; i++) {
		const struct visit_request *q = &v->requests[i];
		struct consent_event e = event_of(hosts, party_receiver(&q->names, &q->host));
		e.host = q->host.text;
		e.ts_ns = q->ts_ns;
		e.is_first_party = q->is_first_party;
		e.is_document = q->is_document;
		e.fact = attachment_fact(q->attachment);
		events[n++] = e;
	}
	for (uint32_t i = 0; i < v->n_parts; i++) {
		const struct visit_part *p = &v->parts[i];
		bool is_read = bsearch(&p->flow, read->at, read->n, sizeof(*read->at), by_id);
		if (p->host.len == 0 || p->named_by == NAMED_REQUEST || is_read || p->conf < LIKELY)
			continue;
		struct consent_event e = event_of(hosts, party_receiver(&p->names, &p->host));
		e.is_first_party = p->is_first_party;
		e.ts_ns = p->first_ns;
		events[n++] = e;
		e.ts_ns = p->last_ns;
		if (p->last_ns > p->first_ns)
			events[n++] = e;
	}
	qsort(events, n, sizeof(*events), by_time);
	return n;
}

static const char *const *own_parties(struct record *r, const struct consent_parties *p)
{
	const char **list = arena_array(&r->arena, p->n, sizeof(*list));
	for (size_t i = 0; i < p->n; i++)
		list[i] = arena_string(&r->arena, p->at[i], strlen(p->at[i]));
	return list;
}

static const char *const *own_signals(struct record *r, const struct consent_result *c)
{
	const char **list = arena_array(&r->arena, c->n_signals, sizeof(*list));
	for (size_t i = 0; i < c->n_signals; i++)
		list[i] = arena_string(&r->arena, c->signals[i], strlen(c->signals[i]));
	return list;
}

/* What may be the site's own is not accused of coming although the answer was no. A tracker behind a name of
 * the site is.
 */
static void spare_kin(const struct record_spec *spec, const struct visit_result *v,
		      struct consent_event *events, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct hostname host;
		struct bytes text = { (const uint8_t *)events[i].host, strlen(events[i].host) };
		if (events[i].is_first_party || !hostname_parse(text, &host))
			continue;
		const char *domain = know_host(spec->know, &host).site;
		if (strcmp(domain, v->site.text) != 0 && kin_host(spec->know, &v->site, &host, domain))
			events[i].is_infrastructure = true;
	}
}

void consent_put(const struct record_spec *spec, struct record *r, const struct visit_result *v)
{
	struct arena scratch = { 0 };
	struct consent_event *events =
	    arena_array(&scratch, v->n_requests + 2 * (size_t)v->n_parts, sizeof(*events));
	struct consent_result c;
	struct flow_ids read = read_flows(&scratch, v);
	struct known_hosts hosts = known_hosts_in(&scratch, spec->know, HOSTS);
	size_t n = events_of(&hosts, v, &read, events);
	bool is_seen = consent_judge(events, n, &c);
	if (is_seen && c.despite.n > 0) {
		spare_kin(spec, v, events, n);
		is_seen = consent_judge(events, n, &c);
	}
	if (is_seen) {
		struct ol_consent *to = arena_take(&r->arena, sizeof(*to));
		*to = (struct ol_consent){
			.platform = arena_string(&r->arena, c.platform, strlen(c.platform)),
			.shown_ns = c.shown_ns,
			.recorded_ns = c.recorded_ns,
			.unmade_ns = c.unmade_ns,
			.made_ns = c.made_ns,
			.choice = consent_choice_name(c.choice),
			.is_kept = c.is_kept,
			.before = own_parties(r, &c.before),
			.n_before = c.before.n,
			.after = own_parties(r, &c.after),
			.n_after = c.after.n,
			.despite = own_parties(r, &c.despite),
			.n_despite = c.despite.n,
			.unclear = own_parties(r, &c.unclear),
			.n_unclear = c.unclear.n,
			.before_platform = own_parties(r, &c.before_platform),
			.n_before_platform = c.before_platform.n,
			.n_left_out = c.before.left_out + c.after.left_out + c.despite.left_out +
				      c.unclear.left_out + c.before_platform.left_out,
			.signals = own_signals(r, &c),
			.n_signals = c.n_signals,
		};
		r->visit.consent = to;
	}
	arena_fini(&scratch);
}
