#include "track/burst.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/pages.h"
#include "base/time.h"

#define GAP_NS NS_PER_S
#define HEARD_GAP_US 10000
#define SILENT_NS (10 * NS_PER_S)    /* live: a flow that does nothing for so long is looked at no more */
#define STEP_BACK_NS (60 * NS_PER_S) /* of a clock that is set back */

enum {
	RECORD_HEADER = 5,
	RECORD_MAX = 16384 + 256,
	RECORD_HANDSHAKE = 22,
	RECORD_DATA = 23,
	RECORD_OVERHEAD = 17, /* TLS 1.3: inner type and tag */
	/* Two WINDOW_UPDATE frames (26 bytes), a PING (17), an empty SETTINGS (9), or an alert fit into it.
	 */
	RECORD_SMALL = 26 + RECORD_OVERHEAD,
	/* TLS 1.3's Finished, with SHA-256 and SHA-384. */
	FINISHED_256 = 36 + RECORD_OVERHEAD,
	FINISHED_384 = 52 + RECORD_OVERHEAD,
	/* HTTP/2's preface, SETTINGS, WINDOW_UPDATE and some PRIORITY frames; with TLS 1.2's overhead. */
	PREFACE_MAX = 180,
	/* A datagram with an ACK of some ranges, or a ping, and the header of a short packet. */
	DATAGRAM_SMALL = 64,
	DATAGRAM_REQUEST = 200, /* what is smaller opens streams of HTTP/3's own, or goes on with something */
	DATAGRAM_FULL = 1150,   /* a longer one may be full: what it holds may go on in the next */
	WINDOW_MAX = 1 << 24, /* what lies further back than this was not sent again: it is another stream */
};

/* What a segment of the client means for bursts. */
enum weight {
	WEIGHT_NONE,   /* can hold no request */
	WEIGHT_MORE,   /* goes on with a burst, begins none but the first */
	WEIGHT_BEGINS, /* may begin one */
};

struct burst_state {
	int64_t start_ns, end_ns; /* end_ns: 0 if no burst was begun yet */
	uint64_t up_before, down_before;
	uint64_t ordinal, frame;
	uint32_t payload;
	uint32_t next; /* sequence number that is expected */
	uint16_t left; /* of the TLS record that goes on */
	uint8_t has_next : 1;
	uint8_t is_lost : 1; /* where records begin is not known */
	uint8_t counts : 1;  /* the record that goes on does */
	uint8_t is_begin_told : 1;
	uint8_t is_h2 : 1;
	uint8_t has_finished : 1;
	uint8_t has_preface : 1;
	uint8_t is_open : 1; /* it stands among the open ones */
	uint8_t n_heard;
	uint16_t first_asked;
	struct heard heard[BURST_HEARD_MAX];
};

/* Live: a flow whose last burst may go on. */
struct open_burst {
	uint64_t flow; /* id */
	uint32_t index;
	uint64_t told_bytes; /* of the flow, when it was told last */
	int64_t changed_ns;
};

struct bursts {
	const struct flows *flows;
	struct burst_state *states;
	size_t bytes;
	struct visits *visits;
	bool is_live;
	struct open_burst *open; /* a flow stands there once, and until a tick after its end */
	uint32_t n_open, cap_open;
};

struct bursts *bursts_new(const struct flows *flows, uint32_t max, struct visits *visits, bool is_live)
{
	struct bursts *b = calloc(1, sizeof(*b));
	if (!b)
		return NULL;
	b->bytes = (size_t)max * sizeof(*b->states);
	b->flows = flows;
	b->visits = visits;
	b->is_live = is_live;
	b->states = pages_new(b->bytes);
	if (!b->states) {
		free(b);
		return NULL;
	}
	return b;
}

void bursts_free(struct bursts *b)
{
	if (!b)
		return;
	pages_free(b->states, b->bytes);
	free(b->open);
	free(b);
}

/* ---- weighing ---- */

#define NOT_KNOWN UINT16_MAX

