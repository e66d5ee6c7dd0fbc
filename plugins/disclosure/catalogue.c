#include "catalogue.h"

#include <stdlib.h>
#include <string.h>

enum {
	PATH_MAX_READ = 2048,
	NAME_MAX_READ = 256,
	COOKIE_TELLING_MIN = 4,
};

static const struct cat_param technical = { "", CATEGORY_TECHNICAL, ROLE_TECH, "" };

const char *category_kind(enum category c)
{
	static const char *const kinds[] = {
		[CATEGORY_UNKNOWN] = "unknown",
		[CATEGORY_ONLINE_IDENTIFIER] = "online-identifier",
		[CATEGORY_ACCOUNT_ID] = "account-id",
		[CATEGORY_CONTACT_HASH] = "contact-hash",
		[CATEGORY_CONTACT_PLAIN] = "contact-plain",
		[CATEGORY_PAGE_URL] = "page-url",
		[CATEGORY_PAGE_TITLE] = "page-title",
		[CATEGORY_REFERRER] = "referrer",
		[CATEGORY_SEARCH_QUERY] = "search-query",
		[CATEGORY_EVENT] = "event",
		[CATEGORY_COMMERCE] = "commerce",
		[CATEGORY_FORM_META] = "form-meta",
		[CATEGORY_SESSION_REPLAY] = "session-replay",
		[CATEGORY_DEVICE] = "device",
		[CATEGORY_LOCATION] = "location",
		[CATEGORY_CLICK_ID] = "click-id",
		[CATEGORY_ID_SYNC] = "id-sync",
		[CATEGORY_CONSENT] = "consent",
		[CATEGORY_SITE_KEY] = "site-key",
		[CATEGORY_TECHNICAL] = "technical",
	};
	return kinds[c];
}

bool matcher_init(struct matcher *m)
{
	*m = (struct matcher){ .paths = calloc(catalogue.n_endpoints, sizeof(*m->paths)) };
	if (!m->paths)
		return false;
	for (; m->n < catalogue.n_endpoints; m->n++)
		if (regcomp(&m->paths[m->n], catalogue.endpoints[m->n].path, REG_EXTENDED | REG_NOSUB) != 0) {
			matcher_fini(m);
			return false;
		}
	return true;
}

void matcher_fini(struct matcher *m)
{
	for (size_t i = 0; i < m->n; i++)
		regfree(&m->paths[i]);
	free(m->paths);
	*m = (struct matcher){ 0 };
}

/* At the beginning of a parameter: "rev=2" does not hold "v=2". */
static bool holds(const char *query, const char *need)
{
	for (const char *s = query; (s = strstr(s, need)); s++)
		if (s == query || s[-1] == '&' || s[-1] == ';')
			return true;
	return false;
}

static bool holds_all(const char *query, const char *const *need, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!holds(query, need[i]))
			return false;
	return true;
}

static bool holds_one(const char *query, const char *const *need, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (holds(query, need[i]))
			return true;
	return n == 0;
}

static const struct cat_endpoint *first_match(const struct matcher *m, const uint16_t *list, size_t n,
					      const char *path, const char *query)
{
	for (size_t i = 0; i < n; i++) {
		const struct cat_endpoint *e = &catalogue.endpoints[list[i]];
		if (strstr(path, e->literal) && holds_all(query, e->require, e->n_require) &&
		    holds_one(query, e->require_any, e->n_require_any) &&
		    regexec(&m->paths[list[i]], path, 0, NULL, 0) == 0)
			return e;
	}
	return NULL;
}

/* FNV-1a over an optional dot and the name, as in data/tools/compile-endpoints. */
static const struct cat_host *find_host(bool is_suffix, const char *name)
{
	uint32_t h = 2166136261U;
	if (is_suffix)
		h = (h ^ '.') * 16777619U;
	for (const char *s = name; *s; s++)
		h = (h ^ (uint8_t)*s) * 16777619U;
	for (uint32_t i = h % HOST_SLOTS; catalogue.hosts[i].name; i = (i + 1) % HOST_SLOTS) {
		const char *have = catalogue.hosts[i].name;
		bool has_dot = have[0] == '.';
		if (has_dot == is_suffix && strcmp(have + has_dot, name) == 0)
			return &catalogue.hosts[i];
	}
	return NULL;
}

