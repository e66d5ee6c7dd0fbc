/* The messages of an HTTP/1 connection: which answer is to which request, and where they end. */
#include <stdlib.h>
#include <string.h>

#include "decrypt/http1_parts.h"

#define PIPELINE_MAX 64 /* requests that wait for their answers */

/* Tells and forgets the oldest one. */
void http1_end_oldest(struct http1_conn *c)
{
	struct http1_pair *p = c->oldest;
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

static struct http1_pair *pair_new(struct http1_conn *c)
{
	if (c->n_pairs >= PIPELINE_MAX) {
		teller_counts(c->teller)->evicted_streams++;
		http1_end_oldest(c);
	}
	struct http1_pair *p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->exchange = (struct exchange){ .flow = c->flow,
					 .stream = c->n_requests++,
					 .version = HTTP_1,
					 .is_secure = c->is_secure,
					 .facts = c->facts };
	if (c->newest)
		c->newest->next = p;
	else
		c->oldest = p;
	c->newest = p;
	c->n_pairs++;
	return p;
}

/* The request that the next answer is to: the oldest without one. */
static struct http1_pair *pair_of_answer(struct http1_conn *c)
{
	struct http1_pair *p = c->oldest;
	while (p && p->exchange.message[WAY_DOWN].is_ended)
		p = p->next;
	return p;
}

void http1_end_message(struct http1_conn *c, enum way w, struct when at)
{
	struct http1_way *d = &c->way[w];
	struct http1_pair *p = d->pair;
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
		http1_end_oldest(c);
}

static void begin_body(struct http1_conn *c, enum way w, struct http1_framing f, struct when at)
{
	struct http1_way *d = &c->way[w];
	switch (f.body) {
	case HTTP1_BODY_NONE:
		http1_end_message(c, w, at);
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
void http1_not_http(struct http1_conn *c, enum way w)
{
	struct http1_way *d = &c->way[w];
	teller_counts(c->teller)->bad_http++;
	if (!c->n_requests && (w == WAY_UP || !c->way[WAY_UP].text.len))
		c->state = HTTP1_NOT;
	d->reading = READING_LOST;
	d->is_after_gap = true;
	d->text.len = d->scanned = 0;
}

void http1_request_head(struct http1_conn *c, struct bytes head, struct when at)
{
	struct http1_way *d = &c->way[WAY_UP];
	struct http1_pair *p = pair_new(c);
	if (!p) {
		http1_not_http(c, WAY_UP);
		return;
	}
	struct message *m = &p->exchange.message[WAY_UP];
	if (!http1_read_head(WAY_UP, head, m, c->teller)) {
		m->is_ended = p->exchange.message[WAY_DOWN].is_ended =
		    true; /* never told, as it is not begun */
		c->n_requests--;
		http1_not_http(c, WAY_UP);
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
	d->pair = p;
	struct http1_framing f = http1_framing_of(m);
	if (f.body == HTTP1_BODY_UNTIL_CLOSE) /* RFC 9112 6.3: a request has no such body */
		f.body = HTTP1_BODY_NONE;
	begin_body(c, WAY_UP, f, at);
}

/* The answer ends the use of HTTP here. */
static void switch_protocol(struct http1_conn *c, struct http1_pair *p, enum http1_state state,
			    struct when at)
{
	c->state = state;
	p->exchange.last = at;
	exchange_tell(&p->exchange, c->teller, WAY_UP);
	exchange_tell(&p->exchange, c->teller, WAY_DOWN);
	if (state == HTTP1_WEBSOCKET)
		c->socket_pair = p;
}

void http1_answer_head(struct http1_conn *c, struct bytes head, struct when at)
{
	struct http1_way *d = &c->way[WAY_DOWN];
	if (d->is_after_gap) { /* without pipelining, it can only be to the last one */
		while (c->oldest != c->newest)
			http1_end_oldest(c);
	}
	struct http1_pair *p = d->pair = pair_of_answer(c);
	struct message *m = p ? &p->exchange.message[WAY_DOWN] : &c->stray;
	uint64_t framed = m->framed_bytes + head.len;
	message_clear(m);
	m->framed_bytes = framed;
	if (!http1_read_head(WAY_DOWN, head, m, c->teller)) {
		http1_not_http(c, WAY_DOWN);
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
