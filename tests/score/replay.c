/* Replays event lines (lib/events.h) into track/visit and writes what it tells as records, as far as `score`
 * reads them.
 *
 *   replay [OPTION]... DATA_DIR EVENTS
 *
 * --rows, --choices, --alone, --claims, --joins: the signs of each possible page view, the terms of each
 * choice of a flow and of a burst alone, the signs of each claim, and of each page view that may go on with a
 * visit, for `refit` and `joins`; --pages: ordinals of the bursts that are page views, to see attribution
 * alone; --weights: of page views, flows and bursts alone, instead of those built in; --raw: confidence
 * before calibration; --live: as of a client that is seen live; --without: breaks a term of the score
 * (partition, profile, lag, dns, ja4, claim, alike, near, join, calibration), for `mutate`.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "events.h"
#include "know/companies.h"
#include "know/load.h"
#include "know/suffix.h"
#include "track/attribute_parts.h"
#include "track/claim_parts.h"
#include "track/join_parts.h"
#include "track/page_parts.h"

#define PAGES_MAX 8192

struct replay {
	const struct knowledge *know;
	FILE *rows, *choices, *alone, *claims, *joins;
	uint64_t pages[PAGES_MAX]; /* ordinals of the bursts that are page views */
	size_t n_pages;
};

static const char *site_of(const struct replay *r, const struct hostname *h)
{
	return r->know->suffixes ? suffix_site(r->know->suffixes, h) : h->text;
}

static void print_activity(const struct flow_verdict *f)
{
	char start[TIME_TEXT_MAX], end[TIME_TEXT_MAX];

	printf(",\"activity\":[");
	for (uint32_t i = 0; i < f->n_activity; i++) {
		const struct activity *a = &f->activity[i];

		printf("%s{\"start\":\"%s\",\"end\":\"%s\",\"up\":%" PRIu64 ",\"down\":%" PRIu64,
		       i ? "," : "", time_text(a->burst.start_ns, false, start),
		       time_text(a->burst.end_ns, false, end), a->burst.up, a->burst.down);
		if (a->visit)
			printf(",\"visit\":%" PRIu64, a->visit);
		if (a->conf >= 0)
			printf(",\"conf\":%.4f", (double)a->conf);
		putchar('}');
	}
	putchar(']');
}

static void on_flow(void *ctx, const struct flow_verdict *f)
{
	static const char *const roles[] = { "", "first-party", "third-party", "background", "unattributed" };
	const struct flow_info *i = f->info;
	char client[ADDR_TEXT_MAX], server[ADDR_TEXT_MAX], start[TIME_TEXT_MAX], end[TIME_TEXT_MAX];

	(void)ctx;
	printf("{\"type\":\"flow\",\"id\":%" PRIu64 ",\"client\":\"%s\",\"client_port\":%u,\"server\":\"%s\","
	       "\"server_port\":%u,\"proto\":\"%s\",\"start\":\"%s\",\"end\":\"%s\"",
	       i->id, addr_text(&i->client, client), i->client_port, addr_text(&i->server, server),
	       i->server_port, i->proto == 6 ? "tcp" : "udp", time_text(i->start_ns, false, start),
	       time_text(f->totals->end_ns, false, end));
	if (f->names.host->len)
		printf(",\"host\":\"%s\"", f->names.host->text);
	if (f->role != ROLE_NONE)
		printf(",\"role\":\"%s\"", roles[f->role]);
	if (f->site.len)
		printf(",\"site\":\"%s\"", f->site.text);
	if (f->conf >= 0)
		printf(",\"conf\":%.4f", (double)f->conf);
	print_activity(f);
	printf("}\n");
}

/* Third parties by registrable domain; the surest part of each stands for it, as in the product's records. */
static void print_parties(const struct replay *r, const struct visit_result *v)
{
	bool is_first = true;

	for (uint32_t i = 0; i < v->n_parts; i++) {
		const struct visit_part *p = &v->parts[i];
		const char *site = site_of(r, &p->host);
		float conf = p->conf;
		uint32_t k;

		if (p->is_first_party || p->host.len == 0)
			continue;
		for (k = 0; k < i; k++)
			if (!v->parts[k].is_first_party && strcmp(site_of(r, &v->parts[k].host), site) == 0)
				break;
		if (k < i)
			continue;
		for (k = i; k < v->n_parts; k++)
			if (!v->parts[k].is_first_party && strcmp(site_of(r, &v->parts[k].host), site) == 0 &&
			    v->parts[k].conf > conf)
				conf = v->parts[k].conf;
		printf("%s{\"domain\":\"%s\",\"hosts\":[\"%s\"],\"conf\":%.4f}", is_first ? "" : ",", site,
		       p->host.text, (double)conf);
		is_first = false;
	}
}

