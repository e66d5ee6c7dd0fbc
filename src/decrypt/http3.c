#include "decrypt/http3.h"

#include <stdlib.h>
#include <string.h>

#include "decrypt/qpack.h"
#include "decrypt/websocket.h"
#include "wire/varint.h"

enum { FRAME_DATA = 0, FRAME_HEADERS = 1, FRAME_SETTINGS = 4 };
enum { STREAM_CONTROL = 0, STREAM_QPACK_ENCODER = 2 };
enum { SETTING_QPACK_CAPACITY = 1 };

#define STREAM_IS_SERVERS 1
#define STREAM_IS_ONE_WAY 2
#define SETTINGS_MAX 4096
#define HEAD_MAX 16 /* type and length of a frame */

struct http3_way {
	uint8_t head[HEAD_MAX];
	uint8_t n_head;
	bool has_type;                    /* of a one-way stream */
	uint64_t stream_type, type, left; /* type and left: of the frame at hand */
	bool in_frame, is_lost, is_ended, is_reset, is_blocked;
	struct when frame_at;
	struct buf block; /* the HEADERS at hand, or that wait */
	struct buf settings;
	struct websocket socket;
};

struct http3_stream {
	struct http3_stream *next_blocked; /* of the connection's list */
	uint64_t id;
	struct exchange exchange;
	bool is_websocket, is_listed;
	struct http3_way way[WAY_COUNT];
};

struct http3_conn {
	struct teller *teller;
	uint64_t flow;
	struct conn_facts *facts;
	struct qpack *qpack[WAY_COUNT];
	struct http3_stream *blocked;
};

struct http3_conn *http3_conn_new(struct teller *teller, uint64_t flow, struct conn_facts *facts)
{
	struct http3_conn *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->teller = teller;
	c->flow = flow;
	c->facts = facts;
	for (int w = 0; w < WAY_COUNT; w++)
		c->qpack[w] = qpack_new(teller);
	if (!c->qpack[WAY_UP] || !c->qpack[WAY_DOWN]) {
		http3_conn_free(c);
		return NULL;
	}
	return c;
}

void http3_conn_free(struct http3_conn *c)
{
	if (!c)
		return;
	qpack_free(c->qpack[WAY_UP]);
	qpack_free(c->qpack[WAY_DOWN]);
	free(c);
}

void http3_conn_mid(struct http3_conn *c)
{
	for (int w = 0; w < WAY_COUNT; w++)
		qpack_lose(c->qpack[w], QPACK_LOST_UNKNOWN);
}

struct http3_stream *http3_stream_new(struct http3_conn *c, uint64_t id)
{
	struct http3_stream *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->id = id;
	s->exchange = (struct exchange){
		.flow = c->flow, .stream = id, .version = HTTP_3, .is_secure = true, .facts = c->facts
	};
	return s;
}

static void unlist(struct http3_conn *c, struct http3_stream *s)
{
	struct http3_stream **at = &c->blocked;
	while (s->is_listed && *at != s)
		at = &(*at)->next_blocked;
	if (s->is_listed)
		*at = s->next_blocked;
	s->is_listed = false;
}

static bool is_request_stream(const struct http3_stream *s)
{
	return !(s->id & (STREAM_IS_SERVERS | STREAM_IS_ONE_WAY));
}

bool http3_stream_is_over(const struct http3_stream *s)
{
	const struct http3_way *up = &s->way[WAY_UP], *down = &s->way[WAY_DOWN];
	return is_request_stream(s) && down->is_ended && !down->is_blocked && !up->is_blocked &&
	       (up->is_ended || !s->exchange.message[WAY_UP].is_begun);
}

static void tell_if_ended(struct http3_conn *c, struct http3_stream *s, enum way w)
{
	if (s->way[w].is_ended && !s->way[w].is_blocked)
		exchange_tell(&s->exchange, c->teller, w);
}

/* A message's headers are read. */
static void headers_read(struct http3_conn *c, struct http3_stream *s, enum way w)
{
	struct message *m = &s->exchange.message[w];
	if (w == WAY_DOWN) {
		m->status = message_status(m);
		if (m->status / 100 == 1) { /* an answer before the answer */
			uint64_t framed = m->framed_bytes;
			message_clear(m);
			m->framed_bytes = framed;
			return;
		}
		m->is_begun = true;
		exchange_tell(&s->exchange, c->teller, WAY_DOWN);
		return;
	}
	m->is_begun = true;
	struct bytes protocol = message_value(m, ":protocol");
	if (protocol.len == 9 && memcmp(protocol.at, "websocket", 9) == 0) {
		s->is_websocket = true;
		exchange_tell(&s->exchange, c->teller, WAY_UP);
	}
	tell_if_ended(c, s, w);
}

