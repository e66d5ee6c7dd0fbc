/* Readable requests: what page a request belongs to, by its own account. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "know/companies.h"
#include "track/visit_state.h"

#define QUIET_NS (NS_PER_S / 2)

/* The host of a URL in a header, as a name. */
static uint32_t host_of_url(struct names *n, struct bytes url)
{
	struct hostname host;
	size_t at = 0, end;

	while (at + 3 <= url.len && memcmp(url.at + at, "://", 3) != 0)
		at++;
	if (at + 3 > url.len)
		return 0;
	at += 3;
	for (end = at; end < url.len && url.at[end] != '/' && url.at[end] != ':' && url.at[end] != '?'; end++)
		;
	if (!hostname_parse((struct bytes){ url.at + at, end - at }, &host))
		return 0;
	return names_of(n, &host);
}

static bool is_text(struct bytes b, const char *text)
{
	return b.len == strlen(text) && memcmp(b.at, text, b.len) == 0;
}

static bool holds_text(struct bytes b, const char *text)
{
	return b.len && memmem(b.at, b.len, text, strlen(text));
}

static struct bytes header_of(const struct request *r, const char *name)
{
	for (uint32_t i = 0; i < r->n_headers; i++)
		if (is_text(r->headers[i].name, name))
			return r->headers[i].value;
	return (struct bytes){ 0 };
}

static char *url_of(const struct request *r)
{
	struct bytes at =
	    r->authority.len ? r->authority : (struct bytes){ (const uint8_t *)r->host.text, r->host.len };
	size_t len = 9 + at.len + r->target.len + 1;
	char *url = malloc(len);

	if (!url)
		return NULL;
	if (r->target.len && r->target.at[0] != '/')
		snprintf(url, len, "%.*s", (int)r->target.len, (const char *)r->target.at);
	else
		snprintf(url, len, "%s://%.*s%.*s", r->is_secure ? "https" : "http", (int)at.len,
			 (const char *)at.at, (int)r->target.len, (const char *)r->target.at);
	return url;
}

/* The site of the page that a request belongs to, through the chain of frames. */
static uint32_t top_of(const struct visits *v, const struct client *c, uint32_t asking)
{
	/* What a style sheet asks for has the sheet's address as its Referer. */
	for (uint32_t i = c->n_requests, k = 0; i-- > 0 && k < 1024; k++)
		if (c->requests[i].host == asking && c->requests[i].top) {
			if (c->requests[i].is_frame || c->requests[i].is_style)
				return c->requests[i].top;
			if (c->requests[i].is_navigation)
				break;
		}
	return v->names.at[asking].site;
}

/* What browsers and their extensions fetch of every site, unasked, is no page; nor is what has no path. */
static bool may_be_page(struct bytes target)
{
	static const char *const unasked[] = { "/favicon.ico", "/crossdomain.xml", "/robots.txt" };

	for (size_t i = 0; i < sizeof(unasked) / sizeof(unasked[0]); i++)
		if (is_text(target, unasked[i]))
			return false;
	return target.len && (target.at[0] == '/' || holds_text(target, "://"));
}

/* Browsers leave Sec-Fetch out over clear HTTP, and those before 2020 everywhere. For a page or frame they
 * ask for HTML, scripts that they run and other programs do not, or say who they are.
 */
static bool asks_for_page(const struct client *c, const struct request *r)
{
	if (r->sec_fetch_dest.len || (r->is_secure && c->has_sec_fetch) || !may_be_page(r->target) ||
	    is_text(header_of(r, "x-requested-with"), "XMLHttpRequest"))
		return false;
	return header_of(r, "upgrade-insecure-requests").len ||
	       (r->user_agent.len > 8 && memcmp(r->user_agent.at, "Mozilla/", 8) == 0 &&
		holds_text(header_of(r, "accept"), "text/html"));
}

/* Is what `asking` asks for a frame in its page? Else it is a link that was followed: nobody follows one
 * while the page is still loading.
 */
static bool is_framed(const struct visits *v, const struct client *c, const struct vrequest *me,
		      uint32_t asking, uint32_t top)
{
	const struct name *host = &v->names.at[me->host];

	if (!asking)
		return false;
	if (host->site != v->names.at[asking].site && host->is_third &&
	    !(host->company && host->company->flags & COMPANY_AMBIGUOUS))
		return true;
	for (uint32_t i = c->n_requests; i-- > 0 && me->ts_ns - c->requests[i].ts_ns < QUIET_NS;)
		if (c->requests[i].top == top && !c->requests[i].is_redirect)
			return true;
	return false;
}

/* What is asked for by a guessed page is its part: a page it is. */
static void confirm_page(const struct visits *v, struct client *c, struct bytes referer)
{
	for (uint32_t i = c->n_requests, k = 0; i-- > 0 && k < 64 && referer.len; k++) {
		struct vrequest *q = &c->requests[i];

		if (!q->needs_parts || !q->url || !is_text(referer, q->url))
			continue;
		q->needs_parts = false;
		q->is_document = q->is_navigation = q->is_read = true;
		q->top = v->names.at[q->host].site;
	}
}

