/* Which shard a packet goes to: from the packet alone, the same for both directions and for all that belongs
 * to one client, so that flows and DNS answers of a client meet. Hosts with several addresses are one client
 * by their MAC address where that is not a router's.
 */
#ifndef RUN_ROUTE_H
#define RUN_ROUTE_H

#include "run/rounds.h"
#include "run/shard.h"

struct router;
struct router *router_new(const struct shard_spec *spec); /* NULL if out of memory */
void router_free(struct router *r);

/* What was forgotten of addresses and connections for want of room. */
uint64_t router_evicted(const struct router *r);

/* Segments in order of capture. ret_places: of each the shard; and whether the others are given a copy: of
 * answers of DNS, and of the first packet of a host, which all shards must know of.
 */
void router_places(struct router *r, const struct segment *segments, size_t n, uint32_t n_shards,
		   struct place *ret_places);

#endif