static void on_visit(void *ctx, const struct visit_result *v)
{
	const struct replay *r = ctx;
	char client[ADDR_TEXT_MAX], start[TIME_TEXT_MAX], end[TIME_TEXT_MAX];

	if (v->is_open)
		return;
	printf("{\"type\":\"visit\",\"id\":%" PRIu64
	       ",\"client\":\"%s\",\"site\":\"%s\",\"start\":\"%s\",\"end\":\"%s\","
	       "\"conf\":%.4f,\"pages\":[",
	       v->id, addr_text(&v->client, client), v->site.text, time_text(v->start_ns, false, start),
	       time_text(v->end_ns, false, end), (double)v->conf);
	for (uint32_t i = 0; i < v->n_pages; i++)
		printf("%s{\"at\":\"%s\",\"host\":\"%s\",\"conf\":%.4f}", i ? "," : "",
		       time_text(v->pages[i].at_ns, false, start), v->pages[i].host.text,
		       (double)v->pages[i].conf);
	printf("],\"third_parties\":[");
	print_parties(r, v);
	printf("]}\n");
}

static void on_row(void *ctx, const struct client *c, const struct names *n, uint32_t burst,
		   const struct page_row *row, int pass, float p)
{
	const struct replay *r = ctx;
	const struct vburst *b = &c->bursts[burst];
	const struct vflow *f = &c->flows[b->flow];
	char client[ADDR_TEXT_MAX], server[ADDR_TEXT_MAX];

	fprintf(r->rows, "%d %d %s %u %s %u %" PRId64 " %s %.4f", pass, (int)row->kind,
		addr_text(&f->info->client, client), f->info->client_port,
		addr_text(&f->info->server, server), f->info->server_port, b->b.start_ns,
		n->at[f->name].host.text, (double)p);
	for (int i = 0; i < PAGE_SIGNS; i++)
		fprintf(r->rows, " %.5g", (double)row->f[i]);
	fputc('\n', r->rows);
}

/* A line for each page view that may go on with a visit: its time and site, the visit, signs. */
static void on_join(void *ctx, const struct client *c, const struct vvisit *v, const struct vpage *p,
		    const struct join_row *row, float z)
{
	const struct replay *r = ctx;

	fprintf(r->joins, "%d %d %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 " %.4f", c->pass,
		(int)row->group, v->id, p->ordinal, v->anchor_ns, p->at_ns, (double)z);
	for (int i = 0; i < JOIN_SIGNS; i++)
		fprintf(r->joins, " %.5g", (double)row->f[i]);
	fputc('\n', r->joins);
}

static void print_choice(FILE *out, const struct hostname *site, const struct terms *t)
{
	fprintf(out, " %s", site ? site->text : "-");
	for (int i = 0; i < FLOW_TERMS; i++)
		if (t->at[i] != 0)
			fprintf(out, " %d:%.5g", i, (double)t->at[i]);
	fputs(" ;", out);
}

/* A line for each flow: what it is, then each candidate with its terms that are not zero. */
static void on_choice(void *ctx, const struct client *c, uint32_t flow, int pass, const struct names *n,
		      const struct candidates *cs, const struct terms *sites, const struct terms *background)
{
	const struct replay *r = ctx;
	const struct vflow *f = &c->flows[flow];
	const struct flow_info *i = f->info;
	char client[ADDR_TEXT_MAX], server[ADDR_TEXT_MAX];

	fprintf(r->choices, "%d %s %u %s %u %" PRId64 " %s ;", pass, addr_text(&i->client, client),
		i->client_port, addr_text(&i->server, server), i->server_port, f->open_ns,
		n->at[f->name].host.text);
	print_choice(r->choices, NULL, background);
	for (uint32_t s = 0; s < cs->n; s++)
		print_choice(r->choices, &n->at[cs->site[s]].host, &sites[s]);
	fputc('\n', r->choices);
}

