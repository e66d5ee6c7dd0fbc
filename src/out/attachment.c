#include "out/attachment.h"

#include <stdlib.h>
#include <string.h>

#include "base/lru.h"
#include "out/known.h"
#include "out/party.h"
#include "out/redact.h"

enum {
	DISCLOSURES_MAX = 64, /* of one request: a batch of events */
	ITEMS_MAX = 256,
	VALUE_MAX = 2048,
	REQUEST_BYTES_MAX = 256 << 10, /* kept of one request */
	VISIT_DISCLOSURES_MAX = 4096,
	PENDING_MAX = 1024, /* requests whose answers are waited for */
	PAGE_TEXT_MAX = 320,
	HOSTS = 256,   /* remembered with what is known of them */
	ALIGNING = 64, /* bytes that are left out between texts and structs */
};

struct pending_key {
	uint64_t flow, stream;
};

struct attachment {
	struct attachments *all;
	struct pending_key key;
	struct arena arena;
	size_t bytes;
	struct ol_disclosure *list;
	size_t n, room, left_out;
	struct consent_fact fact;
};

/* What an answer is read with. */
struct pending {
	struct attachment *attachment;
	struct hostname host;
	char page[PAGE_TEXT_MAX]; /* Referer or Origin */
	char relation[16];        /* Sec-Fetch-Site */
	bool is_document;
};

struct attachments {
	struct attachments_spec spec;
	struct lru *pending;
	struct arena scratch; /* of the request or answer at hand */
	struct arena arena;
	struct known_hosts hosts;
	size_t bytes;
	uint64_t n_left_out;
};

struct attachments *attachments_new(const struct attachments_spec *spec)
{
	struct attachments *all = calloc(1, sizeof(*all));
	if (!all)
		return NULL;
	all->spec = *spec;
	all->hosts = known_hosts_in(&all->arena, spec->know, HOSTS);
	all->pending = lru_new(&(struct lru_spec){
	    .capacity = PENDING_MAX,
	    .key_size = sizeof(struct pending_key),
	    .value_size = sizeof(struct pending),
	    .hash_key = spec->hash_key,
	});
	if (all->pending)
		return all;
	attachments_free(all);
	return NULL;
}

void attachments_free(struct attachments *all)
{
	if (!all)
		return;
	lru_free(all->pending);
	arena_fini(&all->scratch);
	arena_fini(&all->arena);
	free(all);
}

uint64_t attachments_n_left_out(const struct attachments *all)
{
	return all->n_left_out;
}

uint64_t attachments_n_unanswered(const struct attachments *all)
{
	return lru_evicted(all->pending);
}

static const char *own(struct arena *a, const char *s)
{
	if (!s || !*s)
		return "";
	return arena_string(a, s, strnlen(s, VALUE_MAX));
}

/* What may hold a person's data among other things. */
static const char *own_text(struct arena *a, const char *s, bool reveal)
{
	return reveal || !s ? own(a, s) : redact(a, s, VALUE_MAX);
}

static const char *own_bytes(struct arena *a, struct bytes b)
{
	return b.len ? arena_string(a, (const char *)b.at, b.len) : "";
}

static const struct ol_item *own_items(struct arena *a, const struct ol_item *items, size_t n, bool reveal)
{
	struct ol_item *copy = arena_array(a, n, sizeof(*copy));
	for (size_t i = 0; i < n; i++) {
		copy[i] = items[i];
		copy[i].kind = own(a, items[i].kind);
		copy[i].name = own_text(a, items[i].name, reveal);
		copy[i].value = own_text(a, items[i].value, reveal);
		copy[i].digest = own(a, items[i].digest);
		copy[i].meaning = own(a, items[i].meaning);
		copy[i].theme = own(a, items[i].theme);
		copy[i].detail = own_text(a, items[i].detail, reveal);
	}
	return copy;
}

static struct ol_disclosure own_disclosure(struct arena *a, const struct ol_disclosure *d, bool reveal)
{
	struct ol_disclosure copy = *d;
	copy.n_items = d->n_items < ITEMS_MAX ? d->n_items : ITEMS_MAX;
	copy.company = own(a, d->company);
	copy.product = own(a, d->product);
	copy.host = own(a, d->host);
	copy.event = own_text(a, d->event, reveal);
	copy.page = own_text(a, d->page, reveal);
	copy.partner = own(a, d->partner);
	copy.items = own_items(a, d->items, copy.n_items, reveal);
	return copy;
}

