/* Handshake messages of TLS: what they change. */
#include <string.h>

#include "decrypt/tls_parts.h"
#include "wire/tls.h"

enum {
	MESSAGE_CLIENT_HELLO = 1,
	MESSAGE_SERVER_HELLO = 2,
	MESSAGE_END_OF_EARLY_DATA = 5,
	MESSAGE_ENCRYPTED_EXTENSIONS = 8,
	MESSAGE_FINISHED = 20,
	MESSAGE_KEY_UPDATE = 24,
};

static void client_hello(struct tls_conn *c, enum way w, struct bytes message)
{
	struct client_hello hello;
	struct tls_way *d = &c->way[w];
	struct decrypt_counts *counts = shared_counts(c->shared);
	if (tls_client_hello(message, &hello) != PARSE_OK || hello.random.len != RANDOM_LEN)
		return;
	bool is_first = !c->has_hello;
	counts->renegotiations += d->epoch == EPOCH_TLS12;
	c->has_hello = true;
	c->has_ech = hello.has_ech;
	c->n_tries = 0;
	if (is_first || memcmp(c->client_random, hello.random.at, RANDOM_LEN) != 0) {
		memcpy(c->client_random, hello.random.at, RANDOM_LEN);
		secrets_wipe(&c->secrets);
		c->has_secrets = false;
		c->generation = 0;
	}
	tls_find_secrets(c);
	if (is_first && c->shared->is_live && !c->secrets.len[SECRET_MASTER] &&
	    !(c->secrets.len[SECRET_CLIENT_TRAFFIC] && c->secrets.len[SECRET_SERVER_TRAFFIC]))
		tls_hold(c);
	else if (!c->has_secrets && !(c->has_ech && shared_may_try(c->shared, &c->flow, &c->trials)))
		c->is_done = true;
	if (!is_first || !hello.has_early_data || d->epoch != EPOCH_CLEAR)
		return;
	c->is_early_offered = true;
	counts->early_flows++;
	d->epoch = EPOCH_EARLY; /* the key, when the first record is there */
	d->number = 0;
}

void tls_cut_client_hello(struct tls_conn *c, struct bytes record)
{
	enum { TYPE_AT = 5, RANDOM_AT = 11 };
	if (c->has_hello || record.len < RANDOM_AT + RANDOM_LEN || record.at[TYPE_AT] != MESSAGE_CLIENT_HELLO)
		return;
	memcpy(c->client_random, record.at + RANDOM_AT, RANDOM_LEN);
	c->has_hello = c->is_started = true;
	c->has_ech = true; /* it may have been there */
	tls_find_secrets(c);
}

static void server_hello(struct tls_conn *c, struct bytes message)
{
	struct server_hello hello;
	struct tls_way *up = &c->way[WAY_UP], *down = &c->way[WAY_DOWN];
	if (tls_server_hello(message, &hello) != PARSE_OK || hello.random.len != RANDOM_LEN)
		return;
	c->suite = suite_find(hello.cipher);
	c->version = hello.version;
	if (hello.is_retry) { /* RFC 8446 4.1.4: the hello comes again, early data is refused */
		shared_counts(c->shared)->hello_retries++;
		if (c->is_early_offered)
			tls_reject_early(c);
		return;
	}
	c->has_server_hello = true;
	memcpy(c->server_random, hello.random.at, RANDOM_LEN);
	c->is_encrypt_then_mac = hello.is_encrypt_then_mac;
	app_conn_alpn(c->app, hello.alpn);
	if (c->version < TLS_1_2 || !c->suite) {
		c->is_done = true;
		return;
	}
	if (c->version != TLS_1_3 || down->epoch != EPOCH_CLEAR)
		return;
	tls13_enter(c, WAY_DOWN, EPOCH_HANDSHAKE);
	if (up->epoch == EPOCH_CLEAR)
		tls13_enter(c, WAY_UP, EPOCH_HANDSHAKE);
}

static void encrypted_extensions(struct tls_conn *c, struct bytes body)
{
	struct encrypted_extensions e;
	tls_encrypted_extensions(body, &e);
	if (e.has_alpn)
		app_conn_alpn(c->app, e.alpn);
	if (!e.has_early_data && c->is_early_offered)
		tls_reject_early(c);
}

static void handshake_message(struct tls_conn *c, enum way w, struct bytes message)
{
	struct tls_way *d = &c->way[w];
	bool is_tls13 = d->epoch != EPOCH_TLS12 && c->version == TLS_1_3;
	switch (message.at[0]) {
	case MESSAGE_CLIENT_HELLO:
		if (w == WAY_UP)
			client_hello(c, w, message);
		break;
	case MESSAGE_SERVER_HELLO:
		if (w == WAY_DOWN)
			server_hello(c, message);
		break;
	case MESSAGE_END_OF_EARLY_DATA:
		if (w == WAY_UP && d->epoch == EPOCH_EARLY)
			tls13_enter(c, w, EPOCH_HANDSHAKE);
		break;
	case MESSAGE_ENCRYPTED_EXTENSIONS:
		if (is_tls13 && w == WAY_DOWN && d->epoch == EPOCH_HANDSHAKE)
			encrypted_extensions(c, bytes_tail(message, 4));
		break;
	case MESSAGE_FINISHED:
		if (is_tls13 && d->epoch == EPOCH_HANDSHAKE)
			tls13_enter(c, w, EPOCH_TRAFFIC);
		break;
	case MESSAGE_KEY_UPDATE:
		if (is_tls13 && tls13_next_generation(c, d))
			shared_counts(c->shared)->key_updates++;
		break;
	default:
		break;
	}
}

static size_t message_len(struct bytes b)
{
	return 4 + ((size_t)b.at[1] << 16 | (size_t)b.at[2] << 8 | b.at[3]);
}

void tls_handshake_data(struct tls_conn *c, enum way w, struct bytes data)
{
	struct tls_way *d = &c->way[w];
	struct budget *budget = teller_budget(c->shared->teller);
	size_t max = teller_limits(c->shared->teller)->handshake_bytes;
	while (!d->handshake.len && data.len >= 4 &&
	       message_len(data) <= data.len) { /* whole ones need no copy */
		struct bytes message = bytes_head(data, message_len(data));
		data = bytes_tail(data, message.len);
		handshake_message(c, w, message);
	}
	if (!data.len)
		return;
	if (!buf_add(&d->handshake, budget, data, max)) {
		d->handshake.len = 0;
		return;
	}
	struct bytes rest = buf_bytes(&d->handshake);
	while (rest.len >= 4 && message_len(rest) <= rest.len) {
		size_t len = message_len(rest);
		handshake_message(c, w, bytes_head(rest, len));
		rest = bytes_tail(rest, len);
	}
	buf_skip(&d->handshake, d->handshake.len - rest.len);
	if (!d->handshake.len)
		buf_fini(&d->handshake, budget);
}
