#include "mktls.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decrypt/crypto.h"

struct side {
	uint8_t handshake[DIGEST_MAX], traffic[DIGEST_MAX];
	uint8_t iv[IV_LEN];
	uint64_t number;
	EVP_CIPHER_CTX *ctx;
};

struct mktls {
	const struct suite *suite;
	struct crypto *crypto;
	struct side side[WAY_COUNT];
	uint8_t random[32];
	char keys[2048];
	uint8_t out[1 << 15], flight[1 << 12];
};

static void set_secret(struct mktls *m, enum way w, const uint8_t *secret)
{
	struct side *s = &m->side[w];
	struct bytes from = { secret, digest_len(m->suite->hash) };
	uint8_t key[KEY_MAX];
	hkdf_expand_label(m->crypto, m->suite->hash, from, "key", key, cipher_key_len(m->suite->cipher));
	hkdf_expand_label(m->crypto, m->suite->hash, from, "iv", s->iv, IV_LEN);
	const EVP_CIPHER *c = m->suite->id == 0x1301   ? EVP_aes_128_gcm()
			      : m->suite->id == 0x1302 ? EVP_aes_256_gcm()
						       : EVP_chacha20_poly1305();
	assert(EVP_EncryptInit_ex(s->ctx, c, NULL, key, NULL) == 1);
	s->number = 0;
}

static void put_text(struct mktls *m, const char *format, unsigned value)
{
	size_t n = strlen(m->keys);
	snprintf(m->keys + n, sizeof(m->keys) - n, format, value);
}

static void put_key(struct mktls *m, const char *label, const uint8_t *secret)
{
	size_t n = strlen(m->keys);
	snprintf(m->keys + n, sizeof(m->keys) - n, "%s ", label);
	for (size_t i = 0; i < sizeof(m->random); i++)
		put_text(m, "%02x", m->random[i]);
	put_text(m, "%c", ' ');
	for (size_t i = 0; i < digest_len(m->suite->hash); i++)
		put_text(m, "%02x", secret[i]);
	put_text(m, "%c", '\n');
}

static void put_keys(struct mktls *m)
{
	m->keys[0] = '\0';
	put_key(m, "CLIENT_HANDSHAKE_TRAFFIC_SECRET", m->side[WAY_UP].handshake);
	put_key(m, "SERVER_HANDSHAKE_TRAFFIC_SECRET", m->side[WAY_DOWN].handshake);
	put_key(m, "CLIENT_TRAFFIC_SECRET_0", m->side[WAY_UP].traffic);
	put_key(m, "SERVER_TRAFFIC_SECRET_0", m->side[WAY_DOWN].traffic);
}

void mktls_set_random(struct mktls *m, uint32_t number)
{
	memcpy(m->random, &number, sizeof(number));
	put_keys(m);
}

struct mktls *mktls_new(uint16_t suite)
{
	struct mktls *m = calloc(1, sizeof(*m));
	assert(m);
	m->suite = suite_find(suite);
	m->crypto = crypto_new();
	memset(m->random, 0xc1, sizeof(m->random));
	for (int w = 0; w < WAY_COUNT; w++) {
		memset(m->side[w].handshake, 0x10 + w, DIGEST_MAX);
		memset(m->side[w].traffic, 0x20 + w, DIGEST_MAX);
		m->side[w].ctx = EVP_CIPHER_CTX_new();
		set_secret(m, (enum way)w, m->side[w].handshake);
	}
	put_keys(m);
	return m;
}

void mktls_free(struct mktls *m)
{
	EVP_CIPHER_CTX_free(m->side[WAY_UP].ctx);
	EVP_CIPHER_CTX_free(m->side[WAY_DOWN].ctx);
	crypto_free(m->crypto);
	free(m);
}

const char *mktls_keys(const struct mktls *m)
{
	return m->keys;
}

static struct bytes seal(struct mktls *m, enum way w, uint8_t type, struct bytes plain)
{
	struct side *s = &m->side[w];
	size_t len = plain.len + 1 + 16;
	assert(len <= 16384 + 256);
	uint8_t *head = m->out, nonce[IV_LEN];
	head[0] = 23;
	head[1] = head[2] = 3;
	head[3] = (uint8_t)(len >> 8);
	head[4] = (uint8_t)len;
	memcpy(nonce, s->iv, IV_LEN);
	for (int i = 0; i < 8; i++)
		nonce[4 + i] ^= (uint8_t)(s->number >> (56 - 8 * i));
	s->number++;
	int n = 0;
	assert(EVP_EncryptInit_ex(s->ctx, NULL, NULL, NULL, nonce) == 1);
	EVP_EncryptUpdate(s->ctx, NULL, &n, head, 5);
	EVP_EncryptUpdate(s->ctx, head + 5, &n, plain.at, (int)plain.len);
	EVP_EncryptUpdate(s->ctx, head + 5 + plain.len, &n, &type, 1);
	EVP_EncryptFinal_ex(s->ctx, head + 5 + plain.len + 1, &n);
	EVP_CIPHER_CTX_ctrl(s->ctx, EVP_CTRL_AEAD_GET_TAG, 16, head + 5 + plain.len + 1);
	return (struct bytes){ head, 5 + len };
}

