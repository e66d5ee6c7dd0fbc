/* The streams of a QUIC connection. */
#include <stdlib.h>

#include "base/time.h"
#include "decrypt/quic_parts.h"

#define HOLE_NS (2 * NS_PER_S) /* a hole is given up after so long */
#define ONE_WAY_MAX 64         /* control streams of both sides; more are left out */

static bool is_request(uint64_t id)
{
	return !(id & 3);
}

static struct quic_stream **bucket_of(struct quic_streams *all, uint64_t id)
{
	return &all->buckets[(id >> 2 ^ id << 5) % STREAM_BUCKETS];
}

static struct quic_stream *find(struct quic_streams *all, uint64_t id)
{
	struct quic_stream *s = *bucket_of(all, id);
	while (s && s->id != id)
		s = s->next_in_bucket;
	return s;
}

/* A request stream that is over, or so far back that it must be. */
static bool is_closed(const struct quic_streams *all, uint64_t id)
{
	uint64_t n = id >> 2;
	if (n < all->closed_base)
		return true;
	return n < all->closed_base + CLOSED_WINDOW && (all->closed[n % CLOSED_WINDOW / 64] >> (n % 64) & 1);
}

static void mark_closed(struct quic_streams *all, uint64_t id)
{
	uint64_t n = id >> 2;
	if (n < all->closed_base)
		return;
	if (n >= all->closed_base + 2 * CLOSED_WINDOW) { /* far ahead: nothing of the window is left */
		for (int i = 0; i < CLOSED_WINDOW / 64; i++)
			all->closed[i] = 0;
		all->closed_base = n - CLOSED_WINDOW + 1;
	}
	for (; n >= all->closed_base + CLOSED_WINDOW; all->closed_base++) {
		uint64_t out = all->closed_base % CLOSED_WINDOW;
		all->closed[out / 64] &= ~(UINT64_C(1) << (out % 64));
	}
	all->closed[n % CLOSED_WINDOW / 64] |= UINT64_C(1) << (n % 64);
}

static void end_stream(struct quic_conn *c, struct quic_stream *s)
{
	struct quic_streams *all = &c->streams;
	http3_stream_free(c->http3, s->http3);
	for (int w = 0; w < WAY_COUNT; w++)
		assembly_fini(&s->assembly[w], &c->assembly_bytes);
	struct quic_stream **at = bucket_of(all, s->id);
	while (*at != s)
		at = &(*at)->next_in_bucket;
	*at = s->next_in_bucket;
	*(s->older ? &s->older->newer : &all->oldest) = s->newer;
	*(s->newer ? &s->newer->older : &all->newest) = s->older;
	all->n--;
	if (is_request(s->id))
		mark_closed(all, s->id);
	free(s);
}

static struct quic_stream *make(struct quic_conn *c, uint64_t id)
{
	struct quic_streams *all = &c->streams;
	if (is_request(id) ? is_closed(all, id) : !(id & 2) || id >> 2 >= ONE_WAY_MAX)
		return NULL;
	if (all->n >= teller_limits(c->shared->teller)->streams + 2 * ONE_WAY_MAX) {
		struct quic_stream *oldest = all->oldest;
		while (oldest && !is_request(oldest->id))
			oldest = oldest->newer;
		quic_counts(c)->evicted_streams++;
		if (oldest)
			end_stream(c, oldest);
	}
	struct quic_stream *s = calloc(1, sizeof(*s));
	if (!s || !(s->http3 = http3_stream_new(c->http3, id))) {
		free(s);
		return NULL;
	}
	s->id = id;
	struct quic_stream **bucket = bucket_of(all, id);
	s->next_in_bucket = *bucket;
	*bucket = s;
	s->older = all->newest;
	*(all->newest ? &all->newest->newer : &all->oldest) = s;
	all->newest = s;
	all->n++;
	return s;
}

struct stream_way {
	struct quic_conn *conn;
	struct quic_stream *stream;
	enum way way;
	bool zero_rtt;
};

static void stream_data(void *ctx, struct bytes data, struct when at)
{
	struct stream_way *to = ctx;
	http3_stream_data(to->conn->http3, to->stream->http3, to->way, data, at, to->zero_rtt);
}