/* Does the browser ask for itself, or another program? What no page caused has the site `none` (Fetch
 * Metadata, 2.3), pages that the user opens apart; some of it names an origin all the same.
 */
static bool is_of_no_page(const struct client *c, const struct request *r, uint32_t asking)
{
	if (is_text(r->sec_fetch_site, "none"))
		return r->sec_fetch_dest.len && !is_text(r->sec_fetch_dest, "document");
	return is_text(r->content_type, "application/dns-message") ||
	       (c->has_sec_fetch && r->is_secure && !r->sec_fetch_site.len && !asking &&
		!r->has_unknown_headers);
}

static void judge_request(struct visits *v, struct client *c, const struct request *r, struct vrequest *me)
{
	uint32_t asking = host_of_url(&v->names, r->referer), top;

	if (!asking)
		asking = host_of_url(&v->names, r->origin);
	confirm_page(v, c, r->referer);
	top = asking ? top_of(v, c, asking) : 0;
	me->from = asking ? v->names.at[asking].site : 0;
	me->is_frame = is_text(r->sec_fetch_dest, "iframe") || is_text(r->sec_fetch_dest, "frame");
	me->is_style = is_text(r->sec_fetch_dest, "style");
	me->is_navigation = is_text(r->sec_fetch_dest, "document");
	me->is_own = is_of_no_page(c, r, asking);
	if (asks_for_page(c, r)) {
		me->is_guessed = true;
		me->top_else = top;
		me->is_frame = is_framed(v, c, me, asking, top);
		/* Some ask for everything as they ask for pages. */
		me->needs_parts = !me->is_frame && asking && !header_of(r, "upgrade-insecure-requests").len;
		me->is_navigation = !me->is_frame && !me->needs_parts;
	}
	if (is_text(r->purpose, "prefetch") || is_text(r->purpose, "prefetch;prerender") || !me->host)
		me->is_navigation = me->needs_parts = false;
	if (me->is_navigation || me->needs_parts)
		me->url = url_of(r);
	if (me->is_navigation) {
		me->top = v->names.at[me->host].site;
	} else if (asking && !me->is_own) {
		me->top = top;
	} else if (is_text(r->sec_fetch_site, "same-origin") || is_text(r->sec_fetch_site, "same-site")) {
		me->top = top_of(v, c, me->host);
	}
	me->is_document = me->is_navigation || me->is_frame;
	me->is_read = me->top != 0;
	c->has_sec_fetch |= r->sec_fetch_site.len > 0;
}

void visits_request(struct visits *v, const struct request *r, void *attachment)
{
	struct where *w = lru_find(v->by_flow, &r->flow);
	struct vrequest *more = NULL, *me;
	struct client *c = w ? w->client : NULL;

	if (c && client_may_ask(v, c))
		more = grown(c->requests, c->n_requests, &c->cap_requests, sizeof(*more));
	if (!more) {
		if (attachment && v->spec.drop_attachment)
			v->spec.drop_attachment(v->spec.ctx, attachment);
		return;
	}
	c->requests = more;
	me = &more[c->n_requests];
	*me = (struct vrequest){ .flow = r->flow,
				 .flow_index = w->index,
				 .burst = NONE,
				 .visit = NONE,
				 .frame = r->frame,
				 .ts_ns = r->ts_ns,
				 .stream = r->stream,
				 .up = r->up_bytes,
				 .down = r->down_bytes,
				 .attachment = attachment };
	me->host = names_of(&v->names, &r->host);
	judge_request(v, c, r, me);
	v->n_asked += request_size(me);
	c->n_requests++;
	c->is_dirty = true;
}

/* What came was no page after all: a picture, a script, a download. */
static void forget_page(struct visits *v, struct vrequest *q)
{
	q->is_document = q->is_navigation = q->is_frame = q->needs_parts = false;
	q->top = q->top_else;
	q->is_read = q->top != 0;
	v->n_asked -= request_size(q);
	free(q->url);
	q->url = NULL;
	v->n_asked += request_size(q);
}

void visits_response(struct visits *v, const struct response *r)
{
	struct where *w = lru_find(v->by_flow, &r->flow);

	if (!w)
		return;
	for (uint32_t i = w->client->n_requests, k = 0; i-- > 0 && k < 512; k++) {
		struct vrequest *q = &w->client->requests[i];

		if (q->flow != r->flow || q->stream != r->stream)
			continue;
		q->is_redirect = r->status >= 300 && r->status < 400 && r->location.len > 0;
		if (q->is_guessed && r->status < 300 && r->content_type.len &&
		    !holds_text(r->content_type, "html"))
			forget_page(v, q);
		return;
	}
}
