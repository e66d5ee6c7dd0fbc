#include "track/hosts.h"

#include <stdlib.h>
#include <string.h>

#include "base/lru.h"

enum { NETS_MAX = 2 }; /* IPv6 networks of one host: a global and a unique local one */

struct host {
	bool is_shared, has_v4;
	uint8_t n_nets;
	uint8_t v4[4];
	uint8_t nets[NETS_MAX][8];
};

struct hosts {
	struct lru *by_mac;
	/* The one noted last is the newest there: a flood through one router costs no look-ups. */
	struct host *last;
	uint8_t last_mac[6];
};

struct hosts *hosts_new(uint32_t max, struct hash_key key)
{
	struct hosts *h = calloc(1, sizeof(*h));
	if (!h)
		return NULL;
	h->by_mac = lru_new(&(struct lru_spec){
	    .capacity = max, .key_size = 6, .value_size = sizeof(struct host), .hash_key = key });
	if (!h->by_mac) {
		free(h);
		return NULL;
	}
	return h;
}

void hosts_free(struct hosts *h)
{
	if (!h)
		return;
	lru_free(h->by_mac);
	free(h);
}

/* Systems start at one of these; any other value was counted down by a router. */
static bool is_initial_ttl(uint8_t ttl)
{
	return ttl == 32 || ttl == 64 || ttl == 128 || ttl == 255;
}

static bool note_v4(struct host *h, const uint8_t v4[4])
{
	if (h->has_v4 && memcmp(h->v4, v4, 4) == 0)
		return false;
	h->is_shared = h->has_v4;
	h->has_v4 = true;
	memcpy(h->v4, v4, 4);
	return true;
}

static bool note_v6(struct host *h, const uint8_t net[8])
{
	for (uint8_t i = 0; i < h->n_nets; i++)
		if (memcmp(h->nets[i], net, 8) == 0)
			return false;
	h->is_shared = h->n_nets == NETS_MAX;
	if (!h->is_shared)
		memcpy(h->nets[h->n_nets++], net, 8);
	return true;
}

/* Link-local addresses and "no address yet" say nothing of who is behind. */
static bool is_local_only(const struct addr *a)
{
	static const uint8_t none[4];
	const uint8_t *b = a->b;
	if (addr_is_v4(a))
		return memcmp(b + 12, none, 4) == 0 || (b[12] == 169 && b[13] == 254);
	return b[0] == 0xfe && (b[1] & 0xc0) == 0x80;
}

bool hosts_note(struct hosts *h, const struct segment *g)
{
	if (!g->has_mac || is_local_only(&g->src))
		return false;
	bool is_new;
	if (!h->last || memcmp(h->last_mac, g->src_mac, sizeof(h->last_mac)) != 0) {
		h->last = lru_touch(h->by_mac, g->src_mac, g->ts_ns, &is_new);
		memcpy(h->last_mac, g->src_mac, sizeof(h->last_mac));
	}
	struct host *host = h->last;
	if (host->is_shared)
		return false;
	if (!is_initial_ttl(g->ttl)) {
		host->is_shared = true;
		return true;
	}
	return addr_is_v4(&g->src) ? note_v4(host, g->src.b + 12) : note_v6(host, g->src.b);
}

bool hosts_is_shared(const struct hosts *h, const uint8_t mac[6])
{
	const struct host *host = lru_find(h->by_mac, mac);
	return host && host->is_shared;
}

uint64_t hosts_id(const struct hosts *h, const uint8_t *mac, const struct addr *a)
{
	static const struct hash_key key = { UINT64_C(0x636c69), UINT64_C(0x656e74) };
	if (mac && !hosts_is_shared(h, mac))
		return hash_bytes(key, mac, 6);
	return hash_bytes(key, a, sizeof(*a));
}

uint64_t hosts_evicted(const struct hosts *h)
{
	return lru_evicted(h->by_mac);
}
