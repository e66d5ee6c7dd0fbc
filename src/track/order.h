/* One direction of a TCP connection handed on in order, with what the capture lost said to be lost.
 *
 * A hole is given up when the receiver acknowledges what lies behind it (so it came, but not to us), when it
 * answers, when too much waits for it, or when time has passed.
 */
#ifndef TRACK_ORDER_H
#define TRACK_ORDER_H

#include "base/bytes.h"
#include "decrypt/teller.h"

enum {
	ORDER_WAITING_MAX = 256 << 10, /* bytes that wait for a hole to be filled */
	ORDER_PIECES_MAX = 256,
};

/* All zero at the start. */
struct order {
	struct order_piece *pieces; /* by sequence number */
	uint32_t next, acked;
	bool has_next, has_acked;
	uint32_t n_pieces, n_bytes, n_gaps;
};

struct order_sink {
	void (*data)(void *ctx, enum way w, struct bytes data, struct when at);
	void (*gap)(void *ctx, enum way w, uint64_t lost, struct when at);
	void *ctx;
};

void order_fini(struct order *o);

/* The first byte has this sequence number; without it the first that comes counts. */
void order_begin(struct order *o, uint32_t seq);

/* cut: bytes at the end of the segment that the snap length took. */
void order_add(struct order *o, enum way w, uint32_t seq, struct bytes data, uint32_t cut, struct when at,
	       const struct order_sink *sink);

/* The other end has everything before this number. with_data: it said so with an answer, which takes a while:
 * then what it has and we have not is lost, even if nothing came behind it.
 */
void order_ack(struct order *o, enum way w, uint32_t ack, bool with_data, struct when now,
	       const struct order_sink *sink);

/* Hands on whatever waits, holes and all. */
void order_flush(struct order *o, enum way w, struct when now, const struct order_sink *sink);

/* As order_flush, if something has waited since before before_ns. */
void order_age(struct order *o, enum way w, int64_t before_ns, struct when now,
	       const struct order_sink *sink);

#endif
