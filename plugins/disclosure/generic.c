/* Rules for parameters that no entry of the catalogue knows. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "reading.h"
#include "values.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const page_names[] = {
	"dl",           "url",        "u",        "page",        "page_url",
	"pageurl",      "href",       "loc",      "location",    "page_location",
	"document_url", "doc_url",    "p_url",    "pl",          "su",
	"du",           "source_url", "link_url", "current_url", "fu",
	"item-url",     "uri",        "pu",       "landing_url", "canonical_url",
	"domain",       "topurl",     "top_url",  "re"
};
static const char *const referrer_names[] = {
	"ref", "referrer",      "referer",           "rl",   "dr", "urlref", "rf", "refr",
	"r",   "page_referrer", "document_referrer", "prev", "tdr"
};
static const char *const title_names[] = { "title",        "dt", "page_title", "pagetitle", "doc_title",
					   "tiba",         "tl", "pt",         "ptitle",    "document_title",
					   "content_title" };
static const char *const search_names[] = { "q",          "query",         "search",      "search_query",
					    "searchterm", "search_term",   "searchquery", "keyword",
					    "keywords",   "search_string", "searchtext",  "site_search" };

static const char *const phone_names[] = { "ph", "tel", "mobile", "mobile_number", "msisdn" };

/* "context.page.url" is judged as "url". */
static const char *last_part(const char *name)
{
	const char *dot = strrchr(name, '.');
	return dot && dot[1] ? dot + 1 : name;
}

/* Some words for people, not a code. */
static bool is_text(const char *value)
{
	size_t letters = 0, n = strlen(value);
	for (const char *s = value; *s; s++)
		letters += isalpha((unsigned char)*s) || (unsigned char)*s >= 0x80;
	return n >= 3 && n < 512 && letters * 2 > n && *value != '{' && *value != '[';
}

static enum category category_of_url(const struct reading *g, const char *name, const struct url *u)
{
	if (*g->page_host && host_is_below(u->host, u->host_len, g->page_host))
		return is_one_of(name, referrer_names, COUNT(referrer_names)) ? CATEGORY_REFERRER
									      : CATEGORY_PAGE_URL;
	if (is_one_of(name, referrer_names, COUNT(referrer_names)))
		return CATEGORY_REFERRER;
	bool is_own = host_is_below(u->host, u->host_len, g->r->domain);
	/* A frame of the receiver's own knows the page only by what it is told. */
	bool is_frame = host_is_below(g->page_host, strlen(g->page_host), g->r->domain);
	if ((!*g->page_host || is_frame) && !is_own && is_one_of(name, page_names, COUNT(page_names)))
		return CATEGORY_PAGE_URL;
	return CATEGORY_UNKNOWN;
}

/* "+44 (0)7700 900123" */
static bool is_phone(const char *value)
{
	size_t digits = 0, n = strspn(value, "0123456789 +-()./");
	for (size_t i = 0; i < n; i++)
		digits += isdigit((unsigned char)value[i]) != 0;
	return value[n] == '\0' && digits >= 7 && digits <= 15;
}

enum category generic_category(const struct reading *g, const struct param *p)
{
	const char *name = last_part(p->name), *at;
	struct url u;
	if (p->value_len < 2 || is_nothing(p->value))
		return CATEGORY_UNKNOWN;
	if (url_parse(p->value, &u)) {
		enum category c = category_of_url(g, name, &u);
		if (c != CATEGORY_UNKNOWN)
			return c;
		return sync_partner(g, p->name, p->value) ? CATEGORY_ID_SYNC : CATEGORY_UNKNOWN;
	}
	if (p->value_len < 256 && g->x->host->email(p->value, &at) > 0)
		return CATEGORY_CONTACT_PLAIN;
	if (is_contact_name(name) && hash_form(p->value))
		return CATEGORY_CONTACT_HASH;
	bool is_phone_name = name_holds(name, "phone") || is_one_of(name, phone_names, COUNT(phone_names));
	if (is_phone_name && is_phone(p->value))
		return CATEGORY_CONTACT_PLAIN;
	if (is_one_of(name, title_names, COUNT(title_names)) && is_text(p->value))
		return CATEGORY_PAGE_TITLE;
	if (is_one_of(name, search_names, COUNT(search_names)) && is_text(p->value))
		return CATEGORY_SEARCH_QUERY;
	return sync_partner(g, p->name, p->value) ? CATEGORY_ID_SYNC : CATEGORY_UNKNOWN;
}

bool is_secret_name(const char *name)
{
	static const char *const parts[] = { "session", "token", "secret", "passw",   "jwt",
					     "csrf",    "xsrf",  "apikey", "api_key", "credential" };
	for (size_t i = 0; i < COUNT(parts); i++)
		if (name_holds(name, parts[i]))
			return true;
	/* PHPSESSID, connect.sid, but not "assess" */
	size_t len = strlen(name);
	bool is_sid = len >= 3 && strcasecmp(name + len - 3, "sid") == 0 &&
		      (len == 3 || !isalnum((unsigned char)name[len - 4]));
	if (is_sid || name_holds(name, "sessid") || name_holds(name, "sess_") ||
	    name_holds(name, "logged_in"))
		return true;
	/* "auth" and "authorization", but not "author" */
	return name_holds(name, "auth") && (!name_holds(name, "author") || name_holds(name, "authori"));
}
