#include "mkquic.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decrypt/crypto.h"
#include "wire/quic.h"

enum { INITIAL, ZERO_RTT, HANDSHAKE, SHORT };

#define TAG 16
#define NUMBER_LEN 2
#define DATAGRAM_MIN 1200

struct key {
	uint8_t secret[DIGEST_MAX], iv[IV_LEN], key[KEY_MAX];
	struct mask mask;
	const struct suite *suite;
};

struct cid {
	uint8_t len, at[20];
};

struct mkquic {
	struct mkquic_spec spec;
	const struct suite *suite;
	struct crypto *crypto;
	uint8_t random[32];
	char keys[2048];
	struct cid first, cid[WAY_COUNT];
	struct key initial[WAY_COUNT], handshake[WAY_COUNT], data[WAY_COUNT], early;
	bool is_phase_1[WAY_COUNT];
	uint32_t number[WAY_COUNT][3];
	bool was_retried;
	uint8_t out[1 << 14];
	size_t len;
};

static const char *label(uint32_t version, const char *v1, const char *v2)
{
	return version == MKQUIC_V1 ? v1 : v2;
}

static void set_key(struct mkquic *m, struct key *k, uint32_t version, const struct suite *suite,
		    const uint8_t *secret, bool keep_mask)
{
	struct bytes from = { secret, digest_len(suite->hash) };
	size_t n = cipher_key_len(suite->cipher);
	uint8_t hp[KEY_MAX];
	memmove(k->secret, secret, from.len);
	from.at = k->secret;
	k->suite = suite;
	hkdf_expand_label(m->crypto, suite->hash, from, label(version, "quic key", "quicv2 key"), k->key, n);
	hkdf_expand_label(m->crypto, suite->hash, from, label(version, "quic iv", "quicv2 iv"), k->iv,
			  IV_LEN);
	hkdf_expand_label(m->crypto, suite->hash, from, label(version, "quic hp", "quicv2 hp"), hp, n);
	if (!keep_mask)
		assert(mask_init(m->crypto, &k->mask, suite->cipher, hp));
}

/* RFC 9001 5.2, RFC 9369 3.3.1 */
static void set_initial_keys(struct mkquic *m, uint32_t version)
{
	uint8_t common[DIGEST_MAX], secret[DIGEST_MAX];
	hkdf_extract(m->crypto, DIGEST_SHA256, (struct bytes){ quic_salt(version), QUIC_SALT_LEN },
		     (struct bytes){ m->first.at, m->first.len }, common);
	for (int w = 0; w < WAY_COUNT; w++) {
		hkdf_expand_label(m->crypto, DIGEST_SHA256, (struct bytes){ common, 32 },
				  w == WAY_UP ? "client in" : "server in", secret, 32);
		set_key(m, &m->initial[w], version, suite_find(0x1301), secret, false);
	}
}

static uint32_t server_version(const struct mkquic *m)
{
	return m->spec.server_version ? m->spec.server_version : m->spec.version;
}

static void put_key(struct mkquic *m, const char *name, const uint8_t *secret)
{
	size_t n = strlen(m->keys), room = sizeof(m->keys);
	n += (size_t)snprintf(m->keys + n, room - n, "%s ", name);
	for (size_t i = 0; i < sizeof(m->random); i++)
		n += (size_t)snprintf(m->keys + n, room - n, "%02x", m->random[i]);
	n += (size_t)snprintf(m->keys + n, room - n, " ");
	for (size_t i = 0; i < digest_len(m->suite->hash); i++)
		n += (size_t)snprintf(m->keys + n, room - n, "%02x", secret[i]);
	snprintf(m->keys + n, room - n, "\n");
}

