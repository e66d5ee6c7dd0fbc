/* The streams of an HTTP/2 connection: from blocks and bodies to messages. */
#include <stdlib.h>
#include <string.h>

#include "decrypt/http2_parts.h"

#define RESET_PATIENCE 32 /* ids of later streams, until a body on its way to a reset one must have come */

static struct http2_stream **bucket_of(struct http2_conn *c, uint32_t id)
{
	return &c->buckets[(id >> 1) % HTTP2_BUCKETS];
}

struct http2_stream *http2_stream_find(struct http2_conn *c, uint32_t id)
{
	struct http2_stream *s = *bucket_of(c, id);
	while (s && s->id != id)
		s = s->next_in_bucket;
	return s;
}

struct http2_stream *http2_stream_make(struct http2_conn *c, uint32_t id)
{
	if (c->n_streams >= teller_limits(c->teller)->streams) {
		teller_counts(c->teller)->evicted_streams++;
		http2_stream_end(c, c->oldest);
	}
	if (c->oldest && c->oldest->is_reset && c->oldest->id + RESET_PATIENCE < id)
		http2_stream_end(c, c->oldest);
	struct http2_stream *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->id = id;
	s->exchange = (struct exchange){
		.flow = c->flow, .stream = id, .version = HTTP_2, .is_secure = c->is_secure, .facts = c->facts
	};
	struct http2_stream **bucket = bucket_of(c, id);
	s->next_in_bucket = *bucket;
	*bucket = s;
	s->older = c->newest;
	if (c->newest)
		c->newest->newer = s;
	else
		c->oldest = s;
	c->newest = s;
	c->n_streams++;
	if (id > c->highest)
		c->highest = id;
	return s;
}

void http2_stream_end(struct http2_conn *c, struct http2_stream *s)
{
	exchange_end(&s->exchange, c->teller);
	struct http2_stream **at = bucket_of(c, s->id);
	while (*at != s)
		at = &(*at)->next_in_bucket;
	*at = s->next_in_bucket;
	if (s->older)
		s->older->newer = s->newer;
	else
		c->oldest = s->newer;
	if (s->newer)
		s->newer->older = s->older;
	else
		c->newest = s->older;
	c->n_streams--;
	free(s);
}

void http2_stream_half_closed(struct http2_conn *c, struct http2_stream *s, enum way w, struct when at)
{
	struct exchange *e = &s->exchange;
	e->message[w].is_ended = true;
	e->last = at;
	exchange_tell(e, c->teller, w);
	if ((e->message[WAY_DOWN].is_ended || s->is_reset) &&
	    (e->message[WAY_UP].is_ended || !e->message[WAY_UP].is_begun))
		http2_stream_end(c, s);
}

void http2_stream_reset(struct http2_conn *c, enum way w)
{
	struct http2_stream *s = http2_stream_find(c, c->way[w].stream);
	if (!s)
		return;
	const struct message *up = &s->exchange.message[WAY_UP];
	s->exchange.last = c->way[w].frame_at;
	/* the body of a request that was answered and reset may still come: it was sent */
	s->is_reset = w == WAY_DOWN && up->is_begun && !up->is_ended && !s->is_websocket;
	if (!s->is_reset)
		http2_stream_end(c, s);
}

static bool is_websocket_connect(const struct message *m)
{
	struct bytes v = message_value(m, ":protocol");
	return v.len == 9 && memcmp(v.at, "websocket", 9) == 0;
}

/* A response's block: 1xx are answers before the answer (RFC 9113 8.1). */
static void response_headers(struct http2_conn *c, struct http2_stream *s)
{
	struct message *m = &s->exchange.message[WAY_DOWN];
	m->status = message_status(m);
	if (m->status / 100 == 1) {
		uint64_t framed = m->framed_bytes;
		message_clear(m);
		m->framed_bytes = framed;
		return;
	}
	exchange_tell(&s->exchange, c->teller, WAY_DOWN);
}

void http2_stream_headers(struct http2_conn *c, enum way w)
{
	struct http2_way *d = &c->way[w];
	struct http2_stream *s = NULL;
	bool is_ours = !d->is_promise && d->block_stream % 2; /* even ones the server began: nobody asked */
	if (is_ours && !(s = http2_stream_find(c, d->block_stream)))
		s = http2_stream_make(c, d->block_stream);
	struct message *m = &c->dropped;
	bool is_first = s && !s->exchange.message[w].is_begun;
	if (is_first)
		m = &s->exchange.message[w];
	else
		message_clear(m);
	if (!hpack_read(d->hpack, buf_bytes(&d->block), m)) {
		m->has_unknown = true;
		teller_counts(c->teller)->bad_hpack++;
		hpack_gap(d->hpack);
	}
	if (!s)
		return;
	struct message *counted = &s->exchange.message[w];
	counted->framed_bytes += d->block_framed;
	s->exchange.last = d->block_at;
	if (is_first) {
		m->at = d->block_at;
		m->is_begun = true;
		m->is_after_gap = d->is_after_gap;
		m->is_zero_rtt = d->is_zero_rtt;
		if (w == WAY_DOWN)
			response_headers(c, s);
		else if ((s->is_websocket = is_websocket_connect(m)))
			exchange_tell(&s->exchange, c->teller, WAY_UP);
	}
	if (d->has_end_stream)
		http2_stream_half_closed(c, s, w, d->block_at);
}

void http2_stream_body(struct http2_conn *c, enum way w, struct bytes data, struct when at)
{
	struct http2_stream *s = http2_stream_find(c, c->way[w].stream);
	if (!s)
		return;
	s->exchange.last = at;
	if (s->is_websocket) {
		struct socket_message about = { .flow = c->flow, .stream = s->id, .is_up = w == WAY_UP };
		websocket_data(&s->socket[w], c->teller, &about, data, at);
	}
	message_body(&s->exchange.message[w], c->teller, data, w == WAY_UP && !s->is_websocket);
}

void http2_stream_body_lost(struct http2_conn *c, enum way w, uint32_t lost)
{
	struct http2_stream *s = http2_stream_find(c, c->way[w].stream);
	if (!s)
		return;
	s->exchange.is_lossy = true;
	s->exchange.message[w].body_len += lost;
	s->exchange.message[w].is_body_cut = true;
	websocket_gap(&s->socket[w], lost);
}
