#include "decrypt/decrypt.h"

#include <stdlib.h>

#include "decrypt/http1_conn.h"
#include "decrypt/http2.h"

struct decrypt {
	struct decrypt_spec spec;
	struct teller *teller;
};

struct decrypt_conn {
	struct decrypt *decrypt;
	enum decrypt_kind kind;
	struct http1_conn *http1;
	struct http2_conn *http2;
};

struct decrypt *decrypt_new(const struct decrypt_spec *spec)
{
	struct decrypt *d = calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	d->spec = *spec;
	d->teller = teller_new(&spec->sink, &spec->limits);
	if (!d->teller) {
		decrypt_free(d);
		return NULL;
	}
	return d;
}

void decrypt_free(struct decrypt *d)
{
	if (!d)
		return;
	teller_free(d->teller);
	free(d);
}

const struct decrypt_counts *decrypt_counts(const struct decrypt *d)
{
	return teller_counts(d->teller);
}

bool decrypt_wants(const struct decrypt *d, enum decrypt_kind kind)
{
	(void)d;
	return kind == DECRYPT_HTTP1 || kind == DECRYPT_HTTP2;
}

struct decrypt_conn *decrypt_conn_new(struct decrypt *d, uint64_t flow, enum decrypt_kind kind, bool is_mid)
{
	struct decrypt_conn *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->decrypt = d;
	c->kind = kind;
	if (kind == DECRYPT_HTTP1)
		c->http1 = http1_conn_new(d->teller, flow, false, NULL, NULL);
	else if (kind == DECRYPT_HTTP2)
		c->http2 = http2_conn_new(d->teller, flow, false, NULL);
	if (!c->http1 && !c->http2) {
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
}

void decrypt_conn_gap(struct decrypt_conn *c, enum way w, uint64_t lost, struct when at)
{
	(void)at;
	if (c->http1)
		http1_conn_gap(c->http1, w, lost);
	else if (c->http2)
		http2_conn_gap(c->http2, w, lost);
}

void decrypt_conn_end(struct decrypt_conn *c, enum way w, struct when at)
{
	if (c->http1)
		http1_conn_end(c->http1, w, at);
}

void decrypt_conn_free(struct decrypt_conn *c)
{
	if (!c)
		return;
	http1_conn_free(c->http1);
	http2_conn_free(c->http2);
	free(c);
}

bool decrypt_conn_is_done(const struct decrypt_conn *c)
{
	if (!c->http1)
		return false;
	enum http1_state s = http1_conn_state(c->http1);
	return s == HTTP1_NOT || s == HTTP1_TUNNEL;
}

void decrypt_datagram(struct decrypt *d, uint64_t flow, enum way w, struct bytes datagram, struct when at)
{
	(void)d, (void)flow, (void)w, (void)datagram, (void)at;
}

void decrypt_datagram_end(struct decrypt *d, uint64_t flow)
{
	(void)d, (void)flow;
}

void decrypt_tick(struct decrypt *d, int64_t now_ns)
{
	(void)d, (void)now_ns;
}
