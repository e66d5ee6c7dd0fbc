#include "decrypt/http1_conn.h"

#include <stdlib.h>
#include <string.h>

#include "decrypt/http1_parts.h"

#define LINE_MAX_BYTES 4096

struct http1_conn *http1_conn_new(struct teller *teller, uint64_t flow, bool is_secure,
				  struct conn_facts *facts, const struct http1_tunnel *tunnel)
{
	struct http1_conn *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->teller = teller;
	c->flow = flow;
	c->is_secure = is_secure;
	c->facts = facts;
	if (tunnel)
		c->tunnel = *tunnel;
	return c;
}

void http1_conn_free(struct http1_conn *c)
{
	if (!c)
		return;
	while (c->oldest)
		http1_end_oldest(c);
	for (int w = 0; w < WAY_COUNT; w++)
		buf_fini(&c->way[w].text, teller_budget(c->teller));
	message_fini(&c->stray, c->teller);
	free(c);
}

/* Bytes of a body; returns: how many were taken. */
static size_t take_body(struct http1_conn *c, enum way w, struct bytes data, struct when at)
{
	struct http1_way *d = &c->way[w];
	size_t n = d->reading == READING_UNTIL_CLOSE || d->left > data.len ? data.len : (size_t)d->left;
	if (d->pair) {
		struct message *m = &d->pair->exchange.message[w];
		m->framed_bytes += n;
		message_body(m, c->teller, bytes_head(data, n), w == WAY_UP);
		d->pair->exchange.last = at;
	}
	if (d->reading == READING_UNTIL_CLOSE)
		return n;
	d->left -= n;
	if (!d->left && d->reading == READING_CHUNK)
		d->reading = READING_CHUNK_END;
	else if (!d->left)
		http1_end_message(c, w, at);
	return n;
}

/* A whole line between chunks, without its end. */
static void chunk_line(struct http1_conn *c, enum way w, struct bytes line, struct when at)
{
	struct http1_way *d = &c->way[w];
	switch (d->reading) {
	case READING_CHUNK_SIZE:
		if (!http1_chunk_size(line, &d->left))
			http1_not_http(c, w);
		else
			d->reading = d->left ? READING_CHUNK : READING_TRAILER;
		break;
	case READING_CHUNK_END:
		if (line.len)
			http1_not_http(c, w);
		else
			d->reading = READING_CHUNK_SIZE;
		break;
	default:
		if (!line.len)
			http1_end_message(c, w, at);
	}
}

/* The length of what is looked for at the beginning of text: a head, or a line with its end. 0: not whole. */
static size_t unit_len(const struct http1_way *d, struct bytes text)
{
	if (d->reading == READING_HEAD)
		return http1_head_len(text, d->scanned);
	const uint8_t *lf =
	    text.len > d->scanned ? memchr(text.at + d->scanned, '\n', text.len - d->scanned) : NULL;
	return lf ? (size_t)(lf - text.at) + 1 : 0;
}

static void whole_unit(struct http1_conn *c, enum way w, struct bytes unit, struct when at)
{
	struct http1_way *d = &c->way[w];
	if (d->reading == READING_HEAD) {
		if (w == WAY_UP)
			http1_request_head(c, unit, at);
		else
			http1_answer_head(c, unit, at);
		return;
	}
	if (d->pair)
		d->pair->exchange.message[w].framed_bytes += unit.len;
	unit.len--;
	if (unit.len && unit.at[unit.len - 1] == '\r')
		unit.len--;
	chunk_line(c, w, unit, at);
}

