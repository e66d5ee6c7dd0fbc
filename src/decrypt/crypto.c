#include "decrypt/crypto.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_MAX 32
#define MAC_INPUT_MAX 192

struct crypto {
	EVP_CIPHER *ciphers[CIPHER_COUNT], *ecb_128, *ecb_256, *chacha20;
	EVP_MD *digests[DIGEST_COUNT];
	EVP_MD_CTX *hashing;
	EVP_CIPHER_CTX *sealing, *block; /* of gcm_find_nonce */
};

struct crypto *crypto_new(void)
{
	static const char *const names[CIPHER_COUNT] = {
		NULL,          "AES-128-GCM", "AES-256-GCM", "ChaCha20-Poly1305", "AES-128-CCM",
		"AES-256-CCM", "AES-128-CCM", "AES-256-CCM", "AES-128-CBC",       "AES-256-CBC",
	};
	static const char *const digests[DIGEST_COUNT] = { "SHA1", "SHA256", "SHA384" };
	struct crypto *x = calloc(1, sizeof(*x));
	if (!x)
		return NULL;
	for (int i = 1; i < CIPHER_COUNT; i++)
		x->ciphers[i] = EVP_CIPHER_fetch(NULL, names[i], NULL);
	x->ecb_128 = EVP_CIPHER_fetch(NULL, "AES-128-ECB", NULL);
	x->ecb_256 = EVP_CIPHER_fetch(NULL, "AES-256-ECB", NULL);
	x->chacha20 = EVP_CIPHER_fetch(NULL, "ChaCha20", NULL);
	for (int i = 0; i < DIGEST_COUNT; i++)
		x->digests[i] = EVP_MD_fetch(NULL, digests[i], NULL);
	x->hashing = EVP_MD_CTX_new();
	x->sealing = EVP_CIPHER_CTX_new();
	x->block = EVP_CIPHER_CTX_new();
	return x;
}

void crypto_free(struct crypto *x)
{
	if (!x)
		return;
	for (int i = 0; i < CIPHER_COUNT; i++)
		EVP_CIPHER_free(x->ciphers[i]);
	EVP_CIPHER_free(x->ecb_128);
	EVP_CIPHER_free(x->ecb_256);
	EVP_CIPHER_free(x->chacha20);
	for (int i = 0; i < DIGEST_COUNT; i++)
		EVP_MD_free(x->digests[i]);
	EVP_MD_CTX_free(x->hashing);
	EVP_CIPHER_CTX_free(x->sealing);
	EVP_CIPHER_CTX_free(x->block);
	free(x);
}

static bool is_ccm(enum cipher c)
{
	return c >= CIPHER_AES_128_CCM && c <= CIPHER_AES_256_CCM_8;
}

bool opener_init(const struct crypto *x, struct opener *o, enum cipher cipher, const uint8_t *key,
		 struct bytes iv)
{
	assert(iv.len <= IV_LEN);
	const EVP_CIPHER *c = x->ciphers[cipher];
	if (!o->ctx)
		o->ctx = EVP_CIPHER_CTX_new();
	else
		EVP_CIPHER_CTX_reset(o->ctx);
	bool ok = c && o->ctx && EVP_DecryptInit_ex(o->ctx, c, NULL, NULL, NULL) == 1;
	o->cipher = cipher;
	o->tag_len = cipher == CIPHER_AES_128_CCM_8 || cipher == CIPHER_AES_256_CCM_8 ? 8 : 16;
	memset(o->iv, 0, IV_LEN);
	if (iv.len)
		memcpy(o->iv, iv.at, iv.len);
	if (ok && is_ccm(cipher))
		ok = EVP_CIPHER_CTX_ctrl(o->ctx, EVP_CTRL_AEAD_SET_IVLEN, IV_LEN, NULL) == 1 &&
		     EVP_CIPHER_CTX_ctrl(o->ctx, EVP_CTRL_AEAD_SET_TAG, o->tag_len, NULL) == 1;
	if (ok && cipher_is_cbc(cipher))
		EVP_CIPHER_CTX_set_padding(o->ctx, 0);
	ok = ok && EVP_DecryptInit_ex(o->ctx, NULL, NULL, key, NULL) == 1;
	if (!ok)
		opener_fini(o);
	return ok;
}

