/* A live view of the terminal, like top: open visits with their third parties, rates, drops. Keys: q quits,
 * arrows move, c orders by company instead of visit.
 */
#include <curses.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "out/plugin.h"

#define NS_PER_S INT64_C(1000000000)

enum { VISITS_MAX = 512, COMPANIES_MAX = 256, NAMES_SHOWN = 12, TEXT_MAX = 64, LIST_MAX = 400 };

struct row {
	uint64_t id;
	int64_t start_ns, end_ns;
	bool is_open;
	double conf;
	uint64_t up;
	size_t n_parties;
	char site[TEXT_MAX], client[TEXT_MAX], parties[LIST_MAX];
};

struct company {
	char name[TEXT_MAX];
	uint64_t visits, up;
};

struct top {
	SCREEN *screen;
	struct row rows[VISITS_MAX];
	size_t n_rows;
	struct company companies[COMPANIES_MAX];
	size_t n_companies;
	uint64_t packets, bytes, last_packets, last_bytes, drops, visits;
	bool by_company;
	int scroll;
	struct timespec told;
	double packet_rate, byte_rate;
};

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

static int by_recent(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	if (x->is_open != y->is_open)
		return x->is_open ? -1 : 1;
	if (x->end_ns != y->end_ns)
		return x->end_ns > y->end_ns ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static struct row *row_of(struct top *t, uint64_t id)
{
	for (size_t i = 0; i < t->n_rows; i++)
		if (t->rows[i].id == id)
			return &t->rows[i];
	if (t->n_rows == VISITS_MAX) { /* the one that ended longest ago makes room */
		qsort(t->rows, t->n_rows, sizeof(*t->rows), by_recent);
		t->n_rows--;
	}
	struct row *r = &t->rows[t->n_rows++];
	*r = (struct row){ .id = id };
	return r;
}

static void count_company(struct top *t, const struct ol_party *p)
{
	const char *name = *p->company ? p->company : p->domain;
	struct company *c = NULL;
	for (size_t i = 0; i < t->n_companies && !c; i++)
		if (strncmp(t->companies[i].name, name, TEXT_MAX - 1) == 0)
			c = &t->companies[i];
	if (!c && t->n_companies < COMPANIES_MAX) {
		c = &t->companies[t->n_companies++];
		copy(c->name, sizeof(c->name), name);
	}
	if (c) {
		c->visits++;
		c->up += p->up;
	}
}

static void take_visit(struct top *t, const struct ol_visit *v)
{
	struct row *r = row_of(t, v->id);
	*r = (struct row){ .id = v->id,
			   .start_ns = v->start_ns,
			   .end_ns = v->end_ns,
			   .is_open = v->is_open,
			   .conf = v->conf,
			   .n_parties = v->n_parties };
	copy(r->site, sizeof(r->site), v->site);
	copy(r->client, sizeof(r->client), v->client);
	size_t at = 0;
	for (size_t i = 0; i < v->n_parties; i++) {
		const struct ol_party *p = &v->parties[i];
		const char *name = *p->company ? p->company : p->domain;
		r->up += p->up;
		if (!v->is_open)
			count_company(t, p);
		if (i < NAMES_SHOWN && at < sizeof(r->parties) && !strstr(r->parties, name))
			at += (size_t)snprintf(r->parties + at, sizeof(r->parties) - at, "%s%s",
					       at ? ", " : "", name);
	}
	t->visits += !v->is_open;
}

static uint64_t count_of(const struct ol_summary *s, const char *group, const char *name)
{
	uint64_t n = 0;
	for (size_t i = 0; i < s->n_counts; i++)
		if (strcmp(s->counts[i].group, group) == 0 &&
		    (!*name || strcmp(s->counts[i].name, name) == 0))
			n += s->counts[i].n;
	return n;
}

static void take_status(struct top *t, const struct ol_summary *s)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	t->packets = count_of(s, "", "packets");
	t->bytes = count_of(s, "", "bytes");
	t->drops = count_of(s, "dropped", "");
	double passed = (double)(now.tv_sec - t->told.tv_sec) + (double)(now.tv_nsec - t->told.tv_nsec) / 1e9;
	if (t->told.tv_sec && passed > 0) {
		t->packet_rate = (double)(t->packets - t->last_packets) / passed;
		t->byte_rate = (double)(t->bytes - t->last_bytes) / passed;
	}
	t->told = now;
	t->last_packets = t->packets;
	t->last_bytes = t->bytes;
}

static const char *size_text(uint64_t n, char buf[16])
{
	if (n < 1000)
		snprintf(buf, 16, "%" PRIu64, n);
	else if (n < 1000000)
		snprintf(buf, 16, "%.1fk", (double)n / 1e3);
	else
		snprintf(buf, 16, "%.1fM", (double)n / 1e6);
	return buf;
}

