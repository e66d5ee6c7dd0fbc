/* The TLS handshake within QUIC: which secrets, which suite. spec: RFC 9001 4 */
#include <string.h>

#include "decrypt/quic_parts.h"
#include "wire/tls.h"

enum { MESSAGE_CLIENT_HELLO = 1, MESSAGE_SERVER_HELLO = 2, MESSAGE_ENCRYPTED_EXTENSIONS = 8 };

/* The random stands at the beginning of the hello: of the rest some may be late or lost. */
static bool find_random(struct quic_conn *c)
{
	enum { RANDOM_AT = 6 };
	struct bytes b = buf_bytes(&c->handshake_bytes[WAY_UP][SPACE_INITIAL]);
	if (!c->has_random && b.len >= RANDOM_AT + RANDOM_LEN && b.at[0] == MESSAGE_CLIENT_HELLO) {
		memcpy(c->client_random, b.at + RANDOM_AT, RANDOM_LEN);
		c->has_random = true;
	}
	return c->has_random;
}

bool quic_find_secrets(struct quic_conn *c)
{
	if (!find_random(c))
		return false;
	uint64_t place;
	if (!shared_ask(c->shared, c->client_random, &c->generation, &c->secrets, &place))
		return c->has_secrets;
	if (!c->has_secrets) {
		quic_counts(c)->quic_with_keys++;
		trials_matched(c->shared->trials, &c->flow.client, place);
	}
	c->has_secrets = true;
	return true;
}

bool quic_key_ready(struct quic_conn *c, struct quic_key *k, enum secret s)
{
	if (opener_is_set(&k->opener))
		return true;
	if (!c->secrets.len[s] && !quic_find_secrets(c))
		return false;
	struct bytes secret = { c->secrets.at[s], c->secrets.len[s] };
	enum cipher cipher = CIPHER_NONE;
	if (s == SECRET_EARLY) /* of the session resumed, which is not seen */
		cipher = secret.len == 48 ? CIPHER_AES_256_GCM : CIPHER_AES_128_GCM;
	else if (c->suite && digest_len(c->suite->hash) == secret.len)
		cipher = c->suite->cipher;
	return secret.len && cipher != CIPHER_NONE &&
	       quic_key_set(c->shared->crypto, k, c->version, secret, cipher, false);
}

static void client_hello(struct quic_conn *c, struct bytes message)
{
	struct client_hello hello;
	if (c->has_hello || tls_client_hello(message, &hello) != PARSE_OK || hello.random.len != RANDOM_LEN)
		return;
	c->has_hello = c->has_random = true;
	c->has_ech = hello.has_ech;
	c->is_early_offered = hello.has_early_data;
	quic_counts(c)->early_flows += hello.has_early_data;
	memcpy(c->client_random, hello.random.at, RANDOM_LEN);
	if (!quic_find_secrets(c) && !(c->has_ech && shared_may_try(c->shared, &c->flow, &c->trials)) &&
	    !c->shared->is_live)
		c->is_dead = true;
}

static void server_hello(struct quic_conn *c, struct bytes message)
{
	struct server_hello hello;
	if (c->has_server_hello || tls_server_hello(message, &hello) != PARSE_OK)
		return;
	if (hello.is_retry) {
		quic_counts(c)->hello_retries++;
		return;
	}
	c->suite = suite_find(hello.cipher);
	c->has_server_hello = true;
	c->is_suite_guessed = false;
	c->is_dead |= !c->suite;
}

/* Early data was refused: the client sends all of it anew. */
static void reject_early(struct quic_conn *c)
{
	quic_counts(c)->early_rejected++;
	c->is_early_offered = false;
	quic_streams_fini(c);
	http3_conn_free(c->http3);
	c->facts.is_early_rejected = true;
	c->http3 = http3_conn_new(c->shared->teller, c->flow.id, &c->facts);
	c->is_dead |= !c->http3;
}

static void encrypted_extensions(struct quic_conn *c, struct bytes body)
{
	struct encrypted_extensions e;
	tls_encrypted_extensions(body, &e);
	if (e.has_alpn)
		c->is_dead |= e.alpn.len < 2 || memcmp(e.alpn.at, "h3", 2) != 0;
	if (c->is_early_offered && !e.has_early_data)
		reject_early(c);
}

static void handshake_message(struct quic_conn *c, enum way w, enum space s, struct bytes message)
{
	uint8_t type = message.at[0];
	if (type == MESSAGE_CLIENT_HELLO && w == WAY_UP && s == SPACE_INITIAL)
		client_hello(c, message);
	else if (type == MESSAGE_SERVER_HELLO && w == WAY_DOWN && s == SPACE_INITIAL)
		server_hello(c, message);
	else if (type == MESSAGE_ENCRYPTED_EXTENSIONS && w == WAY_DOWN && s == SPACE_HANDSHAKE)
		encrypted_extensions(c, bytes_tail(message, 4));
}

void quic_crypto_data(struct quic_conn *c, enum way w, enum space s, struct bytes data)
{
	struct buf *b = &c->handshake_bytes[w][s];
	struct budget *budget = teller_budget(c->shared->teller);
	if (s == SPACE_DATA) /* tickets */
		return;
	if (!buf_add(b, budget, data, teller_limits(c->shared->teller)->handshake_bytes)) {
		b->len = 0;
		return;
	}
	struct bytes rest = buf_bytes(b);
	while (rest.len >= 4 && !c->is_dead) {
		size_t len = 4 + ((size_t)rest.at[1] << 16 | (size_t)rest.at[2] << 8 | rest.at[3]);
		if (rest.len < len)
			break;
		handshake_message(c, w, s, bytes_head(rest, len));
		rest = bytes_tail(rest, len);
	}
	buf_skip(b, b->len - rest.len);
	if (!b->len)
		buf_fini(b, budget);
}
