#include "track/visit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lru.h"
#include "base/time.h"
#include "track/visit_parts.h"
#include "track/visit_tell.h"

#define NAMES_MAX 65536u

struct visits {
	struct visits_spec spec;
	struct names names;
	struct lru *by_addr, *by_mac; /* struct client * */
	struct lru *by_flow;          /* flow id: struct where */
	struct client *oldest, *newest;
	uint32_t n_clients, n_flows, n_bursts;
	int64_t now_ns, looked_ns;
	struct visits_counts counts;
	const struct visits_probe *probe;
};

struct where {
	struct client *client;
	uint32_t index;
};

static const struct hash_key KEY = { UINT64_C(0x766973697473), UINT64_C(0x636c69656e74) };

static uint32_t at_least(uint32_t x, uint32_t least)
{
	return x < least ? least : x;
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
				     .value_size = sizeof(struct client *),
				     .hash_key = KEY };
	flows = (struct lru_spec){ .capacity = (size_t)v->spec.flows_max + 1,
				   .key_size = sizeof(uint64_t),
				   .value_size = sizeof(struct where),
				   .hash_key = KEY };
	v->by_addr = lru_new(&clients);
	v->by_mac = lru_new(&clients);
	v->by_flow = lru_new(&flows);
	if (!names_init(&v->names, spec->know, NAMES_MAX) || !v->by_addr || !v->by_mac || !v->by_flow) {
		visits_free(v);
		return NULL;
	}
	return v;
}

static void drop_request(struct visits *v, struct vrequest *r)
{
	if (r->attachment && v->spec.drop_attachment)
		v->spec.drop_attachment(v->spec.ctx, r->attachment);
	free(r->url);
}

static void client_free(struct visits *v, struct client *c)
{
	for (uint32_t i = 0; i < c->n_flows; i++)
		free(c->flows[i].info);
	for (uint32_t i = 0; i < c->n_requests; i++)
		drop_request(v, &c->requests[i]);
	free(c->flows);
	free(c->bursts);
	free(c->dns);
	free(c->requests);
	free(c->pages);
	free(c->visits);
	free(c->by_time);
	free(c);
}

void visits_free(struct visits *v)
{
	if (!v)
		return;
	while (v->oldest) {
		struct client *next = v->oldest->newer;
		client_free(v, v->oldest);
		v->oldest = next;
	}
	names_fini(&v->names);
	lru_free(v->by_addr);
	lru_free(v->by_mac);
	lru_free(v->by_flow);
	free(v);
}

/* Grows an array of a client's timeline by one. The limits of the shard bound it. */
static void *grown(void *array, uint32_t n, uint32_t *capacity, size_t size)
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

static void tell(struct visits *v, struct client *c)
{
	struct tell t = { .spec = &v->spec, .names = &v->names, .counts = &v->counts };

	client_resolve(&t, c);
	client_tell(&t, c);
}

/* Tells what is known of a client and forgets it all: when a limit is reached, and at the end. */
static void client_close(struct visits *v, struct client *c)
{
	tell(v, c);
	for (uint32_t i = 0; i < c->n_flows; i++)
		lru_remove(v->by_flow, &c->flows[i].info->id);
	v->n_flows -= c->n_flows;
	v->n_bursts -= c->n_bursts;
	v->n_clients--;
	if (c->older)
		c->older->newer = c->newer;
	else
		v->oldest = c->newer;
	if (c->newer)
		c->newer->older = c->older;
	else
		v->newest = c->older;
	client_free(v, c);
}

static void forget_addresses(struct visits *v)
{
	lru_clear(v->by_addr);
	lru_clear(v->by_mac);
	for (struct client *c = v->oldest; c; c = c->newer) {
		bool is_new;
		*(struct client **)lru_touch(v->by_addr, &c->addr, v->now_ns, &is_new) = c;
	}
}

static void evict_client(struct visits *v, struct client *c)
{
	v->counts.evicted_clients++;
	client_close(v, c);
	forget_addresses(v);
}

static struct client *client_new(struct visits *v, const struct addr *addr)
{
	struct client *c;

	if (v->n_clients >= v->spec.clients_max)
		evict_client(v, v->oldest);
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->addr = *addr;
	c->probe = v->probe;
	c->older = v->newest;
	if (v->newest)
		v->newest->newer = c;
	else
		v->oldest = c;
	v->newest = c;
	v->n_clients++;
	v->counts.clients++;
	return c;
}

static struct addr mac_key(const uint8_t mac[6])
{
	struct addr a = { { 0 } };

	memcpy(a.b, mac, 6);
	return a;
}

static struct client *client_find(const struct visits *v, const struct lru *map, const struct addr *key)
{
	struct client *const *c = lru_find(map, key);

