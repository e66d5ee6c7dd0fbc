#include "reading.h"

#include <string.h>
#include <strings.h>

#include "values.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void reading_find_page(struct reading *g, const char *relation)
{
	struct url u;
	if (url_parse(g->r->referer, &u) || url_parse(g->r->origin, &u)) {
		for (size_t i = 0; i < u.host_len; i++)
			g->page_host[i] =
			    u.host[i] >= 'A' && u.host[i] <= 'Z' ? (char)(u.host[i] + 32) : u.host[i];
		g->page_host[u.host_len] = '\0';
	}
	if (g->r->is_document || strcmp(relation, "same-origin") == 0 || strcmp(relation, "same-site") == 0)
		g->is_third_party = false;
	else if (strcmp(relation, "cross-site") == 0)
		g->is_third_party = true;
	else
		g->is_third_party =
		    !*g->page_host || !host_is_below(g->page_host, strlen(g->page_host), g->r->domain);
}

void reading_restart(struct reading *g)
{
	g->n_items = 0;
	g->event = g->page = g->partner = "";
	g->is_personal = false;
}

/* Is it the value of a cookie by which the site knows who is logged in? */
static bool is_session_of_site(const struct reading *g, const char *value)
{
	struct remembered r;
	return *g->page_host && memory_find(g->x->memory, g->r->client, g->page_host, value, &r) &&
	       is_secret_name(r.cookie);
}

/* Values that are told only with the option `reveal`. */
static bool is_withheld(const struct reading *g, enum category c, const struct param *p, const char *meaning)
{
	if (g->x->reveal)
		return false;
	if (is_session_of_site(g, p->value))
		return true;
	if (c == CATEGORY_ACCOUNT_ID || c == CATEGORY_CONTACT_PLAIN || strstr(meaning, "never store"))
		return true;
	if (c != CATEGORY_UNKNOWN)
		return false;
	return p->source == SOURCE_COOKIE || is_secret_name(p->name);
}

static void add_detail(struct reading *g, struct ol_item *item, const char *text)
{
	item->detail = *item->detail ? scratch_format(&g->x->scratch, "%s; %s", item->detail, text) : text;
}

/* Kinds whose text is looked through for sensitive words. */
static bool is_telling(enum category c)
{
	return c == CATEGORY_PAGE_URL || c == CATEGORY_PAGE_TITLE || c == CATEGORY_REFERRER ||
	       c == CATEGORY_SEARCH_QUERY || c == CATEGORY_FORM_META || c == CATEGORY_EVENT;
}

static void mark_sensitive(struct reading *g, struct ol_item *item, const char *value)
{
	struct theme t;
	struct url u;
	const char *text = value, *at;
	/* The name of a site may be a sensitive word; what the page is about stands behind it. */
	if (url_parse(value, &u))
		text = u.path;
	if (!g->x->sensitive || !sensitive_find(g->x->sensitive, text, &t))
		return;
	size_t len = sensitive_segment(text, &t, &at);
	item->is_sensitive = true;
	item->theme = t.theme;
	add_detail(g, item, scratch_format(&g->x->scratch, "%s: %.*s", t.subject, (int)len, at));
}

const char *reading_own(struct reading *g, struct param *p)
{
	if (!p->own) {
		const char *told = g->x->own ? own_find(g->x->own, p->value, &g->x->scratch) : NULL;
		p->own = told ? told : "";
	}
	return p->own;
}

static void mark_first_party(struct reading *g, struct ol_item *item, const char *value)
{
	struct remembered r;
	if (!*g->page_host || !memory_find(g->x->memory, g->r->client, g->page_host, value, &r))
		return;
	add_detail(g, item, scratch_format(&g->x->scratch, "cookie %s of %s", r.cookie, r.site));
}

static void mark_contact(struct reading *g, struct ol_item *item, enum category c, const char *value)
{
	const char *at, *form;
	if (c == CATEGORY_CONTACT_PLAIN) {
		add_detail(g, item, g->x->host->email(value, &at) ? "an e-mail address" : "in clear");
	} else if (c == CATEGORY_CONTACT_HASH) {
		form = *item->detail ? NULL : hash_form(value); /* whose it is says more */
		if (form)
			add_detail(g, item,
				   scratch_format(&g->x->scratch, "hashed (%s by its length)", form));
	} else if (c != CATEGORY_TECHNICAL && g->x->host->email(value, &at)) {
		add_detail(g, item, "holds an e-mail address");
	}
}

/* What the entry says is refined by what is really there: a free variable may hold the page's address, a
 * field for a hash may hold the e-mail address itself.
 */
static enum category refine(const struct reading *g, enum category c, const struct param *p)
{
	const char *at;
	if (c == CATEGORY_CONTACT_HASH && (g->x->host->email(p->value, &at) || !may_be_hash(p->value)))
		return CATEGORY_CONTACT_PLAIN;
	if (c != CATEGORY_UNKNOWN && c != CATEGORY_EVENT)
		return c;
	if (p->source == SOURCE_COOKIE)
		return c;
	enum category found = generic_category(g, p);
	if (c == CATEGORY_EVENT && found != CATEGORY_PAGE_URL && found != CATEGORY_CONTACT_PLAIN)
		return c;
	return found;
}

