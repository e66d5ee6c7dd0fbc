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

struct cold *naming_keep(struct naming *n, struct flow *f, const struct flow_info *info)
{
	struct cold *c = naming_pool_of(&n->pool, f);
	if (c)
		return c;
	if (naming_pool_is_full(&n->pool))
		evict(n);
	return naming_pool_take(&n->pool, f, flows_index(n->spec.flows, f), info);
}

/* ---- telling ---- */

void naming_info_of(const struct naming *n, const struct flow *f, struct flow_info *info)
{
	*info = (struct flow_info){
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
	memcpy(info->client_mac, f->mac, sizeof(info->client_mac));
}

void naming_tell_info(struct naming *n, struct flow *f, struct flow_info *info)
{
	reading_finish(n->reading, info);
	f->app = (unsigned)info->app & 7u;
	f->named_by = (unsigned)info->named_by & 7u;
	f->unnamed = (unsigned)info->unnamed & 15u;
	n->spec.told(n->spec.ctx, f, info);
	f->is_told = 1;
}

/* returns: may its requests be read? Then the info is kept. */
static bool end_search(struct naming *n, struct flow *f, const struct flow_info *info,
		       const struct client_hello *hello)
{
	f->is_settled = 1;
	return n->spec.is_read && n->spec.is_read(n->spec.ctx, f, info->app, hello);
}

static void keep_for_requests(struct naming *n, struct flow *f, const struct flow_info *info, bool is_read)
{
	if (is_read)
		naming_pool_empty(&n->pool, naming_keep(n, f, info));
	else
		naming_pool_drop(&n->pool, f);
}

void naming_settle(struct naming *n, struct flow *f, struct flow_info *info, const struct client_hello *hello)
{
	bool is_read = end_search(n, f, info, hello);
	naming_tell_info(n, f, info);
	keep_for_requests(n, f, info, is_read);
}

void naming_leave(struct naming *n, struct flow *f, struct flow_info *info)
{
	bool is_read = end_search(n, f, info, NULL);
	if (info->host.len)
		naming_tell_info(n, f, info);
	keep_for_requests(n, f, info, is_read);
}

void naming_give_up(struct naming *n, struct flow *f, struct flow_info *info, enum unnamed cause)
{
	if (!info->host.len)
		info->unnamed = cause;
	naming_settle(n, f, info, NULL);
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
	struct flow_info info;
	if (f->is_told)
		return;
	const struct cold *c = naming_pool_of(&n->pool, f);
	if (c) {
		info = c->info;
		if (!info.host.len) /* the first part of a hello may have named it */
			info.unnamed = naming_cause_of(f, c);
	} else {
		naming_info_of(n, f, &info);
	}
	naming_tell_info(n, f, &info);
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
	struct flow_info plain, *info = c ? &c->info : &plain;
	bool is_outer = r->has_inner_hello && (f->named_by == NAMED_SNI || f->named_by == NAMED_QUIC);
	bool is_better = f->named_by == NAMED_NONE || f->named_by == NAMED_DNS || is_outer;
	if (!r->host.len || !is_better || addr_parse(r->host.text, &address))
		return; /* an address is no name */
	if (!c) {       /* its hello was not seen: there was nothing to keep */
		naming_info_of(n, f, info);
		info->app = f->proto != IPPROTO_TCP ? APP_QUIC : r->is_secure ? APP_TLS : APP_HTTP;
	}
	if (is_outer) {
		info->ech = ECH_REAL;
		info->outer_host = info->host;
	}
	info->host = r->host;
	info->operator_host = (struct hostname){ 0 }; /* of the name before, as is the answer */
	info->dns_frame = 0;
	info->named_by = NAMED_REQUEST;
	info->name_conf = 1;
	info->unnamed = UNNAMED_NOT;
	info->hello_ns = r->ts_ns;
	info->hello_frame = r->frame;
	naming_tell_info(n, f, info);
}

const struct hostname *naming_asked(const struct naming *n, const struct flow *f)
{
	bool is_asked = f->named_by == NAMED_SNI || f->named_by == NAMED_QUIC || f->named_by == NAMED_REQUEST;
	const struct cold *c = naming_pool_of(&n->pool, f);
	return is_asked && c ? &c->info.host : NULL;
}

void naming_end(struct naming *n, struct flow *f)
{
	struct cold *c = naming_pool_of(&n->pool, f);
	if (c && !f->is_settled && !f->is_told)
		naming_give_up(n, f, &c->info, naming_cause_of(f, c));
	else if (c && !f->is_settled && c->is_overtaken)
		naming_leave(n, f, &c->info);
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
