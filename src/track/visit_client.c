/* Clients of a shard: found by address and MAC address, told and forgotten. */
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "track/visit_state.h"
#include "track/visit_tell.h"

/* What is older than this, told, and part of nothing that goes on is forgotten. */
#define LIVE_KEEP_NS (600 * NS_PER_S)
#define LIVE_BURSTS_MAX 8192u

enum {
	FIRST_BURSTS = 32,   /* of a flow that goes on, kept for as long as it does */
	QUESTIONS_SHARE = 8, /* of as many questions as bursts, this part may be one client's */
};

void *grown(void *array, uint32_t n, uint32_t *capacity, size_t size)
{
	uint32_t more = *capacity ? *capacity * 2 : 16;
	void *p;

	if (n < *capacity)
		return array;
	p = realloc(array, more * size);
	if (p)
		*capacity = more;
	return p;
}

size_t request_size(const struct vrequest *r)
{
	return sizeof(*r) + (r->url ? strlen(r->url) + 1 : 0);
}

void request_drop(struct visits *v, struct vrequest *r)
{
	v->n_asked -= request_size(r);
	if (r->attachment && v->spec.drop_attachment)
		v->spec.drop_attachment(v->spec.ctx, r->attachment);
	free(r->url);
}

static void flow_free(struct vflow *f)
{
	free(f->info);
	free(f->unlisted);
}

void client_free(struct visits *v, struct client *c)
{
	for (uint32_t i = 0; i < c->n_flows; i++)
		flow_free(&c->flows[i]);
	for (uint32_t i = 0; i < c->n_requests; i++)
		request_drop(v, &c->requests[i]);
	v->n_asked -= c->n_dns * sizeof(*c->dns);
	free(c->flows);
	free(c->bursts);
	free(c->dns);
	free(c->requests);
	free(c->pages);
	free(c->visits);
	free(c->by_site);
	free(c->by_time);
	free(c->told);
	free(c);
}

/* The order in which clients were heard of last: the first goes when there is no room. */
static void order_out(struct visits *v, const struct client *c)
{
	*(c->older ? &c->older->newer : &v->oldest) = c->newer;
	*(c->newer ? &c->newer->older : &v->newest) = c->older;
}

static void order_in(struct visits *v, struct client *c)
{
	c->newer = NULL;
	c->older = v->newest;
	*(v->newest ? &v->newest->newer : &v->oldest) = c;
	v->newest = c;
}

void client_heard(struct visits *v, struct client *c)
{
	if (c == v->newest)
		return;
	order_out(v, c);
	order_in(v, c);
}

static void note_size(struct visits *v, const struct client *c)
{
	uint64_t bytes = sizeof(*c) + c->cap_flows * sizeof(*c->flows) +
			 c->n_flows * sizeof(*c->flows->info) + c->cap_bursts * sizeof(*c->bursts) +
			 c->n_bursts * sizeof(*c->by_time) + c->cap_dns * sizeof(*c->dns) +
			 c->cap_requests * sizeof(*c->requests) + c->cap_pages * sizeof(*c->pages) +
			 c->cap_visits * sizeof(*c->visits) + c->n_visits * sizeof(*c->by_site) +
			 c->cap_told * sizeof(*c->told);

	if (bytes > v->largest_client)
		v->largest_client = bytes;
}

void client_close(struct visits *v, struct client *c)
{
	struct tell t = { .spec = &v->spec, .names = &v->names, .counts = &v->counts, .now_ns = INT64_MAX };

	client_resolve(&t, c);
	note_size(v, c);
	client_tell(&t, c);
	for (uint32_t i = 0; i < c->n_flows; i++)
		lru_remove(v->by_flow, &c->flows[i].info->id);
	v->n_flows -= c->n_flows;
	v->n_bursts -= c->n_bursts;
	v->n_clients--;
	v->places[c->place].client = NULL;
	v->places[c->place].next = v->free_place;
	v->free_place = c->place;
	order_out(v, c);
	client_free(v, c);
}

static void client_know(struct visits *v, struct lru *map, const struct addr *key, struct client *c)
{
	bool is_new;

	*(struct client_ref *)lru_touch(map, key, v->now_ns, &is_new) =
	    (struct client_ref){ c->place, v->places[c->place].serial };
}

