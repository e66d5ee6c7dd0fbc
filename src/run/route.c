#include "run/route.h"

#include <netinet/in.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/lru.h"
#include "track/hosts.h"
#include "track/side.h"

enum {
	ADDRS_MAX = 1 << 16,
	TURNED_MAX = 1 << 14,
	KNOWN = 1 << 12, /* a power of two */
	PREFETCHED = 12,
	DNS_PORT = 53,
};

/* One way of a connection. Its packets bring no news while all of this is the same. */
struct way_key {
	struct addr src, dst;
	uint16_t src_port, dst_port;
	uint8_t ip_proto, ttl;
	uint8_t src_mac[6]; /* zeros: it has none */
};

struct known {
	alignas(64) struct way_key key; /* one line of the cache */
	struct place place;
	uint32_t epoch; /* of the router; an entry of another says nothing */
};

struct router {
	struct side_spec sides;
	struct hosts *hosts;
	struct lru *by_addr; /* struct addr: uint32_t shard + 1 */
	struct lru *by_mac;  /* 6 bytes: uint32_t shard + 1 */
	struct lru *turned;  /* struct turned: one byte */
	struct hash_key key;
	uint32_t epoch; /* begins anew when what is known of a connection may have changed */
	struct known *known;
};

/* A connection whose SYN came from the end that a packet alone would take for the server. */
struct turned {
	struct addr client, server;
	uint16_t client_port, server_port;
};

/* Where a host goes must not depend on the run. */
static const struct hash_key PLACE = { UINT64_C(0x706c616365), UINT64_C(0x7368617264) };

static struct lru *table(size_t capacity, size_t key_size, size_t value_size, struct hash_key key)
{
	return lru_new(&(struct lru_spec){
	    .capacity = capacity, .key_size = key_size, .value_size = value_size, .hash_key = key });
}

struct router *router_new(const struct shard_spec *spec)
{
	struct router *r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	r->key = spec->hash_key;
	r->sides = (struct side_spec){ spec->home, spec->n_home };
	r->epoch = 1;
	r->known = aligned_alloc(alignof(struct known), KNOWN * sizeof(*r->known));
	r->hosts = hosts_new(shard_hosts_max(spec), r->key);
	r->by_addr = table(ADDRS_MAX, sizeof(struct addr), sizeof(uint32_t), r->key);
	r->by_mac = table(shard_hosts_max(spec), 6, sizeof(uint32_t), r->key);
	r->turned = table(TURNED_MAX, sizeof(struct turned), 1, r->key);
	if (!r->known || !r->hosts || !r->by_addr || !r->by_mac || !r->turned) {
		router_free(r);
		return NULL;
	}
	memset(r->known, 0, KNOWN * sizeof(*r->known));
	return r;
}

void router_free(struct router *r)
{
	if (!r)
		return;
	hosts_free(r->hosts);
	lru_free(r->by_addr);
	lru_free(r->by_mac);
	lru_free(r->turned);
	free(r->known);
	free(r);
}

uint64_t router_evicted(const struct router *r)
{
	return lru_evicted(r->by_addr) + lru_evicted(r->by_mac) + lru_evicted(r->turned);
}

static struct turned key_of(const struct segment *g, bool from_client)
{
	struct turned k;
	memset(&k, 0, sizeof(k));
	k.client = from_client ? g->src : g->dst;
	k.server = from_client ? g->dst : g->src;
	k.client_port = from_client ? g->src_port : g->dst_port;
	k.server_port = from_client ? g->dst_port : g->src_port;
	return k;
}

/* As the flow table decides it: by the SYN, else by the packet alone. What a SYN said is remembered where it
 * matters. */
