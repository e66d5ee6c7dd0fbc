/* SHA-256, HMAC and HKDF-Expand-Label for short inputs, without memory or state of their own. spec: RFC 2104,
 * RFC 5869 2.3, RFC 8446 7.1
 */
#ifndef WIRE_DIGEST_H
#define WIRE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
	SHA256_LEN = 32,
	SHA1_LEN = 20,
};

void digest_sha256(struct bytes data, uint8_t ret_digest[SHA256_LEN]);
void digest_sha1(struct bytes data, uint8_t ret_digest[SHA1_LEN]);

void digest_hmac_sha256(struct bytes key, struct bytes data,
			uint8_t ret_digest[SHA256_LEN]); /* key: 64 bytes at most */

/* One block of output at most. label: without "tls13 ", 24 bytes at most. */
void digest_expand_label(const uint8_t secret[SHA256_LEN], const char *label, uint8_t *ret_key, uint8_t len);

#endif
