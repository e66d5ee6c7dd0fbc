/* The end of the report: who was contacted over all visits, what could be seen and what not. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

enum { COMPANIES_SHOWN = 20 };

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
	struct term *t = &r->term;
	char text[96], size[SIZE_TEXT_MAX];
	if (r->n_totals == 0 && r->n_unlikely == 0)
		return;
	qsort(r->totals, r->n_totals, sizeof(*r->totals), by_visits);
	snprintf(text, sizeof(text), "Who was contacted in %" PRIu64 " visit%s", r->n_visits,
		 r->n_visits == 1 ? "" : "s");
	report_heading(r, text);
	for (size_t i = 0; i < r->n_totals && i < COMPANIES_SHOWN; i++) {
		const struct total *c = &r->totals[i];
		term_cell(t, "", INDENT);
		term_cell(t, c->name, 30);
		term_putf(t, "%6" PRIu64 " visit%s %9s up", c->visits, c->visits == 1 ? " " : "s",
			  size_text(c->up, size));
		term_end(t);
	}
	if (r->n_totals + r->totals_left_out > COMPANIES_SHOWN) {
		snprintf(text, sizeof(text), "and %zu more",
			 r->n_totals + r->totals_left_out - COMPANIES_SHOWN);
		report_say(r, DIM, INDENT, text);
	}
	if (r->n_unlikely) {
		snprintf(text, sizeof(text),
			 "without %" PRIu64 " contact%s less likely than not, see the visits", r->n_unlikely,
			 r->n_unlikely == 1 ? "" : "s");
		report_say(r, DIM, INDENT, text);
	}
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

static void covered(struct report *r, const char *what, uint64_t flows, uint64_t up, const char *words)
{
	struct term *t = &r->term;
	char size[SIZE_TEXT_MAX];
	term_cell(t, "", INDENT);
	term_cell(t, what, 13);
	term_putf(t, "%9" PRIu64 " flow%s %9s up", flows, flows == 1 ? " " : "s", size_text(up, size));
	if (*words) {
		term_style(t, DIM);
		term_put(t, "  ");
		term_wrap(t, INDENT + 13 + 10, words);
		term_style(t, PLAIN);
	}
	term_end(t);
}

static void by_count(struct report *r, const struct ol_count *c, size_t n, const char *(*text)(const char *))
{
	for (size_t i = 0; i < n; i++) {
		term_cell(&r->term, "", INDENT + 13);
		term_putf(&r->term, "%9" PRIu64 " %s%s", c[i].n, text ? "" : "by ",
			  text ? text(c[i].name) : c[i].name);
		term_end(&r->term);
	}
}

void report_coverage(struct report *r, const struct ol_coverage *c)
{
	char text[96];
	put_totals(r);
	report_heading(r, "Coverage");
	covered(r, "named", c->named_flows, c->named_up, "");
	by_count(r, c->by_name, c->n_by_name, NULL);
	covered(r, "not named", c->unnamed_flows, c->unnamed_up, "");
	by_count(r, c->by_cause, c->n_by_cause, cause_text);
	covered(r, "background", c->background_flows, c->background_up,
		"no visit caused them: systems, programs, the browser itself");
	covered(r, "unattributed", c->unattributed_flows, c->unattributed_up,
		"a visit may have: none is likely enough, or none was made out");
	if (c->named_flows + c->unnamed_flows == 0)
		report_say(
		    r, PLAIN, INDENT,
		    "No connection of a client was seen. --home says whose hosts are clients; --filter "
		    "may have left them out.");
	if (r->n_visits == 0 && c->named_flows && !c->out_of_scope_visits)
		report_say(r, PLAIN, INDENT,
			   "No visit to a site was made out. What was contacted all the same is listed by "
			   "'-o jsonl:- --records flow'.");
	if (c->out_of_scope_visits) {
		snprintf(text, sizeof(text), "%" PRIu64 " visits out of scope were counted, not kept",
			 c->out_of_scope_visits);
		report_say(r, PLAIN, INDENT, text);
	}
	report_say(
	    r, DIM, INDENT,
	    r->has_secrets
		? "Encrypted content is shown where the secrets given fit; of the other connections packets "
		  "show who was contacted, when and how much. "
		  "Data passed on from server to server cannot be seen here."
		: "Packets show who was contacted, when and how much. What was said inside encrypted "
		  "connections "
		  "is told only where secrets are given; data passed on from server to server cannot be seen "
		  "here.");
}

void report_summary(struct report *r, const struct ol_summary *s)
{
	if (!s->is_incomplete && s->n_notes == 0)
		return;
	report_heading(r, s->is_incomplete ? "This result is incomplete" : "Notes");
	for (size_t i = 0; i < s->n_notes; i++)
		report_say(r, s->is_incomplete ? RED : PLAIN, INDENT, s->notes[i]);
}
