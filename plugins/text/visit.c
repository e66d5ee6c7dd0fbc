/* A visit: its line, its pages, its third parties. */
#include <inttypes.h>
#include <string.h>

#include "report.h"

enum { PAGES_SHOWN = 12, HOSTS_SHOWN = 3, NAMES_SHOWN = 3, NAMES_TEXT = 256 };

#define LIKELY 0.495 /* shown as 50 % */
#define SURE 0.9     /* from here on a visit that goes on is said to be one */

/* Columns of a third party's line; 0: no room for it. */
struct layout {
	int who, hosts, category, up, down, country, sure;
};

static struct layout layout_of(int width, const struct ol_visit *v)
{
	struct layout l = { .up = 9, .sure = 6 };
	bool has_country = false;
	for (size_t i = 0; i < v->n_parties; i++)
		has_country = has_country || v->parties[i].n_countries;
	int room = width - INDENT - l.up - l.sure;
	if (width >= 68)
		l.down = 9;
	if (width >= 100)
		l.category = 15;
	if (width >= 90 && has_country)
		l.country = 4;
	room -= l.down + l.category + l.country;
	l.who = width >= 80 ? room * 52 / 100 : room;
	l.hosts = room - l.who;
	return l;
}

const char *party_name(const struct ol_party *p)
{
	return *p->company ? p->company : *p->domain ? p->domain : "no name";
}

/* What is less likely than not is shown in its visit, with how sure it is, but not counted. */
static void count(struct report *r, const struct ol_party *p)
{
	if (p->conf < LIKELY) {
		r->n_unlikely++;
		return;
	}
	const char *name = party_name(p);
	struct total *t = NULL;
	for (size_t i = 0; i < r->n_totals && !t; i++)
		if (strncmp(r->totals[i].name, name, sizeof(r->totals[i].name) - 1) == 0)
			t = &r->totals[i];
	if (!t && r->n_totals == COMPANIES_MAX) {
		r->totals_left_out++;
		return;
	}
	if (!t) {
		t = &r->totals[r->n_totals++];
		*t = (struct total){ .visits = 0 };
		snprintf(t->name, sizeof(t->name), "%s", name);
	}
	t->visits += t->last_visit != r->n_visits;
	t->last_visit = r->n_visits;
	t->up += p->up;
}

static void put_who(struct report *r, const struct ol_party *p, int width)
{
	struct term *t = &r->term;
	char text[256];
	const char *more = *p->infrastructure ? p->infrastructure : p->product;
	/* "Google, Google Analytics" says it twice */
	if (strncmp(more, p->company, strlen(p->company)) == 0 && *more)
		snprintf(text, sizeof(text), "%s", more);
	else
		snprintf(text, sizeof(text), "%s%s%s", party_name(p), *more ? ", " : "", more);
	term_style(t, p->conf >= .9 ? BOLD : p->conf < .6 ? DIM : PLAIN);
	term_cell(t, text, width - 1);
	term_style(t, PLAIN);
	term_put(t, " ");
}

/* "100" is kept for what was read in clear. */
static double percent(double conf)
{
	return conf >= .995 && conf < 1 ? 99 : conf * 100;
}

/* Is it the visited site's own name? */
static bool is_own_name(const struct ol_visit *v, const char *host)
{
	size_t n = strlen(host), site = strlen(v->site);
	return n >= site && strcmp(host + n - site, v->site) == 0 && (n == site || host[n - site - 1] == '.');
}

static void put_operator(struct report *r, const struct ol_visit *v, const struct ol_party *p)
{
	char text[512];
	bool is_own = p->n_hosts && is_own_name(v, p->hosts[0]);
	snprintf(text, sizeof(text), "%san alias of %s",
		 is_own ? "first-party name, third-party operator: " : "", p->operator_host);
	report_say(r, is_own ? YELLOW : DIM, INDENT + 2, text);
}

