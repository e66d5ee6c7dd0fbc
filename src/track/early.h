/* The datagrams of QUIC flows whose client's hello is not whole yet: whether anything can be read of them is
 * known then. So the Initials of connections without secrets are opened once, for their names, and not twice.
 *
 * limits: EARLY_DATAGRAMS and EARLY_BYTES of a flow; flows as told, the oldest goes.
 */
#ifndef TRACK_EARLY_H
#define TRACK_EARLY_H

#include "base/hash.h"
#include "decrypt/teller.h"

enum { EARLY_DATAGRAMS = 16, EARLY_BYTES = 32768 };

struct early_sink {
	void (*datagram)(void *ctx, enum way way, struct bytes datagram, struct when at);
	void *ctx;
};

struct early;

struct early *early_new(uint32_t flows, struct hash_key key); /* NULL if out of memory */
void early_free(struct early *e);

/* returns: false if there is no room for it. */
bool early_add(struct early *e, uint64_t flow, enum way way, struct bytes datagram, struct when at);

/* Hands on what there is of a flow, in order, and forgets it. */
void early_take(struct early *e, uint64_t flow, const struct early_sink *to);
void early_drop(struct early *e, uint64_t flow);

uint64_t early_evicted(const struct early *e);

#endif
