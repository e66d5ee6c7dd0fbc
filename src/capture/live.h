/* Packets from interfaces, by libpcap (TPACKET_V3 with a large ring). */
#ifndef CAPTURE_LIVE_H
#define CAPTURE_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/packet.h"

struct live_spec {
	const char *const *interfaces;
	size_t n_interfaces;
	const char *filter; /* NULL: none */
	uint32_t ring_mib, snaplen;
	bool promiscuous;
};

struct live_stats {
	uint64_t packets, dropped_by_kernel, dropped_by_interface;
	bool is_down; /* the interface is gone or down; it is opened again when it comes back */
	uint32_t downs;
};

struct live;

/* Opens every interface; after it no privilege is needed. returns: NULL with err set. */
struct live *live_open(const struct live_spec *spec, struct err *err);
void live_close(struct live *l);

/* Waits up to timeout_ms for packets. memory: borrowed until the next call. returns: how many, 0 if none came
 * or a signal did.
 */
size_t live_next(struct live *l, struct packet *packets, size_t max, int timeout_ms);

/* i: as in the spec; packet.input is the same number. */
void live_stats(struct live *l, size_t i, struct live_stats *ret_stats);

#endif
