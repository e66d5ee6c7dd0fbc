#include "track/naming.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "track/dpi.h"
#include "track/naming_read.h"
#include "track/stream.h"

enum {
	DOWN_MAX = 3, /* segments of the server after which a hole in the hello will not be filled any more */
	TRIES_MAX = 24, /* segments of the client that are looked at */
	PIECES_PER_PLACE =
	    512,          /* bytes that a place of the pool may take for pieces of hellos, in the mean */
	DPI_BYTES = 1024, /* of a flow that libndpi looks at */
};

/* What is kept of a flow until it is settled. */
struct cold {
	struct flow_info info;
	uint32_t flow;         /* its index */
	uint32_t older, newer; /* FLOW_NONE: none */
	uint8_t n_up, n_down;
	bool is_cut;
	struct stream up;
	struct quic_crypto crypto;
	struct dpi_flow *dpi;
	size_t n_pieces; /* as counted in the naming */
};

struct naming {
	struct naming_spec spec;
	struct reading *reading;
	struct dpi *dpi;
	struct cold *pool;
	uint32_t n_used, free, oldest, newest;
	size_t n_pieces;       /* bytes of hellos that wait for the rest, of the whole pool */
	struct flow_info info; /* of a flow that needs no place in the pool */
	struct quic_crypto crypto;
	struct naming_counts counts;
};

struct naming *naming_new(const struct naming_spec *spec)
{
	struct naming *n = calloc(1, sizeof(*n));
	if (!n)
		return NULL;
	n->spec = *spec;
	n->free = n->oldest = n->newest = FLOW_NONE;
	n->reading = reading_new(spec->dns, spec->key);
	n->pool = calloc(spec->pool, sizeof(*n->pool));
	n->dpi = spec->dpi ? dpi_new() : NULL;
	if (!n->reading || !n->pool) {
		naming_free(n);
		return NULL;
	}
	return n;
}

/* ---- the pool ---- */

static size_t pieces_of(const struct cold *c)
{
	return c->up.capacity + c->crypto.capacity + (c->dpi ? DPI_BYTES : 0);
}

static void cold_fini(struct naming *n, struct cold *c)
{
	n->n_pieces -= c->n_pieces;
	c->n_pieces = 0;
	stream_fini(&c->up);
	quic_crypto_fini(&c->crypto);
	if (c->dpi)
		dpi_flow_free(n->dpi, c->dpi);
	c->dpi = NULL;
}

static void cold_drop(struct naming *n, struct flow *f)
{
	uint32_t i = f->cold;
	if (i == FLOW_NONE)
		return;
	struct cold *c = &n->pool[i];
	cold_fini(n, c);
	*(c->newer == FLOW_NONE ? &n->newest : &n->pool[c->newer].older) = c->older;
	*(c->older == FLOW_NONE ? &n->oldest : &n->pool[c->older].newer) = c->newer;
	c->newer = n->free;
	n->free = i;
	f->cold = FLOW_NONE;
}

void naming_free(struct naming *n)
{
	if (!n)
		return;
	for (uint32_t i = n->oldest; i != FLOW_NONE; i = n->pool[i].newer)
		cold_fini(n, &n->pool[i]);
	quic_crypto_fini(&n->crypto);
	free(n->pool);
	dpi_free(n->dpi);
	reading_free(n->reading);
	free(n);
}

/* The flow's place; the oldest flow in the pool makes room if need be. */
static struct cold *cold_new(struct naming *n, struct flow *f, const struct flow_info *info)
{
	if (n->free == FLOW_NONE && n->n_used == n->spec.pool) {
		struct flow *old = flows_at(n->spec.flows, n->pool[n->oldest].flow);
		n->counts.evicted++;
		naming_end(n, old);
	}
	uint32_t i = n->free;
	if (i == FLOW_NONE)
		i = n->n_used++;
	else
		n->free = n->pool[i].newer;
	struct cold *c = &n->pool[i];
	memset(c, 0, sizeof(*c));
	c->info = *info;
	c->flow = flows_index(n->spec.flows, f);
	c->newer = FLOW_NONE;
	c->older = n->newest;
	*(n->newest == FLOW_NONE ? &n->oldest : &n->pool[n->newest].newer) = i;
	n->newest = i;
	f->cold = i;
	return c;
}

/* ---- telling ---- */

static void info_of(const struct naming *n, const struct flow *f, struct flow_info *info)
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

