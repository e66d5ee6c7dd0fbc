/* Cuts what a client sends on a flow into bursts, and tells the visits.
 *
 * What can hold no request does not begin a burst: pure acknowledgements, keep-alives, bytes sent again, TLS
 * records and QUIC datagrams that are only large enough for acknowledgements, pings and window updates. Nor
 * do the handshake and HTTP/2's preface count as payload, so that a connection opened ahead of need has a
 * burst without any.
 */
#ifndef TRACK_BURST_H
#define TRACK_BURST_H

#include "track/flow.h"
#include "track/visit.h"

struct bursts;

/* flows: whose indexes are used, and max the most of them. is_live: bursts are told while they go on.
 * returns: NULL if out of memory. */
struct bursts *bursts_new(const struct flows *flows, uint32_t max, struct visits *visits, bool is_live);
void bursts_free(struct bursts *b);

/* Would this segment of the client begin a new burst after an earlier one? */
bool bursts_is_next(const struct bursts *b, uint32_t flow, const struct segment *g);

/* A segment with payload from the client, already counted in f. */
void bursts_segment(struct bursts *b, uint32_t flow, struct flow *f, const struct segment *g);

/* A segment with payload from the server. */
void bursts_heard(struct bursts *b, uint32_t flow, const struct flow *f, const struct segment *g);

/* The flow was told to the visits: its burst may be told too. is_h2: it may speak HTTP/2. */
void bursts_told(struct bursts *b, uint32_t flow, struct flow *f, bool is_h2);

/* Live, about once a second: tells how far the bursts have come that are not over, or not known to be. */
void bursts_tick(struct bursts *b, int64_t now_ns);

/* The flow ends: its last burst is complete. */
void bursts_end(struct bursts *b, uint32_t flow, struct flow *f);

#endif