static void draw_visits(struct top *t, int lines, int columns)
{
	qsort(t->rows, t->n_rows, sizeof(*t->rows), by_recent);
	attron(A_REVERSE);
	mvprintw(2, 0, "%-8s %-26s %-18s %5s  %4s %7s  %-*s", "start", "site", "client", "sec", "sure", "up",
		 columns > 80 ? columns - 79 : 1, "third parties");
	attroff(A_REVERSE);
	for (int i = 0; i + t->scroll < (int)t->n_rows && i < lines - 3; i++) {
		const struct row *r = &t->rows[i + t->scroll];
		char at[16] = "", up[16];
		time_t s = (time_t)(r->start_ns / NS_PER_S);
		struct tm tm;
		if (gmtime_r(&s, &tm))
			strftime(at, sizeof(at), "%H:%M:%S", &tm);
		if (r->is_open)
			attron(A_BOLD);
		mvprintw(3 + i, 0, "%-8s %-26.26s %-18.18s %5.0f  %3.0f%% %7s  %zu: %.*s", at, r->site,
			 r->client, (double)(r->end_ns - r->start_ns) / 1e9, r->conf * 100,
			 size_text(r->up, up), r->n_parties, columns > 85 ? columns - 85 : 0, r->parties);
		clrtoeol();
		attroff(A_BOLD);
	}
}

static int by_visits(const void *a, const void *b)
{
	const struct company *x = a, *y = b;
	if (x->visits != y->visits)
		return x->visits > y->visits ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void draw_companies(struct top *t, int lines)
{
	qsort(t->companies, t->n_companies, sizeof(*t->companies), by_visits);
	attron(A_REVERSE);
	mvprintw(2, 0, "%-40s %8s %9s", "company", "visits", "up");
	attroff(A_REVERSE);
	for (int i = 0; i + t->scroll < (int)t->n_companies && i < lines - 3; i++) {
		const struct company *c = &t->companies[i + t->scroll];
		char up[16];
		mvprintw(3 + i, 0, "%-40.40s %8" PRIu64 " %9s", c->name, c->visits, size_text(c->up, up));
		clrtoeol();
	}
}

static void draw(struct top *t)
{
	int lines, columns;
	getmaxyx(stdscr, lines, columns);
	erase();
	attron(A_BOLD);
	mvprintw(0, 0, "onlooker");
	attroff(A_BOLD);
	printw("  %.0f packets/s  %.1f Mbit/s  %" PRIu64 " packets  %" PRIu64 " visits closed  ",
	       t->packet_rate, t->byte_rate * 8 / 1e6, t->packets, t->visits);
	if (t->drops)
		attron(A_BOLD);
	printw("%" PRIu64 " dropped", t->drops);
	attroff(A_BOLD);
	mvprintw(1, 0, "q quit  c %s  up/down scroll", t->by_company ? "visits" : "companies");
	if (t->by_company)
		draw_companies(t, lines);
	else
		draw_visits(t, lines, columns);
	refresh();
}

static void keys(struct top *t)
{
	for (int key; (key = getch()) != ERR;) {
		if (key == 'q')
			raise(SIGINT); /* the program ends as by Ctrl-C: visits are closed, the summary is
					  written */
		else if (key == 'c')
			t->by_company = !t->by_company;
		else if (key == KEY_DOWN)
			t->scroll++;
		else if (key == KEY_UP && t->scroll > 0)
			t->scroll--;
	}
}

static void *top_open(const struct ol_host *host, const char *target, char err[OL_ERR_MAX])
{
	(void)host, (void)target;
	struct top *t = calloc(1, sizeof(*t));
	if (t)
		t->screen = newterm(NULL, stdout, stdin);
	if (!t || !t->screen) {
		snprintf(err, OL_ERR_MAX, "no terminal for the live view");
		free(t);
		return NULL;
	}
	set_term(t->screen);
	cbreak();
	noecho();
	curs_set(0);
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	draw(t);
	return t;
}

static bool top_record(void *sink, const struct ol_record *r, char err[OL_ERR_MAX])
{
	(void)err;
	struct top *t = sink;
	if (r->type == OL_VISIT)
		take_visit(t, r->visit);
	else if (r->type == OL_STATUS)
		take_status(t, r->summary);
	return true;
}

static bool top_flush(void *sink, char err[OL_ERR_MAX])
{
	(void)err;
	keys(sink);
	draw(sink);
	return true;
}

static bool top_close(void *sink, char err[OL_ERR_MAX])
{
	(void)err;
	struct top *t = sink;
	endwin();
	delscreen(t->screen);
	free(t);
	return true;
}

static const struct ol_sink sink = {
	.open = top_open,
	.record = top_record,
	.flush = top_flush,
	.close = top_close,
};

const struct ol_plugin ol_plugin = {
	.abi = OL_PLUGIN_ABI,
	.name = "top",
	.about = "a live view of the terminal",
	.sink = &sink,
};
