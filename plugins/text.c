/* A report for people: visits with their third parties, then coverage and what could not be seen.
 *
 * Fits the width of the terminal (100 columns where there is none); colour where there is a terminal that
 * shows it. Options: text.colour=1|0, text.width=COLUMNS. Target: a file, or - for standard output.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "out/plugin.h"

#define NS_PER_S INT64_C(1000000000)

enum { COMPANIES_MAX = 512, WIDTH_DEFAULT = 100, WIDTH_LEAST = 60, HOSTS_SHOWN = 3, ITEMS_SHOWN = 8 };

/* What a company got over all visits. */
struct total {
	char name[96];
	uint64_t visits, up;
};

struct report {
	FILE *out;
	bool colour;
	int width;
	uint64_t n_visits, n_flows;
	struct total totals[COMPANIES_MAX];
	size_t n_totals;
};

enum style { PLAIN, BOLD, DIM, RED, YELLOW, CYAN };

static void style(const struct report *r, enum style s)
{
	static const char *const codes[] = { "\033[0m",  "\033[1m",  "\033[2m",
					     "\033[31m", "\033[33m", "\033[36m" };
	if (r->colour)
		fputs(codes[s], r->out);
}

/* Columns that UTF-8 text takes, one a code point. */
static int columns(const char *s)
{
	int n = 0;
	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* Text in just so many columns: cut with a final '~', or filled with blanks. */
static void cell(const struct report *r, const char *s, int width)
{
	int n = columns(s), shown = 0;
	int most = n > width ? width - 1 : width;
	for (; *s && (shown < most || ((unsigned char)*s & 0xc0) == 0x80); s++) {
		bool begins = ((unsigned char)*s & 0xc0) != 0x80;
		bool is_control = (unsigned char)*s < 0x20 || *s == 0x7f;
		fputc(is_control ? '?' : *s, r->out);
		shown += begins;
	}
	if (n > width) {
		fputc('~', r->out);
		shown++;
	}
	for (; shown < width; shown++)
		fputc(' ', r->out);
}

static const char *clock_text(int64_t ts_ns, const char *format, char buf[32])
{
	time_t t = (time_t)(ts_ns / NS_PER_S);
	struct tm tm;
	if (!gmtime_r(&t, &tm) || strftime(buf, 32, format, &tm) == 0)
		snprintf(buf, 32, "?");
	return buf;
}

static const char *size_text(uint64_t n, char buf[16])
{
	if (n < 1000)
		snprintf(buf, 16, "%" PRIu64 " B", n);
	else if (n < 999950)
		snprintf(buf, 16, "%.1f kB", (double)n / 1e3);
	else if (n < UINT64_C(999950000))
		snprintf(buf, 16, "%.1f MB", (double)n / 1e6);
	else
		snprintf(buf, 16, "%.1f GB", (double)n / 1e9);
	return buf;
}

/* A probability in words and as a number. */
static const char *sure_text(double conf, char buf[32])
{
	const char *word = conf >= .9    ? "certain"
			   : conf >= .75 ? "likely"
			   : conf >= .6  ? "probable"
					 : "possible";
	snprintf(buf, 32, "%s %.0f %%", word, conf >= .995 && conf < 1 ? 99. : conf * 100);
	return buf;
}

static void put_run(struct report *r, const struct ol_run *run)
{
	char size[16], from[32], to[32];
	style(r, BOLD);
	fprintf(r->out, "onlooker %s", run->version);
	style(r, PLAIN);
	fputs("  third-party data flows per visit; all times UTC\n", r->out);
	for (size_t i = 0; i < run->n_inputs && i < 10; i++) {
		const struct ol_input *in = &run->inputs[i];
		fprintf(r->out, "  %s", in->name);
		if (in->bytes)
			fprintf(r->out, "  %s", size_text(in->bytes, size));
		if (in->packets)
			fprintf(r->out, "  %" PRIu64 " packets  %s to %s", in->packets,
				clock_text(in->first_ns, "%Y-%m-%d %H:%M:%S", from),
				clock_text(in->last_ns, "%Y-%m-%d %H:%M:%S", to));
		fputc('\n', r->out);
		if (*in->sha256)
			fprintf(r->out, "  sha256 %s\n", in->sha256);
	}
	if (run->n_inputs > 10)
		fprintf(r->out, "  and %zu more\n", run->n_inputs - 10);
	if (run->has_secrets) {
		style(r, RED);
		fputs("  Session secrets are in use: this report can show what was encrypted. Keep it "
		      "accordingly.\n",
		      r->out);
		style(r, PLAIN);
	}
}

static struct total *total_of(struct report *r, const char *name)
{
	for (size_t i = 0; i < r->n_totals; i++)
		if (strncmp(r->totals[i].name, name, sizeof(r->totals[i].name) - 1) == 0)
			return &r->totals[i];
	if (r->n_totals == COMPANIES_MAX)
		return NULL;
	struct total *t = &r->totals[r->n_totals++];
	snprintf(t->name, sizeof(t->name), "%s", name);
	return t;
}

static const char *party_name(const struct ol_party *p)
{
	return *p->company ? p->company : *p->domain ? p->domain : "unnamed";
}

static void hosts_text(const struct ol_party *p, char *buf, size_t size)
{
	size_t at = 0;
	buf[0] = '\0';
	for (size_t i = 0; i < p->n_hosts && i < HOSTS_SHOWN && at < size; i++)
		at += (size_t)snprintf(buf + at, size - at, "%s%s", i ? ", " : "", p->hosts[i]);
	if (p->n_hosts > HOSTS_SHOWN && at < size)
		snprintf(buf + at, size - at, " +%zu", p->n_hosts - HOSTS_SHOWN);
}

static void put_party(struct report *r, const struct ol_party *p)
{
	char up[16], down[16], sure[32], hosts[512], country[8] = "";
	hosts_text(p, hosts, sizeof(hosts));
	if (p->n_countries == 1)
		snprintf(country, sizeof(country), "%s", p->countries[0]);
	/* name, product, hosts share what the figures leave */
	int room = r->width - 4 - 16 - 9 - 9 - 3 - 15;
	int name = room * 22 / 80, product = room * 24 / 80;
	fputs("    ", r->out);
	style(r, p->conf >= .9 ? BOLD : PLAIN);
	cell(r, party_name(p), name - 1);
	style(r, PLAIN);
	fputc(' ', r->out);
	cell(r, *p->infrastructure ? p->infrastructure : p->product, product - 1);
	fputc(' ', r->out);
	style(r, CYAN);
	cell(r, p->category, 15);
	style(r, PLAIN);
	fputc(' ', r->out);
	style(r, DIM);
	cell(r, hosts, room - name - product);
	style(r, PLAIN);
	fprintf(r->out, "%9s%9s %-2s %s\n", size_text(p->up, up), size_text(p->down, down), country,
		sure_text(p->conf, sure));
	if (*p->operator_host) {
		style(r, YELLOW);
		fprintf(r->out, "      first-party name, third-party operator: alias of %s\n",
			p->operator_host);
		style(r, PLAIN);
	}
	for (size_t i = 0; i < p->n_why; i++)
		fprintf(r->out, "      %s\n", p->why[i]);
	struct total *t = total_of(r, party_name(p));
	if (t) {
		t->visits++;
		t->up += p->up;
	}
}

static void put_disclosure(struct report *r, const struct ol_disclosure *d)
{
	fputs("    ", r->out);
	style(r, YELLOW);
	fprintf(r->out, "sent to %s", *d->company ? d->company : d->host);
	style(r, PLAIN);
	fprintf(r->out, "%s%s%s (frame %" PRIu64 ")%s", *d->event ? ": " : "", d->event,
		*d->partner ? ", handed on to a partner" : "", d->frame,
		d->is_confirmed ? "" : " [unconfirmed]");
	fputc('\n', r->out);
	size_t shown = 0;
	for (size_t i = 0; i < d->n_items && shown < ITEMS_SHOWN; i++) {
		const struct ol_item *it = &d->items[i];
		if (strcmp(it->kind, "technical") == 0 || strcmp(it->kind, "unknown") == 0)
			continue;
		shown++;
		fputs("      ", r->out);
		cell(r, it->kind, 18);
		fputc(' ', r->out);
		cell(r, it->name, 10);
		fputc(' ', r->out);
		style(r, it->is_sensitive ? RED : PLAIN);
		char value[256];
		if (*it->value)
			snprintf(value, sizeof(value), "%s", it->value);
		else
			snprintf(value, sizeof(value), "(%u characters, withheld)", it->length);
		int room = r->width - 36;
		int n = columns(value);
		cell(r, value, n < room ? n : room);
		if (*it->detail)
			fprintf(r->out, "  <- %s", it->detail);
		style(r, PLAIN);
		fputc('\n', r->out);
	}
}

/* "title: a, b, c" in lines that fit. */
static void put_list(struct report *r, const char *title, const char *const *names, size_t n)
{
	if (n == 0)
		return;
	int at = fprintf(r->out, "      %s: ", title);
	for (size_t i = 0; i < n; i++) {
		int width = columns(names[i]);
		if (i > 0 && at + 2 + width > r->width)
			at = fprintf(r->out, ",\n        ") - 2;
		else if (i > 0)
			at += fprintf(r->out, ", ");
		cell(r, names[i], width);
		at += width;
	}
	fputc('\n', r->out);
}

static void put_consent(struct report *r, const struct ol_visit *v)
{
	const struct ol_consent *c = v->consent;
	if (!c)
		return;
	fprintf(r->out, "    consent: %s", *c->platform ? c->platform : "no platform seen");
	if (c->shown_ns)
		fprintf(r->out, ", loaded after %.1f s", (double)(c->shown_ns - v->start_ns) / 1e9);
	if (c->recorded_ns)
		fprintf(r->out, ", choice recorded after %.1f s",
			(double)(c->recorded_ns - v->start_ns) / 1e9);
	fprintf(r->out, "; choice: %s%s\n", *c->choice ? c->choice : "unknown",
		c->is_kept ? ", made before this visit" : "");
	put_list(r, "contacted before the platform was", c->before_platform, c->n_before_platform);
	put_list(r, "before the choice", c->before, c->n_before);
	put_list(r, "after the choice", c->after, c->n_after);
	style(r, RED);
	put_list(r, "although it says no", c->despite, c->n_despite);
	style(r, DIM);
	put_list(r, "signals", c->signals, c->n_signals);
	style(r, PLAIN);
}

static void put_visit(struct report *r, const struct ol_visit *v)
{
	char at[32], sure[32], up[16], down[16];
	r->n_visits++;
	fputc('\n', r->out);
	style(r, DIM);
	fputs(clock_text(v->start_ns, "%H:%M:%S", at), r->out);
	style(r, PLAIN);
	fputs("  ", r->out);
	style(r, BOLD);
	fputs(v->site, r->out);
	style(r, PLAIN);
	if (*v->sector)
		fprintf(r->out, " (%s)", v->sector);
	fprintf(r->out, "  client %s%s%s%s", v->client, *v->client_note ? " (" : "", v->client_note,
		*v->client_note ? ")" : "");
	fprintf(r->out, "  %.0f s, %zu page%s, visit %s%s\n", (double)(v->end_ns - v->start_ns) / 1e9,
		v->n_pages + v->n_pages_left_out, v->n_pages + v->n_pages_left_out == 1 ? "" : "s",
		sure_text(v->conf, sure), v->is_open ? ", still open" : "");
	for (size_t i = 0; i < v->n_pages; i++)
		if (*v->pages[i].url)
			fprintf(r->out, "    page %s\n", v->pages[i].url);
	style(r, DIM);
	fprintf(r->out, "    first party: %u flows, %s up, %s down; %zu third part%s\n", v->first_flows,
		size_text(v->first_up, up), size_text(v->first_down, down), v->n_parties,
		v->n_parties == 1 ? "y" : "ies");
	style(r, PLAIN);
	for (size_t i = 0; i < v->n_parties; i++)
		put_party(r, &v->parties[i]);
	for (size_t i = 0; i < v->n_disclosures; i++)
		put_disclosure(r, &v->disclosures[i]);
	put_consent(r, v);
}

static int by_visits(const void *a, const void *b)
{
	const struct total *x = a, *y = b;
	if (x->visits != y->visits)
		return x->visits > y->visits ? -1 : 1;
	if (x->up != y->up)
		return x->up > y->up ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void put_totals(struct report *r)
{
	char up[16];
	if (r->n_totals == 0)
		return;
	qsort(r->totals, r->n_totals, sizeof(*r->totals), by_visits);
	fputc('\n', r->out);
	style(r, BOLD);
	fprintf(r->out, "Who was contacted in %" PRIu64 " visit%s\n", r->n_visits,
		r->n_visits == 1 ? "" : "s");
	style(r, PLAIN);
	for (size_t i = 0; i < r->n_totals && i < 20; i++) {
		fputs("    ", r->out);
		cell(r, r->totals[i].name, 30);
		fprintf(r->out, "%5" PRIu64 " visit%s %10s up\n", r->totals[i].visits,
			r->totals[i].visits == 1 ? " " : "s", size_text(r->totals[i].up, up));
	}
	if (r->n_totals > 20)
		fprintf(r->out, "    and %zu more\n", r->n_totals - 20);
}

/* In the user's words: what the causes mean. */
static const char *cause_text(const char *cause)
{
	static const char *const words[][2] = {
		{ "ech", "name encrypted (ECH)" },
		{ "no-sni", "no name sent" },
		{ "mid-flow", "began before the capture" },
		{ "truncated", "cut by the snap length" },
		{ "lost", "packets missing" },
		{ "literal", "an address instead of a name" },
		{ "not-web", "not web traffic" },
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i][0], cause) == 0)
			return words[i][1];
	return cause;
}

