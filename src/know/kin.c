#include "know/kin.h"

#include <ctype.h>
#include <string.h>

#include "know/companies.h"
#include "know/host.h"
#include "know/profiles.h"

enum {
	WORD_MIN = 3,  /* of a site's name that stands as a word of its own in another */
	NAME_MAX = 64, /* of a company's name, as it is compared */
};

/* Have they a piece of so many letters (KIN_MIN at least) in common? */
static bool share_piece(struct bytes a, struct bytes b, size_t len)
{
	for (size_t i = 0; i + len <= a.len; i++) {
		uint32_t head, other;

		memcpy(&head, a.at + i, KIN_MIN);
		for (size_t k = 0; k + len <= b.len; k++) {
			memcpy(&other, b.at + k, KIN_MIN);
			if (head == other && memcmp(a.at + i, b.at + k, len) == 0)
				return true;
		}
	}
	return false;
}

bool kin_labels(struct bytes a, struct bytes b)
{
	size_t shorter = a.len < b.len ? a.len : b.len;
	size_t least = (2 * shorter + 2) / 3 > KIN_MIN ? (2 * shorter + 2) / 3 : KIN_MIN;

	return shorter >= KIN_MIN && share_piece(a, b, least);
}

static struct bytes label_of(const char *domain)
{
	return (struct bytes){ (const uint8_t *)domain, strcspn(domain, ".") };
}

/* Does the label stand in the text: as a word of its own, or, if it is long enough, anywhere? */
static bool holds_label(struct bytes text, struct bytes label)
{
	for (size_t i = 0; i + label.len <= text.len; i++) {
		size_t end = i + label.len;
		bool is_word =
		    (i == 0 || !isalnum(text.at[i - 1])) && (end == text.len || !isalnum(text.at[end]));

		if ((is_word || label.len >= KIN_MIN) && memcmp(text.at + i, label.at, label.len) == 0)
			return true;
	}
	return false;
}

/* Words of a company's name that are no part of what it is called. */
static bool is_form(struct bytes word)
{
	static const char *const forms[] = { "the", "inc",   "ltd",  "llc",     "plc",   "gmbh", "ag",
					     "sa",  "group", "corp", "company", "media", "bv",   "limited",
					     "com", "net",   "org",  "co",      "uk",    "io",   "holdings" };

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		if (strlen(forms[i]) == word.len && memcmp(forms[i], word.at, word.len) == 0)
			return true;
	return false;
}

/* "Example Media Group", "Example.com" and "The Example" are all called "example". returns: its length. */
static size_t called(const char *company, uint8_t name[NAME_MAX])
{
	size_t n = 0;

	while (*company) {
		uint8_t *word = name + n;
		size_t len = 0;

		for (; isalnum((unsigned char)*company) && n + len < NAME_MAX; company++)
			word[len++] = (uint8_t)tolower((unsigned char)*company);
		if (!is_form((struct bytes){ word, len }))
			n += len;
		if (n == NAME_MAX)
			return n;
		company += *company != '\0';
	}
	return n;
}

static bool is_called(const char *company, struct bytes label)
{
	uint8_t name[NAME_MAX];
	size_t len = called(company, name);
	size_t the = label.len > 3 && memcmp(label.at, "the", 3) == 0 ? 3 : 0;

	return len >= WORD_MIN && ((label.len == len && memcmp(label.at, name, len) == 0) ||
				   (label.len - the == len && memcmp(label.at + the, name, len) == 0));
}

/* www.SUFFIX is a site of its own where SUFFIX is a public suffix: that of who owns the suffix. */
static bool is_below_owner(const char *site, const struct hostname *host)
{
	size_t len = strlen(site);

	if (len < 5 || memcmp(site, "www.", 4) != 0 || !strchr(site + 4, '.'))
		return false;
	site += 3;
	len -= 3;
	return host->len > len && strcmp(host->text + host->len - len, site) == 0;
}

static bool is_embedded_widely(const struct knowledge *know, const struct hostname *host)
{
	float reach = 0;
	uint32_t tracker;

	return know->profiles && profiles_tracker(know->profiles, host->text, &reach, &tracker);
}

bool kin_host(const struct knowledge *know, const struct hostname *site, const struct hostname *host,
	      const char *domain)
{
	const struct company *c = know->companies ? companies_of(know->companies, host) : NULL;
	struct bytes label = label_of(site->text);
	struct bytes sub = { (const uint8_t *)host->text, host->len - strlen(domain) };
	bool is_www = label.len == 3 && memcmp(label.at, "www", 3) == 0; /* says nothing of who it is */

	if (label.len < WORD_MIN || is_www)
		return !c && is_below_owner(site->text, host);
	/* In the suffix list the customer's part is the domain's. */
	if (c && c->flags & COMPANY_INFRASTRUCTURE)
		return holds_label(sub, label) || holds_label(label_of(domain), label);
	if (c)
		return !*know_owner(know, site) && is_called(c->company, label);
	return is_below_owner(site->text, host) ||
	       (!is_embedded_widely(know, host) && kin_labels(label, label_of(domain)));
}