void opener_fini(struct opener *o)
{
	EVP_CIPHER_CTX_free(o->ctx);
	OPENSSL_cleanse(o, sizeof(*o));
}

void opener_nonce(const struct opener *o, uint64_t number, uint8_t ret_nonce[IV_LEN])
{
	memcpy(ret_nonce, o->iv, IV_LEN);
	for (int i = 0; i < 8; i++)
		ret_nonce[4 + i] ^= (uint8_t)(number >> (56 - 8 * i));
}

bool opener_number(const struct opener *o, const uint8_t nonce[IV_LEN], uint64_t *ret)
{
	uint64_t number = 0;
	if (memcmp(nonce, o->iv, IV_LEN - 8) != 0)
		return false;
	for (size_t i = IV_LEN - 8; i < IV_LEN; i++)
		number = number << 8 | (nonce[i] ^ o->iv[i]);
	*ret = number;
	return true;
}

/* CCM wants the tag and the length first, and gives nothing in parts. */
static int open_ccm(struct opener *o, const uint8_t *nonce, struct bytes additional, struct bytes sealed,
		    uint8_t *out)
{
	int n = 0, len = (int)(sealed.len - o->tag_len);
	uint8_t tag[16];
	memcpy(tag, sealed.at + len, o->tag_len);
	if (EVP_CIPHER_CTX_ctrl(o->ctx, EVP_CTRL_AEAD_SET_TAG, o->tag_len, tag) != 1 ||
	    EVP_DecryptInit_ex(o->ctx, NULL, NULL, NULL, nonce) != 1 ||
	    EVP_DecryptUpdate(o->ctx, NULL, &n, NULL, len) != 1 ||
	    EVP_DecryptUpdate(o->ctx, NULL, &n, additional.at, (int)additional.len) != 1 ||
	    EVP_DecryptUpdate(o->ctx, out, &n, sealed.at, len) != 1)
		return -1;
	return len;
}

int opener_open(struct opener *o, const uint8_t nonce[IV_LEN], struct bytes additional, struct bytes sealed,
		uint8_t *out)
{
	int n = 0, rest = 0;
	if (!o->ctx || sealed.len < o->tag_len || sealed.len > INT32_MAX)
		return -1;
	if (is_ccm(o->cipher))
		return open_ccm(o, nonce, additional, sealed, out);
	size_t len = sealed.len - o->tag_len;
	uint8_t tag[16];
	memcpy(tag, sealed.at + len, sizeof(tag));
	if (EVP_DecryptInit_ex(o->ctx, NULL, NULL, NULL, nonce) != 1 ||
	    EVP_DecryptUpdate(o->ctx, NULL, &n, additional.at, (int)additional.len) != 1 ||
	    EVP_DecryptUpdate(o->ctx, out, &n, sealed.at, (int)len) != 1 ||
	    EVP_CIPHER_CTX_ctrl(o->ctx, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag) != 1 ||
	    EVP_DecryptFinal_ex(o->ctx, out + n, &rest) != 1)
		return -1;
	return n + rest;
}

#define BLOCK 16

/* One block of AES. way: 1 to encrypt, 0 to decrypt. */
static bool aes_block(const struct crypto *x, size_t key_len, const uint8_t *key, int way,
		      const uint8_t in[BLOCK], uint8_t out[BLOCK])
{
	int n = 0;
	return EVP_CipherInit_ex(x->block, key_len == 16 ? x->ecb_128 : x->ecb_256, NULL, key, NULL, way) ==
		   1 &&
	       EVP_CIPHER_CTX_set_padding(x->block, 0) == 1 &&
	       EVP_CipherUpdate(x->block, out, &n, in, BLOCK) == 1 && n == BLOCK;
}

/* The tag of this sealed text under a nonce of zeros. Counter mode is its own inverse: sealing the sealed
 * text gives what must be sealed to get it.
 */
static bool tag_of(const struct crypto *x, enum cipher cipher, const uint8_t *key, struct bytes additional,
		   struct bytes text, uint8_t *out, uint8_t ret_tag[BLOCK])
{
	static const uint8_t zeros[IV_LEN];
	int n = 0;
	return EVP_EncryptInit_ex(x->sealing, x->ciphers[cipher], NULL, key, zeros) == 1 &&
	       EVP_EncryptUpdate(x->sealing, out, &n, text.at, (int)text.len) == 1 &&
	       EVP_EncryptInit_ex(x->sealing, NULL, NULL, NULL, zeros) == 1 &&
	       EVP_EncryptUpdate(x->sealing, NULL, &n, additional.at, (int)additional.len) == 1 &&
	       EVP_EncryptUpdate(x->sealing, out, &n, out, (int)text.len) == 1 &&
	       EVP_EncryptFinal_ex(x->sealing, out + n, &n) == 1 &&
	       EVP_CIPHER_CTX_ctrl(x->sealing, EVP_CTRL_AEAD_GET_TAG, BLOCK, ret_tag) == 1;
}