static struct addr mac_key(const uint8_t mac[6])
{
	struct addr a = { { 0 } };

	memcpy(a.b, mac, 6);
	return a;
}

void client_evict(struct visits *v, struct client *c)
{
	v->counts.evicted_clients++;
	client_close(v, c);
}

/* The addresses of a client that is gone are left to be found no more. */
static struct client *client_of_ref(const struct visits *v, const struct client_ref *r)
{
	return v->places[r->place].serial == r->serial ? v->places[r->place].client : NULL;
}

static struct client *client_find(const struct visits *v, const struct lru *map, const struct addr *key)
{
	const struct client_ref *r = lru_find(map, key);

	return r ? client_of_ref(v, r) : NULL;
}

void client_mac_dropped(void *ctx, void *value, enum lru_why why)
{
	struct client *c = client_of_ref(ctx, value);

	(void)why;
	if (c)
		c->has_mac = false;
}

static bool is_mac_of(const struct client *c, const uint8_t mac[6])
{
	return c->has_mac && memcmp(c->mac, mac, sizeof(c->mac)) == 0;
}

static uint32_t take_place(struct visits *v, struct client *c)
{
	uint32_t i = v->free_place;

	if (i == NONE)
		i = v->n_places++;
	else
		v->free_place = v->places[i].next;
	v->places[i].client = c;
	v->places[i].serial++;
	return i;
}

struct client *client_at(struct visits *v, const struct addr *addr)
{
	struct client *c = client_find(v, v->by_addr, addr);

	if (c)
		return c;
	if (v->n_clients >= v->spec.clients_max)
		client_evict(v, v->oldest);
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->addr = *addr;
	c->place = take_place(v, c);
	c->probe = v->probe;
	order_in(v, c);
	v->n_clients++;
	v->counts.clients++;
	client_know(v, v->by_addr, addr, c);
	return c;
}

static int dns_order(const void *a, const void *b)
{
	const struct vdns *x = a, *y = b;

	if (x->ts_ns != y->ts_ns)
		return x->ts_ns < y->ts_ns ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

/* DNS of an address that turns out to be another one of a known host. */
static void adopt(struct visits *v, struct client *into, struct client *from)
{
	uint32_t i = 0;

	for (; i < from->n_dns; i++) {
		struct vdns *more = grown(into->dns, into->n_dns, &into->cap_dns, sizeof(*more));

		if (!more)
			break;
		into->dns = more;
		into->dns[into->n_dns++] = from->dns[i];
	}
	if (into->n_dns)
		qsort(into->dns, into->n_dns, sizeof(*into->dns), dns_order);
	v->n_asked -= (from->n_dns - i) * sizeof(*from->dns);
	from->n_dns = 0;
	v->counts.clients--;
	client_close(v, from);
}

struct client *client_of_flow(struct visits *v, const struct flow_info *info)
{
	bool is_new;
	struct client_ref *ref = lru_touch(v->by_addr, &info->client, v->now_ns, &is_new);
	struct client *c = client_of_ref(v, ref), *same = NULL;
	struct addr mac = mac_key(info->client_mac);
	bool is_own = info->has_mac && !info->is_mac_shared;

	if (c && c->n_flows > 0 && (!is_own || is_mac_of(c, info->client_mac)))
		return c;
	if (is_own)
		same = client_find(v, v->by_mac, &mac);
	if (same && c && same != c && c->n_flows == 0) {
		adopt(v, same, c);
		c = same;
	} else if (!c) {
		c = same ? same : client_at(v, &info->client);
	}
	if (!c)
		return NULL;
	if (is_own && !same)
		client_know(v, v->by_mac, &mac, c);
	if (is_own && (!same || same == c)) {
		c->has_mac = true;
		memcpy(c->mac, info->client_mac, sizeof(c->mac));
	}
	*ref = (struct client_ref){ c->place, v->places[c->place].serial };
	return c;
}

/* The older half of its questions: their names are of flows long since opened, if of any. */
static void forget_questions(struct visits *v, struct client *c)
{
	uint32_t n = c->n_dns / 2;

	memmove(c->dns, c->dns + n, (c->n_dns - n) * sizeof(*c->dns));
	c->n_dns -= n;
	v->n_asked -= n * sizeof(*c->dns);
	v->counts.evicted_questions += n;
}

bool client_may_ask(struct visits *v, struct client *c)
{
	if (c->n_dns >= v->spec.bursts_max / QUESTIONS_SHARE)
		forget_questions(v, c);
	if (c->n_requests >= v->spec.bursts_max) {
		v->counts.evicted_requests += c->n_requests;
		client_evict(v, c);
		return false;
	}
	while (v->n_asked > (size_t)v->spec.bursts_max * ASKED_BYTES) {
		bool is_own = v->oldest == c;

		v->counts.evicted_questions += v->oldest->n_dns;
		v->counts.evicted_requests += v->oldest->n_requests;
		client_evict(v, v->oldest);
		if (is_own)
			return false;
	}
	return true;
}

/* Those of flows that are gone (to: NONE, else where the flow lies now); and of one that goes on for hours
 * the old ones, but for its first: they say what it was opened for. */
static void forget_bursts(struct visits *v, struct client *c, int64_t until, const uint32_t *to)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->n_flows; i++) {
		c->flows[i].n_bursts = 0;
		c->flows[i].last_burst = NONE;
	}
	for (uint32_t i = 0; i < c->n_bursts; i++) {
		struct vburst b = c->bursts[i];
		struct vflow *f;

		if (to[b.flow] == NONE)
			continue;
		b.flow = to[b.flow];
		f = &c->flows[b.flow];
		if (b.b.end_ns < until && f->n_bursts >= FIRST_BURSTS) {
			f->n_forgotten++;
			continue;
		}
		f->n_bursts++;
		f->last_burst = n;
		c->bursts[n++] = b;
	}
	v->n_bursts -= c->n_bursts - n;
	c->n_bursts = n;
}

