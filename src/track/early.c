#include "track/early.h"

#include <stdlib.h>
#include <string.h>

#include "base/lru.h"

struct datagram {
	struct datagram *next;
	struct when at;
	enum way way;
	size_t len;
	uint8_t bytes[];
};

struct kept {
	struct datagram *first, *last;
	uint32_t n;
	size_t bytes;
};

struct early {
	struct lru *flows; /* flow id: struct kept */
};

static void drop_kept(void *ctx, void *value, enum lru_why why)
{
	struct kept *k = value;
	(void)ctx, (void)why;
	while (k->first) {
		struct datagram *d = k->first;
		k->first = d->next;
		free(d);
	}
}

struct early *early_new(uint32_t flows, struct hash_key key)
{
	struct early *e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	e->flows = lru_new(&(struct lru_spec){ .capacity = flows,
					       .key_size = sizeof(uint64_t),
					       .value_size = sizeof(struct kept),
					       .hash_key = key,
					       .drop = drop_kept });
	if (!e->flows) {
		free(e);
		return NULL;
	}
	return e;
}

void early_free(struct early *e)
{
	if (!e)
		return;
	lru_free(e->flows);
	free(e);
}

bool early_add(struct early *e, uint64_t flow, enum way way, struct bytes datagram, struct when at)
{
	bool is_new;
	struct kept *k = lru_touch(e->flows, &flow, at.ts_ns, &is_new);
	bool is_room = k->n < EARLY_DATAGRAMS && datagram.len <= EARLY_BYTES - k->bytes;
	struct datagram *d = is_room ? malloc(sizeof(*d) + datagram.len) : NULL;
	if (!d)
		return false;
	*d = (struct datagram){ .at = at, .way = way, .len = datagram.len };
	memcpy(d->bytes, datagram.at, datagram.len);
	*(k->first ? &k->last->next : &k->first) = d;
	k->last = d;
	k->n++;
	k->bytes += datagram.len;
	return true;
}

void early_take(struct early *e, uint64_t flow, const struct early_sink *to)
{
	const struct kept *k = lru_find(e->flows, &flow);
	for (const struct datagram *d = k ? k->first : NULL; d; d = d->next)
		to->datagram(to->ctx, d->way, (struct bytes){ d->bytes, d->len }, d->at);
	early_drop(e, flow);
}

void early_drop(struct early *e, uint64_t flow)
{
	lru_remove(e->flows, &flow);
}

uint64_t early_evicted(const struct early *e)
{
	return lru_evicted(e->flows);
}