struct mkquic *mkquic_new(const struct mkquic_spec *spec)
{
	struct mkquic *m = calloc(1, sizeof(*m));
	assert(m);
	m->spec = *spec;
	m->suite = suite_find(spec->suite);
	m->crypto = crypto_new();
	memset(m->random, 0xc2, sizeof(m->random));
	m->first = (struct cid){ 8, { 1, 2, 3, 4, 5, 6, 7, 8 } };
	m->cid[WAY_UP] = m->first;
	m->cid[WAY_DOWN] = (struct cid){ 0 }; /* as browsers have it */
	set_initial_keys(m, spec->version);
	uint8_t secret[DIGEST_MAX];
	for (int w = 0; w < WAY_COUNT; w++) {
		memset(secret, 0x30 + w, sizeof(secret));
		set_key(m, &m->handshake[w], server_version(m), m->suite, secret, false);
		put_key(m,
			w == WAY_UP ? "CLIENT_HANDSHAKE_TRAFFIC_SECRET" : "SERVER_HANDSHAKE_TRAFFIC_SECRET",
			secret);
		memset(secret, 0x40 + w, sizeof(secret));
		set_key(m, &m->data[w], server_version(m), m->suite, secret, false);
		put_key(m, w == WAY_UP ? "CLIENT_TRAFFIC_SECRET_0" : "SERVER_TRAFFIC_SECRET_0", secret);
	}
	memset(secret, 0x50, sizeof(secret));
	set_key(m, &m->early, spec->version, m->suite, secret, false);
	if (spec->has_early)
		put_key(m, "CLIENT_EARLY_TRAFFIC_SECRET", secret);
	return m;
}

void mkquic_free(struct mkquic *m)
{
	for (int w = 0; w < WAY_COUNT; w++) {
		mask_fini(&m->initial[w].mask);
		mask_fini(&m->handshake[w].mask);
		mask_fini(&m->data[w].mask);
	}
	mask_fini(&m->early.mask);
	crypto_free(m->crypto);
	free(m);
}

const char *mkquic_keys(const struct mkquic *m)
{
	return m->keys;
}

static void put(struct mkquic *m, const void *bytes, size_t n)
{
	assert(m->len + n <= sizeof(m->out));
	if (n)
		memcpy(m->out + m->len, bytes, n);
	m->len += n;
}

static void put_uint(struct mkquic *m, uint32_t v, size_t n)
{
	for (; n; n--)
		put(m, &(uint8_t){ (uint8_t)(v >> 8 * (n - 1)) }, 1);
}

static void put_cid(struct mkquic *m, const struct cid *c)
{
	put_uint(m, c->len, 1);
	put(m, c->at, c->len);
}

/* The payload behind the head that begins at `head`, whose last bytes are the number; RFC 9001 5.3 and 5.4.
 */
static void seal(struct mkquic *m, const struct key *k, size_t head, uint64_t number, struct bytes payload)
{
	const enum cipher c = k->suite->cipher;
	size_t n_head = m->len - head, at = m->len;
	uint8_t nonce[IV_LEN], mask[5], tag[TAG];
	int n = 0;
	memcpy(nonce, k->iv, IV_LEN);
	for (int i = 0; i < 8; i++)
		nonce[4 + i] ^= (uint8_t)(number >> (56 - 8 * i));
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	assert(EVP_EncryptInit_ex(ctx,
				  c == CIPHER_AES_128_GCM   ? EVP_aes_128_gcm()
				  : c == CIPHER_AES_256_GCM ? EVP_aes_256_gcm()
							    : EVP_chacha20_poly1305(),
				  NULL, k->key, nonce) == 1);
	EVP_EncryptUpdate(ctx, NULL, &n, m->out + head, (int)n_head);
	assert(at + payload.len + TAG <= sizeof(m->out));
	EVP_EncryptUpdate(ctx, m->out + at, &n, payload.at, (int)payload.len);
	EVP_EncryptFinal_ex(ctx, m->out + at + payload.len, &n);
	EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG, tag);
	EVP_CIPHER_CTX_free(ctx);
	m->len += payload.len;
	put(m, tag, TAG);
	struct mask hp = k->mask;
	mask_bytes(&hp, m->out + at - NUMBER_LEN + 4, mask);
	m->out[head] ^= mask[0] & (m->out[head] & 0x80 ? 0x0f : 0x1f);
	for (int i = 0; i < NUMBER_LEN; i++)
		m->out[at - NUMBER_LEN + (size_t)i] ^= mask[1 + i];
}

static uint8_t first_byte(const struct mkquic *m, uint32_t version, int type)
{
	uint8_t fixed = m->spec.is_greased ? 0 : 0x40;
	return (uint8_t)(0x80 | fixed | ((type + (version != MKQUIC_V1)) & 3) << 4 | (NUMBER_LEN - 1));
}