static bool is_from_client(struct router *r, const struct segment *g)
{
	bool guess = side_guess(&r->sides, g), is_new;
	if (g->ip_proto != IPPROTO_TCP)
		return guess;
	if (g->tcp_flags & TCP_SYN) {
		bool known = side_is_from_client(&r->sides, g);
		struct turned k = key_of(g, known);
		if (known != guess) {
			lru_touch(r->turned, &k, g->ts_ns, &is_new);
			r->epoch += is_new;
		} else if (lru_count(r->turned) && lru_find(r->turned, &k)) {
			lru_remove(r->turned, &k);
			r->epoch++;
		}
		return known;
	}
	if (lru_count(r->turned) == 0)
		return guess;
	struct turned k = key_of(g, !guess);
	return lru_find(r->turned, &k) ? !guess : guess;
}

static uint32_t place_of(const struct addr *a, uint32_t n_shards)
{
	return (uint32_t)(hash_bytes(PLACE, a, sizeof(*a)) % n_shards);
}

/* A host seen for the first time goes where its MAC address went, unless that speaks for many. */
static uint32_t shard_of_client(struct router *r, const struct segment *g, bool from_client,
				uint32_t n_shards)
{
	const struct addr *client = from_client ? &g->src : &g->dst;
	const uint8_t *mac = from_client ? g->src_mac : g->dst_mac;
	bool is_new, is_new_mac;
	uint32_t *place = lru_touch(r->by_addr, client, g->ts_ns, &is_new);
	if (!is_new)
		return *place;
	*place = place_of(client, n_shards);
	if (!g->has_mac || hosts_is_shared(r->hosts, mac))
		return *place;
	uint32_t *together = lru_touch(r->by_mac, mac, g->ts_ns, &is_new_mac);
	if (is_new_mac)
		*together = *place;
	return *place = *together;
}

static struct place find_place(struct router *r, const struct segment *g, uint32_t n_shards)
{
	bool from_client = is_from_client(r, g);
	bool is_news = from_client && hosts_note(r->hosts, g);
	bool is_answer = !from_client && g->ip_proto == IPPROTO_UDP && g->src_port == DNS_PORT;
	return (struct place){
		.shard = (uint16_t)shard_of_client(r, g, from_client, n_shards),
		.is_for_all = is_news || is_answer,
	};
}

/* Where it may be is no secret, and must not depend on the run: who fills it with collisions makes it
 * useless, no more. */
static struct known *known_at(const struct router *r, const struct segment *g)
{
	uint64_t s, d;
	memcpy(&s, g->src.b + 8, sizeof(s));
	memcpy(&d, g->dst.b + 8, sizeof(d));
	uint64_t h = (s ^ (uint64_t)g->src_port << 16 ^ g->dst_port) * UINT64_C(0x9e3779b97f4a7c15);
	h = (h ^ h >> 32 ^ d) * UINT64_C(0x9e3779b97f4a7c15);
	return &r->known[h >> 40 & (KNOWN - 1)];
}

static struct place place(struct router *r, const struct segment *g, uint32_t n_shards)
{
	struct way_key key = {
		.src = g->src,
		.dst = g->dst,
		.src_port = g->src_port,
		.dst_port = g->dst_port,
		.ip_proto = g->ip_proto,
		.ttl = g->ttl,
	};
	if (g->has_mac)
		memcpy(key.src_mac, g->src_mac, sizeof(key.src_mac));
	struct known *known = known_at(r, g);
	bool is_known = known->epoch == r->epoch && memcmp(&known->key, &key, sizeof(key)) == 0;
	if (is_known && !(g->ip_proto == IPPROTO_TCP && g->tcp_flags & TCP_SYN))
		return known->place;
	struct place found = find_place(r, g, n_shards);
	*known = (struct known){ key, found, r->epoch };
	known->place.is_for_all = found.is_for_all && g->ip_proto == IPPROTO_UDP && g->src_port == DNS_PORT;
	return found;
}

void router_places(struct router *r, const struct segment *segments, size_t n, uint32_t n_shards,
		   struct place *ret_places)
{
	for (size_t i = 0; i < n; i++) {
		if (i + PREFETCHED < n)
			__builtin_prefetch(known_at(r, &segments[i + PREFETCHED]));
		ret_places[i] = place(r, &segments[i], n_shards);
	}
}