static void tell(struct naming *n, struct flow *f, struct flow_info *info)
{
	reading_finish(n->reading, info);
	f->app = (unsigned)info->app & 7u;
	f->named_by = (unsigned)info->named_by & 7u;
	f->unnamed = (unsigned)info->unnamed & 15u;
	n->spec.told(n->spec.ctx, f, info);
	f->is_told = 1;
}

/* The last word, but for requests that may be read later. hello: the flow's, if it was read just now; or
 * NULL. */
static void settle(struct naming *n, struct flow *f, struct flow_info *info, const struct client_hello *hello)
{
	bool is_read = n->spec.is_read && n->spec.is_read(n->spec.ctx, f, info->app, hello);
	f->is_settled = 1;
	tell(n, f, info);
	if (!is_read) {
		cold_drop(n, f);
		return;
	}
	cold_fini(n, f->cold == FLOW_NONE ? cold_new(n, f, info) : &n->pool[f->cold]);
}

/* Nothing was found, and nothing will be. */
static void give_up(struct naming *n, struct flow *f, struct flow_info *info, enum unnamed cause)
{
	if (!info->host.len)
		info->unnamed = cause;
	settle(n, f, info, NULL);
}

static enum unnamed cause_of(const struct flow *f, const struct cold *c)
{
	if (f->app != APP_TLS && f->app != APP_QUIC && f->app != APP_HTTP)
		return UNNAMED_NOT_WEB;
	if (c->is_cut)
		return UNNAMED_TRUNCATED;
	return f->proto == IPPROTO_TCP && !f->has_syn ? UNNAMED_MID_FLOW : UNNAMED_LOST;
}

/* ---- what no parser of ours knows ---- */

static bool is_web_port(uint16_t port)
{
	return port == 443 || port == 80 || port == 8443 || port == 8080;
}

/* A record of TLS or a packet of QUIC from the middle of a connection that began before the capture. */
static bool is_middle(const struct flow *f, struct bytes b)
{
	if (f->proto == IPPROTO_TCP)
		return !f->has_syn && b.len >= 3 &&
		       ((b.at[0] >= 0x14 && b.at[0] <= 0x17 && b.at[1] == 3) ||
			is_web_port(flow_server_port(f)));
	return flow_server_port(f) == 443 && b.len >= 1 && (b.at[0] & 0xc0) == 0x40;
}

static void ask_dpi(struct naming *n, struct flow *f, const struct segment *g)
{
	struct cold *c = &n->pool[f->cold];
	if (dpi_segment(n->dpi, c->dpi, g, &c->info))
		give_up(n, f, &c->info, UNNAMED_NOT_WEB);
}

static void unknown(struct naming *n, struct flow *f, struct flow_info *info, const struct segment *g)
{
	struct cold *c = f->cold == FLOW_NONE ? NULL : &n->pool[f->cold];
	if (is_middle(f, g->payload)) {
		info->app = f->proto == IPPROTO_TCP ? APP_TLS : APP_QUIC;
		info->is_complete = false;
		give_up(n, f, info, UNNAMED_MID_FLOW);
		return;
	}
	info->app = APP_OTHER;
	f->app = APP_OTHER;
	if (n->dpi && !c)
		c = cold_new(n, f, info);
	if (n->dpi && c && (c->dpi = dpi_flow_new(n->dpi))) {
		n->counts.dpi_asked++;
		ask_dpi(n, f, g);
		return;
	}
	give_up(n, f, info, UNNAMED_NOT_WEB);
}

/* ---- TCP ---- */

/* The tunnel of a proxy is open: the hello in it names the flow better. */
static void look_into_tunnel(struct naming *n, struct flow *f, struct flow_info *info, struct stream *up,
			     struct bytes stream, size_t used)
{
	tell(n, f, info);
	struct cold *c = f->cold == FLOW_NONE ? cold_new(n, f, info) : &n->pool[f->cold];
	if (up) {
		stream_skip(up, used);
	} else {
		stream_begin(&c->up, f->seq + (uint32_t)used);
		stream_add(&c->up, f->seq + (uint32_t)used,
			   (struct bytes){ stream.at + used, stream.len - used });
	}
}

static bool is_connect(struct bytes stream)
{
	return stream.len >= 8 && memcmp(stream.at, "CONNECT ", 8) == 0;
}