/* Search words in an address: "?q=words". */
static void add_search_words(struct reading *g, const char *url, const char *name)
{
	static const char *const names[] = { "q",       "query",    "search", "searchterm", "search_query",
					     "keyword", "keywords", "s",      "term" };
	const char *query = strchr(url, '?');
	struct params *p = &g->x->params;
	size_t n = p->n;
	if (!query)
		return;
	params_form(p, SOURCE_QUERY, 0, query + 1, strcspn(query + 1, "#"));
	for (size_t i = n; i < p->n; i++)
		if (is_one_of(p->at[i].name, names, COUNT(names)) && p->at[i].value_len > 1)
			reading_add(g, CATEGORY_SEARCH_QUERY, &p->at[i],
				    scratch_format(&g->x->scratch, "%.100s?%.100s", name, p->at[i].name),
				    "words searched for, in the page's address");
	p->n = n;
}

static void note_special(struct reading *g, enum category c, const struct param *p, struct ol_item *item)
{
	const char *partner = NULL;
	bool may_sync = c == CATEGORY_ID_SYNC || c == CATEGORY_SITE_KEY || c == CATEGORY_UNKNOWN ||
			c == CATEGORY_TECHNICAL;
	if (may_sync)
		partner = sync_partner(g, p->name, p->value);
	if (partner) {
		g->partner = *g->partner ? g->partner : partner;
		add_detail(g, item, scratch_format(&g->x->scratch, "handed on to %.200s", partner));
	}
	const char *origin = may_sync ? sync_origin(g, p->name, p->value) : NULL;
	if (origin)
		add_detail(g, item, scratch_format(&g->x->scratch, "identifier of %.200s", origin));
	if (c == CATEGORY_PAGE_URL && !*g->page && strstr(p->value, "//"))
		g->page = p->value;
}

void reading_add(struct reading *g, enum category c, struct param *p, const char *name, const char *meaning)
{
	if (is_nothing(p->value) || g->n_items == ITEMS_MAX)
		return;
	if (c == CATEGORY_TECHNICAL && sync_partner(g, p->name, p->value))
		c = CATEGORY_ID_SYNC;
	/* "API_unavailable" is no address. */
	bool is_no_address = (c == CATEGORY_PAGE_URL || c == CATEGORY_REFERRER) && !strpbrk(p->value, "./");
	/* "0" where an account's id is asked for: there is none. */
	bool is_no_account = c == CATEGORY_ACCOUNT_ID && strcmp(p->value, "0") == 0;
	if (c == CATEGORY_TECHNICAL || is_no_address || is_no_account)
		return;
	c = refine(g, c, p);
	bool is_hidden = is_withheld(g, c, p, meaning);
	struct ol_item item = {
		.kind = category_kind(c),
		.name = name,
		.value = is_hidden ? "" : p->value,
		.digest = is_hidden ? digest_of(g->x->digester, p->value, p->value_len, &g->x->scratch) : "",
		.meaning = meaning,
		.theme = "",
		.detail = "",
		.length = p->sent_len,
	};
	const char *own = reading_own(g, p);
	if (*own)
		add_detail(g, &item, own);
	mark_contact(g, &item, c, p->value);
	if (is_telling(c))
		mark_sensitive(g, &item, p->value);
	if (c != CATEGORY_PAGE_URL && c != CATEGORY_PAGE_TITLE && c != CATEGORY_SITE_KEY &&
	    p->source != SOURCE_COOKIE)
		mark_first_party(g, &item, p->value);
	note_special(g, c, p, &item);
	if (p->source == SOURCE_COOKIE && c == CATEGORY_UNKNOWN)
		add_detail(g, &item, "cookie");
	g->items[g->n_items++] = item;
	if (c != CATEGORY_SITE_KEY && c != CATEGORY_CONSENT && c != CATEGORY_UNKNOWN)
		g->is_personal = true;
	if (*item.detail && c == CATEGORY_UNKNOWN && p->source != SOURCE_COOKIE)
		g->is_personal = true;
	if (c == CATEGORY_PAGE_URL || c == CATEGORY_REFERRER)
		add_search_words(g, p->value, name);
}

static bool has_value(const struct reading *g, const char *value)
{
	size_t len = strcspn(value, "#");
	for (size_t i = 0; i < g->n_items; i++)
		if (strncmp(g->items[i].value, value, len) == 0 && strcspn(g->items[i].value, "#") == len)
			return true;
	return false;
}

void reading_add_referer(struct reading *g)
{
	struct url u;
	if (!g->is_third_party || !url_parse(g->r->referer, &u))
		return;
	bool is_page = !host_is_below(u.host, u.host_len, g->r->domain);
	if (is_page && url_has_more(&u) && !has_value(g, g->r->referer)) {
		size_t len = strlen(g->r->referer);
		struct param p = { "Referer", g->r->referer, (uint32_t)len, (uint32_t)len,
				   0,         SOURCE_HEADER, NULL };
		reading_add(g, CATEGORY_PAGE_URL, &p, "Referer", "address of the page, told by the browser");
	}
	if (!*g->page && is_page)
		g->page = g->r->referer;
}

void reading_tell(struct reading *g, bool is_confirmed, void *to)
{
	if (!g->is_personal)
		return;
	struct ol_disclosure d = {
		.at_ns = g->r->at_ns,
		.frame = g->r->frame,
		.flow = g->r->flow,
		.company = g->company,
		.product = g->product,
		.host = g->r->host,
		.event = g->event,
		.page = g->page,
		.partner = g->partner,
		.is_confirmed = is_confirmed,
		.items = g->items,
		.n_items = g->n_items,
	};
	g->x->host->disclose(to, &d);
}
