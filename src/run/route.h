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
uint32_t router_shard(struct router *r, const struct packet *p, uint32_t n_shards);

#endif