struct weighed {
	enum weight weight;
	uint16_t first; /* length of the first that counts, 0: too small for a whole request, or NOT_KNOWN */
	uint32_t payload;
};

static void add(struct weighed *w, enum weight weight, uint32_t payload)
{
	if (weight > w->weight)
		w->weight = weight;
	w->payload += payload;
}

/* The header of a record: what its content is, as far as type and length tell. */
static void weigh_record(struct burst_state *s, uint8_t type, uint16_t len, struct weighed *w)
{
	s->counts = 0;
	if (type != RECORD_DATA) {
		if (type == RECORD_HANDSHAKE)
			add(w, WEIGHT_MORE, 0);
		return;
	}
	if (!s->has_finished && (len == FINISHED_256 || len == FINISHED_384)) {
		s->has_finished = 1;
		add(w, WEIGHT_MORE, 0);
		return;
	}
	if (len <= RECORD_SMALL)
		return;
	if (s->is_h2 && !s->has_preface && len <= PREFACE_MAX) {
		s->has_preface = 1;
		add(w, WEIGHT_MORE, 0);
		return;
	}
	s->has_preface = 1;
	s->counts = 1;
	if (w->payload == 0)
		w->first = len;
	add(w, WEIGHT_BEGINS, 0);
}

static bool is_record(const uint8_t *at)
{
	uint16_t len = (uint16_t)(at[3] << 8 | at[4]);
	return at[0] >= 20 && at[0] <= 23 && at[1] == 3 && at[2] <= 4 && len <= RECORD_MAX;
}

/* Bytes whose record is not known. */
static void weigh_lost(struct burst_state *s, uint32_t len, struct weighed *w)
{
	s->is_lost = 1;
	s->left = 0;
	if (len > RECORD_SMALL + RECORD_HEADER)
		add(w, WEIGHT_BEGINS, len);
}

/* skip: bytes at the beginning that were seen before. */
static void weigh_tls(struct burst_state *s, const struct segment *g, uint32_t skip, struct weighed *w)
{
	uint32_t at = skip, end = g->payload_len;
	while (at < end) {
		if (s->left) {
			uint32_t n = end - at < s->left ? end - at : s->left;
			if (s->counts)
				add(w, WEIGHT_BEGINS, n);
			s->left = (uint16_t)(s->left - n);
			at += n;
			continue;
		}
		if (at + RECORD_HEADER > g->payload.len || !is_record(g->payload.at + at)) {
			weigh_lost(s, end - at, w);
			return;
		}
		const uint8_t *h = g->payload.at + at;
		s->is_lost = 0;
		s->left = (uint16_t)(h[3] << 8 | h[4]);
		weigh_record(s, h[0], s->left, w);
		at += RECORD_HEADER;
	}
}

static struct weighed weigh_tcp(struct burst_state *s, const struct flow *f, const struct segment *g)
{
	struct weighed w = { WEIGHT_NONE, NOT_KNOWN, 0 };
	uint32_t skip = 0;
	if (s->has_next) {
		int32_t ahead = (int32_t)(segment_seq(g) - s->next);
		if (ahead > 0 || ahead < -WINDOW_MAX)
			s->left = 0;
		else
			skip = (uint32_t)-ahead;
		if (skip >= g->payload_len)
			return w;
	}
	s->has_next = 1;
	s->next = segment_seq(g) + g->payload_len;
	if (f->app == APP_TLS)
		weigh_tls(s, g, skip, &w);
	else
		add(&w, WEIGHT_BEGINS, g->payload_len - skip);
	return w;
}