static void put_long(struct mkquic *m, enum way w, int type, uint32_t version, const struct key *k,
		     struct bytes payload)
{
	size_t head = m->len;
	uint32_t number = m->number[w][type == INITIAL ? 0 : type == HANDSHAKE ? 1 : 2]++;
	put_uint(m, first_byte(m, version, type), 1);
	put_uint(m, version, 4);
	put_cid(m, &m->cid[w]);
	put_cid(m, &m->cid[way_other(w)]);
	if (type == INITIAL) {
		put_uint(m, m->was_retried && w == WAY_UP ? 3 : 0, 1);
		put(m, "tok", m->was_retried && w == WAY_UP ? 3 : 0);
	}
	put_uint(m, 0x4000 | (uint32_t)(NUMBER_LEN + payload.len + TAG), 2);
	put_uint(m, number, NUMBER_LEN);
	seal(m, k, head, number, payload);
}

/* A handshake message in a CRYPTO frame, then PADDING. */
static size_t crypto_frame(uint8_t *out, const uint8_t *message, size_t len, size_t total)
{
	const uint8_t head[] = { 6, 0, (uint8_t)(0x40 | len >> 8), (uint8_t)len };
	size_t n = sizeof(head) + len;
	memset(out, 0, total > n ? total : n);
	memcpy(out, head, sizeof(head));
	memcpy(out + sizeof(head), message, len);
	return total > n ? total : n;
}

static struct bytes done(struct mkquic *m)
{
	struct bytes all = { m->out, m->len };
	m->len = 0;
	return all;
}

struct bytes mkquic_client_hello(struct mkquic *m)
{
	uint8_t hello[200] = { 1, 0, 0, 0, 3, 3 }, frames[DATAGRAM_MIN];
	size_t n = 6;
	memcpy(hello + n, m->random, 32);
	n += 32;
	const uint8_t middle[] = { 0, 0, 2, (uint8_t)(m->suite->id >> 8), (uint8_t)m->suite->id, 1, 0 };
	memcpy(hello + n, middle, sizeof(middle));
	n += sizeof(middle);
	size_t extensions = n;
	n += 2;
	static const uint8_t early_data[] = { 0, 42, 0, 0 };
	static const uint8_t ech[] = { 0xfe, 0x0d, 0, 8, 0, 0, 1, 0, 1, 7, 0, 0 };
	memcpy(hello + n, early_data, m->spec.has_early ? sizeof(early_data) : 0);
	n += m->spec.has_early ? sizeof(early_data) : 0;
	memcpy(hello + n, ech, m->spec.has_ech ? sizeof(ech) : 0);
	n += m->spec.has_ech ? sizeof(ech) : 0;
	hello[extensions + 1] = (uint8_t)(n - extensions - 2);
	hello[3] = (uint8_t)(n - 4);
	size_t len = crypto_frame(frames, hello, n, DATAGRAM_MIN - 100);
	put_long(m, WAY_UP, INITIAL, m->spec.version, &m->initial[WAY_UP], (struct bytes){ frames, len });
	return done(m);
}

static const struct cid retry_cid = { 8, { 9, 9, 9, 9, 8, 8, 8, 8 } };

/* RFC 9000 17.2.5, with the tag of RFC 9001 5.8 and RFC 9369 3.3.3. */
static void put_retry(struct mkquic *m, const struct cid *first_dcid)
{
	static const char *const keys[] = {
		"\xbe\x0c\x69\x0b\x9f\x66\x57\x5a\x1d\x76\x6b\x54\xe3\x68\xc8\x4e",
		"\x8f\xb4\xb0\x1b\x56\xac\x48\xe2\x60\xfb\xcb\xce\xad\x7c\xcc\x92"
	};
	static const char *const nonces[] = { "\x46\x15\x99\xd3\x5d\x63\x2b\xf2\x23\x98\x25\xbb",
					      "\xd8\x69\x69\xbc\x2d\x7c\x6d\x99\x90\xef\xb0\x4a" };
	bool is_v2 = m->spec.version != MKQUIC_V1;
	put_uint(m, first_byte(m, m->spec.version, 3), 1);
	put_uint(m, m->spec.version, 4);
	put_cid(m, &m->cid[WAY_DOWN]);
	put_cid(m, &retry_cid);
	put(m, "tok", 3);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0;
	assert(EVP_EncryptInit_ex(ctx, EVP_aes_128_gcm(), NULL, (const uint8_t *)keys[is_v2],
				  (const uint8_t *)nonces[is_v2]) == 1);
	EVP_EncryptUpdate(ctx, NULL, &n, &first_dcid->len, 1);
	EVP_EncryptUpdate(ctx, NULL, &n, first_dcid->at, first_dcid->len);
	EVP_EncryptUpdate(ctx, NULL, &n, m->out, (int)m->len);
	EVP_EncryptFinal_ex(ctx, m->out + m->len, &n);
	EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG, m->out + m->len);
	EVP_CIPHER_CTX_free(ctx);
	m->len += TAG;
}

