#include "track/naming.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "track/naming_parts.h"

struct naming *naming_new(const struct naming_spec *spec)
{
	struct naming *n = calloc(1, sizeof(*n));
	if (!n)
		return NULL;
	n->spec = *spec;
	n->reading = reading_new(spec->dns, spec->key);
	n->dpi = spec->dpi ? dpi_new() : NULL;
	if (!naming_pool_init(&n->pool, spec->pool, n->dpi) || !n->reading) {
		naming_free(n);
		return NULL;
	}
	return n;
}

void naming_free(struct naming *n)
{
	if (!n)
		return;
	naming_pool_fini(&n->pool);
	quic_crypto_fini(&n->crypto);
	dpi_free(n->dpi);
	reading_free(n->reading);
	free(n);
}

/* The oldest flow in the pool makes room. */
static void evict(struct naming *n)
{
	n->counts.evicted++;
	naming_end(n, flows_at(n->spec.flows, naming_pool_oldest(&n->pool)));
}

struct cold *naming_keep(struct naming *n, struct flow *f, const struct named_flow *named)
{
	struct cold *c = naming_pool_of(&n->pool, f);
	if (c)
		return c;
	if (naming_pool_is_full(&n->pool))
		evict(n);
	return naming_pool_take(&n->pool, f, flows_index(n->spec.flows, f), named);
}

/* ---- telling ---- */

void naming_info_of(const struct naming *n, const struct flow *f, struct named_flow *named)
{
	const struct flow_info info = {
		.id = f->id,
		.client = *flow_client(f),
		.server = *flow_server(f),
		.client_port = flow_client_port(f),
		.server_port = flow_server_port(f),
		.proto = (uint8_t)f->proto,
		.ttl = f->ttl,
		.input = f->input,
		.ip_id = f->ip_id,
		.has_tsval = f->has_tsval,
		.has_mac = f->has_mac,
		.tcp_tsval = f->tsval,
		.is_mac_shared = f->has_mac && hosts_is_shared(n->spec.hosts, f->mac),
		.start_ns = f->start_ns,
		.first_frame = f->first_frame,
		.is_complete = f->proto != IPPROTO_TCP || f->has_syn,
		.unnamed = UNNAMED_NOT_WEB,
	};
	*named = (struct named_flow){ .info = info };
	memcpy(named->info.client_mac, f->mac, sizeof(named->info.client_mac));
}

void naming_tell_info(struct naming *n, struct flow *f, struct named_flow *named)
{
	reading_finish(n->reading, named);
	f->app = (unsigned)named->info.app & 7u;
	f->named_by = (unsigned)named->info.named_by & 7u;
	f->unnamed = (unsigned)named->info.unnamed & 15u;
	n->spec.told(n->spec.ctx, f, named);
	f->is_told = 1;
}

/* returns: may its requests be read? Then the info is kept. */
static bool end_search(struct naming *n, struct flow *f, const struct named_flow *named,
		       const struct client_hello *hello)
{
	f->is_settled = 1;
	return n->spec.is_read && n->spec.is_read(n->spec.ctx, f, named->info.app, hello);
}

static void keep_for_requests(struct naming *n, struct flow *f, const struct named_flow *named, bool is_read)
{
	if (is_read)
		naming_pool_empty(&n->pool, naming_keep(n, f, named));
	else
		naming_pool_drop(&n->pool, f);
}

void naming_settle(struct naming *n, struct flow *f, struct named_flow *named,
		   const struct client_hello *hello)
{
	bool is_read = end_search(n, f, named, hello);
	naming_tell_info(n, f, named);
	keep_for_requests(n, f, named, is_read);
}

void naming_leave(struct naming *n, struct flow *f, struct named_flow *named)
{
	bool is_read = end_search(n, f, named, NULL);
	if (named->host.len)
		naming_tell_info(n, f, named);
	keep_for_requests(n, f, named, is_read);
}

void naming_give_up(struct naming *n, struct flow *f, struct named_flow *named, enum unnamed cause)
{
	if (!named->host.len)
		named->info.unnamed = cause;
	naming_settle(n, f, named, NULL);
}