static struct weighed weigh_udp(const struct flow *f, const struct segment *g)
{
	struct weighed w = { WEIGHT_BEGINS, NOT_KNOWN, g->payload_len };
	if (f->app != APP_QUIC || g->payload.len == 0)
		return w;
	uint8_t first = g->payload.at[0];
	if (first & 0x80) /* a long header: the handshake, or early data */
		return (first & 0x30) == 0x10 ? w : (struct weighed){ WEIGHT_MORE, 0, 0 };
	if (g->payload_len <= DATAGRAM_SMALL)
		return (struct weighed){ WEIGHT_NONE, 0, 0 };
	w.first = g->payload_len >= DATAGRAM_FULL      ? NOT_KNOWN
		  : g->payload_len >= DATAGRAM_REQUEST ? (uint16_t)g->payload_len
						       : 0;
	return w;
}

/* ---- bursts ---- */

static void tell_begin(struct bursts *b, struct burst_state *s, const struct flow *f)
{
	if (!f->is_told || s->is_begin_told || s->end_ns == 0)
		return;
	s->is_begin_told = 1;
	visits_burst_begin(b->visits, f->id, s->start_ns, s->ordinal, s->frame);
}

/* up, down: the flow's bytes up to where the burst ends, or has come. */
static void tell(struct bursts *b, struct burst_state *s, const struct flow *f, uint64_t up, uint64_t down)
{
	if (s->end_ns == 0 || !f->is_told)
		return;
	tell_begin(b, s, f);
	struct burst burst = { .flow = f->id,
			       .start_ns = s->start_ns,
			       .end_ns = s->end_ns,
			       .up = up - s->up_before,
			       .down = down - s->down_before,
			       .up_payload = s->payload,
			       .first_asked = s->first_asked == NOT_KNOWN ? 0 : s->first_asked,
			       .first_ordinal = s->ordinal,
			       .first_frame = s->frame,
			       .n_heard = s->n_heard };
	memcpy(burst.heard, s->heard, s->n_heard * sizeof(*s->heard));
	visits_burst_end(b->visits, &burst);
}

/* Without memory it is told when it is complete. */
static void add_open(struct bursts *b, struct burst_state *s, uint32_t flow, const struct flow *f)
{
	if (b->n_open == b->cap_open) {
		uint32_t more = b->cap_open ? b->cap_open * 2 : 64;
		struct open_burst *open = realloc(b->open, more * sizeof(*open));
		if (!open)
			return;
		b->open = open;
		b->cap_open = more;
	}
	s->is_open = 1;
	b->open[b->n_open++] = (struct open_burst){ .flow = f->id, .index = flow, .changed_ns = s->start_ns };
}

/* returns: false once nothing new is to be expected of it. */
static bool tell_open(struct bursts *b, struct open_burst *o, int64_t now_ns)
{
	const struct flow *f = flows_at(b->flows, o->index);
	struct burst_state *s = &b->states[o->index];
	if (f->id != o->flow || !s->is_open)
		return false;
	uint64_t bytes = f->bytes[WAY_UP] + f->bytes[WAY_DOWN];
	if (f->is_told && bytes != o->told_bytes) {
		tell(b, s, f, f->bytes[WAY_UP], f->bytes[WAY_DOWN]);
		o->told_bytes = bytes;
		o->changed_ns = now_ns;
	}
	s->is_open = now_ns - o->changed_ns < SILENT_NS;
	return s->is_open;
}

void bursts_tick(struct bursts *b, int64_t now_ns)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < b->n_open; i++)
		if (tell_open(b, &b->open[i], now_ns))
			b->open[n++] = b->open[i];
	b->n_open = n;
}

static bool is_gap(const struct burst_state *s, const struct segment *g)
{
	int64_t silent_ns = g->ts_ns - s->end_ns;
	return s->end_ns != 0 && (silent_ns >= GAP_NS || silent_ns < -STEP_BACK_NS);
}

bool bursts_is_next(const struct bursts *b, uint32_t flow, const struct segment *g)
{
	return is_gap(&b->states[flow], g);
}

static void begin(struct burst_state *s, const struct flow *f, const struct segment *g, bool is_first)
{
	s->start_ns = g->ts_ns;
	s->ordinal = g->ordinal;
	s->frame = g->number;
	s->payload = 0;
	s->first_asked = 0;
	s->is_begin_told = 0;
	s->n_heard = 0;
	s->up_before = is_first ? 0 : f->bytes[WAY_UP] - g->ip_len;
	s->down_before = is_first ? 0 : f->bytes[WAY_DOWN];
}

