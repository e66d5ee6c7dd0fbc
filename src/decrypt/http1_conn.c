#include "decrypt/http1_conn.h"

#include <stdlib.h>
#include <string.h>

#include "decrypt/http1_parts.h"
#include "decrypt/websocket.h"

#define PIPELINE_MAX 64 /* requests that wait for their answers */
#define LINE_MAX_BYTES 4096

enum reading {
	READING_HEAD,
	READING_COUNTED,
	READING_CHUNK_SIZE,
	READING_CHUNK,
	READING_CHUNK_END,
	READING_TRAILER,
	READING_UNTIL_CLOSE,
	READING_LOST, /* after a gap: the next head is looked for */
};

struct pair {
	struct pair *next; /* newer */
	struct exchange exchange;
	bool is_head, is_connect, is_websocket;
};

struct http1_way {
	enum reading reading;
	uint64_t left;     /* of a counted body or a chunk */
	struct buf text;   /* a head or a line that is not whole */
	size_t scanned;    /* of it, for its end */
	struct when at;    /* its first byte */
	struct pair *pair; /* being read; of answers NULL when the request was not seen */
	bool is_after_gap;
};

struct http1_conn {
	struct teller *teller;
	uint64_t flow, n_requests;
	bool is_secure, is_zero_rtt;
	struct early_requests *early;
	struct http1_tunnel tunnel;
	enum http1_state state;
	struct http1_way way[WAY_COUNT];
	struct pair *oldest, *newest;
	uint32_t n_pairs;
	struct message stray; /* takes the heads of answers whose request was not seen */
	struct websocket socket[WAY_COUNT];
	struct pair *socket_pair;
	struct hostname host;
};

struct http1_conn *http1_conn_new(struct teller *teller, uint64_t flow, bool is_secure,
				  struct early_requests *early, const struct http1_tunnel *tunnel)
{
	struct http1_conn *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->teller = teller;
	c->flow = flow;
	c->is_secure = is_secure;
	c->early = early;
	if (tunnel)
		c->tunnel = *tunnel;
	return c;
}

/* Tells and forgets the oldest one. */
static void end_oldest(struct http1_conn *c)
{
	struct pair *p = c->oldest;
	exchange_end(&p->exchange, c->teller);
	c->oldest = p->next;
	if (!c->oldest)
		c->newest = NULL;
	for (int w = 0; w < WAY_COUNT; w++) {
		if (c->way[w].pair == p)
			c->way[w].pair = NULL;
	}
	if (c->socket_pair == p)
		c->socket_pair = NULL;
	c->n_pairs--;
	free(p);
}

void http1_conn_free(struct http1_conn *c)
{
	if (!c)
		return;
	while (c->oldest)
		end_oldest(c);
	for (int w = 0; w < WAY_COUNT; w++)
		buf_fini(&c->way[w].text, teller_budget(c->teller));
	message_fini(&c->stray, c->teller);
	free(c);
}

static struct pair *pair_new(struct http1_conn *c)
{
	if (c->n_pairs >= PIPELINE_MAX) {
		teller_counts(c->teller)->evicted_streams++;
		end_oldest(c);
	}
	struct pair *p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->exchange = (struct exchange){ .flow = c->flow,
					 .stream = c->n_requests++,
					 .version = HTTP_1,
					 .is_secure = c->is_secure,
					 .early = c->early };
	if (c->newest)
		c->newest->next = p;
	else
		c->oldest = p;
	c->newest = p;
	c->n_pairs++;
	return p;
}

/* The request that the next answer is to: the oldest without one. */
static struct pair *pair_of_answer(struct http1_conn *c)
{
	struct pair *p = c->oldest;
	while (p && p->exchange.message[WAY_DOWN].is_ended)
		p = p->next;
	return p;
}

static void end_message(struct http1_conn *c, enum way w, struct when at)
{
	struct http1_way *d = &c->way[w];
	struct pair *p = d->pair;
	d->reading = READING_HEAD;
	d->pair = NULL;
	d->is_after_gap = false;
	if (!p)
		return;
	struct exchange *e = &p->exchange;
	e->message[w].is_ended = true;
	e->last = at;
	exchange_tell(e, c->teller, w);
	while (c->oldest && c->oldest->exchange.message[WAY_UP].is_ended &&
	       c->oldest->exchange.message[WAY_DOWN].is_ended)
		end_oldest(c);
}

static void begin_body(struct http1_conn *c, enum way w, struct http1_framing f, struct when at)
{
	struct http1_way *d = &c->way[w];
	switch (f.body) {
	case HTTP1_BODY_NONE:
		end_message(c, w, at);
		break;
	case HTTP1_BODY_COUNTED:
		d->reading = READING_COUNTED;
		d->left = f.len;
		break;
	case HTTP1_BODY_CHUNKED:
		d->reading = READING_CHUNK_SIZE;
		break;
	case HTTP1_BODY_UNTIL_CLOSE:
		d->reading = READING_UNTIL_CLOSE;
		break;
	}
}

/* Bytes at which no message begins. */
static void not_http(struct http1_conn *c, enum way w)
{
	struct http1_way *d = &c->way[w];
	teller_counts(c->teller)->bad_http++;
	if (!c->n_requests && (w == WAY_UP || !c->way[WAY_UP].text.len))
		c->state = HTTP1_NOT;
	d->reading = READING_LOST;
	d->is_after_gap = true;
	d->text.len = d->scanned = 0;
}