/* returns: false if it waits for the table. is_last: it does not. */
static bool read_block(struct http3_conn *c, struct http3_stream *s, enum way w, bool is_last)
{
	struct http3_way *d = &s->way[w];
	struct message *m = &s->exchange.message[w];
	enum qpack_status status = qpack_read(c->qpack[w], buf_bytes(&d->block), is_last, m);
	if (status == QPACK_BLOCKED)
		return false;
	m->has_unknown |= status == QPACK_BAD;
	d->is_blocked = false;
	buf_fini(&d->block, teller_budget(c->teller));
	headers_read(c, s, w);
	return true;
}

void http3_stream_free(struct http3_conn *c, struct http3_stream *s)
{
	if (!s)
		return;
	unlist(c, s);
	for (int w = 0; w < WAY_COUNT; w++) {
		if (s->way[w].is_blocked)
			read_block(c, s, (enum way)w, true);
	}
	exchange_end(&s->exchange, c->teller);
	for (int w = 0; w < WAY_COUNT; w++) {
		buf_fini(&s->way[w].block, teller_budget(c->teller));
		buf_fini(&s->way[w].settings, teller_budget(c->teller));
	}
	free(s);
}

static void retry_blocked(struct http3_conn *c, enum way w)
{
	struct http3_stream *s = c->blocked;
	c->blocked = NULL;
	while (s) {
		struct http3_stream *next = s->next_blocked;
		s->is_listed = false;
		if (s->way[w].is_blocked)
			read_block(c, s, w, false);
		if (s->way[WAY_UP].is_blocked || s->way[WAY_DOWN].is_blocked) {
			s->next_blocked = c->blocked;
			c->blocked = s;
			s->is_listed = true;
		}
		s = next;
	}
}

/* A whole HEADERS frame. */
static void headers_frame(struct http3_conn *c, struct http3_stream *s, enum way w)
{
	struct http3_way *d = &s->way[w];
	struct message *m = &s->exchange.message[w];
	m->at = d->frame_at;
	if (read_block(c, s, w, false))
		return;
	teller_counts(c->teller)->qpack_blocked++;
	d->is_blocked = true;
	if (!s->is_listed) {
		s->is_listed = true;
		s->next_blocked = c->blocked;
		c->blocked = s;
	}
}

/* They rule what the other direction may use. */
static void settings_frame(struct http3_conn *c, struct http3_stream *s, enum way w)
{
	struct reader r = reader_of(buf_bytes(&s->way[w].settings));
	uint64_t capacity = 0;
	while (r.left && !r.bad) {
		uint64_t id = reader_varint(&r), value = reader_varint(&r);
		if (id == SETTING_QPACK_CAPACITY && !r.bad)
			capacity = value;
	}
	qpack_settings(c->qpack[way_other(w)], capacity);
	buf_fini(&s->way[w].settings, teller_budget(c->teller));
	retry_blocked(c, way_other(w));
}

static void end_frame(struct http3_conn *c, struct http3_stream *s, enum way w)
{
	struct http3_way *d = &s->way[w];
	d->in_frame = false;
	if (d->type == FRAME_HEADERS && d->block.len && !d->is_blocked)
		headers_frame(c, s, w);
	else if (d->type == FRAME_SETTINGS && !is_request_stream(s))
		settings_frame(c, s, w);
}

static void frame_part(struct http3_conn *c, struct http3_stream *s, enum way w, struct bytes part,
		       struct when at)
{
	struct http3_way *d = &s->way[w];
	struct message *m = &s->exchange.message[w];
	struct budget *budget = teller_budget(c->teller);
	if (d->type == FRAME_DATA && is_request_stream(s)) {
		if (s->is_websocket) {
			struct socket_message about = { .flow = c->flow,
							.stream = s->id,
							.is_up = w == WAY_UP };
			websocket_data(&d->socket, c->teller, &about, part, at);
		}
		message_body(m, c->teller, part, w == WAY_UP && !s->is_websocket);
	} else if (d->type == FRAME_HEADERS && is_request_stream(s) && !m->is_begun && !d->is_blocked) {
		/* trailers are left out: blocks do not change the table */
		if (!buf_add(&d->block, budget, part, teller_limits(c->teller)->header_block)) {
			buf_fini(&d->block, budget);
			d->is_lost = true;
		}
	} else if (d->type == FRAME_SETTINGS && !is_request_stream(s)) {
		if (!buf_add(&d->settings, budget, part, SETTINGS_MAX))
			d->is_lost = true;
	}
}