const struct cat_endpoint *catalogue_find(const struct matcher *m, const char *host, const char *path,
					  size_t path_len, const char *query, bool *ret_is_any_host)
{
	char text[PATH_MAX_READ];
	size_t len = path_len < sizeof(text) - 1 ? path_len : sizeof(text) - 1;
	memcpy(text, path, len);
	text[len] = '\0';
	const struct cat_endpoint *e = NULL;
	const struct cat_host *h = find_host(false, host);
	if (h)
		e = first_match(m, h->endpoints, h->n_endpoints, text, query);
	for (const char *s = host; !e && s && *s; s = strchr(s, '.')) {
		s += *s == '.';
		h = find_host(true, s);
		if (h)
			e = first_match(m, h->endpoints, h->n_endpoints, text, query);
	}
	bool is_any_host = !e;
	if (!e)
		e = first_match(m, catalogue.everywhere, catalogue.n_everywhere, text, query);
	if (e)
		*ret_is_any_host = is_any_host;
	return e;
}

const struct cat_vendor *catalogue_vendor(const char *host)
{
	const struct cat_host *h = find_host(false, host);
	for (const char *s = host; !h && s && *s; s = strchr(s, '.')) {
		s += *s == '.';
		h = find_host(true, s);
	}
	return h && h->n_endpoints ? &catalogue.vendors[catalogue.endpoints[h->endpoints[0]].vendor] : NULL;
}

static const struct cat_param *find_exact(const struct cat_params *list, const char *name)
{
	size_t lo = 0, hi = list->n_exact;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(name, list->exact[mid].name);
		if (c == 0)
			return &list->exact[mid];
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

static const struct cat_param *find_prefix(const struct cat_params *list, const char *name)
{
	for (size_t i = 0; i < list->n_prefix; i++)
		if (strncmp(name, list->prefix[i].name, strlen(list->prefix[i].name)) == 0)
			return &list->prefix[i];
	return NULL;
}

static bool is_technical(const struct cat_vendor *v, const char *name)
{
	size_t lo = 0, hi = v->n_tech;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(name, v->tech[mid]);
		if (c == 0)
			return true;
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return false;
}

/* "a[3].b" becomes "a[].b". returns: false if nothing changed or the name is too long. */
static bool generalise(const char *name, char out[NAME_MAX_READ])
{
	size_t n = 0;
	bool changed = false;
	for (const char *s = name; *s; s++) {
		if (n == NAME_MAX_READ - 1)
			return false;
		out[n++] = *s;
		size_t digits = *s == '[' ? strspn(s + 1, "0123456789") : 0;
		if (digits > 0 && s[1 + digits] == ']') {
			s += digits;
			changed = true;
		}
	}
	out[n] = '\0';
	return changed;
}

const struct cat_param *catalogue_param(const struct cat_vendor *v, const char *name)
{
	char general[NAME_MAX_READ];
	bool has_general = generalise(name, general);
	const struct cat_param *p = find_exact(&v->params, name);
	if (p)
		return p;
	if (is_technical(v, name) || (has_general && is_technical(v, general)))
		return &technical;
	if (has_general)
		p = find_exact(&v->params, general);
	if (!p && has_general)
		p = find_prefix(&v->params, general);
	if (!p)
		p = find_prefix(&v->params, name);
	return p ? p : find_exact(&catalogue.common, name);
}

static const struct cat_param *cookie_of(const struct cat_vendor *v, const char *name)
{
	const struct cat_param *p = find_exact(&v->cookies, name);
	return p ? p : find_prefix(&v->cookies, name);
}

/* A cookie is the company's, whichever of its products asks. */
static const struct cat_param *cookie_of_company(const struct cat_vendor *v, const char *name)
{
	const struct cat_param *p = cookie_of(v, name);
	for (size_t i = 0; i < catalogue.n_vendors && !p; i++)
		if (strcmp(catalogue.vendors[i].company, v->company) == 0)
			p = cookie_of(&catalogue.vendors[i], name);
	return p;
}

const struct cat_param *catalogue_cookie(const struct cat_vendor *v, const char *name)
{
	if (v)
		return cookie_of_company(v, name);
	if (strlen(name) < COOKIE_TELLING_MIN)
		return NULL;
	for (size_t i = 0; i < catalogue.n_vendors; i++) {
		const struct cat_param *p = cookie_of(&catalogue.vendors[i], name);
		if (p && strlen(p->name) >= COOKIE_TELLING_MIN)
			return p;
	}
	return NULL;
}

const struct cat_param *catalogue_common(const char *name)
{
	return find_exact(&catalogue.common, name);
}