static void request_head(struct http1_conn *c, struct bytes head, struct when at)
{
	struct http1_way *d = &c->way[WAY_UP];
	struct pair *p = pair_new(c);
	if (!p) {
		not_http(c, WAY_UP);
		return;
	}
	struct message *m = &p->exchange.message[WAY_UP];
	if (!http1_read_head(WAY_UP, head, m, c->teller)) {
		m->is_ended = p->exchange.message[WAY_DOWN].is_ended =
		    true; /* never told, as it is not begun */
		c->n_requests--;
		not_http(c, WAY_UP);
		return;
	}
	m->is_begun = true;
	m->at = d->at;
	m->framed_bytes = head.len;
	m->is_after_gap = d->is_after_gap;
	m->is_zero_rtt = c->is_zero_rtt;
	p->exchange.is_lossy = d->is_after_gap;
	struct bytes method = message_value(m, ":method");
	p->is_head = http1_is_value(method, "head");
	p->is_connect = http1_is_value(method, "connect");
	p->is_websocket = http1_is_value(message_value(m, "upgrade"), "websocket");
	if (!c->host.len) {
		struct bytes host = message_value(m, ":authority");
		host = host.len ? host : message_value(m, "host");
		const uint8_t *port = host.len ? memrchr(host.at, ':', host.len) : NULL;
		hostname_parse(port ? bytes_head(host, (size_t)(port - host.at)) : host, &c->host);
	}
	d->pair = p;
	struct http1_framing f = http1_framing_of(m);
	if (f.body == HTTP1_BODY_UNTIL_CLOSE) /* RFC 9112 6.3: a request has no such body */
		f.body = HTTP1_BODY_NONE;
	begin_body(c, WAY_UP, f, at);
}

/* The answer ends the use of HTTP here. */
static void switch_protocol(struct http1_conn *c, struct pair *p, enum http1_state state, struct when at)
{
	c->state = state;
	p->exchange.last = at;
	exchange_tell(&p->exchange, c->teller, WAY_UP);
	exchange_tell(&p->exchange, c->teller, WAY_DOWN);
	if (state == HTTP1_WEBSOCKET)
		c->socket_pair = p;
}

static void answer_head(struct http1_conn *c, struct bytes head, struct when at)
{
	struct http1_way *d = &c->way[WAY_DOWN];
	if (d->is_after_gap) { /* without pipelining, it can only be to the last one */
		while (c->oldest != c->newest)
			end_oldest(c);
	}
	struct pair *p = d->pair = pair_of_answer(c);
	struct message *m = p ? &p->exchange.message[WAY_DOWN] : &c->stray;
	uint64_t framed = m->framed_bytes + head.len;
	message_clear(m);
	m->framed_bytes = framed;
	if (!http1_read_head(WAY_DOWN, head, m, c->teller)) {
		not_http(c, WAY_DOWN);
		return;
	}
	m->at = d->at;
	m->is_after_gap = d->is_after_gap;
	if (m->status / 100 == 1 && m->status != 101)
		return; /* an answer before the answer, RFC 9110 15.2 */
	m->is_begun = true;
	if (p && d->is_after_gap)
		p->exchange.is_lossy = true;
	bool is_tunnel = p && p->is_connect && m->status / 100 == 2;
	if (m->status == 101 || is_tunnel) {
		bool is_socket = p && p->is_websocket && m->status == 101;
		c->state = HTTP1_NOT;
		if (p)
			switch_protocol(c, p,
					is_tunnel   ? HTTP1_TUNNEL
					: is_socket ? HTTP1_WEBSOCKET
						    : HTTP1_NOT,
					at);
		return;
	}
	if (p)
		exchange_tell(&p->exchange, c->teller, WAY_DOWN);
	struct http1_framing f = http1_framing_of(m);
	if ((p && p->is_head) || m->status == 204 || m->status == 304)
		f.body = HTTP1_BODY_NONE;
	begin_body(c, WAY_DOWN, f, at);
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
		end_message(c, w, at);
	return n;
}

/* A whole line between chunks, without its end. */
static void chunk_line(struct http1_conn *c, enum way w, struct bytes line, struct when at)
{
	struct http1_way *d = &c->way[w];
	switch (d->reading) {
	case READING_CHUNK_SIZE:
		if (!http1_chunk_size(line, &d->left))
			not_http(c, w);
		else
			d->reading = d->left ? READING_CHUNK : READING_TRAILER;
		break;
	case READING_CHUNK_END:
		if (line.len)
			not_http(c, w);
		else
			d->reading = READING_CHUNK_SIZE;
		break;
	default:
		if (!line.len)
			end_message(c, w, at);
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
			request_head(c, unit, at);
		else
			answer_head(c, unit, at);
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
		not_http(c, w);
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
	struct pair *p = c->socket_pair;
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
			end_message(c, w, d->pair ? d->pair->exchange.last : d->at);
		return;
	}
	d->is_after_gap = true;
	d->reading = READING_LOST;
	d->text.len = d->scanned = 0;
	struct pair *p = d->pair;
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
		end_message(c, w, at);
}

enum http1_state http1_conn_state(const struct http1_conn *c)
{
	return c->state;
}

const struct hostname *http1_conn_host(const struct http1_conn *c)
{
	return &c->host;
}
