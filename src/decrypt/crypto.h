/* Ciphers and key derivation of TLS and QUIC, over OpenSSL's EVP: the only files of the project that see
 * OpenSSL's ciphers are crypto.c and wire/quic.c. spec: RFC 5869, RFC 8446 7.1 and 7.3, RFC 5246 5, 6.2.3
 * and 6.3
 */
#ifndef DECRYPT_CRYPTO_H
#define DECRYPT_CRYPTO_H

#include "base/bytes.h"

enum cipher {
	CIPHER_NONE,
	CIPHER_AES_128_GCM,
	CIPHER_AES_256_GCM,
	CIPHER_CHACHA20,
	CIPHER_AES_128_CCM,
	CIPHER_AES_256_CCM,
	CIPHER_AES_128_CCM_8,
	CIPHER_AES_256_CCM_8,
	CIPHER_AES_128_CBC,
	CIPHER_AES_256_CBC,
	CIPHER_COUNT,
};

enum digest {
	DIGEST_SHA1,
	DIGEST_SHA256,
	DIGEST_SHA384,
	DIGEST_COUNT,
};

struct suite {
	uint16_t id; /* as in hellos */
	enum cipher cipher;
	enum digest hash; /* of key derivation */
	enum digest mac;  /* of records; CBC only */
};

/* NULL: not known here. */
const struct suite *suite_find(uint16_t id);

size_t digest_len(enum digest d);
size_t cipher_key_len(enum cipher c);
bool cipher_is_cbc(enum cipher c);
bool cipher_is_gcm(enum cipher c);

/* The ciphers and hashes, found once: looking them up for each key would cost more than a short record. */
struct crypto;
struct crypto *crypto_new(void); /* NULL if out of memory */
void crypto_free(struct crypto *x);

#define IV_LEN 12
#define KEY_MAX 32
#define DIGEST_MAX 48

/* A key, ready for use. All zero: none. memory: one context of EVP, until opener_fini; it wipes the key. */
struct opener {
	struct evp_cipher_ctx_st *ctx;
	enum cipher cipher;
	uint8_t tag_len;
	uint8_t iv[IV_LEN];
};

/* Takes the place of a key that was there. iv: shorter ones are followed by zeros. returns: false if out of
 * memory or the cipher is not there (a restricted OpenSSL); then there is none.
 */
bool opener_init(const struct crypto *x, struct opener *o, enum cipher cipher, const uint8_t *key,
		 struct bytes iv);
void opener_fini(struct opener *o);

static inline bool opener_is_set(const struct opener *o)
{
	return o->ctx;
}

/* The nonce of TLS 1.3, QUIC and ChaCha20 in TLS 1.2: iv with the number added by XOR, RFC 8446 5.3. */
void opener_nonce(const struct opener *o, uint64_t number, uint8_t ret_nonce[IV_LEN]);

/* The number that has this nonce. returns: false if none has. */
bool opener_number(const struct opener *o, const uint8_t nonce[IV_LEN], uint64_t *ret);

/* AEAD. sealed: with its tag. out: room for sealed.len bytes, not the same as sealed.
 *
 * returns: bytes of plain text, or -1: not sealed with this key, nonce and additional data.
 */
int opener_open(struct opener *o, const uint8_t nonce[IV_LEN], struct bytes additional, struct bytes sealed,
		uint8_t *out);

/* AES-GCM: the nonce with which it was sealed, out of its tag. out: as above, what comes there says nothing.
 * returns: false if it was not sealed with this key (but for one in 2^32).
 */
bool gcm_find_nonce(const struct crypto *x, enum cipher cipher, const uint8_t *key, struct bytes additional,
		    struct bytes sealed, uint8_t *out, uint8_t ret_nonce[IV_LEN]);

/* CBC, with the padding left on. iv: 16 bytes. returns: sealed.len, or -1. */
int opener_open_cbc(struct opener *o, const uint8_t *iv, struct bytes sealed, uint8_t *out);

/* RFC 8446 7.1, with an empty context. */
void hkdf_expand_label(const struct crypto *x, enum digest d, struct bytes secret, const char *label,
		       uint8_t *out, size_t len);
void hkdf_extract(const struct crypto *x, enum digest d, struct bytes salt, struct bytes input,
		  uint8_t ret[DIGEST_MAX]);

/* RFC 5246 5; seed_a and seed_b follow each other. */
void tls12_prf(const struct crypto *x, enum digest d, struct bytes secret, const char *label,
	       struct bytes seed_a, struct bytes seed_b, uint8_t *out, size_t len);

/* HMAC of three pieces, one behind the other. */
void hmac3(const struct crypto *x, enum digest d, struct bytes key, const struct bytes piece[3],
	   uint8_t ret[DIGEST_MAX]);

/* Header protection of QUIC, RFC 9001 5.4. */
struct mask {
	struct evp_cipher_ctx_st *ctx;
	bool is_chacha;
};

bool mask_init(const struct crypto *x, struct mask *m, enum cipher cipher, const uint8_t *key);
void mask_fini(struct mask *m);

/* The first 5 bytes of the mask for a sample of 16. */
void mask_bytes(struct mask *m, const uint8_t *sample, uint8_t ret[5]);

void wipe(void *at, size_t len);

#endif
