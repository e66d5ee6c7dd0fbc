#include "track/order.h"

#include <stdlib.h>
#include <string.h>

struct order_piece {
	struct order_piece *next;
	uint32_t seq, len, cut;
	struct when at;
	uint8_t data[];
};

/* Sequence numbers wrap around. */
static bool is_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

void order_fini(struct order *o)
{
	while (o->pieces) {
		struct order_piece *p = o->pieces;
		o->pieces = p->next;
		free(p);
	}
	*o = (struct order){ 0 };
}

void order_begin(struct order *o, uint32_t seq)
{
	o->next = seq;
	o->has_next = true;
}

static void gap(struct order *o, enum way w, uint32_t lost, struct when at, const struct order_sink *sink)
{
	o->n_gaps++;
	o->next += lost;
	sink->gap(sink->ctx, w, lost, at);
}

/* What lies at o->next or before it: hands on what is new of it. */
static void hand_on(struct order *o, enum way w, uint32_t seq, struct bytes data, uint32_t cut,
		    struct when at, const struct order_sink *sink)
{
	uint32_t old = o->next - seq;
	if (old < data.len) {
		struct bytes rest = { data.at + old, data.len - old };
		o->next += (uint32_t)rest.len;
		sink->data(sink->ctx, w, rest, at);
	}
	uint32_t end = seq + (uint32_t)data.len + cut;
	if (cut && is_before(o->next, end))
		gap(o, w, end - o->next, at, sink);
}

static void drop_first(struct order *o)
{
	struct order_piece *p = o->pieces;
	o->pieces = p->next;
	o->n_pieces--;
	o->n_bytes -= p->len;
	free(p);
}

static void drain(struct order *o, enum way w, const struct order_sink *sink)
{
	while (o->pieces && !is_before(o->next, o->pieces->seq)) {
		struct order_piece *p = o->pieces;
		hand_on(o, w, p->seq, (struct bytes){ p->data, p->len }, p->cut, p->at, sink);
		drop_first(o);
	}
}

static void give_up_hole(struct order *o, enum way w, const struct order_sink *sink)
{
	gap(o, w, o->pieces->seq - o->next, o->pieces->at, sink);
	drain(o, w, sink);
}

static void give_up_acked(struct order *o, enum way w, const struct order_sink *sink)
{
	while (o->pieces && o->has_acked && !is_before(o->acked, o->pieces->seq))
		give_up_hole(o, w, sink);
}

static bool keep(struct order *o, uint32_t seq, struct bytes data, uint32_t cut, struct when at)
{
	struct order_piece **link = &o->pieces, *p = malloc(sizeof(*p) + data.len);
	if (!p)
		return false;
	while (*link && !is_before(seq, (*link)->seq))
		link = &(*link)->next;
	*p = (struct order_piece){
		.next = *link, .seq = seq, .len = (uint32_t)data.len, .cut = cut, .at = at
	};
	if (data.len)
		memcpy(p->data, data.at, data.len);
	*link = p;
	o->n_pieces++;
	o->n_bytes += p->len;
	return true;
}

void order_add(struct order *o, enum way w, uint32_t seq, struct bytes data, uint32_t cut, struct when at,
	       const struct order_sink *sink)
{
	if (data.len == 0 && cut == 0)
		return;
	if (!o->has_next)
		order_begin(o, seq);
	if (!is_before(o->next, seq)) {
		hand_on(o, w, seq, data, cut, at, sink);
		drain(o, w, sink);
		return;
	}
	if (!keep(o, seq, data, cut, at)) { /* out of memory: as if it had been lost */
		gap(o, w, seq + (uint32_t)data.len + cut - o->next, at, sink);
		drain(o, w, sink);
		return;
	}
	give_up_acked(o, w, sink);
	while (o->pieces && (o->n_bytes > ORDER_WAITING_MAX || o->n_pieces > ORDER_PIECES_MAX))
		give_up_hole(o, w, sink);
}

void order_ack(struct order *o, enum way w, uint32_t ack, bool with_data, struct when now,
	       const struct order_sink *sink)
{
	if (!o->has_acked || is_before(o->acked, ack))
		o->acked = ack;
	o->has_acked = true;
	if (o->pieces)
		give_up_acked(o, w, sink);
	/* a FIN counts as a byte */
	if (with_data && o->has_next && !o->pieces && is_before(o->next + 1, ack))
		gap(o, w, ack - o->next, now, sink);
}

void order_flush(struct order *o, enum way w, struct when now, const struct order_sink *sink)
{
	(void)now;
	while (o->pieces)
		give_up_hole(o, w, sink);
}

void order_age(struct order *o, enum way w, int64_t before_ns, struct when now, const struct order_sink *sink)
{
	/* The first piece is the one that waits; those behind it came later, or need not wait longer than it.
	 */
	if (o->pieces && o->pieces->at.ts_ns < before_ns)
		order_flush(o, w, now, sink);
}
