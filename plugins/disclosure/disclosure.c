/* The extractor `disclosure`: what a request to a third party gives away.
 *
 * Options: my-data=FILE (see own.h), reveal=1 (show what is withheld), salt=TEXT (key of the digests of
 * withheld values), words=FILE (instead of sensitive.tsv in the folder of data).
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "events.h"
#include "json.h"
#include "reading.h"
#include "set_cookie.h"
#include "values.h"

enum {
	SCRATCH_BYTES = 4 << 20,
	INFLATED_BYTES = 262144,
	GENERIC_BODY_MAX = 65536,
};

static void disclosure_close(void *extractor)
{
	struct extractor *x = extractor;
	if (!x)
		return;
	matcher_fini(&x->matcher);
	scratch_fini(&x->scratch);
	memory_free(x->memory);
	sensitive_free(x->sensitive);
	own_free(x->own);
	digester_free(x->digester);
	free(x->inflated);
	free(x);
}

static bool load_words(struct extractor *x, char err[OL_ERR_MAX])
{
	char path[4096];
	const char *words = x->host->option(x->host, "words");
	if (*words)
		snprintf(path, sizeof(path), "%s", words);
	else
		snprintf(path, sizeof(path), "%s/sensitive.tsv", x->host->data_dir);
	x->sensitive = sensitive_load(path, err, OL_ERR_MAX);
	return x->sensitive;
}

static void *disclosure_open(const struct ol_host *host, char err[OL_ERR_MAX])
{
	struct extractor *x = calloc(1, sizeof(*x));
	snprintf(err, OL_ERR_MAX, "out of memory");
	if (!x)
		return NULL;
	x->host = host;
	const char *own = host->option(host, "my-data"), *salt = host->option(host, "salt");
	x->reveal = strcmp(host->option(host, "reveal"), "1") == 0;
	x->digester = digester_new(*salt ? salt : "onlooker");
	x->inflated = malloc(INFLATED_BYTES);
	x->memory = memory_new();
	/* Its key is read now, while files may still be opened. */
	json_object_seed(0);
	bool ok = x->inflated && x->memory && x->digester && scratch_init(&x->scratch, SCRATCH_BYTES) &&
		  matcher_init(&x->matcher) && load_words(x, err);
	if (ok && *own)
		ok = (x->own = own_load(own, err, OL_ERR_MAX)) != NULL;
	if (ok)
		return x;
	disclosure_close(x);
	return NULL;
}

static const char *header(const struct ol_request *r, const char *name)
{
	for (size_t i = 0; i < r->n_headers; i++)
		if (strcasecmp(r->headers[i].name, name) == 0)
			return r->headers[i].value;
	return "";
}

static void note_cookies(struct reading *g)
{
	const struct params *c = &g->x->cookies;
	for (size_t i = 0; i < c->n; i++)
		memory_note(g->x->memory, g->r->client, g->r->domain, c->at[i].name, c->at[i].value);
}

/* The list's names, but the catalogue's for a tracker under a name of the site itself. */
static void name_receiver(struct reading *g, bool is_any_host)
{
	const struct cat_vendor *v = g->vendor;
	/* Some entries hold for several companies: which one it is, only the list can tell. */
	if (v && (strchr(v->company, ',') || strncmp(v->company, "various", 7) == 0))
		v = NULL;
	bool use_list = *g->r->company && !(v && is_any_host);
	g->company = use_list ? g->r->company : v ? v->company : "";
	g->product = v ? v->product : g->r->product;
}

