#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "know/host.h"
#include "know/kin.h"
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

/* Does a word of the name, between dots, hyphens and digits, say that parts of pages are kept there? */
static bool is_parts(const char *host)
{
	static const char *const words[] = {
		"cdn",       "cache",   "static", "assets", "asset",    "img",       "imgs",    "image",
		"images",    "media",   "thumbs", "js",     "css",      "fonts",     "script",  "scripts",
		"resources", "files",   "api",    "widget", "widgets",  "embed",     "ad",      "ads",
		"adserver",  "pixel",   "pixels", "beacon", "beacons",  "collector", "metrics", "analytics",
		"tracking",  "tracker", "tag",    "tags",   "telemetry"
	};
	const char *end;

	for (; *host; host = *end ? end + 1 : end) {
		size_t len = strcspn(host, ".-0123456789");

		end = host + len;
		if ((len > 3 && memcmp(end - 3, "cdn", 3) == 0) ||
		    (len > 5 && memcmp(end - 5, "cache", 5) == 0))
			return true;
		for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
			if (strlen(words[i]) == len && memcmp(words[i], host, len) == 0)
				return true;
	}
	return false;
}

/* Does the label before a site say that its pages are there: for phones, or in a language? */
static bool is_front(const char *label, size_t len)
{
	static const char labels[] = " www m mobile ar bg ca cs da de el en es et fa fi fr he hi hr hu it ja "
				     "ko lt lv nl no pl pt ro ru sk "
				     "sl sr sv th tr uk vi zh ";
	char word[sizeof(" mobile ")] = " ";

	if (len > sizeof(word) - 3)
		return false;
	memcpy(word + 1, label, len);
	word[len + 1] = ' ';
	return strstr(labels, word) != NULL;
}

#define LABEL_MIN 3

/* The runs of KIN_MIN letters in a name, each a bit: what two names do not share in bits they do not share in
 * letters. */
static uint64_t runs_of(const char *text, size_t len)
{
	uint64_t runs = 0;

	for (size_t i = 0; i + KIN_MIN <= len; i++) {
		uint32_t letters;

		memcpy(&letters, text + i, KIN_MIN);
		runs |= UINT64_C(1) << (letters * UINT32_C(2654435761) >> 26);
	}
	return runs;
}

bool names_are_kin(const struct names *n, uint32_t site, uint32_t other)
{
	const struct name *a = &n->at[site], *b = &n->at[other];

	return site != other && (a->runs & b->runs) &&
	       kin_labels((struct bytes){ (const uint8_t *)a->host.text, a->n_label },
			  (struct bytes){ (const uint8_t *)b->host.text, b->n_label });
}

bool names_is_for(const struct names *n, uint32_t host, uint32_t site)
{
	const struct name *h = &n->at[host], *s = &n->at[site];
	const char *text = h->host.text, *at = text;
	size_t len = s->n_label, n_sub = h->n_label;

	if (h->site == host || h->site == site || len < LABEL_MIN || len > n_sub || (s->runs & ~h->runs))
		return false;
	for (; (size_t)(at - text) + len <= n_sub; at++) {
		bool is_word =
		    (at == text || at[-1] == '.' || at[-1] == '-') && (at[len] == '.' || at[len] == '-');

		if ((is_word || len > LABEL_MIN + 1) && memcmp(at, s->host.text, len) == 0)
			return true;
	}
	return false;
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
	e->is_parts = is_parts(e->host.text);
	e->is_third = e->tracker != NONE || (e->company && !(e->company->flags & COMPANY_TELEMETRY));
}

/* site: that a host belongs to, NULL for a site itself. */
static void describe_label(struct name *e, const struct name *site)
{
	e->n_label = site ? (uint8_t)(e->host.len - site->host.len) : (uint8_t)strcspn(e->host.text, ".");
	e->runs = runs_of(e->host.text, e->n_label);
	e->is_front = !site || is_front(e->host.text, e->n_label - 1u);
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
	describe_label(&n->at[me], n->at[me].site == me ? NULL : &n->at[n->at[me].site]);
	return me;
}

struct flow_names flow_names(const struct names *n, const struct vflow *f)
{
	return (struct flow_names){ .host = f->unlisted ? f->unlisted : &n->at[f->name].host,
				    .operator_host = &n->at[f->operator_name].host,
				    .outer_host = &n->at[f->outer_name].host };
}