static void put_coverage(struct report *r, const struct ol_coverage *c)
{
	char up[16];
	put_totals(r);
	fputc('\n', r->out);
	style(r, BOLD);
	fputs("Coverage\n", r->out);
	style(r, PLAIN);
	fprintf(r->out, "    named         %8" PRIu64 " flows %10s up\n", c->named_flows,
		size_text(c->named_up, up));
	for (size_t i = 0; i < c->n_by_name; i++)
		fprintf(r->out, "      by %-9s %8" PRIu64 "\n", c->by_name[i].name, c->by_name[i].n);
	fprintf(r->out,
		"    background    %8" PRIu64
		" flows %10s up  no visit caused them: systems, programs, the browser itself\n",
		c->background_flows, size_text(c->background_up, up));
	fprintf(r->out,
		"    unattributed  %8" PRIu64 " flows %10s up  a visit may have, none is likely enough\n",
		c->unattributed_flows, size_text(c->unattributed_up, up));
	fprintf(r->out, "    not named     %8" PRIu64 " flows %10s up\n", c->unnamed_flows,
		size_text(c->unnamed_up, up));
	for (size_t i = 0; i < c->n_by_cause; i++)
		fprintf(r->out, "      %8" PRIu64 "  %s\n", c->by_cause[i].n,
			cause_text(c->by_cause[i].name));
	if (c->out_of_scope_visits)
		fprintf(r->out, "    %" PRIu64 " visits out of scope were not kept\n",
			c->out_of_scope_visits);
	fputs("    Contacts are what packets show. What was said inside encrypted connections is told only "
	      "where secrets\n"
	      "    were given; data passed on from server to server cannot be seen here.\n",
	      r->out);
}

