/* The frames of an HTTP/2 connection. */
#include "decrypt/http2.h"

#include <stdlib.h>
#include <string.h>

#include "decrypt/http2_parts.h"

enum {
	FRAME_DATA = 0,
	FRAME_HEADERS = 1,
	FRAME_RST_STREAM = 3,
	FRAME_SETTINGS = 4,
	FRAME_PUSH_PROMISE = 5,
	FRAME_PING = 6,
	FRAME_GOAWAY = 7,
	FRAME_WINDOW_UPDATE = 8,
	FRAME_CONTINUATION = 9
};
enum { FLAG_END_STREAM = 0x01, FLAG_END_HEADERS = 0x04, FLAG_PADDED = 0x08, FLAG_PRIORITY = 0x20 };

#define HEAD_LEN 9
#define FRAME_MAX (1U << 20)   /* more is no frame: browsers and servers keep to 16 KiB, some to 1 MiB */
#define STREAM_AHEAD_MAX 65536 /* ids that a stream after a gap may be ahead of the last one seen */

static const char PREFACE[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
#define PREFACE_LEN 24

struct http2_conn *http2_conn_new(struct teller *teller, uint64_t flow, bool is_secure,
				  struct conn_facts *facts)
{
	struct http2_conn *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->teller = teller;
	c->flow = flow;
	c->is_secure = is_secure;
	c->facts = facts;
	c->way[WAY_UP].hpack = hpack_new(teller);
	c->way[WAY_DOWN].hpack = hpack_new(teller);
	if (!c->way[WAY_UP].hpack || !c->way[WAY_DOWN].hpack) {
		http2_conn_free(c);
		return NULL;
	}
	return c;
}

void http2_conn_free(struct http2_conn *c)
{
	if (!c)
		return;
	while (c->oldest)
		http2_stream_end(c, c->oldest);
	for (int w = 0; w < WAY_COUNT; w++) {
		hpack_free(c->way[w].hpack);
		buf_fini(&c->way[w].payload, teller_budget(c->teller));
		buf_fini(&c->way[w].block, teller_budget(c->teller));
	}
	message_fini(&c->dropped, c->teller);
	free(c);
}

static uint32_t uint_at(const uint8_t *at, size_t n)
{
	struct reader r = { at, n, false };
	return reader_uint(&r, n);
}

static bool is_kept(uint8_t type)
{
	return type == FRAME_HEADERS || type == FRAME_CONTINUATION || type == FRAME_PUSH_PROMISE ||
	       type == FRAME_RST_STREAM;
}

/* After a gap: can a frame begin here? */
static bool is_plausible(const struct http2_conn *c, struct bytes b)
{
	if (b.len < HEAD_LEN)
		return false;
	uint32_t len = uint_at(b.at, 3), stream = uint_at(b.at + 5, 4);
	uint8_t type = b.at[3];
	if (len > 1 << 14 || type > 0x10 || stream > c->highest + STREAM_AHEAD_MAX)
		return false;
	switch (type) {
	case FRAME_DATA:
	case FRAME_HEADERS:
	case FRAME_CONTINUATION:
		return stream != 0;
	case FRAME_SETTINGS:
		return stream == 0 && len % 6 == 0;
	case FRAME_PING:
		return stream == 0 && len == 8;
	case FRAME_GOAWAY:
		return stream == 0 && len >= 8;
	case FRAME_WINDOW_UPDATE:
		return len == 4;
	case FRAME_RST_STREAM:
		return stream != 0 && len == 4;
	default:
		return true;
	}
}

static void add_block(struct http2_conn *c, enum way w, struct bytes part)
{
	struct http2_way *d = &c->way[w];
	if (!buf_add(&d->block, teller_budget(c->teller), part, teller_limits(c->teller)->header_block)) {
		d->in_block = false; /* too long: its entries are lost, as by a gap */
		hpack_gap(d->hpack);
	}
}

static void begin_block(struct http2_conn *c, enum way w, struct reader *r)
{
	struct http2_way *d = &c->way[w];
	uint32_t padding = d->flags & FLAG_PADDED ? reader_uint(r, 1) : 0;
	d->block_stream = d->stream;
	d->is_promise = d->type == FRAME_PUSH_PROMISE;
	if (d->is_promise)
		d->block_stream = reader_uint(r, 4) & 0x7fffffff;
	else if (d->flags & FLAG_PRIORITY)
		reader_take(r, 5);
	if (r->bad || padding > r->left) {
		hpack_gap(d->hpack);
		return;
	}
	d->in_block = true;
	d->has_end_stream = !d->is_promise && (d->flags & FLAG_END_STREAM);
	d->block_at = d->frame_at;
	d->block_framed = 0;
	d->block.len = 0;
	add_block(c, w, (struct bytes){ r->at, r->left - padding });
}

/* A frame whose payload is in d->payload; as far as it was not lost. */
static void whole_frame(struct http2_conn *c, enum way w)
{
	struct http2_way *d = &c->way[w];
	if (!is_kept(d->type))
		return;
	struct reader r = reader_of(buf_bytes(&d->payload));
	if (d->type == FRAME_RST_STREAM) {
		http2_stream_reset(c, w);
		return;
	}
	if (d->type == FRAME_CONTINUATION) {
		if (d->in_block)
			add_block(c, w, buf_bytes(&d->payload));
	} else {
		begin_block(c, w, &r);
	}
	d->block_framed += HEAD_LEN + uint_at(d->head, 3);
	if (!d->in_block || !((d->flags & FLAG_END_HEADERS) || d->is_holed))
		return;
	d->in_block = false;
	http2_stream_headers(c, w);
	if (d->is_holed)
		hpack_gap(d->hpack);
}

static void end_frame(struct http2_conn *c, enum way w, struct when at)
{
	struct http2_way *d = &c->way[w];
	d->in_frame = false;
	if (d->type != FRAME_DATA) {
		whole_frame(c, w);
		return;
	}
	struct http2_stream *s = http2_stream_find(c, d->stream);
	if (s && (d->flags & FLAG_END_STREAM))
		http2_stream_half_closed(c, s, w, at);
}

static void begin_frame(struct http2_conn *c, enum way w)
{
	struct http2_way *d = &c->way[w];
	d->n_head = 0;
	d->left = uint_at(d->head, 3);
	d->type = d->head[3];
	d->flags = d->head[4];
	d->stream = uint_at(d->head + 5, 4) & 0x7fffffff;
	d->in_frame = true;
	d->is_holed = false;
	d->padding = 0;
	d->has_padding_read = !(d->type == FRAME_DATA && (d->flags & FLAG_PADDED));
	d->payload.len = 0;
	if (d->left > FRAME_MAX) {
		teller_counts(c->teller)->bad_http++;
		http2_conn_gap(c, w, 0);
		return;
	}
	struct http2_stream *s = d->type == FRAME_DATA ? http2_stream_find(c, d->stream) : NULL;
	if (s)
		s->exchange.message[w].framed_bytes += HEAD_LEN + d->left;
}

/* A part of DATA: its padding is at its end. */
static void data_part(struct http2_conn *c, enum way w, struct bytes part, struct when at)
{
	struct http2_way *d = &c->way[w];
	if (!d->has_padding_read) {
		d->padding = part.at[0];
		d->has_padding_read = true;
		d->left--;
		part = bytes_tail(part, 1);
	}
	uint32_t body = d->left > d->padding ? d->left - d->padding : 0;
	d->left -= (uint32_t)part.len;
	if (part.len > body)
		part.len = body;
	if (part.len)
		http2_stream_body(c, w, part, at);
}

static size_t take_frame_part(struct http2_conn *c, enum way w, struct bytes data, struct when at)
{
	struct http2_way *d = &c->way[w];
	size_t n = d->left < data.len ? d->left : data.len;
	struct bytes part = bytes_head(data, n);
	if (d->type == FRAME_DATA && n) {
		data_part(c, w, part, at);
	} else {
		d->left -= (uint32_t)n;
		if (is_kept(d->type) && !d->is_holed &&
		    !buf_add(&d->payload, teller_budget(c->teller), part,
			     teller_limits(c->teller)->header_block))
			d->is_holed = true;
	}
	if (!d->left)
		end_frame(c, w, at);
	return n;
}

/* The client's first bytes; they may come in pieces. returns: how many are consumed. */
static size_t take_preface(struct http2_conn *c, struct bytes data)
{
	struct buf *p = &c->way[WAY_UP].payload;
	size_t n = PREFACE_LEN - p->len < data.len ? PREFACE_LEN - p->len : data.len;
	if (memcmp(data.at, PREFACE + p->len, n) != 0) {
		c->had_preface = true; /* none: seen from the middle on */
		c->way[WAY_UP].is_lost = p->len > 0;
		return 0;
	}
	buf_add(p, teller_budget(c->teller), bytes_head(data, n), PREFACE_LEN);
	c->had_preface = p->len == PREFACE_LEN;
	return n;
}

void http2_conn_data(struct http2_conn *c, enum way w, struct bytes data, struct when at, bool zero_rtt)
{
	struct http2_way *d = &c->way[w];
	d->is_zero_rtt = zero_rtt;
	if (w == WAY_UP && !c->had_preface && data.len)
		data = bytes_tail(data, take_preface(c, data));
	if (d->is_lost) {
		if (!is_plausible(c, data))
			return;
		d->is_lost = false;
	}
	while (data.len && !d->is_lost) {
		size_t n = 0;
		if (d->in_frame) {
			n = take_frame_part(c, w, data, at);
		} else {
			if (!d->n_head)
				d->frame_at = at;
			n = HEAD_LEN - (size_t)d->n_head;
			n = n < data.len ? n : data.len;
			memcpy(d->head + d->n_head, data.at, n);
			d->n_head = (uint8_t)(d->n_head + n);
			if (d->n_head == HEAD_LEN) {
				begin_frame(c, w);
				if (d->in_frame && !d->left)
					end_frame(c, w, at);
			}
		}
		data = bytes_tail(data, n);
	}
}

void http2_conn_gap(struct http2_conn *c, enum way w, uint64_t lost)
{
	struct http2_way *d = &c->way[w];
	bool is_inside = lost && d->in_frame && lost <= d->left;
	if (is_inside && d->type == FRAME_DATA) {
		d->left -= (uint32_t)lost;
		http2_stream_body_lost(c, w, (uint32_t)lost);
		if (!d->left)
			end_frame(c, w, d->frame_at);
		return;
	}
	d->is_after_gap = true;
	if (is_inside) {
		d->left -= (uint32_t)lost;
		d->is_holed = true;
		if (!d->left)
			end_frame(c, w, d->frame_at);
		return;
	}
	/* which streams lost something is not known: each that is open may have */
	for (struct http2_stream *s = c->newest; s; s = s->older)
		s->exchange.is_lossy = true;
	d->is_lost = true;
	d->in_frame = d->in_block = false;
	d->n_head = 0;
	hpack_gap(d->hpack);
}
