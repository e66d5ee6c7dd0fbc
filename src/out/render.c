#include "out/render.h"

#include "out/json.h"

static void pages(struct text *t, const struct ol_visit *v)
{
	if (v->n_pages == 0)
		return;
	json_key(t, "pages");
	json_open(t, '[');
	for (size_t i = 0; i < v->n_pages; i++) {
		const struct ol_page *p = &v->pages[i];
		json_open(t, '{');
		json_put_time(t, "at", p->at_ns);
		json_put_uint(t, "frame", p->frame);
		json_put_string(t, "host", p->host);
		json_put_string(t, "url", p->url);
		json_put_true(t, "silent", p->is_silent);
		json_put_fraction(t, "conf", p->conf);
		json_close(t, '}');
	}
	json_close(t, ']');
	json_put_uint(t, "pages_left_out", v->n_pages_left_out);
}

static void first_party(struct text *t, const struct ol_visit *v)
{
	json_key(t, "first_party");
	json_open(t, '{');
	json_put_strings(t, "hosts", v->first_hosts, v->n_first_hosts);
	json_put_count(t, "flows", v->first_flows);
	json_put_count(t, "up", v->first_up);
	json_put_count(t, "down", v->first_down);
	json_close(t, '}');
}

static void evidence(struct text *t, const struct ol_party *p)
{
	json_key(t, "evidence");
	json_open(t, '[');
	for (size_t i = 0; i < p->n_evidence; i++) {
		const struct ol_evidence *e = &p->evidence[i];
		json_open(t, '{');
		json_put_count(t, "flow", e->flow);
		json_put_string(t, "community_id", e->community_id);
		json_put_uint(t, "input", e->input);
		json_put_uint(t, "first_frame", e->first_frame);
		json_put_uint(t, "hello_frame", e->hello_frame);
		json_put_uint(t, "dns_frame", e->dns_frame);
		json_close(t, '}');
	}
	json_close(t, ']');
	json_put_uint(t, "evidence_left_out", p->n_evidence_left_out);
}

static void party(struct text *t, const struct ol_party *p)
{
	json_open(t, '{');
	json_put_string(t, "company", p->company);
	json_put_string(t, "product", p->product);
	json_put_string(t, "category", p->category);
	json_put_string(t, "domain", p->domain);
	json_put_string(t, "operator_host", p->operator_host);
	json_put_string(t, "infrastructure", p->infrastructure);
	json_put_strings(t, "maybe_own", p->maybe_own, p->n_maybe_own);
	json_put_strings(t, "hosts", p->hosts, p->n_hosts);
	json_put_strings(t, "named_by", p->named_by, p->n_named_by);
	json_put_count(t, "flows", p->flows);
	json_put_count(t, "up", p->up);
	json_put_count(t, "down", p->down);
	json_put_time(t, "first", p->first_ns);
	json_put_time(t, "last", p->last_ns);
	json_put_fraction(t, "conf", p->conf);
	json_put_strings(t, "countries", p->countries, p->n_countries);
	if (p->n_asns) {
		json_key(t, "asns");
		json_open(t, '[');
		for (size_t i = 0; i < p->n_asns; i++)
			json_uint(t, p->asns[i]);
		json_close(t, ']');
	}
	evidence(t, p);
	json_put_strings(t, "why", p->why, p->n_why);
	json_close(t, '}');
}

static void item(struct text *t, const struct ol_item *i)
{
	json_open(t, '{');
	json_put_string(t, "kind", i->kind);
	json_put_string(t, "name", i->name);
	json_put_string(t, "value", i->value);
	json_put_string(t, "digest", i->digest);
	json_put_uint(t, "length", i->length);
	json_put_string(t, "meaning", i->meaning);
	json_put_true(t, "sensitive", i->is_sensitive);
	json_put_string(t, "theme", i->theme);
	json_put_string(t, "detail", i->detail);
	json_close(t, '}');
}

static void disclosures(struct text *t, const struct ol_visit *v)
{
	if (v->n_disclosures == 0)
		return;
	json_key(t, "disclosures");
	json_open(t, '[');
	for (size_t i = 0; i < v->n_disclosures; i++) {
		const struct ol_disclosure *d = &v->disclosures[i];
		json_open(t, '{');
		json_put_string(t, "company", d->company);
		json_put_string(t, "product", d->product);
		json_put_string(t, "host", d->host);
		json_put_time(t, "at", d->at_ns);
		json_put_uint(t, "frame", d->frame);
		json_put_uint(t, "flow", d->flow);
		json_put_string(t, "event", d->event);
		json_put_string(t, "page", d->page);
		json_put_string(t, "partner", d->partner);
		json_put_true(t, "unconfirmed", !d->is_confirmed);
		json_key(t, "items");
		json_open(t, '[');
		for (size_t k = 0; k < d->n_items; k++)
			item(t, &d->items[k]);
		json_close(t, ']');
		json_close(t, '}');
	}
	json_close(t, ']');
	json_put_uint(t, "disclosures_left_out", v->n_disclosures_left_out);
}

static void consent(struct text *t, const struct ol_consent *c)
{
	if (!c)
		return;
	json_key(t, "consent");
	json_open(t, '{');
	json_put_string(t, "platform", c->platform);
	json_put_time(t, "shown", c->shown_ns);
	json_put_time(t, "recorded", c->recorded_ns);
	json_put_time(t, "unmade", c->unmade_ns);
	json_put_time(t, "made", c->made_ns);
	json_put_string(t, "choice", c->choice);
	json_put_true(t, "kept", c->is_kept);
	json_put_strings(t, "before", c->before, c->n_before);
	json_put_strings(t, "after", c->after, c->n_after);
	json_put_strings(t, "unclear", c->unclear, c->n_unclear);
	json_put_strings(t, "despite", c->despite, c->n_despite);
	json_put_strings(t, "before_platform", c->before_platform, c->n_before_platform);
	json_put_uint(t, "left_out", c->n_left_out);
	json_put_strings(t, "signals", c->signals, c->n_signals);
	json_close(t, '}');
}