static void put_summary(struct report *r, const struct ol_summary *s)
{
	if (!s->is_incomplete && s->n_notes == 0)
		return;
	fputc('\n', r->out);
	style(r, s->is_incomplete ? RED : PLAIN);
	fputs(s->is_incomplete ? "This result is incomplete\n" : "Notes\n", r->out);
	style(r, PLAIN);
	for (size_t i = 0; i < s->n_notes; i++)
		fprintf(r->out, "    %s\n", s->notes[i]);
}

static bool failed(char err[OL_ERR_MAX], const char *what)
{
	snprintf(err, OL_ERR_MAX, "%s: %s", what, strerror(errno));
	return false;
}

static void *text_open(const struct ol_host *host, const char *target, char err[OL_ERR_MAX])
{
	struct report *r = calloc(1, sizeof(*r));
	if (!r) {
		failed(err, "cannot begin");
		return NULL;
	}
	bool is_stdout = !*target || strcmp(target, "-") == 0;
	const char *colour = host->option(host, "colour"), *width = host->option(host, "width");
	r->colour = *colour ? *colour == '1' : is_stdout && host->use_colour;
	r->width = *width ? (int)strtol(width, NULL, 10) : is_stdout ? (int)host->width : 0;
	if (r->width <= 0 || r->width > 1000)
		r->width = WIDTH_DEFAULT;
	if (r->width < WIDTH_LEAST)
		r->width = WIDTH_LEAST;
	int fd = is_stdout ? STDOUT_FILENO : open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	r->out = is_stdout ? stdout : fd < 0 ? NULL : fdopen(fd, "w");
	if (!r->out) {
		failed(err, target);
		free(r);
		return NULL;
	}
	return r;
}

