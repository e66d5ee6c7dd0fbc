/* A shard's parts: made, connected, counted, freed. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "run/shard_parts.h"

enum {
	DNS_CONNS_MAX = 256,
	FOLLOWED_MAX = 1 << 14, /* and no more than there are flows */
	BURSTS_PER_FLOW = 8,
};

/* ---- what the parts say to each other ---- */

static void on_named(void *ctx, struct flow *f, const struct named_flow *named)
{
	struct shard *s = ctx;
	const char *alpn = named->info.alpn;
	bool is_h2 = !alpn[0] || strncmp(alpn, "h2", 2) == 0;
	visits_flow(s->visits, named);
	f->is_told = 1;
	bursts_told(s->bursts, flows_index(s->flows, f), f, is_h2);
}

static bool on_is_read(void *ctx, struct flow *f, enum app app, const struct client_hello *hello)
{
	const struct shard *s = ctx;
	return follow_may_read(s->follow, f, app, hello);
}

/* A request whose :authority was lost with the packet that brought it first is one to the host that the
 * connection was made for.
 */
static void on_request(void *ctx, const struct request *read)
{
	struct shard *s = ctx;
	struct request r = *read;
	bool is_current = s->current && s->current->id == r.flow;
	if (is_current)
		r.client =
		    hosts_id(s->hosts, s->current->has_mac ? s->current->mac : NULL, flow_client(s->current));
	const struct hostname *asked = is_current && r.has_unknown_headers && !r.has_inner_hello
					   ? naming_asked(s->naming, s->current)
					   : NULL;
	if (asked && !r.authority.len)
		r.host = *asked;
	else if (is_current)
		naming_request(s->naming, s->current, &r);
	void *attachment = s->spec.request ? s->spec.request(s->spec.ctx, &r) : NULL;
	visits_request(s->visits, &r, attachment);
}

static void on_response(void *ctx, const struct response *read)
{
	struct shard *s = ctx;
	struct response r = *read;
	if (s->current && s->current->id == r.flow)
		r.client =
		    hosts_id(s->hosts, s->current->has_mac ? s->current->mac : NULL, flow_client(s->current));
	visits_response(s->visits, &r);
	if (s->spec.response)
		s->spec.response(s->spec.ctx, &r);
}

static void on_doh_answer(void *ctx, const struct doh_answer *a)
{
	struct shard *s = ctx;
	if (s->current && s->current->id == a->flow)
		shard_dns_https(s, s->current, a);
}

static void count_flow(struct shard *s, const struct flow *f)
{
	struct shard_counts *c = &s->counts;
	c->flows++;
	if (f->named_by != NAMED_NONE) {
		c->named_flows++;
		c->named_up += f->bytes[WAY_UP];
		c->by_name[f->named_by]++;
	} else {
		c->unnamed_flows++;
		c->unnamed_up += f->bytes[WAY_UP];
		c->by_cause[f->unnamed]++;
	}
}

static struct flow_totals totals_of(const struct flow *f)
{
	return (struct flow_totals){
		.flow = f->id,
		.end_ns = f->last_ns,
		.up = f->bytes[WAY_UP],
		.down = f->bytes[WAY_DOWN],
		.packets_up = f->packets[WAY_UP],
		.packets_down = f->packets[WAY_DOWN],
	};
}

void shard_flow_ended(void *ctx, struct flow *f)
{
	struct shard *s = ctx;
	struct flow *before = s->current;

	if (!f->is_told && !f->is_active && !f->is_followed && f->cold == FLOW_NONE && f->app == APP_UNKNOWN)
		return; /* nothing but headers: floods and scans end many of these */
	struct flow_totals totals = totals_of(f);
	s->current = f;
	if (f->is_active && !f->is_settled)
		naming_tell(s->naming, f);
	totals.gaps = follow_end(s->follow, f);
	bursts_end(s->bursts, flows_index(s->flows, f), f);
	naming_end(s->naming, f);
	if (f->app == APP_DNS && f->proto == IPPROTO_TCP)
		dnstcp_end(s->dnstcp, f);
	if (f->is_told) {
		visits_flow_end(s->visits, &totals);
		count_flow(s, f);
	}
	s->current = before;
}

/* ---- making ---- */

/* A flow may be told before it ends: for want of room. */
static bool so_far(void *flows, const struct flow_info *info, struct flow_totals *ret_totals)
{
	const struct flow *f = flows_find(flows, &info->client, info->client_port, &info->server,
					  info->server_port, info->proto);
	if (!f || f->id != info->id)
		return false;
	*ret_totals = totals_of(f);
	return true;
}

static struct visits *make_visits(const struct shard *s)
{
	const struct shard_spec *spec = &s->spec;
	struct visits_spec v = { .know = spec->know,
				 .hash_key = spec->hash_key,
				 .is_live = spec->is_live,
				 .is_learning = spec->is_learning,
				 .explain = spec->explain,
				 .clients_max = spec->clients_max,
				 .flows_max = spec->client_flows_max,
				 .bursts_max = spec->client_flows_max * BURSTS_PER_FLOW,
				 .so_far = so_far,
				 .so_far_ctx = s->flows,
				 .flow = spec->flow,
				 .visit = spec->visit,
				 .drop_attachment = spec->drop_attachment,
				 .ctx = spec->ctx };
	return visits_new(&v);
}

