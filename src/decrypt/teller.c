#include "decrypt/teller.h"

#include <stdlib.h>
#include <string.h>

#include "decrypt/body.h"
#include "decrypt/teller_parts.h"

#define COOKIE_MAX (128 << 10)

struct teller *teller_new(const struct request_sink *sink, const struct decrypt_limits *limits)
{
	struct teller *t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->sink = *sink;
	t->limits = *limits;
	t->budget.max = limits->total_bytes;
	return t;
}

void teller_free(struct teller *t)
{
	if (!t)
		return;
	buf_fini(&t->headers, &t->budget);
	buf_fini(&t->cookie, &t->budget);
	free(t);
}

const struct decrypt_limits *teller_limits(const struct teller *t)
{
	return &t->limits;
}

struct decrypt_counts *teller_counts(struct teller *t)
{
	return &t->counts;
}

struct budget *teller_budget(struct teller *t)
{
	return &t->budget;
}

static bool is_text(struct bytes b, const char *text)
{
	return b.len == strlen(text) && memcmp(b.at, text, b.len) == 0;
}

static bool is_text_any_case(struct bytes b, const char *text)
{
	if (b.len != strlen(text))
		return false;
	for (size_t i = 0; i < b.len; i++) {
		if ((b.at[i] | 0x20) != (uint8_t)text[i])
			return false;
	}
	return true;
}

static const struct {
	const char *name;
	size_t at; /* in struct request */
} REQUEST_VIEWS[] = {
	{ ":method", offsetof(struct request, method) },
	{ ":authority", offsetof(struct request, authority) },
	{ ":path", offsetof(struct request, target) },
	{ "referer", offsetof(struct request, referer) },
	{ "origin", offsetof(struct request, origin) },
	{ "user-agent", offsetof(struct request, user_agent) },
	{ "content-type", offsetof(struct request, content_type) },
	{ "content-encoding", offsetof(struct request, content_encoding) },
	{ "sec-fetch-site", offsetof(struct request, sec_fetch_site) },
	{ "sec-fetch-mode", offsetof(struct request, sec_fetch_mode) },
	{ "sec-fetch-dest", offsetof(struct request, sec_fetch_dest) },
	{ "sec-fetch-user", offsetof(struct request, sec_fetch_user) },
	{ "sec-gpc", offsetof(struct request, sec_gpc) },
	{ "dnt", offsetof(struct request, dnt) },
	{ "sec-purpose", offsetof(struct request, purpose) },
	{ "purpose", offsetof(struct request, purpose) },
};

static void set_view(struct request *r, struct header h)
{
	for (size_t i = 0; i < sizeof(REQUEST_VIEWS) / sizeof(REQUEST_VIEWS[0]); i++) {
		const char *name = REQUEST_VIEWS[i].name;
		if (h.name.at[0] != (uint8_t)name[0] || !is_text(h.name, name))
			continue;
		struct bytes *view = (struct bytes *)((char *)r + REQUEST_VIEWS[i].at);
		if (!view->at) /* the first one counts */
			*view = h.value;
		return;
	}
}

static void add_cookie(struct request *r, struct teller *t, struct bytes crumb)
{
	if (!r->cookie.at) {
		r->cookie = crumb;
		return;
	}
	if (!t->cookie.len)
		buf_add(&t->cookie, &t->budget, r->cookie, COOKIE_MAX);
	if (buf_reserve(&t->cookie, &t->budget, crumb.len + 2, COOKIE_MAX)) {
		buf_add(&t->cookie, &t->budget, (struct bytes){ (const uint8_t *)"; ", 2 }, COOKIE_MAX);
		buf_add(&t->cookie, &t->budget, crumb, COOKIE_MAX);
	}
	r->cookie = buf_bytes(&t->cookie);
}

static void add_header(struct teller *t, struct header h)
{
	buf_add(&t->headers, &t->budget, (struct bytes){ (const uint8_t *)&h, sizeof(h) }, SIZE_MAX / 2);
}

