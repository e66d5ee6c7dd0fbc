/* What requests gave away in a visit: for each receiver its events and what they told, the most telling
 * first; with
 * --text.all=1 every request.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

enum { RECEIVERS_MAX = 64, EVENTS_SHOWN = 6, FACTS_SHOWN = 10, ALIKE_SHOWN = 2 };

/* One receiver of a visit. */
struct receiver {
	const struct ol_disclosure *first;
	size_t n, n_before, n_after; /* of the choice, where that is known */
	struct {
		const char *name;
		size_t n;
	} events[EVENTS_SHOWN];
	size_t n_events, events_left_out;
	const struct ol_item *facts[FACTS_SHOWN]; /* distinct, the lowest rank first */
	size_t n_facts, facts_left_out;
	bool is_confirmed; /* one of its endpoints */
};

/* The less, the more a reader with little time should see it. returns: below 0: never. */
static int rank(const struct ol_item *i)
{
	static const char *const kinds[] = { "contact-plain", "contact-hash",      "account-id",
					     "search-query",  "page-url",          "form-meta",
					     "page-title",    "id-sync",           "referrer",
					     "click-id",      "online-identifier", "session-replay",
					     "location",      "commerce" };
	if (i->is_sensitive || strncmp(i->detail, "your ", 5) == 0)
		return 0;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		if (strcmp(kinds[k], i->kind) == 0)
			return (int)k + 1;
	return -1;
}

static bool is_same(const struct ol_item *a, const struct ol_item *b)
{
	return strcmp(a->kind, b->kind) == 0 && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->value, b->value) == 0 && strcmp(a->digest, b->digest) == 0;
}

static void add_fact(struct receiver *c, const struct ol_item *item)
{
	int mine = rank(item);
	if (mine < 0)
		return;
	size_t at = c->n_facts, alike = 0;
	for (size_t i = 0; i < c->n_facts; i++) {
		if (is_same(c->facts[i], item))
			return;
		alike +=
		    strcmp(c->facts[i]->kind, item->kind) == 0 && strcmp(c->facts[i]->name, item->name) == 0;
	}
	if (alike >= ALIKE_SHOWN && mine > 0) {
		c->facts_left_out++;
		return;
	}
	while (at > 0 && rank(c->facts[at - 1]) > mine)
		at--;
	if (c->n_facts == FACTS_SHOWN) {
		c->facts_left_out++;
		if (at == FACTS_SHOWN)
			return;
		c->n_facts--;
	}
	memmove(&c->facts[at + 1], &c->facts[at], (c->n_facts - at) * sizeof(c->facts[0]));
	c->facts[at] = item;
	c->n_facts++;
}

static void add_event(struct receiver *c, const char *name)
{
	if (!*name)
		return;
	for (size_t i = 0; i < c->n_events; i++)
		if (strcmp(c->events[i].name, name) == 0) {
			c->events[i].n++;
			return;
		}
	if (c->n_events == EVENTS_SHOWN) {
		c->events_left_out++;
		return;
	}
	c->events[c->n_events].name = name;
	c->events[c->n_events++].n = 1;
}

static const char *receiver_name(const struct ol_disclosure *d)
{
	return *d->company ? d->company : d->host;
}

static void add_order(struct receiver *c, const struct ol_consent *consent, const struct ol_disclosure *d)
{
	if (!consent)
		return;
	if (consent->is_kept || (consent->made_ns && d->at_ns >= consent->made_ns))
		c->n_after++;
	else if (consent->unmade_ns && d->at_ns <= consent->unmade_ns)
		c->n_before++;
}

/* returns: false if there are too many receivers. */
static bool add_disclosure(struct receiver *list, size_t *n, const struct ol_visit *v,
			   const struct ol_disclosure *d)
{
	struct receiver *c = list;
	while (c < list + *n &&
	       (strcmp(receiver_name(c->first), receiver_name(d)) != 0 ||
		strcmp(c->first->product, d->product) != 0 || strcmp(c->first->partner, d->partner) != 0))
		c++;
	if (c == list + *n) {
		if (*n == RECEIVERS_MAX)
			return false;
		++*n;
		*c = (struct receiver){ .first = d };
	}
	c->n++;
	c->is_confirmed |= d->is_confirmed;
	add_order(c, v->consent, d);
	add_event(c, d->event);
	for (size_t i = 0; i < d->n_items; i++)
		add_fact(c, &d->items[i]);
	return true;
}

static void put_two_lines(struct term *t, int indent, const char *text)
{
	int room = t->width - indent;
	size_t len = term_fit(text, room), blank = len;
	char first[2400];
	while (text[len] && blank > len - len / 4 && text[blank] != ' ')
		blank--;
	if (text[blank] == ' ') /* near the end of the line: between words */
		len = blank + 1;
	snprintf(first, sizeof(first), "%.*s", (int)len, text);
	term_put(t, first);
	if (!text[len])
		return;
	term_end(t);
	term_cell(t, "", indent);
	term_cut(t, text + len, room);
}