static void verdicts(struct text *t, const struct ol_visit *v)
{
	if (v->n_verdicts == 0)
		return;
	json_key(t, "verdicts");
	json_open(t, '[');
	for (size_t i = 0; i < v->n_verdicts; i++) {
		json_open(t, '{');
		json_put_string(t, "rule", v->verdicts[i].rule);
		json_put_string(t, "result", v->verdicts[i].result);
		json_put_string(t, "company", v->verdicts[i].company);
		json_close(t, '}');
	}
	json_close(t, ']');
}

static void part_of(struct text *t, const struct ol_visit *v)
{
	if (v->part_of == 0)
		return;
	json_key(t, "part_of");
	json_open(t, '{');
	json_put_count(t, "visit", v->part_of);
	json_put_string(t, "site", v->part_site);
	json_put_string(t, "as", v->part_as);
	json_close(t, '}');
}

void render_visit(struct text *t, const struct ol_visit *v)
{
	json_open(t, '{');
	json_put_string(t, "type", "visit");
	json_put_count(t, "id", v->id);
	json_put_string(t, "client", v->client);
	json_put_string(t, "client_note", v->client_note);
	json_put_string(t, "site", v->site);
	json_put_string(t, "sector", v->sector);
	json_put_time(t, "start", v->start_ns);
	json_put_time(t, "end", v->end_ns);
	json_put_true(t, "open", v->is_open);
	json_put_fraction(t, "conf", v->conf);
	part_of(t, v);
	json_put_strings(t, "why", v->why, v->n_why);
	pages(t, v);
	first_party(t, v);
	json_key(t, "third_parties");
	json_open(t, '[');
	for (size_t i = 0; i < v->n_parties; i++)
		party(t, &v->parties[i]);
	json_close(t, ']');
	disclosures(t, v);
	consent(t, v->consent);
	verdicts(t, v);
	json_close(t, '}');
}

static void activity(struct text *t, const struct ol_flow *f)
{
	if (f->n_activity == 0)
		return;
	json_key(t, "activity");
	json_open(t, '[');
	for (size_t i = 0; i < f->n_activity; i++) {
		const struct ol_activity *a = &f->activity[i];
		json_open(t, '{');
		json_put_time(t, "start", a->start_ns);
		json_put_time(t, "end", a->end_ns);
		json_put_count(t, "up", a->up);
		json_put_count(t, "down", a->down);
		json_put_uint(t, "visit", a->visit);
		json_put_fraction(t, "conf", a->conf);
		json_close(t, '}');
	}
	json_close(t, ']');
	json_put_uint(t, "activity_left_out", f->n_activity_left_out);
}

static void candidates(struct text *t, const struct ol_flow *f)
{
	if (f->n_candidates == 0)
		return;
	json_key(t, "candidates");
	json_open(t, '[');
	for (size_t i = 0; i < f->n_candidates; i++) {
		json_open(t, '{');
		json_put_string(t, "site", f->candidates[i].site);
		json_put_fraction(t, "conf", f->candidates[i].conf);
		json_close(t, '}');
	}
	json_close(t, ']');
}

static void naming(struct text *t, const struct ol_flow *f)
{
	json_put_string(t, "host", f->host);
	json_put_string(t, "named_by", f->named_by);
	json_put_fraction(t, "name_conf", f->name_conf);
	json_put_string(t, "unnamed", f->unnamed);
	json_put_string(t, "outer_host", f->outer_host);
	json_put_string(t, "operator_host", f->operator_host);
	json_put_strings(t, "coalesced", f->coalesced, f->n_coalesced);
	json_put_string(t, "app", f->app);
	json_put_string(t, "label", f->label);
	json_put_string(t, "alpn", f->alpn);
	json_put_string(t, "ja4", f->ja4);
	json_put_true(t, "resumes", f->resumes);
	json_put_string(t, "domain", f->domain);
	json_put_string(t, "company", f->company);
	json_put_string(t, "product", f->product);
	json_put_string(t, "category", f->category);
	json_put_string(t, "country", f->country);
	json_put_uint(t, "asn", f->asn);
}

void render_flow(struct text *t, const struct ol_flow *f)
{
	json_open(t, '{');
	json_put_string(t, "type", "flow");
	json_put_count(t, "id", f->id);
	json_put_string(t, "client", f->client);
	json_put_count(t, "client_port", f->client_port);
	json_put_string(t, "server", f->server);
	json_put_count(t, "server_port", f->server_port);
	json_put_string(t, "proto", f->proto);
	json_put_string(t, "community_id", f->community_id);
	json_put_time(t, "start", f->start_ns);
	json_put_time(t, "end", f->end_ns);
	naming(t, f);
	json_put_count(t, "up", f->up);
	json_put_count(t, "down", f->down);
	json_put_count(t, "packets_up", f->packets_up);
	json_put_count(t, "packets_down", f->packets_down);
	json_put_string(t, "role", f->role);
	json_put_string(t, "site", f->site);
	json_put_fraction(t, "conf", f->conf);
	activity(t, f);
	candidates(t, f);
	json_key(t, "frames");
	json_open(t, '{');
	json_put_uint(t, "input", f->input);
	json_put_uint(t, "first", f->first_frame);
	json_put_uint(t, "hello", f->hello_frame);
	json_put_uint(t, "dns", f->dns_frame);
	json_close(t, '}');
	json_close(t, '}');
}
