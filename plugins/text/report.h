/* The report in the making, shared by the files that write its parts. */
#ifndef PLUGINS_TEXT_REPORT_H
#define PLUGINS_TEXT_REPORT_H

#include <stddef.h>

#include "out/plugin.h"
#include "term.h"

enum { COMPANIES_MAX = 512, INDENT = 4 };

/* What a company got over all visits. */
struct total {
	char name[96];
	uint64_t visits, up, last_visit;
};

struct report {
	struct term term;
	bool show_all, has_secrets;
	uint64_t n_visits, n_unlikely; /* parties that are not counted */
	int64_t
	    day; /* since 1970, of the visit before; at first of the inputs if they are of one day, else -1 */
	struct total totals[COMPANIES_MAX];
	size_t n_totals, totals_left_out;
};

/* A paragraph of its own, indented; and a line that begins a part. */
void report_say(struct report *r, enum style style, int indent, const char *text);
void report_heading(struct report *r, const char *text);

const char *party_name(const struct ol_party *p);

void report_visit(struct report *r, const struct ol_visit *v);
void report_disclosures(struct report *r, const struct ol_visit *v);
void report_consent(struct report *r, const struct ol_visit *v);
void report_coverage(struct report *r, const struct ol_coverage *c);
void report_summary(struct report *r, const struct ol_summary *s);

#endif