enum unnamed naming_cause_of(const struct flow *f, const struct cold *c)
{
	if (f->app != APP_TLS && f->app != APP_QUIC && f->app != APP_HTTP)
		return UNNAMED_NOT_WEB;
	if (c->is_cut)
		return UNNAMED_TRUNCATED;
	return f->proto == IPPROTO_TCP && !f->has_syn ? UNNAMED_MID_FLOW : UNNAMED_LOST;
}

/* ---- what is called from outside ---- */

enum way naming_segment(struct naming *n, struct flow *f, const struct segment *g, enum way way)
{
	way = naming_read(n, f, g, way);
	struct cold *c = naming_pool_of(&n->pool, f);
	while (c && naming_pool_count(&n->pool, c) && n->pool.oldest != f->cold)
		evict(n);
	return way;
}

void naming_tell(struct naming *n, struct flow *f)
{
	struct named_flow named;
	if (f->is_told)
		return;
	const struct cold *c = naming_pool_of(&n->pool, f);
	if (c) {
		named = c->named;
		if (!named.host.len) /* the first part of a hello may have named it */
			named.info.unnamed = naming_cause_of(f, c);
	} else {
		naming_info_of(n, f, &named);
	}
	naming_tell_info(n, f, &named);
}

void naming_unread(struct naming *n, struct flow *f)
{
	if (f->is_settled)
		naming_pool_drop(&n->pool, f);
}

void naming_request(struct naming *n, struct flow *f, const struct request *r)
{
	struct addr address;
	struct cold *c = naming_pool_of(&n->pool, f);
	struct named_flow plain, *named = c ? &c->named : &plain;
	bool is_outer = r->has_inner_hello && (f->named_by == NAMED_SNI || f->named_by == NAMED_QUIC);
	bool is_better = f->named_by == NAMED_NONE || f->named_by == NAMED_DNS || is_outer;
	if (!r->host.len || !is_better || addr_parse(r->host.text, &address))
		return; /* an address is no name */
	if (!c) {       /* its hello was not seen: there was nothing to keep */
		naming_info_of(n, f, named);
		named->info.app = f->proto != IPPROTO_TCP ? APP_QUIC : r->is_secure ? APP_TLS : APP_HTTP;
	}
	if (is_outer) {
		named->info.ech = ECH_REAL;
		named->outer_host = named->host;
	}
	named->host = r->host;
	named->operator_host = (struct hostname){ 0 }; /* of the name before, as is the answer */
	named->info.dns_frame = 0;
	named->info.named_by = NAMED_REQUEST;
	named->info.name_conf = 1;
	named->info.unnamed = UNNAMED_NOT;
	named->info.hello_ns = r->ts_ns;
	named->info.hello_frame = r->frame;
	naming_tell_info(n, f, named);
}

const struct hostname *naming_asked(const struct naming *n, const struct flow *f)
{
	bool is_asked = f->named_by == NAMED_SNI || f->named_by == NAMED_QUIC || f->named_by == NAMED_REQUEST;
	const struct cold *c = naming_pool_of(&n->pool, f);
	return is_asked && c ? &c->named.host : NULL;
}

void naming_end(struct naming *n, struct flow *f)
{
	struct cold *c = naming_pool_of(&n->pool, f);
	if (c && !f->is_settled && !f->is_told)
		naming_give_up(n, f, &c->named, naming_cause_of(f, c));
	else if (c && !f->is_settled && c->is_overtaken)
		naming_leave(n, f, &c->named);
	f->is_settled = 1;
	naming_pool_drop(&n->pool, f);
}

void naming_add_counts(const struct naming *n, struct naming_counts *counts)
{
	counts->evicted += n->counts.evicted;
	counts->evicted_ech += reading_evicted_ech(n->reading);
	counts->bad_tls += n->counts.bad_tls;
	counts->bad_quic += n->counts.bad_quic;
	counts->bad_http += n->counts.bad_http;
	counts->dpi_asked += n->counts.dpi_asked;
}