/* "user@host:port" without user and port. Brackets of an IPv6 literal stay, so that it is no name. */
static void set_host(struct request *r)
{
	struct bytes a = r->authority;
	const uint8_t *user = a.len ? memrchr(a.at, '@', a.len) : NULL;
	if (user)
		a = bytes_tail(a, (size_t)(user + 1 - a.at));
	const uint8_t *port = a.len ? memrchr(a.at, ':', a.len) : NULL;
	if (port)
		a.len = (size_t)(port - a.at);
	if (a.len && a.at[a.len - 1] == '.')
		a.len--;
	hostname_parse(a, &r->host);
}

static void set_body(struct request *r, struct message *m, struct teller *t)
{
	r->body = buf_bytes(&m->body);
	r->body_len = m->body_len;
	r->is_body_cut = m->is_body_cut;
	size_t len = 0;
	bool cut = false;
	if (m->body.len &&
	    body_decode(r->content_encoding, r->body, t->decoded, REQUEST_BODY_MAX, &len, &cut)) {
		r->body = (struct bytes){ t->decoded, len };
		r->is_body_cut |= cut;
		t->counts.bad_body += cut && !m->is_body_cut && !len;
	}
}

static bool tell_request(struct exchange *e, struct teller *t)
{
	struct message *m = &e->message[WAY_UP];
	struct request r = { .flow = e->flow,
			     .stream = e->stream,
			     .ts_ns = m->at.ts_ns,
			     .frame = m->at.frame,
			     .version = e->version,
			     .is_secure = e->is_secure,
			     .is_after_gap = m->is_after_gap,
			     .is_zero_rtt = m->is_zero_rtt,
			     .has_inner_hello = e->facts && e->facts->has_inner_hello,
			     .has_unknown_headers = m->has_unknown };
	struct bytes host = { 0 };
	t->headers.len = t->cookie.len = 0;
	for (uint32_t i = 0; i < message_fields(m); i++) {
		struct header h = message_field(m, i);
		if (!h.name.len)
			continue;
		set_view(&r, h);
		if (h.name.at[0] == ':') {
			r.is_websocket |= is_text(h.name, ":protocol") && is_text(h.value, "websocket");
			continue;
		}
		add_header(t, h);
		if (is_text(h.name, "cookie"))
			add_cookie(&r, t, h.value);
		else if (!host.at && is_text(h.name, "host"))
			host = h.value;
		else if (e->version == HTTP_1 && is_text(h.name, "upgrade"))
			r.is_websocket |= is_text_any_case(h.value, "websocket");
	}
	if (!r.authority.at)
		r.authority = host;
	if (!r.authority.len && !r.target.len && !r.method.len)
		return false;
	set_host(&r);
	set_body(&r, m, t);
	r.headers = (const struct header *)(const void *)t->headers.at;
	r.n_headers = (uint32_t)(t->headers.len / sizeof(struct header));
	uint64_t up = m->framed_bytes, down = e->message[WAY_DOWN].framed_bytes;
	r.up_bytes = up > UINT32_MAX ? UINT32_MAX : (uint32_t)up;
	r.down_bytes = down > UINT32_MAX ? UINT32_MAX : (uint32_t)down;
	t->counts.requests_h1 += e->version == HTTP_1;
	t->counts.requests_h2 += e->version == HTTP_2;
	t->counts.requests_h3 += e->version == HTTP_3;
	t->sink.request(t->sink.ctx, &r);
	return true;
}

static void tell_response(struct exchange *e, struct teller *t)
{
	struct message *m = &e->message[WAY_DOWN];
	t->counts.responses++;
	if (!t->sink.response)
		return;
	struct response r = { .flow = e->flow,
			      .stream = e->stream,
			      .ts_ns = m->at.ts_ns,
			      .frame = m->at.frame,
			      .status = m->status,
			      .is_after_gap = m->is_after_gap,
			      .has_unknown_headers = m->has_unknown };
	t->headers.len = 0;
	for (uint32_t i = 0; i < message_fields(m); i++) {
		struct header h = message_field(m, i);
		if (!h.name.len || h.name.at[0] == ':')
			continue;
		add_header(t, h);
		if (!r.location.at && is_text(h.name, "location"))
			r.location = h.value;
		else if (!r.content_type.at && is_text(h.name, "content-type"))
			r.content_type = h.value;
	}
	m->is_dns =
	    t->sink.doh_answer && m->status == 200 && is_text(r.content_type, "application/dns-message");
	r.headers = (const struct header *)(const void *)t->headers.at;
	r.n_headers = (uint32_t)(t->headers.len / sizeof(struct header));
	t->sink.response(t->sink.ctx, &r);
}