/* A head or a line; it may come in pieces. returns: how many bytes of data were taken. */
static size_t take_unit(struct http1_conn *c, enum way w, struct bytes data, struct when at)
{
	struct http1_way *d = &c->way[w];
	if (!d->text.len) {
		d->at = at;
		if (d->reading == READING_HEAD && (data.at[0] == '\r' || data.at[0] == '\n'))
			return 1; /* RFC 9112 2.2: empty lines before a message */
		size_t n = unit_len(d, data);
		if (n) {
			whole_unit(c, w, bytes_head(data, n), at);
			return n;
		}
	}
	size_t before = d->text.len;
	size_t max = d->reading == READING_HEAD ? teller_limits(c->teller)->header_block : LINE_MAX_BYTES;
	if (!buf_add(&d->text, teller_budget(c->teller), data, max) ||
	    (d->reading == READING_HEAD && !http1_begins(w, buf_bytes(&d->text)))) {
		http1_not_http(c, w);
		return data.len;
	}
	size_t n = unit_len(d, buf_bytes(&d->text));
	d->scanned = d->text.len;
	if (!n)
		return data.len;
	struct bytes unit = bytes_head(buf_bytes(&d->text), n);
	d->text.len = d->scanned = 0; /* the bytes stay while the unit is read */
	whole_unit(c, w, unit, at);
	return n - before;
}

static void take_socket(struct http1_conn *c, enum way w, struct bytes data, struct when at)
{
	struct http1_pair *p = c->socket_pair;
	if (!p)
		return;
	struct socket_message about = { .flow = c->flow, .stream = p->exchange.stream, .is_up = w == WAY_UP };
	p->exchange.message[w].framed_bytes += data.len;
	p->exchange.last = at;
	websocket_data(&c->socket[w], c->teller, &about, data, at);
}

void http1_conn_data(struct http1_conn *c, enum way w, struct bytes data, struct when at, bool zero_rtt)
{
	struct http1_way *d = &c->way[w];
	c->is_zero_rtt = zero_rtt && w == WAY_UP;
	if (d->reading == READING_LOST && data.len >= 8 && http1_begins(w, data))
		d->reading = READING_HEAD;
	while (data.len && c->state == HTTP1_READING && d->reading != READING_LOST) {
		bool is_body = d->reading == READING_COUNTED || d->reading == READING_CHUNK ||
			       d->reading == READING_UNTIL_CLOSE;
		size_t n = is_body ? take_body(c, w, data, at) : take_unit(c, w, data, at);
		data = bytes_tail(data, n);
	}
	if (data.len && c->state == HTTP1_WEBSOCKET)
		take_socket(c, w, data, at);
	else if (data.len && c->state == HTTP1_TUNNEL && c->tunnel.data)
		c->tunnel.data(c->tunnel.ctx, w, data, at);
}

void http1_conn_gap(struct http1_conn *c, enum way w, uint64_t lost_bytes)
{
	struct http1_way *d = &c->way[w];
	if (c->state == HTTP1_TUNNEL && c->tunnel.gap)
		c->tunnel.gap(c->tunnel.ctx, w, lost_bytes);
	if (c->state == HTTP1_WEBSOCKET)
		websocket_gap(&c->socket[w], lost_bytes);
	if (d->pair) {
		d->pair->exchange.is_lossy = true;
		d->pair->exchange.message[w].is_body_cut = true;
	}
	bool is_counted = d->reading == READING_COUNTED || d->reading == READING_CHUNK;
	if (d->reading == READING_UNTIL_CLOSE)
		return;
	if (is_counted && lost_bytes && lost_bytes <= d->left) {
		d->left -= lost_bytes;
		if (d->pair)
			d->pair->exchange.message[w].body_len += lost_bytes;
		if (!d->left && d->reading == READING_CHUNK)
			d->reading = READING_CHUNK_END;
		else if (!d->left)
			http1_end_message(c, w, d->pair ? d->pair->exchange.last : d->at);
		return;
	}
	d->is_after_gap = true;
	d->reading = READING_LOST;
	d->text.len = d->scanned = 0;
	struct http1_pair *p = d->pair;
	d->pair = NULL;
	if (p) { /* its end is not known */
		exchange_tell(&p->exchange, c->teller, w);
		p->exchange.message[w].is_ended = true;
	}
}

void http1_conn_end(struct http1_conn *c, enum way w, struct when at)
{
	struct http1_way *d = &c->way[w];
	if (c->state == HTTP1_READING && d->reading == READING_UNTIL_CLOSE)
		http1_end_message(c, w, at);
}

enum http1_state http1_conn_state(const struct http1_conn *c)
{
	return c->state;
}
