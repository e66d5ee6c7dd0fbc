/* The one-call hashes of OpenSSL 3 look their algorithm up each time, which takes longer than the hash of a
 * block. */
#define OPENSSL_API_COMPAT 10101

#include "wire/digest.h"

#include <assert.h>
#include <string.h>

void digest_sha256(struct bytes data, uint8_t ret_digest[SHA256_LEN])
{
	SHA256_CTX c;
	SHA256_Init(&c);
	SHA256_Update(&c, data.at, data.len);
	SHA256_Final(ret_digest, &c);
}

void digest_sha1(struct bytes data, uint8_t ret_digest[SHA1_LEN])
{
	SHA_CTX c;
	SHA1_Init(&c);
	SHA1_Update(&c, data.at, data.len);
	SHA1_Final(ret_digest, &c);
}

struct digest_hmac digest_hmac_key(struct bytes key)
{
	struct digest_hmac h;
	uint8_t inner[64], outer[64];
	assert(key.len <= sizeof(inner));
	memset(inner, 0x36, sizeof(inner));
	memset(outer, 0x5c, sizeof(outer));
	for (size_t i = 0; i < key.len; i++) {
		inner[i] ^= key.at[i];
		outer[i] ^= key.at[i];
	}
	SHA256_Init(&h.inner);
	SHA256_Update(&h.inner, inner, sizeof(inner));
	SHA256_Init(&h.outer);
	SHA256_Update(&h.outer, outer, sizeof(outer));
	return h;
}

void digest_hmac(const struct digest_hmac *key, struct bytes data, uint8_t ret_digest[SHA256_LEN])
{
	SHA256_CTX c = key->inner;
	SHA256_Update(&c, data.at, data.len);
	SHA256_Final(ret_digest, &c);
	c = key->outer;
	SHA256_Update(&c, ret_digest, SHA256_LEN);
	SHA256_Final(ret_digest, &c);
}

void digest_expand_label(const struct digest_hmac *secret, const char *label, uint8_t *ret_key, uint8_t len)
{
	uint8_t info[40] = { 0, len };
	size_t n = strlen(label);
	assert(n <= 24 && len <= SHA256_LEN);
	info[2] = (uint8_t)(6 + n);
	memcpy(info + 3, "tls13 ", 6);
	memcpy(info + 9, label, n);
	info[9 + n] = 0;  /* no context */
	info[10 + n] = 1; /* the first block */
	uint8_t block[SHA256_LEN];
	digest_hmac(secret, (struct bytes){ info, 11 + n }, block);
	memcpy(ret_key, block, len);
}
