#include "collect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/email.h"

static const char *const *options;
static struct collected collected;

static const char *option(const struct ol_host *host, const char *name)
{
	(void)host;
	size_t len = strlen(name);
	for (const char *const *s = options; s && *s; s++)
		if (strncmp(*s, name, len) == 0 && (*s)[len] == '=')
			return *s + len + 1;
	return "";
}

static bool is_below(const char *host, const char *site)
{
	size_t n = strlen(host), m = strlen(site);
	return n >= m && strcmp(host + n - m, site) == 0 && (n == m || host[n - m - 1] == '.');
}

static const struct {
	const char *domain, *company;
} owners[] = {
	{ "facebook.com", "Meta" },
	{ "facebook.net", "Meta" },
	{ "google-analytics.com", "Google" },
	{ "doubleclick.net", "Google" },
	{ "google.com", "Google" },
	{ "google.co.uk", "Google" },
	{ "t.co", "X" },
	{ "tiktok.com", "TikTok" },
	{ "linkedin.com", "LinkedIn" },
	{ "bing.com", "Microsoft" },
	{ "clarity.ms", "Microsoft" },
	{ "snapchat.com", "Snap" },
	{ "pinterest.com", "Pinterest" },
	{ "hotjar.com", "Hotjar" },
	{ "demdex.net", "Adobe" },
	{ "adnxs.com", "Xandr" },
	{ "adsrvr.org", "The Trade Desk" },
};

static const char *company(const struct ol_host *host, const char *name)
{
	(void)host;
	for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++)
		if (is_below(name, owners[i].domain))
			return owners[i].company;
	return "";
}

/* The last two labels, three below co.uk and the like: enough for the names of the tests. */
static const char *domain_of(const char *host)
{
	const char *dots[4] = { host, host, host, host };
	for (const char *s = host; (s = strchr(s, '.')); s++) {
		memmove(dots + 1, dots, 3 * sizeof(*dots));
		dots[0] = s;
	}
	bool is_long = is_below(host, "co.uk") || is_below(host, "police.uk");
	const char *dot = dots[is_long ? 2 : 1];
	return *dot == '.' ? dot + 1 : host;
}

static void add(char *text, const char *format, const char *a, const char *b)
{
	size_t n = strlen(text);
	snprintf(text + n, COLLECTED_TEXT - n, format, a, b);
}

static void take(void *to, const struct ol_disclosure *d)
{
	struct collected *c = to;
	if (c->n == COLLECTED_MAX)
		return;
	char *text = c->at[c->n++];
	snprintf(text, COLLECTED_TEXT, "%s | %s | page %s | partner %s%s\n", d->company, d->event, d->page,
		 d->partner, d->is_confirmed ? "" : " | unconfirmed");
	c->n_items += d->n_items;
	for (size_t i = 0; i < d->n_items; i++) {
		const struct ol_item *item = &d->items[i];
		char hidden[32];
		snprintf(hidden, sizeof(hidden), "#%u", item->length);
		add(text, "  %s %s", item->kind, item->name);
		add(text, "=%s%s", *item->digest ? hidden : item->value, "");
		if (item->is_sensitive)
			add(text, " {%s}%s", item->theme, "");
		if (*item->detail)
			add(text, " (%s)%s", item->detail, "");
		add(text, "%s%s", "\n", "");
	}
}

static struct ol_host host = { .option = option, .company = company, .email = email_find, .disclose = take };

void *collect_open(const char *const *settings, char err[OL_ERR_MAX])
{
	options = settings;
	host.data_dir = SOURCE_ROOT "/data";
	return ol_plugin.extractor->open(&host, err);
}

void collect_close(void *extractor)
{
	ol_plugin.extractor->close(extractor);
}

static const char *filled(const char *s)
{
	return s ? s : "";
}

const struct collected *collect_request(void *extractor, const char *url, struct ol_request r)
{
	static char name[256];
	const char *at = strstr(url, "://");
	at = at ? at + 3 : url;
	size_t n = strcspn(at, "/?");
	snprintf(name, sizeof(name), "%.*s", (int)n, at);
	r.host = name;
	r.target = at[n] ? at + n : "/";
	r.method = r.method ? r.method : r.body ? "POST" : "GET";
	r.body_len = r.body && !r.body_len ? strlen(r.body) : r.body_len;
	const char **texts[] = { &r.referer,      &r.origin, &r.cookie,  &r.user_agent,
				 &r.content_type, &r.body,   &r.category };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i] = filled(*texts[i]);
	r.company = company(&host, name);
	r.product = "";
	r.domain = domain_of(name);
	collected.n = collected.n_items = 0;
	ol_plugin.extractor->request(extractor, &r, &collected);
	return &collected;
}

const struct collected *collect_response(void *extractor, struct ol_response r)
{
	r.page = filled(r.page);
	r.relation = filled(r.relation);
	r.company = company(&host, r.host);
	r.product = r.category = "";
	r.domain = domain_of(r.host);
	collected.n = collected.n_items = 0;
	ol_plugin.extractor->response(extractor, &r, &collected);
	return &collected;
}

struct ol_request collect_asked_by(const char *page)
{
	static const struct ol_header cross_site[] = { { "sec-fetch-site", "cross-site" } };
	return (struct ol_request){
		.at_ns = 1, .frame = 7, .referer = page, .headers = cross_site, .n_headers = 1
	};
}