struct bytes mktls_client_hello(struct mktls *m)
{
	static const uint8_t head[] = { 22, 3, 1, 0, 0x2d, 1, 0, 0, 0x29, 3, 3 };
	uint8_t tail[] = { 0, 0, 2, (uint8_t)(m->suite->id >> 8), (uint8_t)m->suite->id, 1, 0 };
	memcpy(m->out, head, sizeof(head));
	memcpy(m->out + sizeof(head), m->random, 32);
	memcpy(m->out + sizeof(head) + 32, tail, sizeof(tail));
	return (struct bytes){ m->out, sizeof(head) + 32 + sizeof(tail) };
}

struct bytes mktls_server_flight(struct mktls *m)
{
	static const uint8_t head[] = { 22, 3, 3, 0, 0x32, 2, 0, 0, 0x2e, 3, 3 };
	uint8_t tail[] = {
		0, (uint8_t)(m->suite->id >> 8), (uint8_t)m->suite->id, 0, 0, 6, 0, 43, 0, 2, 3, 4
	};
	static const uint8_t encrypted_extensions[] = { 8, 0, 0, 11, 0, 9, 0, 16, 0, 5, 0, 3, 2, 'h', '2' };
	static const uint8_t finished[] = { 20, 0, 0, 2, 0, 0 };
	uint8_t *at = m->flight;
	memcpy(at, head, sizeof(head));
	memset(at + sizeof(head), 0x5e, 32);
	memcpy(at + sizeof(head) + 32, tail, sizeof(tail));
	size_t n = sizeof(head) + 32 + sizeof(tail);
	struct bytes r =
	    seal(m, WAY_DOWN, 22, (struct bytes){ encrypted_extensions, sizeof(encrypted_extensions) });
	memcpy(at + n, r.at, r.len);
	n += r.len;
	r = seal(m, WAY_DOWN, 22, (struct bytes){ finished, sizeof(finished) });
	memcpy(at + n, r.at, r.len);
	n += r.len;
	set_secret(m, WAY_DOWN, m->side[WAY_DOWN].traffic);
	return (struct bytes){ at, n };
}

struct bytes mktls_client_finished(struct mktls *m)
{
	static const uint8_t finished[] = { 20, 0, 0, 2, 0, 0 };
	struct bytes r = seal(m, WAY_UP, 22, (struct bytes){ finished, sizeof(finished) });
	set_secret(m, WAY_UP, m->side[WAY_UP].traffic);
	return r;
}

struct bytes mktls_data(struct mktls *m, enum way w, struct bytes plain)
{
	return seal(m, w, 23, plain);
}

struct bytes mktls_key_update(struct mktls *m, enum way w)
{
	static const uint8_t update[] = { 24, 0, 0, 1, 0 };
	struct side *s = &m->side[w];
	struct bytes r = seal(m, w, 22, (struct bytes){ update, sizeof(update) });
	uint8_t next[DIGEST_MAX];
	size_t n = digest_len(m->suite->hash);
	hkdf_expand_label(m->crypto, m->suite->hash, (struct bytes){ s->traffic, n }, "traffic upd", next, n);
	memcpy(s->traffic, next, n);
	set_secret(m, w, s->traffic);
	return r;
}

static void put(struct mkhttp2 *h, const void *bytes, size_t len)
{
	assert(h->len + len <= sizeof(h->at));
	memcpy(h->at + h->len, bytes, len);
	h->len += len;
}

static void put_head(struct mkhttp2 *h, size_t len, uint8_t type, uint8_t flags, uint32_t stream)
{
	const uint8_t head[9] = { (uint8_t)(len >> 16),
				  (uint8_t)(len >> 8),
				  (uint8_t)len,
				  type,
				  flags,
				  (uint8_t)(stream >> 24),
				  (uint8_t)(stream >> 16),
				  (uint8_t)(stream >> 8),
				  (uint8_t)stream };
	put(h, head, sizeof(head));
}

