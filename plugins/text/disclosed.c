/* What requests gave away in a visit, and what was seen of consent. */
#include <inttypes.h>
#include <string.h>

#include "report.h"

enum { DISCLOSURES_SHOWN = 12, ITEMS_SHOWN = 6 };

/* Is it of interest to a reader who has little time? */
static bool is_telling(const struct ol_item *i)
{
	return strcmp(i->kind, "technical") != 0 && strcmp(i->kind, "unknown") != 0;
}

static void put_item(struct report *r, const struct ol_item *i)
{
	struct term *t = &r->term;
	char text[2400];
	term_cell(t, "", INDENT + 2);
	term_cell(t, i->kind, 18);
	term_put(t, " ");
	term_cell(t, i->name, 10);
	term_put(t, " ");
	int indent = t->at;
	if (*i->value)
		snprintf(text, sizeof(text), "%.2000s", i->value);
	else
		snprintf(text, sizeof(text), "(%u characters, withheld)", i->length);
	term_style(t, i->is_sensitive ? RED : PLAIN);
	if (r->show_all)
		term_wrap(t, indent, text);
	else
		term_cell(t, text, t->width - indent);
	term_style(t, PLAIN);
	term_end(t);
	if (*i->detail || *i->theme) {
		snprintf(text, sizeof(text), "^ %s%s%s", i->detail, *i->detail && *i->theme ? "; " : "",
			 i->theme);
		report_say(r, YELLOW, indent, text);
	}
}

static void put_disclosure(struct report *r, const struct ol_disclosure *d)
{
	char text[512];
	snprintf(text, sizeof(text), "%s%s%s%s%s%s%s  frame %" PRIu64 "%s",
		 *d->company ? d->company : d->host, *d->product ? ", " : "", d->product,
		 *d->event ? ": " : "", d->event, *d->partner ? ", handed on to " : "", d->partner, d->frame,
		 d->is_confirmed ? "" : "  (by its documentation alone)");
	report_say(r, BOLD, INDENT, text);
	size_t shown = 0, left = 0;
	for (size_t i = 0; i < d->n_items; i++) {
		if (r->show_all || (is_telling(&d->items[i]) && shown < ITEMS_SHOWN)) {
			put_item(r, &d->items[i]);
			shown++;
		} else {
			left++;
		}
	}
	if (left) {
		snprintf(text, sizeof(text), "and %zu more", left);
		report_say(r, DIM, INDENT + 2, text);
	}
}

void report_disclosures(struct report *r, const struct ol_visit *v)
{
	char text[96];
	size_t shown = 0;
	if (v->n_disclosures == 0)
		return;
	snprintf(text, sizeof(text), "%zu disclosures", v->n_disclosures + v->n_disclosures_left_out);
	report_say(r, DIM, INDENT, text);
	for (size_t i = 0; i < v->n_disclosures && (r->show_all || shown < DISCLOSURES_SHOWN); i++, shown++)
		put_disclosure(r, &v->disclosures[i]);
	if (v->n_disclosures + v->n_disclosures_left_out > shown) {
		snprintf(text, sizeof(text), "and %zu more: --text.all=1, or -o jsonl",
			 v->n_disclosures + v->n_disclosures_left_out - shown);
		report_say(r, DIM, INDENT, text);
	}
}

static size_t add_list(char *buf, size_t size, size_t at, const char *title, const char *const *names,
		       size_t n)
{
	for (size_t i = 0; i < n && at < size; i++)
		at += (size_t)snprintf(buf + at, size - at, "%s%s", i ? ", " : title, names[i]);
	return at;
}

void report_consent(struct report *r, const struct ol_visit *v)
{
	const struct ol_consent *c = v->consent;
	char text[4096];
	size_t at = 0;
	if (!c)
		return;
	at += (size_t)snprintf(text, sizeof(text), "consent: %s",
			       *c->platform ? c->platform : "no platform seen");
	if (c->shown_ns)
		at += (size_t)snprintf(text + at, sizeof(text) - at, ", loaded after %.1f s",
				       (double)(c->shown_ns - v->start_ns) / 1e9);
	if (c->recorded_ns)
		at += (size_t)snprintf(text + at, sizeof(text) - at, ", choice recorded after %.1f s",
				       (double)(c->recorded_ns - v->start_ns) / 1e9);
	at +=
	    (size_t)snprintf(text + at, sizeof(text) - at, "; choice %s", *c->choice ? c->choice : "unknown");
	at = add_list(text, sizeof(text), at, "; before it: ", c->before, c->n_before);
	at = add_list(text, sizeof(text), at, "; after it: ", c->after, c->n_after);
	at = add_list(text, sizeof(text), at, "; although refused: ", c->despite, c->n_despite);
	add_list(text, sizeof(text), at, "; signals: ", c->signals, c->n_signals);
	report_say(r, c->n_despite ? RED : PLAIN, INDENT, text);
}