static void count_bad(struct naming *n, enum app app)
{
	n->counts.bad_tls += app == APP_TLS;
	n->counts.bad_http += app == APP_HTTP;
}

/* Reads what there is of the stream. returns: false if more is needed. */
static bool read_stream(struct naming *n, struct flow *f, struct flow_info *info, struct stream *up,
			struct bytes stream, const struct segment *g)
{
	size_t used;
	bool was_http = f->is_told && info->app == APP_HTTP;
	enum parse p = reading_stream(n->reading, stream, g->is_cut, info, &used);
	f->app = (unsigned)info->app & 7u;
	if (p == PARSE_MORE)
		return false;
	if (p == PARSE_BAD) {
		count_bad(n, info->app);
		if (was_http) /* the tunnel carries something else */
			give_up(n, f, info, UNNAMED_NOT_WEB);
		else
			unknown(n, f, info, g);
		return true;
	}
	if (is_connect(stream) && info->host.len)
		look_into_tunnel(n, f, info, up, stream, used);
	else
		settle(n, f, info, reading_hello(n->reading));
	return true;
}

static void tcp_later(struct naming *n, struct flow *f, const struct segment *g)
{
	struct cold *c = &n->pool[f->cold];
	bool ok = stream_add(&c->up, segment_seq(g), g->payload);
	struct bytes head = stream_head(&c->up);
	c->is_cut |= g->is_cut;
	if (head.len && read_stream(n, f, &c->info, &c->up, head, g))
		return;
	if (!ok || c->is_cut || ++c->n_up >= TRIES_MAX)
		give_up(n, f, &c->info, cause_of(f, c));
}

static void tcp_first(struct naming *n, struct flow *f, const struct segment *g)
{
	info_of(n, f, &n->info);
	n->info.hello_ns = g->ts_ns;
	n->info.hello_frame = g->number;
	bool is_in_order = !f->has_syn || segment_seq(g) == f->seq;
	if (!f->has_syn)
		f->seq = segment_seq(g);
	if (is_in_order && read_stream(n, f, &n->info, NULL, g->payload, g))
		return;
	struct cold *c = cold_new(n, f, &n->info);
	if (f->has_syn)
		stream_begin(&c->up, f->seq);
	c->is_cut = g->is_cut;
	if (!stream_add(&c->up, segment_seq(g), g->payload) || c->is_cut)
		give_up(n, f, &c->info, cause_of(f, c));
}

/* ---- UDP ---- */

static void udp_segment(struct naming *n, struct flow *f, const struct segment *g)
{
	struct cold *c = f->cold == FLOW_NONE ? NULL : &n->pool[f->cold];
	struct flow_info *info = c ? &c->info : &n->info;
	struct quic_crypto *crypto = c ? &c->crypto : &n->crypto;
	if (!c) {
		info_of(n, f, info);
		info->hello_ns = g->ts_ns;
		info->hello_frame = g->number;
	}
	enum parse p = reading_datagram(n->reading, crypto, g->payload, info);
	f->app = (unsigned)info->app & 7u;
	if (p == PARSE_MORE) {
		if (!c) {
			c = cold_new(n, f, info);
			c->crypto = n->crypto;
			n->crypto = (struct quic_crypto){ 0 };
		}
		c->is_cut |= g->is_cut;
		if (c->is_cut || ++c->n_up >= TRIES_MAX)
			give_up(n, f, &c->info, cause_of(f, c));
		return;
	}
	if (p == PARSE_OK)
		settle(n, f, info, reading_hello(n->reading));
	else if (f->app == APP_QUIC &&
		 c) /* a short packet, or one that is broken, while the hello is not whole */
		c->n_up++;
	else
		unknown(n, f, info, g);
	quic_crypto_fini(&n->crypto);
	n->crypto = (struct quic_crypto){ 0 };
}

/* ---- what is called from outside ---- */

/* The hello came from the end that was taken for the server: it is the client then, if no SYN said otherwise.
 */
static bool turn_if_hello(struct flow *f, const struct segment *g)
{
	struct quic_header h;
	bool is_hello = f->proto == IPPROTO_TCP
			    ? !f->has_syn && g->payload.len > 5 && reading_guess(g->payload) == APP_TLS &&
				  g->payload.at[5] == 1
			    : f->app == APP_UNKNOWN && g->payload.len >= 1200 &&
				  quic_header(g->payload, &h) == PARSE_OK && h.type == QUIC_INITIAL &&
				  f->packets[WAY_UP] == 0;
	if (is_hello)
		flow_turn(f, g);
	return is_hello;
}

