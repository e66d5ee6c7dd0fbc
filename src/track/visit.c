#include "track/visit.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "track/visit_state.h"

#define NAMES_MAX 65536u /* and no more than flows, but for small tables */
#define NAMES_LEAST 1024u
#define LOOK_NS (5 * NS_PER_S / 2)    /* live: how often clients that did something are looked at */
#define QUIET_LOOK_NS (30 * NS_PER_S) /* and those that did nothing: their visits end by silence */

static uint32_t at_least(uint32_t x, uint32_t least)
{
	return x < least ? least : x;
}

static uint32_t names_max(uint32_t flows_max)
{
	return flows_max < NAMES_LEAST ? NAMES_LEAST : flows_max < NAMES_MAX ? flows_max : NAMES_MAX;
}

struct visits *visits_new(const struct visits_spec *spec)
{
	struct visits *v = calloc(1, sizeof(*v));
	struct lru_spec clients, flows;

	if (!v)
		return NULL;
	v->spec = *spec;
	v->spec.clients_max = at_least(spec->clients_max, 1);
	v->spec.flows_max = at_least(spec->flows_max, 16);
	v->spec.bursts_max = at_least(spec->bursts_max, 64);
	clients = (struct lru_spec){ .capacity = (size_t)v->spec.clients_max * 4,
				     .key_size = sizeof(struct addr),
				     .value_size = sizeof(struct client_ref),
				     .hash_key = spec->hash_key };
	flows = (struct lru_spec){ .capacity = (size_t)v->spec.flows_max + 1,
				   .key_size = sizeof(uint64_t),
				   .value_size = sizeof(struct where),
				   .hash_key = spec->hash_key };
	v->free_place = NONE;
	v->places = calloc(v->spec.clients_max, sizeof(*v->places));
	v->by_addr = lru_new(&clients);
	clients.drop = client_mac_dropped;
	clients.ctx = v;
	v->by_mac = lru_new(&clients);
	v->by_flow = lru_new(&flows);
	if (!names_init(&v->names, spec->know, names_max(spec->flows_max), spec->hash_key) || !v->places ||
	    !v->by_addr || !v->by_mac || !v->by_flow) {
		visits_free(v);
		return NULL;
	}
	return v;
}

void visits_free(struct visits *v)
{
	if (!v)
		return;
	while (v->oldest) {
		struct client *next = v->oldest->newer;
		v->places[v->oldest->place].client = NULL;
		client_free(v, v->oldest);
		v->oldest = next;
	}
	names_fini(&v->names);
	lru_free(v->by_addr);
	lru_free(v->by_mac);
	lru_free(v->by_flow);
	free(v->places);
	free(v);
}

/* Names that the table has no room for are kept with the flow. */
static void name_flow(struct visits *v, struct vflow *f, const struct named_flow *named)
{
	*f->info = named->info;
	f->name = names_of(&v->names, &named->host);
	f->operator_name = names_of(&v->names, &named->operator_host);
	f->outer_name = names_of(&v->names, &named->outer_host);
	free(f->unlisted);
	f->unlisted = !f->name && named->host.len ? malloc(sizeof(*f->unlisted)) : NULL;
	if (f->unlisted)
		*f->unlisted = named->host;
	f->site = v->names.at[f->name].site;
	f->open_ns = f->info->is_complete || !f->info->hello_ns ? f->info->start_ns : f->info->hello_ns;
}

/* The next of the client's flows. returns: NULL if out of memory. */
static struct vflow *new_flow(struct client *c)
{
	struct vflow *f = grown(c->flows, c->n_flows, &c->cap_flows, sizeof(*f));

	if (!f)
		return NULL;
	c->flows = f;
	f += c->n_flows;
	*f = (struct vflow){ .info = malloc(sizeof(*f->info)), .first_burst = NONE, .last_burst = NONE };
	return f->info ? f : NULL;
}

void visits_flow(struct visits *v, const struct named_flow *named)
{
	const struct flow_info *info = &named->info;
	struct client *c;
	struct vflow *more;
	bool is_new;

	v->now_ns = info->start_ns > v->now_ns ? info->start_ns : v->now_ns;
	struct where *w = lru_touch(v->by_flow, &info->id, v->now_ns, &is_new);
	if (!is_new) {
		name_flow(v, &w->client->flows[w->index], named);
		return;
	}
	while (v->n_flows >= v->spec.flows_max) { /* a client may have none */
		v->counts.evicted_flows += v->oldest->n_flows;
		client_evict(v, v->oldest);
	}
	c = client_of_flow(v, info);
	if (!c || !(more = new_flow(c))) {
		lru_remove(v->by_flow, &info->id);
		return;
	}
	client_heard(v, c);
	name_flow(v, more, named);
	*w = (struct where){ c, c->n_flows++ };
	v->n_flows++;
	c->is_dirty = true;
}