	(void)v;
	return c ? *c : NULL;
}

static void client_know(struct visits *v, struct lru *map, const struct addr *key, struct client *c)
{
	bool is_new;

	*(struct client **)lru_touch(map, key, v->now_ns, &is_new) = c;
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
	for (uint32_t i = 0; i < from->n_dns; i++) {
		struct vdns *more = grown(into->dns, into->n_dns, &into->cap_dns, sizeof(*more));
		if (!more)
			break;
		into->dns = more;
		into->dns[into->n_dns++] = from->dns[i];
	}
	if (into->n_dns)
		qsort(into->dns, into->n_dns, sizeof(*into->dns), dns_order);
	from->n_dns = 0;
	client_close(v, from);
}

static struct client *client_of_flow(struct visits *v, const struct flow_info *info)
{
	struct client *c = client_find(v, v->by_addr, &info->client), *same = NULL;
	struct addr mac = mac_key(info->client_mac);
	bool is_own = info->has_mac && !info->is_mac_shared;

	if (is_own)
		same = client_find(v, v->by_mac, &mac);
	if (same && c && same != c && c->n_flows == 0) {
		adopt(v, same, c);
		c = same;
	} else if (!c) {
		c = same ? same : client_new(v, &info->client);
	}
	if (!c)
		return NULL;
	if (is_own && !same)
		client_know(v, v->by_mac, &mac, c);
	client_know(v, v->by_addr, &info->client, c);
	return c;
}

static void name_flow(struct visits *v, struct vflow *f)
{
	f->name = names_of(&v->names, &f->info->host);
	f->site = v->names.at[f->name].site;
	f->open_ns = f->info->is_complete || !f->info->hello_ns ? f->info->start_ns : f->info->hello_ns;
}

void visits_flow(struct visits *v, const struct flow_info *info)
{
	struct where *w = lru_find(v->by_flow, &info->id);
	struct client *c;
	struct vflow *more;
	bool is_new;

	v->now_ns = info->start_ns > v->now_ns ? info->start_ns : v->now_ns;
	if (w) {
		struct vflow *f = &w->client->flows[w->index];
		*f->info = *info;
		name_flow(v, f);
		return;
	}
	if (v->n_flows >= v->spec.flows_max) {
		v->counts.evicted_flows += v->oldest->n_flows;
		evict_client(v, v->oldest);
	}
	c = client_of_flow(v, info);
	if (!c || !(more = grown(c->flows, c->n_flows, &c->cap_flows, sizeof(*more))))
		return;
	c->flows = more;
	more += c->n_flows;
	*more = (struct vflow){ .info = malloc(sizeof(*info)), .first_burst = NONE, .last_burst = NONE };
	if (!more->info)
		return;
	*more->info = *info;
	name_flow(v, more);
	w = lru_touch(v->by_flow, &info->id, v->now_ns, &is_new);
	*w = (struct where){ c, c->n_flows++ };
	v->n_flows++;
	c->is_dirty = true;
}

void visits_burst_begin(struct visits *v, uint64_t flow, int64_t ts_ns, uint64_t ordinal, uint64_t frame)
{
	struct where *w = lru_find(v->by_flow, &flow);

	(void)ordinal;
	(void)frame;
	v->now_ns = ts_ns > v->now_ns ? ts_ns : v->now_ns;
	if (w)
		w->client->is_dirty = true;
}

void visits_burst_end(struct visits *v, const struct burst *burst)
{
	struct where *w = lru_find(v->by_flow, &burst->flow);
	struct client *c;
	struct vburst *more;

	if (w && v->n_bursts >= v->spec.bursts_max) {
		v->counts.evicted_bursts += v->oldest->n_bursts;
		evict_client(v, v->oldest);
		w = lru_find(v->by_flow, &burst->flow);
	}
	if (!w)
		return;
	c = w->client;
	more = grown(c->bursts, c->n_bursts, &c->cap_bursts, sizeof(*more));
	if (!more)
		return;
	c->bursts = more;
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
	struct client *c = client_find(v, v->by_addr, &e->client);
	struct vdns *more;

	v->now_ns = e->ts_ns > v->now_ns ? e->ts_ns : v->now_ns;
	if (e->is_response)
		return;
	if (!c) {
		c = client_new(v, &e->client);
		if (c)
			client_know(v, v->by_addr, &e->client, c);
	}
	if (!c || c->n_dns >= v->spec.bursts_max ||
	    !(more = grown(c->dns, c->n_dns, &c->cap_dns, sizeof(*more))))
		return;
	c->dns = more;
	c->dns[c->n_dns++] = (struct vdns){ e->ts_ns, names_of(&v->names, &e->name), e->qtype };
}

