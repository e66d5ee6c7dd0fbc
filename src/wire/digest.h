/* SHA-256, HMAC and HKDF-Expand-Label for short inputs, without memory or state of their own. spec: RFC 2104,
 * RFC 5869 2.3, RFC 8446 7.1
 */
#ifndef WIRE_DIGEST_H
#define WIRE_DIGEST_H

#include <openssl/sha.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
	SHA256_LEN = 32,
	SHA1_LEN = 20,
};

void digest_sha256(struct bytes data, uint8_t ret_digest[SHA256_LEN]);
void digest_sha1(struct bytes data, uint8_t ret_digest[SHA1_LEN]);

/* A key of HMAC, made ready once for several messages. key: 64 bytes at most. */
struct digest_hmac {
	SHA256_CTX inner, outer;
};
struct digest_hmac digest_hmac_key(struct bytes key);
void digest_hmac(const struct digest_hmac *key, struct bytes data, uint8_t ret_digest[SHA256_LEN]);

/* One block of output at most. label: without "tls13 ", 24 bytes at most. */
void digest_expand_label(const struct digest_hmac *secret, const char *label, uint8_t *ret_key, uint8_t len);

#endif
