/* Which shard a packet goes to: from the packet alone, the same for both directions and for all that belongs
 * to one client, so that flows and DNS answers of a client meet. Hosts with several addresses are one client
 * by their MAC address where that is not a router's.
 */
#ifndef RUN_ROUTE_H
#define RUN_ROUTE_H

#include "base/packet.h"
#include "run/shard.h"

struct router;
struct router *router_new(const struct shard_spec *spec); /* NULL if out of memory */
void router_free(struct router *r);

/* Packets in order of capture. ret_is_for_all: every shard is given it, all but the one returned as a copy
 * (packet.is_copy): answers of DNS, fragments, and the first packet of a host, which all shards must know of.
 */
uint32_t router_shard(struct router *r, const struct packet *p, uint32_t n_shards, bool *ret_is_for_all);

#endif
