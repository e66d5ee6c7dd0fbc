#include "run/lists.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "know/companies.h"
#include "know/host.h"
#include "know/load.h"
#include "know/profiles.h"
#include "know/sectors.h"
#include "know/suffix.h"
#include "run/paths.h"
#include "run/version.h"

static const char *or_dash(const char *s)
{
	return *s ? s : "-";
}

static void show_all(const struct loaded *l, FILE *out)
{
	fprintf(out, "%-20s %-24s %8s  %-12s  %-10s  %s\n", "list", "version", "entries", "sha256", "licence",
		"source");
	for (size_t i = 0; i < l->n_lists; i++) {
		const struct list_info *p = &l->lists[i];
		char entries[24] = "-";

		if (p->entries)
			snprintf(entries, sizeof(entries), "%" PRIu64, p->entries);
		fprintf(out, "%-20s %-24s %8s  %-12.12s  %-10s  %s\n", p->name, or_dash(p->version), entries,
			or_dash(p->sha256), or_dash(p->licence), or_dash(p->source));
	}
	if (*l->note)
		fprintf(out, "\nnot there: %s\n", l->note);
}

static void line(FILE *out, const char *name, const char *value)
{
	if (*value)
		fprintf(out, "%-12s %s\n", name, value);
}

static void show_flags(const struct company *c, FILE *out)
{
	static const struct {
		unsigned flag;
		const char *words;
	} flags[] = {
		{ COMPANY_AMBIGUOUS, "ambiguous: also a site that people visit, so the visit decides" },
		{ COMPANY_INFRASTRUCTURE,
		  "infrastructure: carries what its customers put there; says nothing of who gets it" },
		{ COMPANY_CONSENT, "consent: a consent platform" },
		{ COMPANY_REPLAY, "replay: can record what a person does on a page" },
		{ COMPANY_CNAME, "cname: met behind first-party names (CNAME chains)" },
		{ COMPANY_TELEMETRY, "telemetry: asked by systems and programs without any page" },
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (c->flags & flags[i].flag)
			line(out, "flag", flags[i].words);
}

static void show_company(const struct company *c, FILE *out)
{
	char by[512];

	if (!c) {
		line(out, "company", "(no list names this host)");
		return;
	}
	line(out, "company", c->company);
	line(out, "product", c->product);
	line(out, "category", c->category);
	line(out, "head office", c->country);
	show_flags(c, out);
	snprintf(by, sizeof(by), "%s, line %u: %s", c->list, c->line, c->suffix);
	line(out, "by", by);
}

/* In one sentence, what a report would say of the host. */
static void show_verdict(const struct company *c, const char *site, FILE *out)
{
	char words[512];

	if (!c)
		snprintf(words, sizeof(words),
			 "on another's page a third party without a company, known by its domain %s", site);
	else if (c->flags & COMPANY_TELEMETRY)
		snprintf(words, sizeof(words), "background of %s unless a page is seen to cause it",
			 c->company);
	else if (c->flags & COMPANY_INFRASTRUCTURE)
		snprintf(words, sizeof(words), "third party without a company, carried by %s",
			 *c->product ? c->product : c->company);
	else
		snprintf(words, sizeof(words), "third party %s, but first party on a site of its own",
			 c->company);
	line(out, "said of it", words);
}

static void show_profiles(const struct profiles *p, const char *host, const char *site, FILE *out)
{
	uint32_t tracker;
	float reach;
	char words[128];

	if (!p)
		return;
	if (profiles_tracker(p, host, &reach, &tracker)) {
		snprintf(words, sizeof(words), "embedded by %.1f %% of popular sites", (double)reach * 100);
		line(out, "prevalence", words);
	}
	if (profiles_site(p, site) != PROFILES_NO_SITE)
		line(out, "known site", "what its pages embed is known from open data");
}

static int look_up(const struct knowledge *know, const char *text, FILE *out)
{
	struct hostname host;
	const struct company *c;
	const char *body = "";
	struct host_facts facts;

	if (!know_hostname(text, &host)) {
		log_error("'%s' is no host name", text);
		return EXIT_USAGE;
	}
	facts = know_host(know, &host);
	c = companies_of(know->companies, &host);
	if (know->sectors)
		sector_of(know->sectors, host.text, &body);
	line(out, "host", host.text);
	line(out, "site", facts.site);
	line(out, "sector", facts.sector);
	line(out, "run by", body);
	show_company(c, out);
	show_verdict(c, facts.site, out);
	show_profiles(know->profiles, host.text, facts.site, out);
	return EXIT_OK;
}

int lists_show(const struct config *config)
{
	struct knowledge_spec spec = {
		.companies = config->companies.at,
		.n_companies = config->companies.n,
		.asn_db = config->asn_db,
		.country_db = config->country_db,
		.psl = config->psl,
	};
	struct paths paths;
	struct loaded *l;
	struct err err;
	int code = EXIT_OK;

	if (config->n_operands > 0 && strcmp(config->operands[0], "lookup") != 0) {
		log_error("lists takes nothing, or 'lookup' and host names");
		return EXIT_USAGE;
	}
	if (config->n_operands == 1) {
		log_error("lists lookup needs a host name");
		return EXIT_USAGE;
	}
	paths_find(config->data_dir, &paths);
	spec.data_dir = paths.data;
	l = knowledge_load(&spec, &err);
	if (!l) {
		log_error("%s", err.text);
		return EXIT_SETUP;
	}
	if (config->n_operands == 0)
		show_all(l, stdout);
	for (size_t i = 1; i < config->n_operands && code == EXIT_OK; i++) {
		if (i > 1)
			putchar('\n');
		code = look_up(&l->know, config->operands[i], stdout);
	}
	knowledge_free(l);
	return code;
}
