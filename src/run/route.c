#include "run/route.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/lru.h"
#include "track/hosts.h"
#include "track/side.h"

enum {
	ADDRS_MAX = 1 << 16,
	TURNED_MAX = 1 << 14,
	DNS_PORT = 53,
};

struct router {
	struct side_spec sides;
	struct fragments *fragments;
	struct hosts *hosts;
	struct lru *by_addr; /* struct addr: uint32_t shard + 1 */
	struct lru *by_mac;  /* 6 bytes: uint32_t shard + 1 */
	struct lru *turned;  /* struct turned: one byte */
	struct hash_key key;
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
	r->fragments = fragments_new(spec->fragments_max, r->key);
	r->hosts = hosts_new(shard_hosts_max(spec), r->key);
	r->by_addr = table(ADDRS_MAX, sizeof(struct addr), sizeof(uint32_t), r->key);
	r->by_mac = table(shard_hosts_max(spec), 6, sizeof(uint32_t), r->key);
	r->turned = table(TURNED_MAX, sizeof(struct turned), 1, r->key);
	if (!r->fragments || !r->hosts || !r->by_addr || !r->by_mac || !r->turned) {
		router_free(r);
		return NULL;
	}
	return r;
}

void router_free(struct router *r)
{
	if (!r)
		return;
	fragments_free(r->fragments);
	hosts_free(r->hosts);
	lru_free(r->by_addr);
	lru_free(r->by_mac);
	lru_free(r->turned);
	free(r);
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
		if (known != guess)
			lru_touch(r->turned, &k, g->ts_ns, &is_new);
		else if (lru_count(r->turned))
			lru_remove(r->turned, &k);
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

uint32_t router_shard(struct router *r, const struct packet *p, uint32_t n_shards, bool *ret_is_for_all)
{
	struct segment g;
	enum decode d = decode(p, r->fragments, &g);
	*ret_is_for_all = d == DECODE_FRAGMENT;
	if (d != DECODE_OK)
		return 0;
	bool from_client = is_from_client(r, &g);
	bool is_news = from_client && hosts_note(r->hosts, &g);
	bool is_answer = !from_client && g.ip_proto == IPPROTO_UDP && g.src_port == DNS_PORT;
	bool is_assembled = g.ip.at < p->frame.at || g.ip.at >= p->frame.at + p->frame.len;
	*ret_is_for_all = is_news || is_answer || is_assembled;
	return shard_of_client(r, &g, from_client, n_shards);
}