static void put_item(struct report *r, const struct ol_item *i)
{
	struct term *t = &r->term;
	char text[2400];
	term_cell(t, "", INDENT + 2);
	term_cell(t, i->kind, 18);
	term_put(t, " ");
	term_cell(t, i->name, 14);
	term_put(t, " ");
	int indent = t->at;
	if (*i->value)
		snprintf(text, sizeof(text), "%.2000s", i->value);
	else
		snprintf(text, sizeof(text), "(%u characters, withheld)", i->length);
	term_style(t, i->is_sensitive ? RED : PLAIN);
	if (r->show_all)
		term_wrap(t, indent, text);
	else if (i->is_sensitive) /* of what matters most two lines */
		put_two_lines(t, indent, text);
	else
		term_cut(t, text, t->width - indent);
	term_style(t, PLAIN);
	term_end(t);
	if (*i->detail || *i->theme) {
		snprintf(text, sizeof(text), "^ %s%s%s%s", i->detail, *i->detail && *i->theme ? " (" : "",
			 i->theme, *i->detail && *i->theme ? ")" : "");
		report_say(r, YELLOW, indent, text);
	}
}

static void put_events(struct report *r, const struct receiver *c)
{
	char text[512];
	size_t at = 0;
	for (size_t i = 0; i < c->n_events && at < sizeof(text); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
				       c->events[i].n > 1 ? "%s%.40s (%zu)" : "%s%.40s", i ? ", " : "",
				       c->events[i].name, c->events[i].n);
	if (c->events_left_out && at < sizeof(text))
		snprintf(text + at, sizeof(text) - at, " and others (%zu)", c->events_left_out);
	if (at)
		report_say(r, PLAIN, INDENT + 2, text);
}

static bool is_named(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* Words on when it was, as far as that is known. */
static void put_order(char *text, size_t size, const struct ol_visit *v, const struct receiver *c)
{
	const struct ol_consent *consent = v->consent;
	bool is_no = consent && is_named(consent->despite, consent->n_despite, receiver_name(c->first));
	bool is_refused = is_no && strcmp(consent->choice, "reject") == 0;
	const char *after = c->n_before ? "after it" : "after the choice";
	size_t at = 0;
	*text = '\0';
	if (c->n_before == c->n)
		at += (size_t)snprintf(text, size, "; before a choice was made");
	else if (c->n_before)
		at += (size_t)snprintf(text, size, "; %zu before a choice was made", c->n_before);
	if (c->n_after == c->n)
		at += (size_t)snprintf(text, size, "; %s", after);
	else if (c->n_after)
		at += (size_t)snprintf(text + at, size - at, "%s %zu %s", at ? "," : ";", c->n_after, after);
	if (is_refused && c->n_after)
		snprintf(text + at, size - at, ", although the visitor said no");
	else if (is_no && !is_refused)
		snprintf(text + at, size - at, "; although a consent string says no");
}

static void put_receiver(struct report *r, const struct ol_visit *v, const struct receiver *c)
{
	const struct ol_disclosure *d = c->first;
	char text[1024], order[160];
	put_order(order, sizeof(order), v, c);
	snprintf(text, sizeof(text),
		 "told %.200s%s%.100s%s%s%.200s: %zu event%s, the first in frame %" PRIu64 "%s%s",
		 receiver_name(d), *d->product ? " (" : "", d->product, *d->product ? ")" : "",
		 *d->partner ? ", handed on to " : "", d->partner, c->n, c->n == 1 ? "" : "s", d->frame,
		 order, c->is_confirmed ? "" : "  [by its documentation alone]");
	report_say(r, BOLD, INDENT, text);
	put_events(r, c);
	for (size_t i = 0; i < c->n_facts; i++)
		put_item(r, c->facts[i]);
	if (c->facts_left_out) {
		snprintf(text, sizeof(text), "and %zu more", c->facts_left_out);
		report_say(r, DIM, INDENT + 2, text);
	}
}

static void put_disclosure(struct report *r, const struct ol_disclosure *d)
{
	char text[1024];
	snprintf(text, sizeof(text), "%.200s%s%.100s%s%.100s%s%.200s  frame %" PRIu64 "%s", receiver_name(d),
		 *d->product ? ", " : "", d->product, *d->event ? ": " : "", d->event,
		 *d->partner ? ", handed on to " : "", d->partner, d->frame,
		 d->is_confirmed ? "" : "  [by its documentation alone]");
	report_say(r, BOLD, INDENT, text);
	for (size_t i = 0; i < d->n_items; i++)
		put_item(r, &d->items[i]);
}

void report_disclosures(struct report *r, const struct ol_visit *v)
{
	struct receiver *list =
	    v->n_disclosures && !r->show_all ? calloc(RECEIVERS_MAX, sizeof(*list)) : NULL;
	size_t n = 0, n_left_out = v->n_disclosures_left_out;
	for (size_t i = 0; i < v->n_disclosures; i++) {
		if (r->show_all)
			put_disclosure(r, &v->disclosures[i]);
		else if (!list || !add_disclosure(list, &n, v, &v->disclosures[i]))
			n_left_out++;
	}
	for (size_t i = 0; i < n; i++)
		put_receiver(r, v, &list[i]);
	free(list);
	if (n_left_out) {
		char text[64];
		snprintf(text, sizeof(text), "%zu events are left out here", n_left_out);
		report_say(r, DIM, INDENT, text);
	}
}