/* A tag is a hash of the text plus one block of AES that depends on the nonce alone (NIST SP 800-38D 7.1):
 * two tags of one text give that block, and its decryption the nonce, with a counter of 1 behind it.
 */
bool gcm_find_nonce(const struct crypto *x, enum cipher cipher, const uint8_t *key, struct bytes additional,
		    struct bytes sealed, uint8_t *out, uint8_t ret_nonce[IV_LEN])
{
	static const uint8_t counter[BLOCK - IV_LEN] = { 0, 0, 0, 1 };
	size_t key_len = cipher_key_len(cipher);
	uint8_t tag[BLOCK], first[BLOCK] = { [BLOCK - 1] = 1 };
	if (sealed.len < BLOCK || sealed.len > INT32_MAX || !x->sealing || !x->block || !x->ciphers[cipher])
		return false;
	struct bytes text = { sealed.at, sealed.len - BLOCK };
	if (!tag_of(x, cipher, key, additional, text, out, tag) ||
	    !aes_block(x, key_len, key, 1, first, first))
		return false;
	for (size_t i = 0; i < BLOCK; i++)
		tag[i] ^= first[i] ^ sealed.at[text.len + i];
	if (!aes_block(x, key_len, key, 0, tag, tag) || memcmp(tag + IV_LEN, counter, sizeof(counter)) != 0)
		return false;
	memcpy(ret_nonce, tag, IV_LEN);
	return true;
}

int opener_open_cbc(struct opener *o, const uint8_t *iv, struct bytes sealed, uint8_t *out)
{
	int n = 0;
	if (!o->ctx || sealed.len % 16 || sealed.len > INT32_MAX ||
	    EVP_DecryptInit_ex(o->ctx, NULL, NULL, NULL, iv) != 1 ||
	    EVP_DecryptUpdate(o->ctx, out, &n, sealed.at, (int)sealed.len) != 1 || (size_t)n != sealed.len)
		return -1;
	return n;
}

/* RFC 2104, over one context: OpenSSL's own makes several for each call, which costs more than the hashing.
 */
static void hash_pad(const struct crypto *x, enum digest d, struct bytes key, uint8_t pad)
{
	size_t n_block = d == DIGEST_SHA384 ? 128 : 64;
	uint8_t block[128];
	assert(key.len <= n_block);
	memset(block, pad, n_block);
	for (size_t i = 0; i < key.len; i++)
		block[i] ^= key.at[i];
	EVP_DigestInit_ex(x->hashing, x->digests[d], NULL);
	EVP_DigestUpdate(x->hashing, block, n_block);
	OPENSSL_cleanse(block, sizeof(block));
}

void hmac3(const struct crypto *x, enum digest d, struct bytes key, const struct bytes piece[3],
	   uint8_t ret[DIGEST_MAX])
{
	uint8_t inner[DIGEST_MAX];
	memset(ret, 0, DIGEST_MAX);
	if (!x->digests[d] || !x->hashing)
		return;
	hash_pad(x, d, key, 0x36);
	for (int i = 0; i < 3; i++)
		EVP_DigestUpdate(x->hashing, piece[i].at, piece[i].len);
	EVP_DigestFinal_ex(x->hashing, inner, NULL);
	hash_pad(x, d, key, 0x5c);
	EVP_DigestUpdate(x->hashing, inner, digest_len(d));
	EVP_DigestFinal_ex(x->hashing, ret, NULL);
}

static void hmac(const struct crypto *x, enum digest d, struct bytes key, const void *input, size_t len,
		 uint8_t ret[DIGEST_MAX])
{
	const struct bytes pieces[3] = { { input, len } };
	hmac3(x, d, key, pieces, ret);
}

void hkdf_extract(const struct crypto *x, enum digest d, struct bytes salt, struct bytes input,
		  uint8_t ret[DIGEST_MAX])
{
	hmac(x, d, salt, input.at, input.len, ret);
}