/* Drops told flows that ended before `until`, with their bursts and requests, and questions older than it. */
static void forget_before(struct visits *v, struct client *c, int64_t until)
{
	uint32_t n = 0, *to = malloc((c->n_flows + 1) * sizeof(*to));

	if (!to)
		return;
	for (uint32_t i = 0; i < c->n_flows; i++) {
		struct vflow *f = &c->flows[i];

		to[i] = NONE;
		if (f->is_told && f->last_ns < until && f->has_totals) {
			lru_remove(v->by_flow, &f->info->id);
			flow_free(f);
			continue;
		}
		to[i] = n;
		c->flows[n++] = *f;
	}
	v->n_flows -= c->n_flows - n;
	c->n_flows = n;
	forget_bursts(v, c, until, to);
	n = 0;
	for (uint32_t i = 0; i < c->n_dns; i++)
		if (c->dns[i].ts_ns >= until)
			c->dns[n++] = c->dns[i];
	v->n_asked -= (c->n_dns - n) * sizeof(*c->dns);
	c->n_dns = n;
	n = 0;
	for (uint32_t i = 0; i < c->n_requests; i++) {
		struct vrequest r = c->requests[i];

		r.flow_index = to[r.flow_index];
		if (r.flow_index == NONE)
			request_drop(v, &r);
		else
			c->requests[n++] = r;
	}
	c->n_requests = n;
	free(to);
}

void client_look(struct visits *v, struct client *c)
{
	struct tell t = { .spec = &v->spec,
			  .names = &v->names,
			  .counts = &v->counts,
			  .is_live = true,
			  .now_ns = v->now_ns };
	int64_t until = v->now_ns - LIVE_KEEP_NS;

	client_resolve(&t, c);
	note_size(v, c);
	client_tell(&t, c);
	if (t.open_since_ns < until && c->n_bursts < LIVE_BURSTS_MAX)
		until = t.open_since_ns;
	if (c->n_flows > 0 || c->n_dns > 0)
		forget_before(v, c, until);
	for (uint32_t i = 0; i < c->n_flows; i++)
		((struct where *)lru_find(v->by_flow, &c->flows[i].info->id))->index = i;
}
