#include "out/attachment.h"

#include <stdlib.h>
#include <string.h>

#include "know/companies.h"
#include "know/host.h"
#include "out/party.h"

enum {
	DISCLOSURES_MAX = 64, /* of one request: a batch of events */
	ITEMS_MAX = 256,
	VALUE_MAX = 2048,
	VISIT_DISCLOSURES_MAX = 4096,
};

struct attachment {
	struct arena arena;
	struct ol_disclosure list[DISCLOSURES_MAX];
	size_t n, left_out;
};

static const char *own(struct arena *a, const char *s)
{
	if (!s || !*s)
		return "";
	return arena_string(a, s, strnlen(s, VALUE_MAX));
}

static const char *own_bytes(struct arena *a, struct bytes b)
{
	return b.len ? arena_string(a, (const char *)b.at, b.len) : "";
}

static const struct ol_item *own_items(struct arena *a, const struct ol_item *items, size_t n)
{
	struct ol_item *copy = arena_array(a, n, sizeof(*copy));
	for (size_t i = 0; i < n; i++) {
		copy[i] = items[i];
		copy[i].kind = own(a, items[i].kind);
		copy[i].name = own(a, items[i].name);
		copy[i].value = own(a, items[i].value);
		copy[i].digest = own(a, items[i].digest);
		copy[i].meaning = own(a, items[i].meaning);
		copy[i].theme = own(a, items[i].theme);
		copy[i].detail = own(a, items[i].detail);
	}
	return copy;
}

static struct ol_disclosure own_disclosure(struct arena *a, const struct ol_disclosure *d)
{
	struct ol_disclosure copy = *d;
	copy.n_items = d->n_items < ITEMS_MAX ? d->n_items : ITEMS_MAX;
	copy.company = own(a, d->company);
	copy.product = own(a, d->product);
	copy.host = own(a, d->host);
	copy.event = own(a, d->event);
	copy.page = own(a, d->page);
	copy.partner = own(a, d->partner);
	copy.items = own_items(a, d->items, copy.n_items);
	return copy;
}

void attachment_disclose(void *attachment, const struct ol_disclosure *what)
{
	struct attachment *a = attachment;
	if (a->n == DISCLOSURES_MAX) {
		a->left_out++;
		return;
	}
	a->list[a->n++] = own_disclosure(&a->arena, what);
}

static const struct ol_header *own_headers(struct arena *a, const struct request *r)
{
	struct ol_header *headers = arena_array(a, r->n_headers, sizeof(*headers));
	for (uint32_t i = 0; i < r->n_headers; i++) {
		headers[i].name = own_bytes(a, r->headers[i].name);
		headers[i].value = own_bytes(a, r->headers[i].value);
	}
	return headers;
}

static bool is_document(const struct request *r)
{
	static const char document[] = "document";
	return r->sec_fetch_dest.len == sizeof(document) - 1 &&
	       memcmp(r->sec_fetch_dest.at, document, sizeof(document) - 1) == 0;
}

struct attachment *attachment_new(const struct knowledge *know, struct extractors *x,
				  const struct request *request)
{
	struct attachment *a = calloc(1, sizeof(*a));
	if (!a)
		return NULL;
	struct arena scratch = { 0 };
	struct owner owner = owner_of(know, &request->host);
	struct host_facts facts = know_host(know, &request->host);
	struct ol_request r = {
		.at_ns = request->ts_ns,
		.frame = request->frame,
		.flow = request->flow,
		.host = request->host.text,
		.method = own_bytes(&scratch, request->method),
		.target = own_bytes(&scratch, request->target),
		.referer = own_bytes(&scratch, request->referer),
		.origin = own_bytes(&scratch, request->origin),
		.cookie = own_bytes(&scratch, request->cookie),
		.user_agent = own_bytes(&scratch, request->user_agent),
		.content_type = own_bytes(&scratch, request->content_type),
		.headers = own_headers(&scratch, request),
		.n_headers = request->n_headers,
		.body = own_bytes(&scratch, request->body),
		.body_len = request->body.len,
		.is_body_cut = request->is_body_cut,
		.is_secure = request->is_secure,
		.is_document = is_document(request),
		.company = owner.company,
		.product = owner.product,
		.category = owner.category,
		.domain = facts.site,
	};
	extractors_request(x, &r, a);
	arena_fini(&scratch);
	if (a->n > 0)
		return a;
	attachment_free(a);
	return NULL;
}

void attachment_free(struct attachment *a)
{
	if (!a)
		return;
	arena_fini(&a->arena);
	free(a);
}

void attachment_put_all(const struct record_spec *spec, struct record *r, const struct visit_result *v)
{
	(void)spec;
	size_t n = 0;
	for (uint32_t i = 0; i < v->n_requests; i++) {
		const struct attachment *a = v->requests[i].attachment;
		n += a && !v->requests[i].is_first_party ? a->n : 0;
	}
	size_t keep = n < VISIT_DISCLOSURES_MAX ? n : VISIT_DISCLOSURES_MAX;
	struct ol_disclosure *list = arena_array(&r->arena, keep, sizeof(*list));
	size_t k = 0;
	for (uint32_t i = 0; i < v->n_requests; i++) {
		const struct attachment *a = v->requests[i].attachment;
		if (!a)
			continue;
		r->visit.n_disclosures_left_out += a->left_out;
		if (v->requests[i].is_first_party)
			continue;
		for (size_t j = 0; j < a->n && k < keep; j++)
			list[k++] = own_disclosure(&r->arena, &a->list[j]);
	}
	r->visit.disclosures = list;
	r->visit.n_disclosures = keep;
	r->visit.n_disclosures_left_out += n - keep;
}