void hkdf_expand_label(const struct crypto *x, enum digest d, struct bytes secret, const char *label,
		       uint8_t *out, size_t len)
{
	static const char prefix[] = "tls13 ";
	size_t n_label = strlen(label), n_prefix = sizeof(prefix) - 1, n_hash = digest_len(d), total = len;
	assert(n_label <= LABEL_MAX && len <= DIGEST_MAX);
	uint8_t input[DIGEST_MAX + 4 + sizeof(prefix) + LABEL_MAX], block[DIGEST_MAX];
	size_t n_block = 0;
	for (uint8_t counter = 1; len; counter++) {
		size_t n = n_block;
		memcpy(input, block, n_block);
		input[n++] = 0;
		input[n++] = (uint8_t)total;
		input[n++] = (uint8_t)(n_prefix + n_label);
		memcpy(input + n, prefix, n_prefix);
		memcpy(input + n + n_prefix, label, n_label);
		n += n_prefix + n_label;
		input[n++] = 0;
		input[n++] = counter;
		hmac(x, d, secret, input, n, block);
		n_block = n_hash;
		size_t take = len < n_hash ? len : n_hash;
		memcpy(out, block, take);
		out += take;
		len -= take;
	}
	OPENSSL_cleanse(input, sizeof(input));
	OPENSSL_cleanse(block, sizeof(block));
}

void tls12_prf(const struct crypto *x, enum digest d, struct bytes secret, const char *label,
	       struct bytes seed_a, struct bytes seed_b, uint8_t *out, size_t len)
{
	/* P_hash: a is A(i), behind it the seed, so that both are one input */
	uint8_t input[MAC_INPUT_MAX], a[DIGEST_MAX], block[DIGEST_MAX];
	size_t n_hash = digest_len(d), n_label = strlen(label), n_seed = n_label + seed_a.len + seed_b.len;
	assert(n_hash + n_seed <= sizeof(input));
	uint8_t *seed = input + n_hash;
	memcpy(seed, label, n_label);
	memcpy(seed + n_label, seed_a.at, seed_a.len);
	memcpy(seed + n_label + seed_a.len, seed_b.at, seed_b.len);
	hmac(x, d, secret, seed, n_seed, a);
	while (len) {
		memcpy(input, a, n_hash);
		hmac(x, d, secret, input, n_hash + n_seed, block);
		size_t take = len < n_hash ? len : n_hash;
		memcpy(out, block, take);
		out += take;
		len -= take;
		hmac(x, d, secret, input, n_hash, a);
	}
	OPENSSL_cleanse(input, sizeof(input));
	OPENSSL_cleanse(block, sizeof(block));
	OPENSSL_cleanse(a, sizeof(a));
}

bool mask_init(const struct crypto *x, struct mask *m, enum cipher cipher, const uint8_t *key)
{
	m->is_chacha = cipher == CIPHER_CHACHA20;
	const EVP_CIPHER *c = m->is_chacha                   ? x->chacha20
			      : cipher_key_len(cipher) == 16 ? x->ecb_128
							     : x->ecb_256;
	if (!m->ctx)
		m->ctx = EVP_CIPHER_CTX_new();
	if (!m->ctx || !c || EVP_EncryptInit_ex(m->ctx, c, NULL, key, NULL) != 1) {
		mask_fini(m);
		return false;
	}
	EVP_CIPHER_CTX_set_padding(m->ctx, 0);
	return true;
}

void mask_fini(struct mask *m)
{
	EVP_CIPHER_CTX_free(m->ctx);
	*m = (struct mask){ 0 };
}

void mask_bytes(struct mask *m, const uint8_t *sample, uint8_t ret[5])
{
	static const uint8_t zeros[5];
	uint8_t block[16] = { 0 };
	int n = 0;
	if (m->is_chacha) {
		EVP_EncryptInit_ex(m->ctx, NULL, NULL, NULL, sample);
		EVP_EncryptUpdate(m->ctx, block, &n, zeros, sizeof(zeros));
	} else {
		EVP_EncryptUpdate(m->ctx, block, &n, sample, sizeof(block));
	}
	memcpy(ret, block, 5);
}

void wipe(void *at, size_t len)
{
	OPENSSL_cleanse(at, len);
}
