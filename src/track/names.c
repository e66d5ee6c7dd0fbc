#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "know/host.h"
#include "know/profiles.h"
#include "know/suffix.h"
#include "track/visit_parts.h"

static const struct name NO_NAME = { .owner = "", .tracker = NONE, .listed = NONE };

bool names_init(struct names *n, const struct knowledge *know, uint32_t capacity, struct hash_key key)
{
	memset(n, 0, sizeof(*n));
	n->know = know;
	n->hash_key = key;
	n->capacity = capacity;
	for (n->n_slots = 1024; n->n_slots < capacity * 2; n->n_slots *= 2)
		;
	n->slot = calloc(n->n_slots, sizeof(*n->slot));
	n->at = calloc((size_t)capacity + 1, sizeof(*n->at));
	n->notes = calloc((size_t)capacity + 1, sizeof(*n->notes));
	n->noted = calloc((size_t)capacity + 1, sizeof(*n->noted));
	n->n = 1;
	if (n->at)
		n->at[0] = NO_NAME;
	return n->slot && n->at && n->notes && n->noted;
}

void names_clear(struct names *n)
{
	memset(n->slot, 0, n->n_slots * sizeof(*n->slot));
	memset(n->at, 0, ((size_t)n->capacity + 1) * sizeof(*n->at));
	n->n = 1;
	n->at[0] = NO_NAME;
}

void names_fini(struct names *n)
{
	free(n->slot);
	free(n->at);
	free(n->notes);
	free(n->noted);
}

void names_note(struct names *n, uint32_t name)
{
	if (n->notes[name].is_noted)
		return;
	n->notes[name].is_noted = true;
	n->noted[n->n_noted++] = name;
}

void names_unnote(struct names *n)
{
	for (uint32_t i = 0; i < n->n_noted; i++)
		n->notes[n->noted[i]] = (struct name_note){ .is_noted = false };
	n->n_noted = 0;
}

/* A resolver's name says what it is: what goes there (DNS over HTTPS) belongs to no page. */
static bool is_resolver(const char *host)
{
	return strncmp(host, "dns.", 4) == 0 || strncmp(host, "doh.", 4) == 0 ||
	       strncmp(host, "dns-", 4) == 0;
}

static void describe(struct names *n, struct name *e)
{
	const struct knowledge *k = n->know;
	float reach = 0;

	e->tracker = e->listed = NONE;
	if (k && k->companies)
		e->company = companies_of(k->companies, &e->host);
	e->owner = k ? know_owner(k, &e->host) : "";
	if (k && k->profiles) {
		e->listed = profiles_site(k->profiles, e->host.text);
		if (profiles_tracker(k->profiles, e->host.text, &reach, &e->tracker))
			e->reach = reach;
		else
			e->tracker = NONE;
	}
	if (e->company && (e->company->flags & COMPANY_TELEMETRY))
		e->is_telemetry = true;
	e->is_resolver = is_resolver(e->host.text);
	e->is_telemetry = e->is_telemetry || e->is_resolver;
	e->is_third = e->tracker != NONE || (e->company && !(e->company->flags & COMPANY_TELEMETRY));
}

uint32_t names_of(struct names *n, const struct hostname *host)
{
	uint32_t i, me;
	struct hostname site;

	if (host->len == 0)
		return 0;
	i = (uint32_t)hash_bytes(n->hash_key, host->text, host->len) & (n->n_slots - 1);
	for (; n->slot[i]; i = (i + 1) & (n->n_slots - 1)) {
		const struct name *e = &n->at[n->slot[i]];
		if (e->host.len == host->len && memcmp(e->host.text, host->text, host->len) == 0)
			return n->slot[i];
	}
	if (n->n >= n->capacity) {
		n->refused++;
		return 0;
	}
	me = n->n++;
	n->slot[i] = me;
	n->at[me].host = *host;
	describe(n, &n->at[me]);
	n->at[me].site = me;
	if (n->know && n->know->suffixes) {
		const char *text = suffix_site(n->know->suffixes, &n->at[me].host);
		struct bytes b = { (const uint8_t *)text, strlen(text) };

		if (b.len < host->len && hostname_parse(b, &site)) {
			uint32_t s = names_of(n, &site);
			n->at[me].site = s ? s : me;
		}
	}
	return me;
}
