#include <netinet/in.h>
#include <string.h>

#include "track/naming_parts.h"

enum {
	DOWN_MAX = 3, /* segments of the server after which a hole in the hello will not be filled any more */
	TRIES_MAX = 24,    /* segments of the client that are looked at */
	OVERTAKEN_MAX = 8, /* segments of the client among which the first of its hello is waited for */
};

/* ---- what no parser of ours knows ---- */

static bool is_web_port(uint16_t port)
{
	return port == 443 || port == 80 || port == 8443 || port == 8080;
}

static bool is_record(struct bytes b)
{
	return b.len >= 3 && b.at[0] >= 0x14 && b.at[0] <= 0x17 && b.at[1] == 3;
}

static bool is_hello(struct bytes b)
{
	return b.len > 5 && reading_guess(b) == APP_TLS && b.at[5] == 1;
}

/* A record of TLS or a packet of QUIC from the middle of a connection that began before the capture. */
static bool is_middle(const struct flow *f, struct bytes b)
{
	if (f->proto == IPPROTO_TCP)
		return !f->has_syn && b.len >= 3 && (is_record(b) || is_web_port(flow_server_port(f)));
	return flow_server_port(f) == 443 && b.len >= 1 && (b.at[0] & 0xc0) == 0x40;
}

static void ask_dpi(struct naming *n, struct flow *f, const struct segment *g)
{
	struct cold *c = naming_pool_of(&n->pool, f);
	if (dpi_segment(n->dpi, c->dpi, g, &c->named.info))
		naming_give_up(n, f, &c->named, UNNAMED_NOT_WEB);
}

/* What began in the middle of a record may be the rest of a hello that overtook its first piece: that piece
 * proves it, since it lies before and begins with the hello. It is told as from the middle, which it mostly
 * is, and what of it is told stays as it is until then.
 */
static void wait_for_head(struct naming *n, struct flow *f, const struct named_flow *named,
			  const struct segment *g)
{
	struct named_flow told = *named;
	struct cold *c = naming_keep(n, f, named);
	naming_tell_info(n, f, &told);
	c->is_overtaken = stream_add(&c->up, segment_seq(g), g->payload);
	if (!c->is_overtaken)
		naming_leave(n, f, &c->named);
}

static void from_middle(struct naming *n, struct flow *f, struct named_flow *named, const struct segment *g)
{
	bool is_first = f->cold == FLOW_NONE;
	named->info.app = f->proto == IPPROTO_TCP ? APP_TLS : APP_QUIC;
	named->info.is_complete = false;
	if (is_first && f->proto == IPPROTO_TCP && !named->host.len && !is_record(g->payload) && !g->is_cut) {
		named->info.unnamed = UNNAMED_MID_FLOW;
		wait_for_head(n, f, named, g);
	} else {
		naming_give_up(n, f, named, UNNAMED_MID_FLOW);
	}
}

static void unknown(struct naming *n, struct flow *f, struct named_flow *named, const struct segment *g)
{
	struct cold *c = naming_pool_of(&n->pool, f);
	if (is_middle(f, g->payload)) {
		from_middle(n, f, named, g);
		return;
	}
	named->info.app = APP_OTHER;
	f->app = APP_OTHER;
	if (n->dpi)
		c = naming_keep(n, f, named);
	if (n->dpi && c && (c->dpi = dpi_flow_new(n->dpi))) {
		n->counts.dpi_asked++;
		ask_dpi(n, f, g);
		return;
	}
	naming_give_up(n, f, named, UNNAMED_NOT_WEB);
}

/* ---- TCP ---- */

