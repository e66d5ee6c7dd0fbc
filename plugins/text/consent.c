/* What was seen of consent in a visit. */
#include <stdlib.h>
#include <string.h>

#include "report.h"

static void put_list(struct report *r, enum style style, const char *title, const char *const *names,
		     size_t n)
{
	size_t size = strlen(title) + 3, at;
	for (size_t i = 0; i < n; i++)
		size += strlen(names[i]) + 2;
	char *text = n ? malloc(size) : NULL;
	if (!text)
		return;
	at = (size_t)snprintf(text, size, "%s: ", title);
	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(text + at, size - at, "%s%s", i ? ", " : "", names[i]);
	report_say(r, style, INDENT + 2, text);
	free(text);
}

void report_consent(struct report *r, const struct ol_visit *v)
{
	const struct ol_consent *c = v->consent;
	char text[512];
	size_t at = 0;
	if (!c)
		return;
	at += (size_t)snprintf(text, sizeof(text), "consent: %.200s",
			       *c->platform ? c->platform : "no platform seen");
	if (c->shown_ns)
		at += (size_t)snprintf(text + at, sizeof(text) - at, ", loaded after %.1f s",
				       (double)(c->shown_ns - v->start_ns) / 1e9);
	if (c->recorded_ns)
		at += (size_t)snprintf(text + at, sizeof(text) - at, ", choice recorded after %.1f s",
				       (double)(c->recorded_ns - v->start_ns) / 1e9);
	snprintf(text + at, sizeof(text) - at, "; choice: %s%s", *c->choice ? c->choice : "unknown",
		 c->is_kept ? ", made before this visit" : "");
	report_say(r, PLAIN, INDENT, text);
	bool is_made = c->made_ns || c->is_kept;
	put_list(r, YELLOW, is_made ? "contacted before the choice" : "contacted while none had been made",
		 c->before, c->n_before);
	put_list(r, PLAIN, "after it", c->after, c->n_after);
	put_list(r, DIM,
		 is_made ? "not known whether before or after it"
			 : "later: not known whether one had been made",
		 c->unclear, c->n_unclear);
	put_list(r, RED, "although it says no", c->despite, c->n_despite);
	/* Where the choice is known the order of the platform and the others says no more. */
	if (c->n_before == 0 && c->n_after == 0)
		put_list(r, PLAIN, "contacted before the platform", c->before_platform, c->n_before_platform);
	put_list(r, DIM, "signals", c->signals, c->n_signals);
}