static void down_segment(struct naming *n, struct flow *f, const struct segment *g)
{
	struct cold *c = f->cold == FLOW_NONE ? NULL : &n->pool[f->cold];
	if (!c)
		return;
	if (c->dpi) {
		ask_dpi(n, f, g);
		return;
	}
	c->n_down++;
	if (!f->is_told && f->proto == IPPROTO_TCP && c->n_down >= DOWN_MAX)
		give_up(n, f, &c->info, cause_of(f, c));
}

/* Counts what this flow has come to take; the oldest of the pool make room if it is too much. */
static void count_pieces(struct naming *n, const struct flow *f)
{
	if (f->cold == FLOW_NONE)
		return;
	struct cold *c = &n->pool[f->cold];
	n->n_pieces += pieces_of(c) - c->n_pieces;
	c->n_pieces = pieces_of(c);
	while (n->n_pieces > (size_t)n->spec.pool * PIECES_PER_PLACE && n->oldest != f->cold) {
		n->counts.evicted++;
		naming_end(n, flows_at(n->spec.flows, n->pool[n->oldest].flow));
	}
}

enum way naming_segment(struct naming *n, struct flow *f, const struct segment *g, enum way way)
{
	if (way == WAY_DOWN && f->cold == FLOW_NONE && !f->is_told && turn_if_hello(f, g))
		way = WAY_UP;
	if (way == WAY_DOWN)
		down_segment(n, f, g);
	else if (f->cold != FLOW_NONE && n->pool[f->cold].dpi)
		ask_dpi(n, f, g);
	else if (f->proto == IPPROTO_UDP)
		udp_segment(n, f, g);
	else if (f->cold != FLOW_NONE)
		tcp_later(n, f, g);
	else
		tcp_first(n, f, g);
	count_pieces(n, f);
	return way;
}

void naming_tell(struct naming *n, struct flow *f)
{
	struct flow_info info;
	if (f->is_told)
		return;
	if (f->cold != FLOW_NONE) {
		struct cold *c = &n->pool[f->cold];
		info = c->info;
		if (!info.host.len) /* the first part of a hello may have named it */
			info.unnamed = cause_of(f, c);
	} else {
		info_of(n, f, &info);
	}
	tell(n, f, &info);
}

void naming_unread(struct naming *n, struct flow *f)
{
	if (f->is_settled)
		cold_drop(n, f);
}

void naming_request(struct naming *n, struct flow *f, const struct request *r)
{
	struct addr address;
	struct flow_info plain, *info = f->cold == FLOW_NONE ? &plain : &n->pool[f->cold].info;
	bool is_outer = r->has_inner_hello && (f->named_by == NAMED_SNI || f->named_by == NAMED_QUIC);
	bool is_better = f->named_by == NAMED_NONE || f->named_by == NAMED_DNS || is_outer;
	if (!r->host.len || !is_better || addr_parse(r->host.text, &address))
		return;             /* an address is no name */
	if (f->cold == FLOW_NONE) { /* its hello was not seen: there was nothing to keep */
		info_of(n, f, info);
		info->app = f->proto != IPPROTO_TCP ? APP_QUIC : r->is_secure ? APP_TLS : APP_HTTP;
	}
	if (is_outer) {
		info->ech = ECH_REAL;
		info->outer_host = info->host;
	}
	info->host = r->host;
	info->named_by = NAMED_REQUEST;
	info->name_conf = 1;
	info->unnamed = UNNAMED_NOT;
	info->hello_ns = r->ts_ns;
	info->hello_frame = r->frame;
	tell(n, f, info);
}

const struct hostname *naming_asked(const struct naming *n, const struct flow *f)
{
	bool is_asked = f->named_by == NAMED_SNI || f->named_by == NAMED_QUIC || f->named_by == NAMED_REQUEST;
	return is_asked && f->cold != FLOW_NONE ? &n->pool[f->cold].info.host : NULL;
}

void naming_end(struct naming *n, struct flow *f)
{
	if (f->cold != FLOW_NONE && !f->is_settled && !f->is_told)
		give_up(n, f, &n->pool[f->cold].info, cause_of(f, &n->pool[f->cold]));
	f->is_settled = 1;
	cold_drop(n, f);
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