/* The tunnel of a proxy is open: the hello in it names the flow better. */
static void look_into_tunnel(struct naming *n, struct flow *f, struct named_flow *named, struct stream *up,
			     struct bytes stream, size_t used)
{
	naming_tell_info(n, f, named);
	struct cold *c = naming_keep(n, f, named);
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
static bool read_stream(struct naming *n, struct flow *f, struct named_flow *named, struct stream *up,
			struct bytes stream, const struct segment *g)
{
	size_t used;
	bool was_http = f->is_told && named->info.app == APP_HTTP;
	enum parse p = reading_stream(n->reading, stream, g->is_cut, named, &used);
	f->app = (unsigned)named->info.app & 7u;
	if (p == PARSE_MORE)
		return false;
	if (p == PARSE_BAD) {
		count_bad(n, named->info.app);
		if (was_http) /* the tunnel carries something else */
			naming_give_up(n, f, named, UNNAMED_NOT_WEB);
		else
			unknown(n, f, named, g);
		return true;
	}
	if (is_connect(stream) && named->host.len)
		look_into_tunnel(n, f, named, up, stream, used);
	else
		naming_settle(n, f, named, reading_hello(n->reading));
	return true;
}

static void tcp_later(struct naming *n, struct flow *f, const struct segment *g)
{
	struct cold *c = naming_pool_of(&n->pool, f);
	bool ok = stream_add(&c->up, segment_seq(g), g->payload);
	struct bytes head = stream_head(&c->up);
	c->is_cut |= g->is_cut;
	c->n_up++;
	bool is_waiting = c->is_overtaken && !is_hello(head);
	if (!is_waiting && head.len && read_stream(n, f, &c->named, &c->up, head, g))
		return;
	if (ok && !c->is_cut && c->n_up < (is_waiting ? OVERTAKEN_MAX : TRIES_MAX))
		return;
	if (c->is_overtaken)
		naming_leave(n, f, &c->named);
	else
		naming_give_up(n, f, &c->named, naming_cause_of(f, c));
}

static void tcp_first(struct naming *n, struct flow *f, const struct segment *g)
{
	naming_info_of(n, f, &n->named);
	n->named.info.hello_ns = g->ts_ns;
	n->named.info.hello_frame = g->number;
	bool is_in_order = !f->has_syn || segment_seq(g) == f->seq;
	if (!f->has_syn)
		f->seq = segment_seq(g);
	if (is_in_order && read_stream(n, f, &n->named, NULL, g->payload, g))
		return;
	struct cold *c = naming_keep(n, f, &n->named);
	if (f->has_syn)
		stream_begin(&c->up, f->seq);
	c->is_cut = g->is_cut;
	if (!stream_add(&c->up, segment_seq(g), g->payload) || c->is_cut)
		naming_give_up(n, f, &c->named, naming_cause_of(f, c));
}

/* ---- UDP ---- */

static void udp_segment(struct naming *n, struct flow *f, const struct segment *g)
{
	struct cold *c = naming_pool_of(&n->pool, f);
	struct named_flow *named = c ? &c->named : &n->named;
	struct quic_crypto *crypto = c ? &c->crypto : &n->crypto;
	if (!c) {
		naming_info_of(n, f, named);
		named->info.hello_ns = g->ts_ns;
		named->info.hello_frame = g->number;
	}
	enum parse p = reading_datagram(n->reading, crypto, g->payload, named);
	f->app = (unsigned)named->info.app & 7u;
	if (p == PARSE_MORE) {
		if (!c) {
			c = naming_keep(n, f, named);
			c->crypto = n->crypto;
			n->crypto = (struct quic_crypto){ 0 };
		}
		c->is_cut |= g->is_cut;
		if (c->is_cut || ++c->n_up >= TRIES_MAX)
			naming_give_up(n, f, &c->named, naming_cause_of(f, c));
		return;
	}
	if (p == PARSE_OK)
		naming_settle(n, f, named, reading_hello(n->reading));
	else if (f->app == APP_QUIC &&
		 c) /* a short packet, or one that is broken, while the hello is not whole */
		c->n_up++;
	else
		unknown(n, f, named, g);
	quic_crypto_fini(&n->crypto);
	n->crypto = (struct quic_crypto){ 0 };
}

/* ---- which way, and whose ---- */

/* The hello came from the end that was taken for the server: it is the client then, if no SYN said otherwise.
 */
static bool turn_if_hello(struct flow *f, const struct segment *g)
{
	struct quic_header h;
	bool is_turned = f->proto == IPPROTO_TCP ? !f->has_syn && is_hello(g->payload)
						 : f->app == APP_UNKNOWN && g->payload.len >= 1200 &&
						       quic_header(g->payload, &h) == PARSE_OK &&
						       h.type == QUIC_INITIAL && f->packets[WAY_UP] == 0;
	if (is_turned)
		flow_turn(f, g);
	return is_turned;
}

static void down_segment(struct naming *n, struct flow *f, const struct segment *g)
{
	struct cold *c = naming_pool_of(&n->pool, f);
	if (!c)
		return;
	if (c->dpi) {
		ask_dpi(n, f, g);
		return;
	}
	c->n_down++;
	if (c->is_overtaken && c->n_down >= DOWN_MAX)
		naming_leave(n, f, &c->named);
	else if (!f->is_told && f->proto == IPPROTO_TCP && c->n_down >= DOWN_MAX)
		naming_give_up(n, f, &c->named, naming_cause_of(f, c));
}

enum way naming_read(struct naming *n, struct flow *f, const struct segment *g, enum way way)
{
	const struct cold *c = naming_pool_of(&n->pool, f);
	if (way == WAY_DOWN && !c && !f->is_told && turn_if_hello(f, g))
		way = WAY_UP;
	if (way == WAY_DOWN)
		down_segment(n, f, g);
	else if (c && c->dpi)
		ask_dpi(n, f, g);
	else if (f->proto == IPPROTO_UDP)
		udp_segment(n, f, g);
	else if (c)
		tcp_later(n, f, g);
	else
		tcp_first(n, f, g);
	return way;
}
