/* Which MAC addresses belong to one host, and which to a router that speaks for many.
 *
 * What is known is a function of the set of packets noted, not of how often, so that the router of packets
 * and every shard come to the same answer although each sees others.
 */
#ifndef TRACK_HOSTS_H
#define TRACK_HOSTS_H

#include "base/hash.h"
#include "wire/decode.h"

struct hosts;

/* max: MAC addresses remembered. returns: NULL if out of memory. */
struct hosts *hosts_new(uint32_t max, struct hash_key key);
void hosts_free(struct hosts *h);

/* A packet that src sent, with the MAC address it came from. returns: true if that was news. */
bool hosts_note(struct hosts *h, const struct segment *g);

/* True if this MAC address spoke for several hosts, or its packets had come through a router before. */
bool hosts_is_shared(const struct hosts *h, const uint8_t mac[6]);

/* Who an address belongs to: all addresses of a host are one where its MAC address speaks for it alone. mac:
 * NULL if there is none. The same number whatever the number of shards.
 */
uint64_t hosts_id(const struct hosts *h, const uint8_t *mac, const struct addr *a);

uint64_t hosts_evicted(const struct hosts *h);

#endif