/* A host that no entry knows. */
static void tell_generic(struct reading *g, const char *query, void *to)
{
	struct params *p = &g->x->params;
	const struct cat_vendor *vendor = catalogue_vendor(g->r->host);
	reading_restart(g);
	params_form(p, SOURCE_QUERY, 0, query, strlen(query));
	if (g->r->body_len > 0 && g->r->body_len <= GENERIC_BODY_MAX) {
		if (*g->r->body == '{' || *g->r->body == '[')
			json_params(p, "", g->r->body, g->r->body_len);
		else if (strcasestr(g->r->content_type, "urlencoded"))
			params_form(p, SOURCE_FORM, 0, g->r->body, g->r->body_len);
	}
	size_t n = p->n;
	for (size_t i = 0; i < n; i++) {
		struct param *param = &p->at[i];
		const struct cat_param *common = catalogue_common(param->name);
		enum category c = common ? common->category : generic_category(g, param);
		bool is_own = *reading_own(g, param) != '\0';
		struct remembered r;
		bool leaves =
		    *g->page_host && memory_find(g->x->memory, g->r->client, g->page_host, param->value, &r);
		if (c == CATEGORY_UNKNOWN && leaves)
			c = CATEGORY_ONLINE_IDENTIFIER;
		if (c != CATEGORY_UNKNOWN || is_own)
			reading_add(g, c, param, param->name, common ? common->meaning : "");
	}
	reading_add_referer(g);
	for (size_t i = 0; i < g->x->cookies.n && g->is_personal; i++) {
		struct param *cookie = &g->x->cookies.at[i];
		const struct cat_param *known = catalogue_cookie(vendor, cookie->name);
		reading_add(g, known ? known->category : CATEGORY_UNKNOWN, cookie, cookie->name,
			    known ? known->meaning : "");
	}
	reading_tell(g, true, to);
}

static void disclosure_request(void *extractor, const struct ol_request *r, void *to)
{
	struct extractor *x = extractor;
	static const char none[] = "";
	/* Asked by the browser itself before the request that counts. */
	if (strcmp(r->method, "OPTIONS") == 0 || strcmp(r->method, "CONNECT") == 0)
		return;
	scratch_reset(&x->scratch);
	params_init(&x->params, &x->scratch);
	params_init(&x->cookies, &x->scratch);
	struct reading g = { .x = x, .r = r, .items = x->items };
	reading_find_page(&g, header(r, "sec-fetch-site"));
	params_cookies(&x->cookies, r->cookie);
	/* An address that was typed names no page: its cookies are those of its own site all the same. */
	if (!g.is_third_party || !*g.page_host)
		note_cookies(&g);
	const char *target = r->target;
	struct url u;
	if (url_parse(target, &u))
		target = u.path;
	size_t path_len = strcspn(target, "?#");
	const char *query = target[path_len] == '?' ? target + path_len + 1 : none;
	bool is_any_host = false;
	g.endpoint = catalogue_find(&x->matcher, r->host, target, path_len, query, &is_any_host);
	g.vendor = g.endpoint ? &catalogue.vendors[g.endpoint->vendor] : NULL;
	name_receiver(&g, is_any_host);
	if (g.endpoint && !r->is_document) {
		events_read_params(&g, target, path_len, query);
		events_tell(&g, to);
	} else if (g.is_third_party) {
		tell_generic(&g, query, to);
	}
}

static void disclosure_response(void *extractor, const struct ol_response *response, void *to)
{
	struct extractor *x = extractor;
	struct ol_request r = {
		.at_ns = response->at_ns,
		.frame = response->frame,
		.flow = response->flow,
		.client = response->client,
		.host = response->host,
		.method = "",
		.target = "",
		.referer = response->page,
		.origin = "",
		.cookie = "",
		.is_document = response->is_document,
		.company = response->company,
		.product = response->product,
		.category = response->category,
		.domain = response->domain,
	};
	scratch_reset(&x->scratch);
	params_init(&x->params, &x->scratch);
	params_init(&x->cookies, &x->scratch);
	struct reading g = { .x = x, .r = &r, .items = x->items, .vendor = catalogue_vendor(r.host) };
	reading_find_page(&g, response->relation);
	name_receiver(&g, false);
	set_cookies_tell(&g, response, to);
}

static const struct ol_extractor extractor = {
	.open = disclosure_open,
	.request = disclosure_request,
	.response = disclosure_response,
	.close = disclosure_close,
};

const struct ol_plugin ol_plugin = {
	.abi = OL_PLUGIN_ABI,
	.name = "disclosure",
	.about = "what requests to third parties give away",
	.extractor = &extractor,
};