static struct decrypt *make_decrypt(struct shard *s)
{
	struct decrypt_spec d = { .keys = s->spec.keys,
				  .is_live = s->spec.is_live,
				  .limits = DECRYPT_LIMITS_DEFAULT,
				  .sink = { .request = on_request,
					    .response = on_response,
					    .doh_answer = on_doh_answer,
					    .ctx = s } };
	return decrypt_new(&d);
}

static bool make_parts(struct shard *s)
{
	const struct shard_spec *p = &s->spec;
	struct flows_spec flows = { .capacity = p->flows_max,
				    .key = p->hash_key,
				    .sides = s->sides,
				    .ended = shard_flow_ended,
				    .ctx = s };

	s->hosts = hosts_new(shard_hosts_max(p), p->hash_key);
	s->flows = flows_new(&flows);
	s->dns = dnscache_new(p->dns_max, p->hash_key, p->know);
	s->dnstcp = dnstcp_new(DNS_CONNS_MAX, p->hash_key);
	s->message = malloc(sizeof(*s->message));
	s->visits = make_visits(s);
	s->decrypt = make_decrypt(s);
	if (!intake_init(&s->intake, p->fragments_max, p->hash_key) || !s->hosts || !s->flows || !s->dns ||
	    !s->dnstcp || !s->message || !s->visits || !s->decrypt)
		return false;
	struct naming_spec naming = { .pool = p->cold_max,
				      .key = p->hash_key,
				      .dns = s->dns,
				      .hosts = s->hosts,
				      .flows = s->flows,
				      .dpi = p->dpi,
				      .told = on_named,
				      .is_read = on_is_read,
				      .ctx = s };
	s->naming = naming_new(&naming);
	s->bursts = bursts_new(s->flows, p->flows_max, s->visits, p->is_live);
	s->follow = follow_new(s->decrypt, s->hosts,
			       p->flows_max < FOLLOWED_MAX ? p->flows_max : FOLLOWED_MAX, p->hash_key);
	return s->naming && s->bursts && s->follow;
}

struct shard *shard_new(const struct shard_spec *spec)
{
	struct shard *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->spec = *spec;
	s->sides = (struct side_spec){ spec->home, spec->n_home };
	if (!make_parts(s)) {
		shard_free(s);
		return NULL;
	}
	return s;
}

void shard_free(struct shard *s)
{
	if (!s)
		return;
	follow_free(s->follow); /* before what its requests are told to */
	decrypt_free(s->decrypt);
	naming_free(s->naming);
	bursts_free(s->bursts);
	visits_free(s->visits);
	flows_free(s->flows);
	dnstcp_free(s->dnstcp);
	dnscache_free(s->dns);
	hosts_free(s->hosts);
	intake_fini(&s->intake);
	free(s->message);
	free(s);
}

/* ---- counting ---- */

static void add_u64s(void *to, const void *from, size_t size)
{
	uint64_t *sum = to;
	const uint64_t *more = from;
	for (size_t i = 0; i < size / sizeof(*sum); i++)
		sum[i] += more[i];
}

void shard_memory(const struct shard *s, struct visits_memory *ret_memory)
{
	visits_memory(s->visits, ret_memory);
}

void shard_add_counts(const struct shard *s, struct shard_counts *counts)
{
	struct naming_counts naming = { 0 };
	struct follow_counts follow = { 0 };
	struct visits_counts visits = { 0 };

	add_u64s(counts, &s->counts,
		 sizeof(*counts)); /* every field is a uint64_t; parts not kept in it are 0 */
	intake_add_counts(&s->intake, counts);
	naming_add_counts(s->naming, &naming);
	follow_add_counts(s->follow, &follow);
	visits_counts(s->visits, &visits);
	counts->evicted_flows += flows_evicted(s->flows);
	counts->evicted_cold += naming.evicted;
	counts->evicted_dns += dnscache_evicted(s->dns);
	counts->evicted_dns_clients += dnscache_evicted_clients(s->dns);
	counts->evicted_ech += dnscache_evicted_ech(s->dns) + naming.evicted_ech;
	counts->evicted_dnstcp += dnstcp_evicted(s->dnstcp);
	counts->evicted_hosts += hosts_evicted(s->hosts);
	counts->evicted_followed += follow.evicted;
	counts->stream_gaps += follow.gaps;
	counts->stream_refused += follow.refused;
	counts->bad_tls += naming.bad_tls;
	counts->bad_quic += naming.bad_quic;
	counts->bad_http += naming.bad_http;
	counts->dpi_asked += naming.dpi_asked;
	add_u64s(&counts->visits, &visits, sizeof(visits));
	add_u64s(&counts->decrypt, decrypt_counts(s->decrypt), sizeof(counts->decrypt));
}