void visits_burst_begin(struct visits *v, uint64_t flow, int64_t ts_ns, uint64_t ordinal, uint64_t frame)
{
	struct where *w;

	(void)ordinal;
	(void)frame;
	v->now_ns = ts_ns > v->now_ns ? ts_ns : v->now_ns;
	if (v->spec.is_live && (w = lru_find(v->by_flow, &flow)))
		w->client->is_dirty = true;
}

static struct vburst *told_so_far(const struct where *w, const struct burst *burst)
{
	uint32_t last = w->client->flows[w->index].last_burst;

	return last != NONE && w->client->bursts[last].b.first_ordinal == burst->first_ordinal
		   ? &w->client->bursts[last]
		   : NULL;
}

void visits_burst_end(struct visits *v, const struct burst *burst)
{
	struct where *w = lru_find(v->by_flow, &burst->flow);
	struct client *c;
	struct vburst *more;

	if (w && (more = told_so_far(w, burst))) {
		more->b = *burst;
		w->client->is_dirty = true;
		return;
	}
	while (w && v->n_bursts >= v->spec.bursts_max) {
		v->counts.evicted_bursts += v->oldest->n_bursts;
		client_evict(v, v->oldest);
		w = lru_find(v->by_flow, &burst->flow);
	}
	if (!w)
		return;
	c = w->client;
	more = grown(c->bursts, c->n_bursts, &c->cap_bursts, sizeof(*more));
	if (!more)
		return;
	c->bursts = more;
	c->flows[w->index].last_burst = c->n_bursts;
	c->bursts[c->n_bursts++] =
	    (struct vburst){ .b = *burst, .flow = w->index, .next = NONE, .visit = NONE };
	v->n_bursts++;
	c->is_dirty = true;
}

void visits_flow_end(struct visits *v, const struct flow_totals *totals)
{
	struct where *w = lru_find(v->by_flow, &totals->flow);

	if (!w)
		return;
	w->client->flows[w->index].totals = *totals;
	w->client->flows[w->index].has_totals = true;
	w->client->is_dirty = true;
}

void visits_dns(struct visits *v, const struct dns_event *e)
{
	struct client *c;
	struct vdns *more;

	v->now_ns = e->ts_ns > v->now_ns ? e->ts_ns : v->now_ns;
	if (e->is_response)
		return;
	c = client_at(v, &e->client);
	if (c)
		client_heard(v, c);
	if (c && !client_may_ask(v, c))
		c = client_at(v, &e->client);
	if (!c || !(more = grown(c->dns, c->n_dns, &c->cap_dns, sizeof(*more))))
		return;
	c->dns = more;
	v->n_asked += sizeof(*more);
	c->dns[c->n_dns++] = (struct vdns){ e->ts_ns, names_of(&v->names, &e->name), e->qtype };
}

void visits_set_back(struct visits *v, int64_t now_ns)
{
	visits_finish(v);
	v->now_ns = v->looked_ns = now_ns;
}

/* A table of names that is full would leave what is new unnamed: everything is told and begun anew. */
static void renew_names(struct visits *v)
{
	visits_finish(v);
	v->counts.evicted_names += v->names.n;
	names_clear(&v->names);
}

bool visits_is_full(const struct visits *v)
{
	return v->names.n > v->names.capacity - v->names.capacity / 16;
}

void visits_tick(struct visits *v, int64_t now_ns)
{
	v->now_ns = now_ns > v->now_ns ? now_ns : v->now_ns;
	if (visits_is_full(v))
		renew_names(v);
	if (!v->spec.is_live || v->now_ns - v->looked_ns < LOOK_NS)
		return;
	v->looked_ns = v->now_ns;
	for (struct client *c = v->oldest; c; c = c->newer) {
		if (!c->is_dirty && v->now_ns - c->looked_ns < QUIET_LOOK_NS)
			continue;
		c->is_dirty = false;
		c->looked_ns = v->now_ns;
		client_look(v, c);
	}
}

void visits_finish(struct visits *v)
{
	while (v->oldest)
		client_close(v, v->oldest);
	lru_clear(v->by_addr);
	lru_clear(v->by_mac);
}

void visits_counts(const struct visits *v, struct visits_counts *ret_counts)
{
	*ret_counts = v->counts;
	ret_counts->evicted_names += v->names.refused;
	ret_counts->evicted_addresses = lru_evicted(v->by_addr) + lru_evicted(v->by_mac);
}

void visits_memory(const struct visits *v, struct visits_memory *ret_memory)
{
	const struct visits_spec *s = &v->spec;

	ret_memory->largest_client = v->largest_client;
	/* Arrays grow by doubling; visits and page views are of bursts. */
	ret_memory->most = (uint64_t)s->clients_max * sizeof(struct client) +
			   (uint64_t)s->flows_max * (2 * sizeof(struct vflow) + sizeof(struct named_flow)) +
			   (uint64_t)s->bursts_max *
			       (2 * (sizeof(struct vburst) + sizeof(struct vpage) + sizeof(struct vvisit)) +
				sizeof(uint32_t) + ASKED_BYTES * 2);
}

void visits_probe(struct visits *v, const struct visits_probe *probe)
{
	v->probe = probe;
}