static bool text_record(void *sink, const struct ol_record *record, char err[OL_ERR_MAX])
{
	struct report *r = sink;
	switch (record->type) {
	case OL_RUN:
		put_run(r, record->run);
		break;
	case OL_VISIT:
		put_visit(r, record->visit);
		break;
	case OL_FLOW:
		r->n_flows++;
		break;
	case OL_COVERAGE:
		put_coverage(r, record->coverage);
		break;
	case OL_SUMMARY:
		put_summary(r, record->summary);
		break;
	case OL_STATUS:
		break;
	}
	return ferror(r->out) ? failed(err, "cannot write") : true;
}

static bool text_flush(void *sink, char err[OL_ERR_MAX])
{
	return fflush(((struct report *)sink)->out) == 0 ? true : failed(err, "cannot write");
}

static bool text_close(void *sink, char err[OL_ERR_MAX])
{
	struct report *r = sink;
	bool ok = fflush(r->out) == 0 && !ferror(r->out);
	if (r->out != stdout)
		ok = fclose(r->out) == 0 && ok;
	free(r);
	return ok ? true : failed(err, "cannot write");
}

static const struct ol_sink sink = {
	.open = text_open,
	.record = text_record,
	.flush = text_flush,
	.close = text_close,
};

const struct ol_plugin ol_plugin = {
	.abi = OL_PLUGIN_ABI,
	.name = "text",
	.about = "a report for people",
	.sink = &sink,
};
