#include "decrypt/decrypt.h"

#include <stdlib.h>

#include "decrypt/http1_conn.h"
#include "decrypt/http2.h"
#include "decrypt/quic_conn.h"
#include "decrypt/shared.h"
#include "decrypt/tls_conn.h"

struct decrypt {
	struct shared shared;
	struct quic_table *quic; /* from the first datagram on */
};

struct decrypt_conn {
	struct decrypt *decrypt;
	struct decrypt_flow flow;
	struct http1_conn *http1;
	struct http2_conn *http2;
	struct tls_conn *tls; /* itself, or within an HTTP/1 tunnel */
};

struct decrypt *decrypt_new(const struct decrypt_spec *spec)
{
	struct decrypt *d = calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	d->shared.keys = spec->keys;
	d->shared.is_live = spec->is_live;
	d->shared.teller = teller_new(&spec->sink, &spec->limits);
	d->shared.crypto = crypto_new();
	d->shared.trials = trials_new();
	if (!d->shared.teller || !d->shared.crypto || !d->shared.trials) {
		decrypt_free(d);
		return NULL;
	}
	return d;
}

void decrypt_free(struct decrypt *d)
{
	if (!d)
		return;
	quic_table_free(d->quic);
	teller_free(d->shared.teller);
	crypto_free(d->shared.crypto);
	trials_free(d->shared.trials);
	free(d);
}

const struct decrypt_counts *decrypt_counts(const struct decrypt *d)
{
	return teller_counts(d->shared.teller);
}

bool decrypt_wants(const struct decrypt *d, enum decrypt_kind kind)
{
	if (kind == DECRYPT_HTTP1 || kind == DECRYPT_HTTP2)
		return true;
	return d->shared.keys && (d->shared.is_live || keylog_count(d->shared.keys));
}

static bool may_try(const struct decrypt *d, const struct decrypt_flow *flow)
{
	struct trial_share share = trials_share(flow);
	return d->shared.is_live || shared_may_try(&d->shared, flow, &share);
}

bool decrypt_may_read(const struct decrypt *d, const struct decrypt_flow *flow, struct bytes first)
{
	enum { TYPE_AT = 5, CLIENT_HELLO = 1, RANDOM_AT = 11 };
	if (may_try(d, flow))
		return true;
	if (!first.len)
		return false;
	return first.len < RANDOM_AT + RANDOM_LEN || first.at[TYPE_AT] != CLIENT_HELLO ||
	       keylog_has(d->shared.keys, first.at + RANDOM_AT);
}

bool decrypt_may_read_hello(const struct decrypt *d, const struct decrypt_flow *flow, struct bytes random,
			    bool has_ech)
{
	return random.len != RANDOM_LEN || keylog_has(d->shared.keys, random.at) ||
	       (has_ech && may_try(d, flow)) || d->shared.is_live;
}

static void tunnel_data(void *ctx, enum way w, struct bytes data, struct when at)
{
	struct decrypt_conn *c = ctx;
	if (!c->tls && decrypt_wants(c->decrypt, DECRYPT_TLS))
		c->tls = tls_conn_new(&c->decrypt->shared, &c->flow);
	if (c->tls)
		tls_conn_data(c->tls, w, data, at);
}

static void tunnel_gap(void *ctx, enum way w, uint64_t lost)
{
	struct decrypt_conn *c = ctx;
	if (c->tls)
		tls_conn_gap(c->tls, w, lost);
}

struct decrypt_conn *decrypt_conn_new(struct decrypt *d, const struct decrypt_flow *flow,
				      enum decrypt_kind kind, bool is_mid)
{
	struct teller *t = d->shared.teller;
	struct decrypt_conn *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->decrypt = d;
	c->flow = *flow;
	struct http1_tunnel tunnel = { .data = tunnel_data, .gap = tunnel_gap, .ctx = c };
	if (kind == DECRYPT_HTTP1)
		c->http1 = http1_conn_new(t, flow->id, false, NULL, &tunnel);
	else if (kind == DECRYPT_HTTP2)
		c->http2 = http2_conn_new(t, flow->id, false, NULL);
	else if (kind == DECRYPT_TLS)
		c->tls = tls_conn_new(&d->shared, flow);
	if (!c->http1 && !c->http2 && !c->tls) {
		decrypt_conn_free(c);
		return NULL;
	}
	for (int w = 0; is_mid && w < WAY_COUNT; w++)
		decrypt_conn_gap(c, (enum way)w, 0, (struct when){ 0 });
	return c;
}

void decrypt_conn_data(struct decrypt_conn *c, enum way w, struct bytes data, struct when at)
{
	if (c->http1)
		http1_conn_data(c->http1, w, data, at, false);
	else if (c->http2)
		http2_conn_data(c->http2, w, data, at, false);
	else
		tls_conn_data(c->tls, w, data, at);
}

void decrypt_conn_gap(struct decrypt_conn *c, enum way w, uint64_t lost, struct when at)
{
	(void)at;
	if (c->http1)
		http1_conn_gap(c->http1, w, lost);
	else if (c->http2)
		http2_conn_gap(c->http2, w, lost);
	else
		tls_conn_gap(c->tls, w, lost);
}

void decrypt_conn_end(struct decrypt_conn *c, enum way w, struct when at)
{
	if (c->http1)
		http1_conn_end(c->http1, w, at);
	if (c->tls)
		tls_conn_end(c->tls, w, at);
}

void decrypt_conn_free(struct decrypt_conn *c)
{
	if (!c)
		return;
	tls_conn_free(c->tls);
	http1_conn_free(c->http1);
	http2_conn_free(c->http2);
	free(c);
}

bool decrypt_conn_is_done(const struct decrypt_conn *c)
{
	if (c->tls)
		return tls_conn_is_done(c->tls);
	if (!c->http1)
		return false;
	enum http1_state s = http1_conn_state(c->http1);
	return s == HTTP1_NOT || (s == HTTP1_TUNNEL && !decrypt_wants(c->decrypt, DECRYPT_TLS));
}

bool decrypt_datagram(struct decrypt *d, const struct decrypt_flow *flow, enum way w, struct bytes datagram,
		      struct when at)
{
	if (!d->quic && decrypt_wants(d, DECRYPT_QUIC))
		d->quic = quic_table_new(&d->shared);
	return d->quic && quic_datagram(d->quic, flow, w, datagram, at);
}

void decrypt_datagram_end(struct decrypt *d, uint64_t flow)
{
	if (d->quic)
		quic_flow_end(d->quic, flow);
}

void decrypt_tick(struct decrypt *d, int64_t now_ns)
{
	tls_tick(&d->shared, now_ns);
	if (d->quic)
		quic_tick(d->quic, now_ns);
}