static void end_if_over(struct quic_conn *c, struct quic_stream *s, enum way w, struct when at)
{
	struct assembly *a = &s->assembly[w];
	if (!a->has_end || a->is_over || a->next < a->end)
		return;
	a->is_over = true;
	http3_stream_end(c->http3, s->http3, w, at, false);
}

static bool skip_hole_of(struct quic_conn *c, struct quic_stream *s, enum way w, struct when at)
{
	struct stream_way to = { c, s, w, false };
	struct assembled assembled = { stream_data, &to };
	uint64_t lost = assembly_skip(&s->assembly[w]);
	if (!lost)
		return false;
	quic_counts(c)->gaps++;
	http3_stream_gap(c->http3, s->http3, w, lost);
	assembly_drain(&s->assembly[w], &c->assembly_bytes, &assembled);
	end_if_over(c, s, w, at);
	return true;
}

/* Gives up the first hole of a stream. returns: false if nothing waits behind one. */
static bool skip_hole(struct quic_conn *c, struct quic_stream *s)
{
	bool has_skipped = false;
	for (int w = 0; w < WAY_COUNT; w++)
		has_skipped |= skip_hole_of(c, s, (enum way)w, (struct when){ 0 });
	return has_skipped;
}

void quic_streams_age(struct quic_conn *c, int64_t now_ns)
{
	if (!c->hole_since_ns || now_ns - c->hole_since_ns <= HOLE_NS)
		return;
	struct quic_stream *next;
	c->hole_since_ns = 0;
	for (struct quic_stream *s = c->streams.oldest; s; s = next) {
		next = s->newer;
		for (int w = 0; w < WAY_COUNT; w++) {
			const struct piece *p;
			while ((p = s->assembly[w].pieces) && now_ns - p->when.ts_ns > HOLE_NS)
				skip_hole_of(c, s, (enum way)w, p->when);
			if (p && (!c->hole_since_ns || p->when.ts_ns < c->hole_since_ns))
				c->hole_since_ns = p->when.ts_ns;
		}
		if (http3_stream_is_over(s->http3))
			end_stream(c, s);
	}
}

/* Makes room: holes that were waited for are given up, this stream's first. */
static bool make_room(struct quic_conn *c, struct quic_stream *s)
{
	if (skip_hole(c, s))
		return true;
	for (struct quic_stream *other = c->streams.oldest; other; other = other->newer) {
		if (skip_hole(c, other))
			return true;
	}
	return false;
}

void quic_stream_frame(struct quic_conn *c, enum way w, uint64_t id, uint64_t at, struct bytes data,
		       bool is_end, struct when when, bool zero_rtt)
{
	struct quic_stream *s = find(&c->streams, id);
	if (!s && !(s = make(c, id)))
		return;
	struct assembly *a = &s->assembly[w];
	struct stream_way to = { c, s, w, zero_rtt };
	struct assembled assembled = { stream_data, &to };
	size_t max = quic_conn_room(c);
	if (is_end) {
		a->has_end = true;
		a->end = at + data.len;
	}
	while (!assembly_add(a, at, data, when, &c->assembly_bytes, max, &assembled)) {
		if (!make_room(c, s)) {
			teller_budget(c->shared->teller)->n_refused += data.len;
			break;
		}
	}
	if (a->pieces && !c->hole_since_ns)
		c->hole_since_ns = when.ts_ns;
	end_if_over(c, s, w, when);
	if (http3_stream_is_over(s->http3))
		end_stream(c, s);
}

void quic_stream_reset(struct quic_conn *c, enum way w, uint64_t id, struct when at)
{
	struct quic_stream *s = find(&c->streams, id);
	if (!s || s->assembly[w].is_over)
		return;
	s->assembly[w].is_over = true;
	http3_stream_end(c->http3, s->http3, w, at, true);
	if (http3_stream_is_over(s->http3))
		end_stream(c, s);
}

void quic_streams_fini(struct quic_conn *c)
{
	while (c->streams.oldest) {
		while (skip_hole(c, c->streams.oldest))
			;
		end_stream(c, c->streams.oldest);
	}
	c->streams = (struct quic_streams){ 0 };
}