/* Adds bytes until the head of a frame is whole. returns: how many were taken. */
static size_t take_head(struct http3_conn *c, struct http3_stream *s, enum way w, struct bytes data,
			struct when at)
{
	struct http3_way *d = &s->way[w];
	size_t n = 0;
	if (!d->n_head)
		d->frame_at = at;
	while (n < data.len && d->n_head < HEAD_MAX) {
		d->head[d->n_head++] = data.at[n++];
		struct reader r = { d->head, d->n_head, false };
		uint64_t type = reader_varint(&r), len = reader_varint(&r);
		if (r.bad)
			continue;
		if (is_request_stream(s))
			s->exchange.message[w].framed_bytes += d->n_head + len;
		d->n_head = 0;
		d->type = type;
		d->left = len;
		d->in_frame = true;
		if (!len)
			end_frame(c, s, w);
		break;
	}
	return n;
}

/* The type at the beginning of a one-way stream; returns: how many bytes were taken. */
static size_t take_stream_type(struct http3_way *d, struct bytes data)
{
	size_t n = 0;
	while (n < data.len && !d->has_type) {
		d->head[d->n_head++] = data.at[n++];
		struct reader r = { d->head, d->n_head, false };
		d->stream_type = reader_varint(&r);
		if (r.bad)
			continue;
		d->has_type = true;
		d->n_head = 0;
	}
	return n;
}

void http3_stream_data(struct http3_conn *c, struct http3_stream *s, enum way w, struct bytes data,
		       struct when at, bool zero_rtt)
{
	struct http3_way *d = &s->way[w];
	bool is_request = is_request_stream(s);
	if (is_request) {
		s->exchange.last = at;
		s->exchange.message[w].is_zero_rtt |= zero_rtt && w == WAY_UP;
	} else {
		if (!(s->id & STREAM_IS_ONE_WAY))
			return;
		data = bytes_tail(data, take_stream_type(d, data));
		if (d->has_type && d->stream_type == STREAM_QPACK_ENCODER && data.len) {
			qpack_encoder_data(c->qpack[w], data);
			retry_blocked(c, w);
			return;
		}
		if (!d->has_type || d->stream_type != STREAM_CONTROL)
			return;
	}
	while (data.len && !d->is_lost) {
		size_t n;
		if (d->in_frame) {
			n = d->left < data.len ? (size_t)d->left : data.len;
			frame_part(c, s, w, bytes_head(data, n), at);
			d->left -= n;
			if (!d->left)
				end_frame(c, s, w);
		} else {
			n = take_head(c, s, w, data, at);
		}
		data = bytes_tail(data, n);
	}
}

void http3_stream_gap(struct http3_conn *c, struct http3_stream *s, enum way w, uint64_t lost)
{
	struct http3_way *d = &s->way[w];
	if (!is_request_stream(s)) {
		d->is_lost = true;
		if (!d->has_type || d->stream_type == STREAM_QPACK_ENCODER)
			qpack_lose(c->qpack[w], lost);
		retry_blocked(c, w);
		return;
	}
	struct message *m = &s->exchange.message[w];
	s->exchange.is_lossy = true;
	m->is_body_cut = true;
	if (d->in_frame && d->type != FRAME_HEADERS && lost <= d->left) {
		d->left -= lost;
		m->body_len += d->type == FRAME_DATA ? lost : 0;
		websocket_gap(&d->socket, lost);
		d->in_frame = d->left > 0;
		return;
	}
	d->is_lost = true;
	if (!d->is_blocked)
		buf_fini(&d->block, teller_budget(c->teller));
}

void http3_stream_end(struct http3_conn *c, struct http3_stream *s, enum way w, struct when at, bool is_reset)
{
	struct http3_way *d = &s->way[w];
	d->is_ended = true;
	if (!is_request_stream(s))
		return;
	s->exchange.last = at;
	s->exchange.message[w].is_ended = !is_reset;
	tell_if_ended(c, s, w);
}
