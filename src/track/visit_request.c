/* Readable requests: what page a request belongs to, by its own account. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "track/visit_state.h"

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

static bool has_header(const struct request *r, const char *name)
{
	for (uint32_t i = 0; i < r->n_headers; i++)
		if (is_text(r->headers[i].name, name))
			return true;
	return false;
}

static char *url_of(const struct request *r)
{
	size_t len = 9 + (size_t)r->host.len + r->target.len + 1;
	char *url = malloc(len);

	if (!url)
		return NULL;
	if (r->target.len && r->target.at[0] != '/')
		snprintf(url, len, "%.*s", (int)r->target.len, (const char *)r->target.at);
	else
		snprintf(url, len, "%s://%s%.*s", r->is_secure ? "https" : "http", r->host.text,
			 (int)r->target.len, (const char *)r->target.at);
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

static void judge_request(struct visits *v, struct client *c, const struct request *r, struct vrequest *me)
{
	uint32_t asking = host_of_url(&v->names, r->referer);
	bool is_clear_page =
	    !r->sec_fetch_dest.len && !r->is_secure && has_header(r, "upgrade-insecure-requests");

	if (!asking)
		asking = host_of_url(&v->names, r->origin);
	me->is_frame = is_text(r->sec_fetch_dest, "iframe") || is_text(r->sec_fetch_dest, "frame");
	me->is_style = is_text(r->sec_fetch_dest, "style");
	me->is_navigation = is_text(r->sec_fetch_dest, "document");
	/* Over clear HTTP browsers leave Sec-Fetch out, but ask for safer pages when they ask for a page or
	 * frame. */
	if (is_clear_page && asking && v->names.at[asking].site != v->names.at[me->host].site)
		me->is_frame = true;
	else if (is_clear_page)
		me->is_navigation = true;
	if (is_text(r->purpose, "prefetch") || is_text(r->purpose, "prefetch;prerender"))
		me->is_navigation = false;
	if (me->is_navigation) {
		me->top = v->names.at[me->host].site;
		me->url = url_of(r);
	} else if (asking) {
		me->top = top_of(v, c, asking);
	} else if (is_text(r->sec_fetch_site, "same-origin") || is_text(r->sec_fetch_site, "same-site")) {
		me->top = top_of(v, c, me->host);
	}
	me->is_document = me->is_navigation || me->is_frame;
	me->is_read = me->top != 0;
	c->has_sec_fetch |= r->sec_fetch_site.len > 0;
	me->is_own = is_text(r->content_type, "application/dns-message") ||
		     (c->has_sec_fetch && r->is_secure && !r->sec_fetch_site.len && !asking &&
		      !r->has_unknown_headers);
}

void visits_request(struct visits *v, const struct request *r, void *attachment)
{
	struct where *w = lru_find(v->by_flow, &r->flow);
	struct vrequest *more = NULL, *me;
	struct client *c = w ? w->client : NULL;

	if (c && c->n_requests < v->spec.bursts_max)
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
	c->n_requests++;
	c->is_dirty = true;
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
		return;
	}
}
