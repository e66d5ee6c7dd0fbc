/* The catalogue of tracker endpoints: what is sent to whom under which name. Compiled from
 * data/endpoints.yaml at build time; constant.
 */
#ifndef CATALOGUE_H
#define CATALOGUE_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum category {
	CATEGORY_UNKNOWN, /* no entry knows the parameter */
	CATEGORY_ONLINE_IDENTIFIER,
	CATEGORY_ACCOUNT_ID,
	CATEGORY_CONTACT_HASH,
	CATEGORY_CONTACT_PLAIN,
	CATEGORY_PAGE_URL,
	CATEGORY_PAGE_TITLE,
	CATEGORY_REFERRER,
	CATEGORY_SEARCH_QUERY,
	CATEGORY_EVENT,
	CATEGORY_COMMERCE,
	CATEGORY_FORM_META,
	CATEGORY_SESSION_REPLAY,
	CATEGORY_DEVICE,
	CATEGORY_LOCATION,
	CATEGORY_CLICK_ID,
	CATEGORY_ID_SYNC,
	CATEGORY_CONSENT,
	CATEGORY_SITE_KEY,
	CATEGORY_TECHNICAL,
};

enum role {
	ROLE_NONE,
	ROLE_ID,
	ROLE_KEY,
	ROLE_PAGE,
	ROLE_REF,
	ROLE_EVENT,
	ROLE_DATA,
	ROLE_HASH,
	ROLE_CONSENT,
	ROLE_TECH,
};

enum source {
	SOURCE_QUERY = 1,
	SOURCE_FORM = 2,
	SOURCE_JSON = 4,
	SOURCE_PATH = 8, /* parameters in the path, behind ';' */
	SOURCE_HEADER = 16,
	SOURCE_BINARY = 32, /* not read: its size is told */
	SOURCE_COOKIE = 64,
};

enum endpoint_flags {
	ENDPOINT_CONFIRMED = 1, /* rests on traffic or publications, not on knowledge alone */
	ENDPOINT_GZIP = 2,      /* the body may be gzip without saying so */
	ENDPOINT_BASE64 = 4,    /* the parameter `data` is JSON in base64 */
	ENDPOINT_WEBSOCKET = 8,
};

struct cat_param {
	const char *name; /* of a prefix entry: without its star */
	uint8_t category, role;
	const char *meaning;
};

struct cat_params {
	const struct cat_param *exact; /* ordered by name */
	size_t n_exact;
	const struct cat_param *prefix; /* the longest first */
	size_t n_prefix;
};

struct cat_vendor {
	const char *id, *company, *product;
	struct cat_params params, cookies;
	const char *const *tech; /* technical parameters, ordered by name */
	size_t n_tech;
};

struct cat_endpoint {
	const char *name;
	uint16_t vendor;
	const char *path;    /* POSIX extended regular expression, against the path without query */
	const char *literal; /* every path that matches holds it */
	uint8_t sources, flags;
	const char *const *require; /* the query holds each of them */
	size_t n_require;
	const char *const *require_any; /* and one of these */
	size_t n_require_any;
};

struct cat_host {
	const char *name; /* ".x.y": x.y and every host below it; NULL: a free slot */
	const uint16_t *endpoints;
	size_t n_endpoints;
};

#define HOST_SLOTS 1024 /* a power of two, SLOTS in data/tools/compile-endpoints */

struct catalogue {
	const struct cat_host *hosts; /* hashed by name, HOST_SLOTS of them */
	const struct cat_vendor *vendors;
	size_t n_vendors;
	const struct cat_endpoint *endpoints;
	size_t n_endpoints;
	const uint16_t *everywhere; /* endpoints of any host */
	size_t n_everywhere;
	struct cat_params common; /* parameters that mean the same everywhere */
};

extern const struct catalogue catalogue;

/* The expressions of the catalogue, ready to use. threads: each thread has its own. */
struct matcher {
	regex_t *paths;
	size_t n;
};

bool matcher_init(struct matcher *m);
void matcher_fini(struct matcher *m);

/* The endpoint that host, path and query belong to: hosts named exactly before suffixes, the longest first,
 * before endpoints of any host. limits: a path of more than 2047 bytes is matched by its beginning.
 *
 * returns: NULL if no entry knows it. ret_is_any_host: it was found by its path alone, so the host says
 * nothing of the company.
 */
const struct cat_endpoint *catalogue_find(const struct matcher *m, const char *host, const char *path,
					  size_t path_len, const char *query, bool *ret_is_any_host);

/* Whose host it is by name alone; NULL if the catalogue knows none of its endpoints. */
const struct cat_vendor *catalogue_vendor(const char *host);

/* What the vendor's entry says of a parameter, else what holds everywhere; NULL if nothing does. A JSON path
 * is dotted, "a[3].b"; an entry "a[].b" holds for every element.
 */
const struct cat_param *catalogue_param(const struct cat_vendor *v, const char *name);

/* Likewise of a cookie. v may be NULL: then any vendor's cookie of that name with a telling name (at least
 * four bytes). */
const struct cat_param *catalogue_cookie(const struct cat_vendor *v, const char *name);

/* What the parameter means in any request, NULL if nothing is agreed. */
const struct cat_param *catalogue_common(const char *name);

/* "page-url", "online-identifier", … */
const char *category_kind(enum category c);

#endif
