#include "track/flow.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/pages.h"
#include "base/time.h"
#include "track/flow_parts.h"

enum { BARE_BYTES = 80 }; /* an IP and a TCP header with all options of a SYN, on the average */

_Static_assert(sizeof(struct flow) == 128, "a flow is two cache lines");

struct flows *flows_new(const struct flows_spec *spec)
{
	struct flows *t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->spec = *spec;
	t->free = t->ahead = FLOW_NONE;
	for (int i = 0; i < FLOW_LISTS; i++)
		t->lists[i] = (struct list){ FLOW_NONE, FLOW_NONE, 0 };
	t->flows = pages_new(spec->capacity * sizeof(*t->flows));
	t->hashes = pages_new(spec->capacity * sizeof(*t->hashes));
	if (!t->flows || !t->hashes || !slots_init(&t->others, spec->capacity) ||
	    !slots_init(&t->waiting, spec->capacity / UNANSWERED_SHARE)) {
		flows_free(t);
		return NULL;
	}
	return t;
}

void flows_free(struct flows *t)
{
	if (!t)
		return;
	pages_free(t->flows, t->spec.capacity * sizeof(*t->flows));
	pages_free(t->hashes, t->spec.capacity * sizeof(*t->hashes));
	slots_fini(&t->others);
	slots_fini(&t->waiting);
	free(t);
}

/* ---- how they stand ---- */

/* Nothing but headers so far, and those of one end: a connection asked for, a scan, a flood. Where only one
 * way of the traffic is captured, payload tells that it is more.
 */
static bool is_bare(const struct flow *f)
{
	return (f->packets[WAY_UP] == 0 || f->packets[WAY_DOWN] == 0) &&
	       f->bytes[WAY_UP] + f->bytes[WAY_DOWN] <=
		   (uint64_t)BARE_BYTES * (f->packets[WAY_UP] + f->packets[WAY_DOWN]);
}

static enum flow_list list_for(const struct flow *f)
{
	if (f->proto == IPPROTO_TCP && (f->has_rst || f->has_fin == 3))
		return FLOW_CLOSED;
	if (is_bare(f))
		return FLOW_UNANSWERED;
	return f->proto == IPPROTO_TCP ? FLOW_OPEN : FLOW_UDP;
}

/* ---- finding ---- */

/* Which end of the flow sent the segment? */
enum sender { SENDER_FIRST, SENDER_SECOND, SENDER_STRANGER };

static enum sender sender_of(const struct flow *f, const struct segment *g)
{
	if (f->proto != g->ip_proto)
		return SENDER_STRANGER;
	if (f->port[0] == g->src_port && f->port[1] == g->dst_port && addr_equal(&f->end[0], &g->src) &&
	    addr_equal(&f->end[1], &g->dst))
		return SENDER_FIRST;
	if (f->port[1] == g->src_port && f->port[0] == g->dst_port && addr_equal(&f->end[1], &g->src) &&
	    addr_equal(&f->end[0], &g->dst))
		return SENDER_SECOND;
	return SENDER_STRANGER;
}

/* Sums and products of both ends would be symmetric too, but easy to make collide: they are put in order.
 * Ports and protocol take 5 bytes: they are hashed as the last that make no whole word.
 */
uint32_t flows_hash(const struct flows *t, const struct segment *g)
{
	uint64_t s[2], d[2], h;
	memcpy(s, &g->src, 16);
	memcpy(d, &g->dst, 16);
	bool swap = s[0] != d[0] ? s[0] > d[0] : s[1] != d[1] ? s[1] > d[1] : g->src_port > g->dst_port;
	uint64_t ports =
	    swap ? (uint64_t)g->dst_port << 16 | g->src_port : (uint64_t)g->src_port << 16 | g->dst_port;
	uint64_t last = ports << 8 | g->ip_proto;
	struct hash_state state = hash_begin(t->spec.key);
	if (addr_is_v4(&g->src) && addr_is_v4(&g->dst)) { /* the other bytes are the same in all of them */
		hash_word(&state, swap ? d[1] >> 32 << 32 | s[1] >> 32 : s[1] >> 32 << 32 | d[1] >> 32);
		h = hash_end(&state, UINT64_C(13) << 56 | last);
	} else {
		hash_word(&state, swap ? d[0] : s[0]);
		hash_word(&state, swap ? s[0] : d[0]);
		hash_word(&state, swap ? d[1] : s[1]);
		hash_word(&state, swap ? s[1] : d[1]);
		h = hash_end(&state, UINT64_C(37) << 56 | last);
	}
	return (uint32_t)(h ^ h >> 32);
}

void flows_prefetch(const struct flows *t, uint32_t hash)
{
	slots_prefetch(&t->others, hash);
	slots_prefetch(&t->waiting, hash);
}

void flows_prefetch_flow(const struct flows *t, uint32_t hash)
{
	uint32_t at = hash, i = slots_next(&t->others, hash, &at);
	if (i == FLOW_NONE) {
		at = hash;
		i = slots_next(&t->waiting, hash, &at);
	}
	flow_prefetch(t, i);
}

static uint32_t find_in(const struct flows *t, const struct slots *s, const struct segment *g, uint32_t hash,
			enum sender *ret_sender)
{
	uint32_t at = hash, i = slots_next(s, hash, &at);
	while (i != FLOW_NONE && (*ret_sender = sender_of(&t->flows[i], g)) == SENDER_STRANGER)
		i = slots_next(s, hash, &at);
	return i;
}

