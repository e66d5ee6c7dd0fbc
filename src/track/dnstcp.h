/* DNS messages out of TCP streams. spec: RFC 1035 4.2.2, RFC 7766 */
#ifndef TRACK_DNSTCP_H
#define TRACK_DNSTCP_H

#include "track/flow.h"

struct dnstcp;

/* max: connections at once. returns: NULL if out of memory. */
struct dnstcp *dnstcp_new(uint32_t max, struct hash_key key);
void dnstcp_free(struct dnstcp *d);

/* Calls back for each message that is whole now. */
void dnstcp_segment(struct dnstcp *d, const struct flow *f, const struct segment *g, enum way way,
		    void (*message)(void *ctx, struct bytes m, const struct segment *g, enum way way),
		    void *ctx);

uint64_t dnstcp_evicted(const struct dnstcp *d); /* connections given up for want of room */

void dnstcp_end(struct dnstcp *d, const struct flow *f);

#endif