static size_t length(const char *s)
{
	return s && *s ? strnlen(s, VALUE_MAX) + 1 : 0;
}

/* What own_disclosure takes, about. */
static size_t size_of(const struct ol_disclosure *d)
{
	size_t n = sizeof(*d) + length(d->company) + length(d->product) + length(d->host) + length(d->event) +
		   length(d->page) + length(d->partner);
	for (size_t i = 0; i < d->n_items && i < ITEMS_MAX; i++) {
		const struct ol_item *item = &d->items[i];
		n += sizeof(*item) + length(item->kind) + length(item->name) + length(item->value) +
		     length(item->digest) + length(item->meaning) + length(item->theme) +
		     length(item->detail);
	}
	return n;
}

/* Most requests have one or two. */
static void make_room(struct attachment *a)
{
	a->room = a->room ? 4 * a->room : 2;
	struct ol_disclosure *list = arena_array(&a->arena, a->room, sizeof(*list));
	if (a->n)
		memcpy(list, a->list, a->n * sizeof(*list));
	a->list = list;
}

void attachment_disclose(void *attachment, const struct ol_disclosure *what)
{
	struct attachment *a = attachment;
	struct attachments *all = a->all;
	size_t bytes = size_of(what);
	if (a->n == DISCLOSURES_MAX || a->bytes + bytes > REQUEST_BYTES_MAX ||
	    all->bytes + bytes > all->spec.bytes_max) {
		all->n_left_out += a->left_out == 0;
		a->left_out++;
		return;
	}
	arena_expect(&a->arena, bytes + sizeof(*what) + ALIGNING);
	if (a->n == a->room)
		make_room(a);
	a->bytes += bytes;
	all->bytes += bytes;
	a->list[a->n++] = own_disclosure(&a->arena, what, all->spec.reveal);
}

static const struct ol_header *own_headers(struct arena *a, const struct header *list, uint32_t n)
{
	struct ol_header *headers = arena_array(a, n, sizeof(*headers));
	for (uint32_t i = 0; i < n; i++) {
		headers[i].name = own_bytes(a, list[i].name);
		headers[i].value = own_bytes(a, list[i].value);
	}
	return headers;
}

static bool is_document(const struct request *r)
{
	static const char document[] = "document";
	return r->sec_fetch_dest.len == sizeof(document) - 1 &&
	       memcmp(r->sec_fetch_dest.at, document, sizeof(document) - 1) == 0;
}

static void ask_of_request(struct attachments *all, struct attachment *a, const struct request *request)
{
	struct arena *scratch = &all->scratch;
	const struct known_host *host = known_host(&all->hosts, &request->host);
	struct owner owner = owner_named(host->company);
	struct ol_request r = {
		.at_ns = request->ts_ns,
		.frame = request->frame,
		.flow = request->flow,
		.client = request->client,
		.host = request->host.text,
		.method = own_bytes(scratch, request->method),
		.target = own_bytes(scratch, request->target),
		.referer = own_bytes(scratch, request->referer),
		.origin = own_bytes(scratch, request->origin),
		.cookie = own_bytes(scratch, request->cookie),
		.user_agent = own_bytes(scratch, request->user_agent),
		.content_type = own_bytes(scratch, request->content_type),
		.headers = own_headers(scratch, request->headers, request->n_headers),
		.n_headers = request->n_headers,
		.body = own_bytes(scratch, request->body),
		.body_len = request->body.len,
		.is_body_cut = request->is_body_cut,
		.is_secure = request->is_secure,
		.is_document = is_document(request),
		.company = owner.company,
		.product = owner.product,
		.category = owner.category,
		.domain = host->host.text + host->site_at,
	};
	extractors_request(all->spec.extractors, &r, a);
	arena_clear(scratch);
}

static void copy_text(char *to, size_t size, struct bytes from)
{
	size_t n = from.len < size - 1 ? from.len : size - 1;
	if (n > 0)
		memcpy(to, from.at, n);
	to[n] = '\0';
}

static void wait_for_answer(struct attachments *all, struct attachment *a, const struct request *r)
{
	bool is_new;
	struct pending *p = lru_touch(all->pending, &a->key, r->ts_ns, &is_new);
	p->attachment = a;
	p->host = r->host;
	copy_text(p->page, sizeof(p->page), r->referer.len ? r->referer : r->origin);
	copy_text(p->relation, sizeof(p->relation), r->sec_fetch_site);
	p->is_document = is_document(r);
}