void mkhttp2_preface(struct mkhttp2 *h)
{
	put(h, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
	put_head(h, 0, 4, 0, 0);
}

static void put_string(struct mkhttp2 *h, const char *text)
{
	size_t n = strlen(text);
	uint8_t len[2] = { 127, (uint8_t)(n - 127) };
	assert(n < 254);
	if (n < 127)
		len[0] = (uint8_t)n;
	put(h, len, n < 127 ? 1 : 2);
	put(h, text, n);
}

/* A header by the number it has here: in the table since its first use. */
static void put_indexed(struct mkhttp2 *h, uint32_t which, const char *name, const char *value)
{
	assert(which < 64);
	if (!h->index_of[which]) {
		put(h, "\x40", 1);
		put_string(h, name);
		put_string(h, value);
		h->index_of[which] = ++h->n_indexed;
		return;
	}
	uint32_t index = 62 + h->n_indexed - h->index_of[which];
	assert(index < 127);
	uint8_t b = (uint8_t)(0x80 | index);
	put(h, &b, 1);
}

static void put_request(struct mkhttp2 *h, uint32_t stream, const char *authority, const char *path,
			const char *const (*headers)[2], uint32_t n)
{
	size_t head_at = h->len;
	put_head(h, 0, 1, 5, stream);
	put(h, "\x82\x87", 2);
	put_indexed(h, 32 + (uint32_t)strlen(authority) % 32, ":authority", authority);
	put(h, "\x04", 1);
	put_string(h, path);
	for (uint32_t i = 0; i < n; i++)
		put_indexed(h, i, headers[i][0], headers[i][1]);
	size_t len = h->len - head_at - 9;
	h->at[head_at + 1] = (uint8_t)(len >> 8);
	h->at[head_at + 2] = (uint8_t)len;
}

#define BROWSER                                                                                              \
	{ "sec-ch-ua", "\"Chromium\";v=\"156\", \"Not)A;Brand\";v=\"24\"" }, { "sec-ch-ua-mobile", "?0" },   \
	    { "sec-ch-ua-platform", "\"Linux\"" },                                                           \
	{                                                                                                    \
		"user-agent",                                                                                \
		    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36"      \
	}

void mkhttp2_request(struct mkhttp2 *h, uint32_t stream, const char *authority, const char *path)
{
	static const char *const headers[][2] = {
		BROWSER,
		{ "accept", "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8" },
		{ "sec-fetch-site", "cross-site" },
		{ "sec-fetch-mode", "no-cors" },
		{ "sec-fetch-dest", "image" },
		{ "referer", "https://shop.example/products" },
		{ "accept-encoding", "gzip, deflate, br, zstd" },
		{ "accept-language", "en-GB,en;q=0.9" },
		{ "cookie", "id=0123456789abcdef0123456789abcdef; consent=yes" },
	};
	put_request(h, stream, authority, path, headers, sizeof(headers) / sizeof(headers[0]));
}

void mkhttp2_page(struct mkhttp2 *h, uint32_t stream, const char *authority, const char *path)
{
	static const char *const headers[][2] = {
		BROWSER,
		{ "accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" },
		{ "sec-fetch-site", "none" },
		{ "sec-fetch-mode", "navigate" },
		{ "sec-fetch-dest", "document" },
		{ "accept-encoding", "gzip, deflate, br, zstd" },
		{ "accept-language", "en-GB,en;q=0.9" },
		{ "cookie", "session=73c65fa8df8d9094664c09971031f961; consent=yes" },
	};
	put_request(h, stream, authority, path, headers, sizeof(headers) / sizeof(headers[0]));
}

void mkhttp2_answer(struct mkhttp2 *h, uint32_t stream, size_t body_len)
{
	static const uint8_t body[8192];
	size_t head_at = h->len;
	assert(body_len <= sizeof(body));
	put_head(h, 0, 1, 4, stream);
	put(h, "\x88", 1);
	put_indexed(h, 0, "content-type", "image/gif");
	put_indexed(h, 1, "server", "Golfe2");
	put_indexed(h, 2, "cache-control", "no-cache, no-store, must-revalidate");
	h->at[head_at + 2] = (uint8_t)(h->len - head_at - 9);
	put_head(h, body_len, 0, 1, stream);
	put(h, body, body_len);
}

void mkhttp2_data_head(struct mkhttp2 *h, uint32_t stream, size_t len)
{
	put_head(h, len, 0, 0, stream);
}