/* Likewise for each burst that is a choice of its own; the time is the burst's. */
static void on_alone(void *ctx, const struct client *c, uint32_t burst, int pass, const struct names *n,
		     const struct candidates *cs, const struct terms *sites)
{
	const struct replay *r = ctx;
	const struct vflow *f = &c->flows[c->bursts[burst].flow];
	const struct flow_info *i = f->info;
	char client[ADDR_TEXT_MAX], server[ADDR_TEXT_MAX];

	fprintf(r->alone, "%d %s %u %s %u %" PRId64 " %s ;", pass, addr_text(&i->client, client),
		i->client_port, addr_text(&i->server, server), i->server_port, c->bursts[burst].b.start_ns,
		n->at[f->name].host.text);
	for (uint32_t s = 0; s < cs->n; s++)
		print_choice(r->alone, &n->at[cs->site[s]].host, &sites[s]);
	fputc('\n', r->alone);
}

/* A line for the bursts of each flow in each visit: flow, time of the first, visit, host, signs. */
static void on_claim(void *ctx, const struct client *c, uint32_t burst, const struct names *n,
		     const struct claim *claim)
{
	const struct replay *r = ctx;
	const struct vburst *b = &c->bursts[burst];
	const struct vflow *f = &c->flows[b->flow];
	const struct flow_info *i = f->info;
	char client[ADDR_TEXT_MAX], server[ADDR_TEXT_MAX];

	(void)n;
	fprintf(r->claims, "%s %u %s %u %" PRId64 " %" PRIu64 " %s", addr_text(&i->client, client),
		i->client_port, addr_text(&i->server, server), i->server_port, b->b.start_ns,
		c->visits[b->visit].id, f->name ? n->at[f->name].host.text : "-");
	for (int s = 0; s < CLAIM_SIGNS; s++)
		fprintf(r->claims, " %.5g", (double)claim->at[s]);
	fputc('\n', r->claims);
}

static unsigned term_of(const char *word)
{
	static const struct {
		const char *word;
		unsigned term;
	} terms[] = { { "partition", TERM_PARTITION },
		      { "profile", TERM_PROFILE },
		      { "lag", TERM_LAG },
		      { "dns", TERM_DNS },
		      { "ja4", TERM_JA4 },
		      { "claim", TERM_CLAIM },
		      { "alike", TERM_ALIKE },
		      { "near", TERM_NEAR },
		      { "heard", TERM_HEARD },
		      { "size", TERM_SIZE },
		      { "join", TERM_JOIN },
		      { "calibration", TERM_CALIBRATION } };

	for (size_t i = 0; i < sizeof(terms) / sizeof(*terms); i++)
		if (strcmp(terms[i].word, word) == 0)
			return terms[i].term;
	fprintf(stderr, "replay: no term '%s'\n", word);
	exit(2);
}

static bool read_pages(struct replay *r, const char *path)
{
	FILE *in = fopen(path, "r");

	if (!in)
		return false;
	while (r->n_pages < PAGES_MAX && fscanf(in, "%" SCNu64, &r->pages[r->n_pages]) == 1)
		r->n_pages++;
	fclose(in);
	return true;
}

static bool read_floats(FILE *in, float *to, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fscanf(in, "%f", &to[i]) != 1)
			return false;
	return true;
}

/* Of page views, flows and bursts alone; for the first pass, then for those after it. */
static bool read_weights(struct visits_probe *probe, const char *path)
{
	static float page[2][PAGE_CASES * PAGE_SIGNS], flow[2][CLIENT_GROUPS * FLOW_TERMS],
	    alone[2][FLOW_TERMS], join[CLIENT_GROUPS * JOIN_SIGNS];
	FILE *in = fopen(path, "r");
	bool is_good = in != NULL;

	for (int i = 0; i < 2 && is_good; i++)
		is_good = read_floats(in, page[i], PAGE_CASES * PAGE_SIGNS);
	for (int i = 0; i < 2 && is_good; i++)
		is_good = read_floats(in, flow[i], CLIENT_GROUPS * FLOW_TERMS);
	for (int i = 0; i < 2 && is_good; i++)
		is_good = read_floats(in, alone[i], FLOW_TERMS);
	if (is_good && read_floats(in, join, CLIENT_GROUPS * JOIN_SIGNS))
		probe->join_weights = join;
	if (in)
		fclose(in);
	for (int i = 0; i < 2; i++) {
		probe->page_weights[i] = page[i];
		probe->flow_weights[i] = flow[i];
		probe->alone_weights[i] = alone[i];
	}
	return is_good;
}