/* The state of a flow, all zero at first. */
static struct burst_state *state_of(struct bursts *b, uint32_t flow, struct flow *f)
{
	struct burst_state *s = &b->states[flow];
	if (!f->is_active) {
		memset(s, 0, sizeof(*s));
		f->is_active = 1;
	}
	return s;
}

void bursts_segment(struct bursts *b, uint32_t flow, struct flow *f, const struct segment *g)
{
	struct burst_state *s = state_of(b, flow, f);
	struct weighed w = f->proto == IPPROTO_TCP ? weigh_tcp(s, f, g) : weigh_udp(f, g);
	bool is_first = s->end_ns == 0;
	if (is_first || (w.weight == WEIGHT_BEGINS && is_gap(s, g))) {
		tell(b, s, f, f->bytes[WAY_UP] - g->ip_len, f->bytes[WAY_DOWN]);
		begin(s, f, g, is_first);
		s->end_ns = g->ts_ns;
		tell_begin(b, s, f);
		if (b->is_live && !s->is_open)
			add_open(b, s, flow, f);
	}
	if (w.weight != WEIGHT_NONE && !is_gap(s, g) && g->ts_ns > s->end_ns)
		s->end_ns = g->ts_ns;
	if (s->first_asked == 0 && w.payload > 0)
		s->first_asked = w.first;
	s->payload = s->payload + w.payload < s->payload ? UINT32_MAX : s->payload + w.payload;
}

/* Makes one of the two stretches with the least between them. */
static void join_nearest(struct burst_state *s)
{
	uint32_t at = 1, least = UINT32_MAX;
	for (uint32_t i = 1; i < s->n_heard; i++)
		if (s->heard[i].from_us - s->heard[i - 1].to_us < least) {
			least = s->heard[i].from_us - s->heard[i - 1].to_us;
			at = i;
		}
	s->heard[at - 1].to_us = s->heard[at].to_us;
	s->n_heard--;
	memmove(s->heard + at, s->heard + at + 1, (s->n_heard - at) * sizeof(*s->heard));
}

/* Of a size that holds an answer, not only acknowledgements and the like. */
static bool is_answer(const struct flow *f, const struct segment *g)
{
	if (f->app == APP_TLS)
		return g->payload_len > RECORD_HEADER + RECORD_SMALL;
	return f->app != APP_QUIC || g->payload_len > DATAGRAM_SMALL;
}

void bursts_heard(struct bursts *b, uint32_t flow, const struct flow *f, const struct segment *g)
{
	struct burst_state *s = &b->states[flow];
	if (s->payload == 0 || g->ts_ns < s->start_ns || !is_answer(f, g))
		return;
	int64_t us = (g->ts_ns - s->start_ns) / NS_PER_US;
	uint32_t at = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
	if (s->n_heard > 0 && at < s->heard[s->n_heard - 1].to_us + (uint64_t)HEARD_GAP_US) {
		struct heard *last = &s->heard[s->n_heard - 1];
		last->to_us = at > last->to_us ? at : last->to_us;
		return;
	}
	if (s->n_heard == BURST_HEARD_MAX)
		join_nearest(s);
	s->heard[s->n_heard++] = (struct heard){ at, at };
}

void bursts_told(struct bursts *b, uint32_t flow, struct flow *f, bool is_h2)
{
	struct burst_state *s = state_of(b, flow, f);
	s->is_h2 = is_h2;
	tell_begin(b, s, f);
}

void bursts_end(struct bursts *b, uint32_t flow, struct flow *f)
{
	if (!f->is_active)
		return;
	tell(b, &b->states[flow], f, f->bytes[WAY_UP], f->bytes[WAY_DOWN]);
	b->states[flow].is_open = 0;
}
