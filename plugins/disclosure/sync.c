/* Identifiers that one company hands to another. */
#include <string.h>
#include <strings.h>

#include "reading.h"
#include "values.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Parameters that hold the address to go to next. */
static const char *const redirect_names[] = { "redir",       "redirect",     "redirect_url", "redirect_uri",
					      "redirecturl", "redirurl",     "rurl",         "r",
					      "rd",          "ru",           "next",         "cb",
					      "callback",    "callback_url", "return_url",   "location",
					      "dest",        "goto",         "url",          "u",
					      "partner_url", "google_redir", "sync_url",     "r_url" };

/* Partners that are named by a word or number instead of an address, and a host of theirs. */
struct named_partner {
	const char *param, *value, *host;
	bool is_prefix;
};

static const struct named_partner targets[] = {
	{ "google_nid", "adobe", "demdex.net", true },
	{ "google_nid", "appnexus", "adnxs.com", true },
	{ "google_nid", "rubicon", "rubiconproject.com", true },
	{ "google_nid", "pubmatic", "pubmatic.com", true },
	{ "google_nid", "openx", "openx.net", true },
	{ "google_nid", "casale", "casalemedia.com", true },
	{ "google_nid", "index", "casalemedia.com", true },
	{ "google_nid", "criteo", "criteo.com", true },
	{ "google_nid", "lotame", "crwdcntrl.net", true },
	{ "google_nid", "exelate", "exelator.com", true },
	{ "google_nid", "bluekai", "bluekai.com", true },
	{ "google_nid", "TheTradeDesk", "adsrvr.org", true },
	{ "google_nid", "quantcast", "quantserve.com", true },
	{ "google_nid", "taboola", "taboola.com", true },
	{ "google_nid", "amazon", "amazon-adsystem.com", true },
};

/* Numbers of Audience Manager's data providers. */
static const struct named_partner origins[] = {
	{ "dpid", "771", "doubleclick.net", false },
	{ "dpid", "358", "adnxs.com", false },
	{ "dpid", "903", "adsrvr.org", false },
};

static const char *company_of_host(const struct reading *g, const char *host, size_t len)
{
	char name[254];
	if (len >= sizeof(name))
		return NULL;
	for (size_t i = 0; i < len; i++)
		name[i] = host[i] >= 'A' && host[i] <= 'Z' ? (char)(host[i] + 32) : host[i];
	name[len] = '\0';
	const char *company = g->x->host->company(g->x->host, name);
	return *company ? company : scratch_text(&g->x->scratch, name, len);
}

/* Is host somebody else than the receiver and the page? */
static bool is_other(const struct reading *g, const char *host, size_t len)
{
	if (host_is_below(host, len, g->r->domain) || host_is_below(host, len, g->r->host))
		return false;
	return !*g->page_host || !host_is_below(host, len, g->page_host);
}

/* list: n partners named by one parameter. */
static const char *named(const struct reading *g, const struct named_partner *list, size_t n,
			 const char *name, const char *value)
{
	if (strcmp(name, list->param) != 0)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const struct named_partner *p = &list[i];
		size_t len = p->is_prefix ? strlen(p->value) : strlen(value) + 1;
		if (strncasecmp(value, p->value, len) == 0)
			return company_of_host(g, p->host, strlen(p->host));
	}
	return NULL;
}

const char *sync_origin(const struct reading *g, const char *name, const char *value)
{
	return named(g, origins, COUNT(origins), name, value);
}

const char *sync_partner(const struct reading *g, const char *name, const char *value)
{
	const char *partner = named(g, targets, COUNT(targets), name, value);
	struct url u;
	if (!partner && is_one_of(name, redirect_names, COUNT(redirect_names)) && url_parse(value, &u) &&
	    is_other(g, u.host, u.host_len))
		partner = company_of_host(g, u.host, u.host_len);
	if (!partner || strcmp(partner, g->company) == 0 || strcmp(partner, g->r->company) == 0)
		return NULL;
	return partner;
}