struct bytes mkquic_forged_retry(struct mkquic *m)
{
	static const struct cid guess = { 8, { 0 } };
	put_retry(m, &guess);
	return done(m);
}

struct bytes mkquic_retry(struct mkquic *m)
{
	put_retry(m, &m->first);
	m->first = m->cid[WAY_UP] = retry_cid;
	m->was_retried = true;
	set_initial_keys(m, m->spec.version);
	return done(m);
}

struct bytes mkquic_server_hello(struct mkquic *m)
{
	uint8_t hello[100] = { 2, 0, 0, 46, 3, 3 }, frames[DATAGRAM_MIN];
	const uint8_t tail[] = {
		0, (uint8_t)(m->suite->id >> 8), (uint8_t)m->suite->id, 0, 0, 6, 0, 43, 0, 2, 3, 4
	};
	memset(hello + 6, 0x5e, 32);
	memcpy(hello + 38, tail, sizeof(tail));
	const struct cid own = { 8, { 0xa, 0xa, 0xa, 0xa, 0xb, 0xb, 0xb, 0xb } };
	uint32_t version = server_version(m);
	if (version != m->spec.version)
		set_initial_keys(m, version);
	m->cid[WAY_UP] = own;
	size_t len = crypto_frame(frames, hello, 50, 100);
	put_long(m, WAY_DOWN, INITIAL, version, &m->initial[WAY_DOWN], (struct bytes){ frames, len });
	uint8_t extensions[] = { 8, 0, 0, 15, 0, 13, 0, 16, 0, 5, 0, 3, 2, 'h', '3', 0, 42, 0, 0 };
	size_t n = sizeof(extensions);
	if (!m->spec.is_early_accepted) {
		n -= 4;
		extensions[3] = 11;
		extensions[5] = 9;
	}
	len = crypto_frame(frames, extensions, n, n + 4);
	put_long(m, WAY_DOWN, HANDSHAKE, version, &m->handshake[WAY_DOWN], (struct bytes){ frames, len });
	return done(m);
}

struct bytes mkquic_early(struct mkquic *m, struct bytes frames)
{
	put_long(m, WAY_UP, ZERO_RTT, m->spec.version, &m->early, frames);
	return done(m);
}

struct bytes mkquic_data(struct mkquic *m, enum way w, struct bytes frames)
{
	uint32_t number = m->number[w][2]++;
	put_uint(m, (m->spec.is_greased ? 0U : 0x40U) | (m->is_phase_1[w] ? 4U : 0U) | (NUMBER_LEN - 1), 1);
	put(m, m->cid[w].at, m->cid[w].len);
	put_uint(m, number & 0xffff, NUMBER_LEN);
	seal(m, &m->data[w], 0, number, frames);
	return done(m);
}

void mkquic_update_keys(struct mkquic *m, enum way w)
{
	struct key *k = &m->data[w];
	uint8_t next[DIGEST_MAX];
	size_t n = digest_len(m->suite->hash);
	hkdf_expand_label(m->crypto, m->suite->hash, (struct bytes){ k->secret, n },
			  label(server_version(m), "quic ku", "quicv2 ku"), next, n);
	set_key(m, k, server_version(m), m->suite, next, true);
	m->is_phase_1[w] = !m->is_phase_1[w];
}

void mkquic_set_cid(struct mkquic *m, enum way w, struct bytes cid)
{
	assert(cid.len <= sizeof(m->cid[w].at));
	m->cid[w].len = (uint8_t)cid.len;
	memcpy(m->cid[w].at, cid.at, cid.len);
}

void mkquic_skip(struct mkquic *m, enum way w, uint32_t packets)
{
	m->number[w][2] += packets;
}