static float on_page(void *ctx, const struct vburst *b)
{
	const struct replay *r = ctx;

	for (size_t i = 0; i < r->n_pages; i++)
		if (r->pages[i] == b->b.first_ordinal)
			return 1;
	return 0;
}

static int replay(const char *path, struct visits *v)
{
	FILE *in = fopen(path, "r");
	char line[1024];
	unsigned n = 0;

	if (!in) {
		perror(path);
		return 1;
	}
	while (fgets(line, sizeof(line), in)) {
		n++;
		if (!events_line(v, line)) {
			fprintf(stderr, "%s:%u: no event\n", path, n);
			return 1;
		}
	}
	fclose(in);
	visits_finish(v);
	return 0;
}

static void probe_outputs(const struct replay *r, struct visits_probe *probe)
{
	if (r->rows)
		probe->row = on_row;
	if (r->choices)
		probe->choice = on_choice;
	if (r->alone)
		probe->alone = on_alone;
	if (r->claims)
		probe->claim = on_claim;
	if (r->joins)
		probe->join = on_join;
}

static const struct {
	const char *option;
	size_t at;
} OUTPUTS[] = { { "--rows", offsetof(struct replay, rows) },
		{ "--choices", offsetof(struct replay, choices) },
		{ "--alone", offsetof(struct replay, alone) },
		{ "--claims", offsetof(struct replay, claims) },
		{ "--joins", offsetof(struct replay, joins) } };

/* NULL: no such option. */
static FILE **output_of(struct replay *r, const char *option)
{
	for (size_t i = 0; i < sizeof(OUTPUTS) / sizeof(*OUTPUTS); i++)
		if (strcmp(OUTPUTS[i].option, option) == 0)
			return (FILE **)((char *)r + OUTPUTS[i].at);
	return NULL;
}

int main(int argc, char **argv)
{
	static struct replay r;
	struct visits_spec spec = { .is_learning = true,
				    .clients_max = 256,
				    .flows_max = 200000,
				    .bursts_max = 400000,
				    .flow = on_flow,
				    .visit = on_visit,
				    .ctx = &r };
	struct visits_probe probe = { .ctx = &r };
	struct err err;
	struct loaded *loaded;
	struct visits *v;
	int i, rc;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--raw") == 0)
			probe.broken |= TERM_CALIBRATION;
		else if (strcmp(argv[i], "--live") == 0)
			spec.is_live = true;
		else if (i + 1 < argc && output_of(&r, argv[i])) {
			*output_of(&r, argv[i]) = fopen(argv[i + 1], "w");
			i++;
		} else if (strcmp(argv[i], "--pages") == 0 && i + 1 < argc && read_pages(&r, argv[i + 1])) {
			probe.page = on_page;
			i++;
		} else if (strcmp(argv[i], "--weights") == 0 && i + 1 < argc) {
			if (!read_weights(&probe, argv[++i])) {
				fprintf(stderr, "replay: %s: no weights\n", argv[i]);
				return 2;
			}
		} else if (strcmp(argv[i], "--without") == 0 && i + 1 < argc)
			probe.broken |= term_of(argv[++i]);
	}
	if (i + 2 != argc) {
		fprintf(stderr, "usage: replay [--rows FILE] [--choices FILE] [--alone FILE] [--claims FILE] "
				"[--joins FILE] [--pages FILE] [--weights FILE] [--raw] "
				"[--live] [--without TERM]... DATA_DIR EVENTS\n");
		return 2;
	}
	loaded = knowledge_load(&(struct knowledge_spec){ .data_dir = argv[i] }, &err);
	if (!loaded) {
		fprintf(stderr, "replay: %s\n", err.text);
		return 1;
	}
	r.know = spec.know = &loaded->know;
	v = visits_new(&spec);
	if (!v)
		return 1;
	probe_outputs(&r, &probe);
	visits_probe(v, &probe);
	rc = replay(argv[i + 1], v);
	visits_free(v);
	knowledge_free(loaded);
	for (size_t k = 0; k < sizeof(OUTPUTS) / sizeof(*OUTPUTS); k++)
		if (*output_of(&r, OUTPUTS[k].option))
			fclose(*output_of(&r, OUTPUTS[k].option));
	return rc;
}