/* What tells a request that is sent again from another one. */
static uint64_t request_hash(const struct message *m)
{
	static const char *const names[] = { ":method", ":authority", "host", ":path" };
	static const struct hash_key key = { 0x6f6e6c6f, 0x6f6b6572 };
	uint64_t h = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct bytes v = message_value(m, names[i]);
		h = h * 31 + (v.len ? hash_bytes(key, v.at, v.len) : 1);
	}
	return h;
}

/* Early data that the server refused is sent again: that request was told already. */
static bool is_sent_again(const struct exchange *e)
{
	struct conn_facts *facts = e->facts;
	const struct message *m = &e->message[WAY_UP];
	if (!facts || (!m->is_zero_rtt && !facts->is_early_rejected))
		return false;
	uint64_t h = request_hash(m);
	if (m->is_zero_rtt) {
		if (facts->n_early < EARLY_REQUESTS_MAX)
			facts->early[facts->n_early++] = h;
		return false;
	}
	for (uint32_t i = 0; i < facts->n_early; i++) {
		if (facts->early[i] == h) {
			facts->early[i] = facts->early[--facts->n_early];
			return true;
		}
	}
	return false;
}

static void tell_now(struct exchange *e, struct teller *t, enum way w)
{
	struct message *m = &e->message[w];
	if (m->is_told || !m->is_begun)
		return;
	m->is_told = true;
	if (w == WAY_DOWN)
		tell_response(e, t);
	else if (is_sent_again(e))
		e->is_again = true;
	else
		m->is_told = tell_request(e, t);
}

void exchange_tell(struct exchange *e, struct teller *t, enum way w)
{
	const struct message *up = &e->message[WAY_UP];
	if (w == WAY_DOWN && up->is_begun && !up->is_told && !up->is_ended && !up->is_body_cut)
		return; /* some answer before they have read the body: it is told with its request */
	tell_now(e, t, WAY_UP);
	tell_now(e, t, WAY_DOWN);
}

static void tell_doh_answer(const struct exchange *e, struct teller *t)
{
	const struct message *m = &e->message[WAY_DOWN];
	if (!m->is_dns || !m->is_ended || m->is_body_cut || e->is_lossy ||
	    message_value(m, "content-encoding").len)
		return;
	struct doh_answer a = {
		.flow = e->flow, .ts_ns = m->at.ts_ns, .frame = m->at.frame, .message = buf_bytes(&m->body)
	};
	t->counts.doh_answers++;
	t->sink.doh_answer(t->sink.ctx, &a);
}

void exchange_end(struct exchange *e, struct teller *t)
{
	const struct message *up = &e->message[WAY_UP], *down = &e->message[WAY_DOWN];
	tell_now(e, t, WAY_UP);
	tell_now(e, t, WAY_DOWN);
	tell_doh_answer(e, t);
	if (up->is_told && !e->is_again && t->sink.ended) {
		struct exchange_end end = { .flow = e->flow,
					    .stream = e->stream,
					    .ts_ns = e->last.ts_ns,
					    .up_bytes = up->framed_bytes,
					    .down_bytes = down->framed_bytes,
					    .is_complete = up->is_ended && down->is_ended && !e->is_lossy };
		t->sink.ended(t->sink.ctx, &end);
	}
	message_fini(&e->message[WAY_UP], t);
	message_fini(&e->message[WAY_DOWN], t);
}

void teller_socket_message(struct teller *t, const struct socket_message *m)
{
	t->counts.socket_messages++;
	if (t->sink.socket_message)
		t->sink.socket_message(t->sink.ctx, m);
}