/* Nothing that is known says so, but a reader should look before accusing. */
static void put_maybe_own(struct report *r, const struct ol_party *p)
{
	char text[160];
	size_t at = (size_t)snprintf(text, sizeof(text), "may belong to the site's own organisation:");
	for (size_t i = 0; i < p->n_maybe_own; i++) {
		const char *sign = p->maybe_own[i];
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s %s", i ? "," : "",
				       strcmp(sign, "name") == 0      ? "alike in name"
				       : strcmp(sign, "address") == 0 ? "at the same address"
								      : "asked on the same connection");
	}
	report_say(r, DIM, INDENT + 2, text);
}

static void put_party(struct report *r, const struct ol_visit *v, const struct ol_party *p, struct layout l)
{
	struct term *t = &r->term;
	char text[512], size[SIZE_TEXT_MAX];
	size_t at = 0;
	term_cell(t, "", INDENT);
	put_who(r, p, l.who);
	text[0] = '\0';
	for (size_t i = 0; i < p->n_hosts && i < HOSTS_SHOWN && at < sizeof(text); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", i ? ", " : "", p->hosts[i]);
	if (p->n_hosts > HOSTS_SHOWN && at < sizeof(text))
		snprintf(text + at, sizeof(text) - at, " +%zu", p->n_hosts - HOSTS_SHOWN);
	term_style(t, DIM);
	term_cell(t, text, l.hosts ? l.hosts - 1 : 0);
	term_cell(t, "", l.hosts ? 1 : 0);
	term_style(t, CYAN);
	term_cell(t, p->category, l.category);
	term_style(t, PLAIN);
	term_cell_right(t, size_text(p->up, size), l.up);
	if (l.down)
		term_cell_right(t, size_text(p->down, size), l.down);
	if (l.country)
		term_cell_right(t,
				p->n_countries == 1 ? p->countries[0]
				: p->n_countries    ? "+"
						    : "",
				l.country);
	snprintf(text, sizeof(text), "%.0f %%", percent(p->conf));
	term_cell_right(t, text, l.sure);
	term_end(t);
	if (*p->operator_host)
		put_operator(r, v, p);
	if (p->n_maybe_own)
		put_maybe_own(r, p);
	for (size_t i = 0; i < p->n_why; i++)
		report_say(r, DIM, INDENT + 2, p->why[i]);
	count(r, p);
}

static void put_parties(struct report *r, const struct ol_visit *v)
{
	struct term *t = &r->term;
	struct layout l = layout_of(t->width, v);
	if (v->n_parties == 0) {
		report_say(r, DIM, INDENT, "no third party was seen");
		return;
	}
	char text[96];
	size_t n_maybe = 0, at;
	for (size_t i = 0; i < v->n_parties; i++)
		n_maybe += v->parties[i].n_maybe_own > 0;
	at = (size_t)snprintf(text, sizeof(text), "%zu third part%s", v->n_parties,
			      v->n_parties == 1 ? "y" : "ies");
	if (n_maybe)
		snprintf(text + at, sizeof(text) - at, ", %zu may be its own", n_maybe);
	term_cell(t, "", INDENT);
	term_style(t, DIM);
	term_cell(t, text, l.who + l.hosts + l.category);
	term_cell_right(t, "up", l.up);
	if (l.down)
		term_cell_right(t, "down", l.down);
	term_cell_right(t, l.country ? "in" : "", l.country);
	term_cell_right(t, "sure", l.sure);
	term_style(t, PLAIN);
	term_end(t);
	for (size_t i = 0; i < v->n_parties; i++)
		put_party(r, v, &v->parties[i], l);
}

static void put_pages(struct report *r, const struct ol_visit *v)
{
	char text[64];
	size_t shown = 0, read = 0;
	for (size_t i = 0; i < v->n_pages; i++) {
		read += *v->pages[i].url != '\0';
		if (!*v->pages[i].url || shown == PAGES_SHOWN)
			continue;
		shown++;
		term_cell(&r->term, "", INDENT);
		term_put(&r->term, "page ");
		term_wrap(&r->term, INDENT + 5, v->pages[i].url);
		term_end(&r->term);
	}
	if (read > shown) {
		snprintf(text, sizeof(text), "and %zu more pages", read - shown);
		report_say(r, DIM, INDENT, text);
	}
}

/* The companies met last, each once. */
static void name_parties(const struct ol_visit *v, char text[NAMES_TEXT])
{
	size_t at = 0, n = 0;
	text[0] = '\0';
	for (size_t i = v->n_parties; i-- > 0 && at < NAMES_TEXT && n < NAMES_SHOWN;) {
		const char *name = party_name(&v->parties[i]);
		size_t k = v->n_parties - 1;
		while (k > i && strcmp(name, party_name(&v->parties[k])) != 0)
			k--;
		if (k == i)
			at += (size_t)snprintf(text + at, NAMES_TEXT - at, "%s%s", n++ ? ", " : ": ", name);
	}
}

/* A visit that goes on is told in a line each time that there is something new; the whole comes when it is
 * over. */
static void put_open(struct report *r, const struct ol_visit *v)
{
	struct term *t = &r->term;
	char names[NAMES_TEXT], text[NAMES_TEXT + 128], at[CLOCK_TEXT_MAX];
	term_putf(t, "%s  ", clock_text(v->start_ns, "%H:%M:%S", at));
	term_style(t, BOLD);
	term_put(t, v->site);
	term_style(t, DIM);
	name_parties(v, names);
	snprintf(text, sizeof(text), "  client %s  %s, %.0f s, %zu third part%s%s", v->client,
		 v->conf >= SURE ? "goes on" : "perhaps a visit", (double)(v->end_ns - v->start_ns) / 1e9,
		 v->n_parties, v->n_parties == 1 ? "y" : "ies", names);
	term_wrap(t, 10, text);
	term_style(t, PLAIN);
	term_end(t);
}

/* Of a visit of another day than the one before. */
static void put_day(struct report *r, const struct ol_visit *v)
{
	char day[CLOCK_TEXT_MAX];
	if (day_of(v->start_ns) == r->day)
		return;
	r->day = day_of(v->start_ns);
	report_heading(r, clock_text(v->start_ns, "%Y-%m-%d", day));
}

static void put_first_party(struct report *r, const struct ol_visit *v)
{
	char text[128], up[SIZE_TEXT_MAX], down[SIZE_TEXT_MAX];
	if (v->first_flows == 0 && v->first_up == 0)
		snprintf(text, sizeof(text), "first party: no connection was seen in this visit");
	else
		snprintf(text, sizeof(text), "first party: %u flow%s, %s up, %s down", v->first_flows,
			 v->first_flows == 1 ? "" : "s", size_text(v->first_up, up),
			 size_text(v->first_down, down));
	report_say(r, DIM, INDENT, text);
}

static void put_part_of(struct report *r, const struct ol_visit *v)
{
	char text[320];

	if (!v->part_of)
		return;
	snprintf(text, sizeof(text),
		 strcmp(v->part_as, "login") == 0 ? "login for %s" : "led on to %s at once", v->part_site);
	report_say(r, PLAIN, INDENT, text);
}

void report_visit(struct report *r, const struct ol_visit *v)
{
	put_day(r, v);
	if (v->is_open) {
		put_open(r, v);
		return;
	}
	struct term *t = &r->term;
	char text[256], at[CLOCK_TEXT_MAX];
	size_t n_pages = v->n_pages + v->n_pages_left_out;
	r->n_visits++;
	term_end(t);
	term_putf(t, "%s  ", clock_text(v->start_ns, "%H:%M:%S", at));
	term_style(t, BOLD);
	term_put(t, v->site);
	term_style(t, PLAIN);
	snprintf(text, sizeof(text), "%s%s%s  client %s%s%s%s  %.0f s, %zu page%s  %.0f %% sure",
		 *v->sector ? " (" : "", v->sector, *v->sector ? ")" : "", v->client,
		 *v->client_note ? " (" : "", v->client_note, *v->client_note ? ")" : "",
		 (double)(v->end_ns - v->start_ns) / 1e9, n_pages, n_pages == 1 ? "" : "s", percent(v->conf));
	term_wrap(t, 10, text);
	term_end(t);
	put_part_of(r, v);
	put_pages(r, v);
	put_first_party(r, v);
	put_parties(r, v);
	report_disclosures(r, v);
	report_consent(r, v);
}