/* The segment's flow, and which end sent it. returns: FLOW_NONE if there is none. */
static uint32_t find(const struct flows *t, const struct segment *g, uint32_t hash, enum sender *ret_sender)
{
	uint32_t i = find_in(t, &t->others, g, hash, ret_sender);
	return i != FLOW_NONE ? i : find_in(t, &t->waiting, g, hash, ret_sender);
}

/* It stays with the others, whatever it may look like later. */
static void stop_waiting(struct flows *t, uint32_t i, uint32_t hash)
{
	slots_remove(&t->waiting, hash, i);
	slots_add(&t->others, hash, i);
	t->flows[i].is_waiting = false;
}

/* ---- beginning ---- */

static uint32_t begin(struct flows *t, const struct segment *g, uint32_t hash)
{
	uint32_t i = flows_take(t);
	struct flow *f = &t->flows[i];
	memset(f, 0, sizeof(*f));
	f->end[0] = g->src;
	f->end[1] = g->dst;
	f->port[0] = g->src_port;
	f->port[1] = g->dst_port;
	f->proto = g->ip_proto;
	f->client = !side_is_from_client(&t->spec.sides, g);
	f->id = g->ordinal;
	f->first_frame = g->number;
	f->start_ns = f->last_ns = g->ts_ns;
	f->input = g->input;
	f->cold = FLOW_NONE;
	f->is_waiting = true;
	t->hashes[i] = hash;
	slots_add(&t->waiting, hash, i);
	flow_list_in(t, i, FLOW_UNANSWERED);
	return i;
}

/* ---- counting ---- */

static void first_of_client(struct flow *f, const struct segment *g)
{
	f->ttl = g->ttl;
	f->ip_id = g->ip_id;
	f->tsval = g->tcp_tsval;
	f->has_tsval = g->has_tsval;
	f->has_mac = g->has_mac;
	memcpy(f->mac, g->src_mac, sizeof(f->mac));
	f->seq = g->tcp_seq + !!(g->tcp_flags & TCP_SYN);
	f->has_syn = (g->tcp_flags & TCP_SYN) != 0;
}

static void count(struct flow *f, const struct segment *g, enum way way)
{
	if (way == WAY_UP && f->packets[WAY_UP] == 0)
		first_of_client(f, g);
	f->packets[way]++;
	f->bytes[way] += g->ip_len;
	if (g->tcp_flags & (TCP_FIN | TCP_RST)) {
		f->has_fin |= g->tcp_flags & TCP_FIN ? 1u << way & 3u : 0;
		f->has_rst |= (g->tcp_flags & TCP_RST) != 0;
	}
}

/* The same ports, used anew? */
static bool is_reuse(const struct flow *f, const struct segment *g)
{
	if (g->ip_proto != IPPROTO_TCP || (g->tcp_flags & (TCP_SYN | TCP_ACK)) != TCP_SYN)
		return false;
	bool is_same_seq = f->packets[WAY_UP] > 0 && f->has_syn && f->seq == g->tcp_seq + 1;
	return !is_same_seq && (f->packets[WAY_UP] > 0 || f->list == FLOW_CLOSED);
}

struct flow *flows_of(struct flows *t, const struct segment *g, uint32_t hash, enum way *ret_way)
{
	enum sender sender;
	uint32_t i = find(t, g, hash, &sender);
	if (i != FLOW_NONE && is_reuse(&t->flows[i], g)) {
		flows_end(t, i);
		i = FLOW_NONE;
	}
	if (i == FLOW_NONE) {
		i = begin(t, g, hash);
		sender = SENDER_FIRST;
	}

	struct flow *f = &t->flows[i];
	*ret_way = f->client == sender ? WAY_UP : WAY_DOWN;
	count(f, g, *ret_way);
	enum flow_list list = list_for(f);
	if (f->is_waiting && list != FLOW_UNANSWERED)
		stop_waiting(t, i, hash);
	/* Once a second is enough to keep the order, and spares the neighbours' lines. */
	if (list != f->list || g->ts_ns / NS_PER_S != f->last_ns / NS_PER_S) {
		flow_list_out(t, i);
		flow_list_in(t, i, list);
	}
	f->last_ns = g->ts_ns;
	return f;
}

struct flow *flows_find(const struct flows *t, const struct addr *client, uint16_t client_port,
			const struct addr *server, uint16_t server_port, uint8_t proto)
{
	struct segment g = { .src = *client,
			     .dst = *server,
			     .src_port = client_port,
			     .dst_port = server_port,
			     .ip_proto = proto };
	enum sender sender;
	uint32_t i = find(t, &g, flows_hash(t, &g), &sender);
	return i == FLOW_NONE ? NULL : &t->flows[i];
}

uint32_t flows_index(const struct flows *t, const struct flow *f)
{
	return (uint32_t)(f - t->flows);
}

struct flow *flows_at(const struct flows *t, uint32_t index)
{
	return &t->flows[index];
}

void flow_turn(struct flow *f, const struct segment *g)
{
	uint64_t bytes = f->bytes[0];
	uint32_t packets = f->packets[0];
	f->client = !f->client;
	f->is_turned = !f->is_turned;
	f->bytes[0] = f->bytes[1];
	f->bytes[1] = bytes;
	f->packets[0] = f->packets[1];
	f->packets[1] = packets;
	f->has_fin = (f->has_fin >> 1 | f->has_fin << 1) & 3u;
	first_of_client(f, g);
}

uint32_t flows_count(const struct flows *t)
{
	uint32_t n = 0;
	for (int l = 0; l < FLOW_LISTS; l++)
		n += t->lists[l].count;
	return n;
}

uint64_t flows_evicted(const struct flows *t)
{
	return t->n_evicted;
}
