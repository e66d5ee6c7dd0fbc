#include "track/dnstcp.h"

#include <stdlib.h>

#include "base/lru.h"
#include "track/stream.h"

struct dnstcp {
	struct lru *conns; /* flow id: struct conn */
};

struct conn {
	struct stream way[WAY_COUNT];
};

static void drop_conn(void *ctx, void *value, enum lru_why why)
{
	struct conn *c = value;
	(void)ctx;
	(void)why;
	stream_fini(&c->way[WAY_UP]);
	stream_fini(&c->way[WAY_DOWN]);
}

struct dnstcp *dnstcp_new(uint32_t max, struct hash_key key)
{
	struct dnstcp *d = calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	d->conns = lru_new(&(struct lru_spec){ .capacity = max,
					       .key_size = sizeof(uint64_t),
					       .value_size = sizeof(struct conn),
					       .hash_key = key,
					       .drop = drop_conn });
	if (!d->conns) {
		free(d);
		return NULL;
	}
	return d;
}

void dnstcp_free(struct dnstcp *d)
{
	if (!d)
		return;
	lru_free(d->conns);
	free(d);
}

void dnstcp_segment(struct dnstcp *d, const struct flow *f, const struct segment *g, enum way way,
		    void (*message)(void *ctx, struct bytes m, const struct segment *g, enum way way),
		    void *ctx)
{
	bool is_new;
	struct conn *c = lru_touch(d->conns, &f->id, g->ts_ns, &is_new);
	struct stream *s = &c->way[way];
	if (way == WAY_UP && f->has_syn && !s->has_base)
		stream_begin(s, f->seq);
	if (!stream_add(s, segment_seq(g), g->payload)) { /* too far ahead: what came before is lost */
		stream_fini(s);
		return;
	}
	for (;;) {
		struct bytes head = stream_head(s);
		size_t len = head.len >= 2 ? (size_t)head.at[0] << 8 | head.at[1] : 0;
		if (len == 0 || head.len < len + 2)
			return;
		message(ctx, (struct bytes){ head.at + 2, len }, g, way);
		stream_skip(s, len + 2);
	}
}

void dnstcp_end(struct dnstcp *d, const struct flow *f)
{
	lru_remove(d->conns, &f->id);
}

uint64_t dnstcp_evicted(const struct dnstcp *d)
{
	return lru_evicted(d->conns);
}