void *attachments_request(struct attachments *all, const struct request *r)
{
	struct consent_fact fact;
	bool is_noted = consent_note(r, &fact);
	if (!is_noted && !all->spec.extractors)
		return NULL;
	struct attachment *a = all->bytes < all->spec.bytes_max ? calloc(1, sizeof(*a)) : NULL;
	if (!a) {
		all->n_left_out++;
		return NULL;
	}
	a->all = all;
	a->key = (struct pending_key){ r->flow, r->stream };
	a->bytes = sizeof(*a);
	a->fact = fact;
	all->bytes += a->bytes;
	if (all->spec.extractors) {
		ask_of_request(all, a, r);
		wait_for_answer(all, a, r);
	}
	return a;
}

void attachments_response(struct attachments *all, const struct response *response)
{
	static const char name[] = "set-cookie";
	struct pending_key key = { response->flow, response->stream };
	const struct pending *p = lru_find(all->pending, &key);
	bool sets_cookie = false;
	for (uint32_t i = 0; i < response->n_headers && !sets_cookie; i++)
		sets_cookie = response->headers[i].name.len == sizeof(name) - 1 &&
			      memcmp(response->headers[i].name.at, name, sizeof(name) - 1) == 0;
	if (!p)
		return;
	if (sets_cookie) {
		const struct known_host *host = known_host(&all->hosts, &p->host);
		struct owner owner = owner_named(host->company);
		struct ol_response r = {
			.at_ns = response->ts_ns,
			.frame = response->frame,
			.flow = response->flow,
			.client = response->client,
			.status = response->status,
			.host = p->host.text,
			.page = p->page,
			.relation = p->relation,
			.is_document = p->is_document,
			.headers = own_headers(&all->scratch, response->headers, response->n_headers),
			.n_headers = response->n_headers,
			.company = owner.company,
			.product = owner.product,
			.category = owner.category,
			.domain = host->host.text + host->site_at,
		};
		extractors_response(all->spec.extractors, &r, p->attachment);
		arena_clear(&all->scratch);
	}
	/* Interim answers (1xx) come before the one that counts. */
	if (response->status >= 200)
		lru_remove(all->pending, &key);
}

void attachments_drop(struct attachments *all, void *attachment)
{
	struct attachment *a = attachment;
	if (!a)
		return;
	const struct pending *p = lru_find(all->pending, &a->key);
	if (p && p->attachment == a)
		lru_remove(all->pending, &a->key);
	all->bytes -= a->bytes;
	arena_fini(&a->arena);
	free(a);
}

const struct consent_fact *attachment_fact(const void *attachment)
{
	const struct attachment *a = attachment;
	return a && a->fact.found ? &a->fact : NULL;
}

static void put(struct record *r, struct attachment *a, bool is_last, struct ol_disclosure *list, size_t n)
{
	if (is_last) { /* the record takes all of it over */
		memcpy(list, a->list, n * sizeof(*list));
		arena_join(&r->arena, &a->arena);
		a->n = a->room = 0;
		return;
	}
	for (size_t i = 0; i < n; i++)
		list[i] = own_disclosure(&r->arena, &a->list[i], true); /* redacted when it was said */
}

void attachment_put_all(const struct record_spec *spec, struct record *r, const struct visit_result *v)
{
	size_t n = 0;
	for (uint32_t i = 0; i < v->n_requests; i++) {
		const struct attachment *a = v->requests[i].attachment;
		if (!a || v->requests[i].is_first_party)
			continue;
		n += a->n;
		r->visit.n_disclosures_left_out += a->left_out;
	}
	size_t keep = n < VISIT_DISCLOSURES_MAX ? n : VISIT_DISCLOSURES_MAX;
	struct ol_disclosure *list = arena_array(&r->arena, keep, sizeof(*list));
	size_t k = 0;
	for (uint32_t i = 0; i < v->n_requests && k < keep; i++) {
		struct attachment *a = v->requests[i].attachment;
		if (!a || v->requests[i].is_first_party || a->n == 0)
			continue;
		size_t some = a->n < keep - k ? a->n : keep - k;
		put(r, a, !v->is_open, list + k, some);
		const struct hostname *receiver = party_receiver(&v->requests[i].names, &v->requests[i].host);
		for (size_t j = k; receiver != &v->requests[i].host && j < k + some; j++)
			if (!*list[j].company)
				list[j].company = owner_of(spec->know, receiver).company;
		k += some;
	}
	r->visit.disclosures = list;
	r->visit.n_disclosures = keep;
	r->visit.n_disclosures_left_out += n - keep;
}