/* The host of a URL in a header, as a name. */
static uint32_t host_of_url(struct names *n, struct bytes url)
{
	struct hostname host;
	size_t at = 0, end;

	while (at + 3 <= url.len && memcmp(url.at + at, "://", 3) != 0)
		at++;
	if (at + 3 > url.len)
		return 0;
	at += 3;
	for (end = at; end < url.len && url.at[end] != '/' && url.at[end] != ':' && url.at[end] != '?'; end++)
		;
	if (!hostname_parse((struct bytes){ url.at + at, end - at }, &host))
		return 0;
	return names_of(n, &host);
}

static bool is_text(struct bytes b, const char *text)
{
	return b.len == strlen(text) && memcmp(b.at, text, b.len) == 0;
}

static char *url_of(const struct request *r)
{
	size_t len = 8 + (size_t)r->host.len + r->target.len + 1;
	char *url = malloc(len);

	if (!url)
		return NULL;
	snprintf(url, len, "%s://%s%.*s", r->is_secure ? "https" : "http", r->host.text, (int)r->target.len,
		 (const char *)r->target.at);
	return url;
}

/* The site of the page that a request belongs to, through the chain of frames. */
static uint32_t top_of(const struct visits *v, const struct client *c, uint32_t asking)
{
	for (uint32_t i = c->n_requests, k = 0; i-- > 0 && k < 256; k++)
		if (c->requests[i].host == asking && c->requests[i].is_frame && c->requests[i].top)
			return c->requests[i].top;
	return v->names.at[asking].site;
}

void visits_request(struct visits *v, const struct request *r, void *attachment)
{
	struct where *w = lru_find(v->by_flow, &r->flow);
	struct vrequest *more = NULL, *me;
	struct client *c = w ? w->client : NULL;
	uint32_t asking = host_of_url(&v->names, r->referer);

	if (c && c->n_requests < v->spec.bursts_max)
		more = grown(c->requests, c->n_requests, &c->cap_requests, sizeof(*more));
	if (!more) {
		if (attachment && v->spec.drop_attachment)
			v->spec.drop_attachment(v->spec.ctx, attachment);
		return;
	}
	c->requests = more;
	me = &more[c->n_requests];
	*me = (struct vrequest){
		.flow = r->flow, .frame = r->frame, .ts_ns = r->ts_ns, .attachment = attachment
	};
	me->host = names_of(&v->names, &r->host);
	if (!asking)
		asking = host_of_url(&v->names, r->origin);
	me->is_navigation = is_text(r->sec_fetch_dest, "document");
	me->is_frame = is_text(r->sec_fetch_dest, "iframe") || is_text(r->sec_fetch_dest, "frame");
	me->is_document = me->is_navigation || me->is_frame;
	if (me->is_navigation) {
		me->top = v->names.at[me->host].site;
		me->url = url_of(r);
	} else if (asking) {
		me->top = top_of(v, c, asking);
	}
	if (r->sec_fetch_dest.len || asking)
		me->is_read = true;
	c->n_requests++;
	c->is_dirty = true;
}

void visits_response(struct visits *v, const struct response *r)
{
	struct where *w = lru_find(v->by_flow, &r->flow);
	static const char HTML[] = "text/html";

	if (!w)
		return;
	/* Clear HTTP has no Sec-Fetch fields: what is answered with HTML and was asked by no page, or by a
	 * link, is one. */
	for (uint32_t i = w->client->n_requests; i-- > 0;) {
		struct vrequest *q = &w->client->requests[i];
		if (q->flow != r->flow)
			continue;
		if (!q->is_document && r->status == 200 && r->content_type.len >= 9 &&
		    memcmp(r->content_type.at, HTML, 9) == 0)
			q->is_html = true;
		return;
	}
}

void visits_tick(struct visits *v, int64_t now_ns)
{
	v->now_ns = now_ns > v->now_ns ? now_ns : v->now_ns;
	if (!v->spec.is_live || now_ns - v->looked_ns < 5 * NS_PER_S / 2)
		return;
	v->looked_ns = now_ns;
	for (struct client *c = v->oldest; c; c = c->newer) {
		struct tell t = {
			.spec = &v->spec, .names = &v->names, .counts = &v->counts, .is_open = true
		};

		if (!c->is_dirty)
			continue;
		c->is_dirty = false;
		client_resolve(&t, c);
		for (uint32_t i = 0; i < c->n_flows; i++)
			((struct where *)lru_find(v->by_flow, &c->flows[i].info->id))->index = i;
		client_tell(&t, c);
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
	ret_counts->evicted_names = v->names.refused;
}

void visits_probe(struct visits *v, const struct visits_probe *probe)
{
	v->probe = probe;
}
