#include "digest.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	REMEMBERED = 256,
	VALUE_MAX = 240, /* longer ones are digested anew */
	DIGITS = 8,
};

struct digest {
	char text[DIGITS];
	uint8_t len; /* of the value; 0: free */
	char value[VALUE_MAX];
};

struct digester {
	EVP_MAC_CTX *mac; /* holds the key */
	struct digest remembered[REMEMBERED];
};

struct digester *digester_new(const char *salt)
{
	struct digester *d = calloc(1, sizeof(*d));
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	char hash[] = "SHA256";
	const OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, hash, 0),
				      OSSL_PARAM_construct_end() };
	bool ok = d && hmac && (d->mac = EVP_MAC_CTX_new(hmac)) &&
		  EVP_MAC_init(d->mac, (const unsigned char *)salt, strlen(salt), params) == 1;
	EVP_MAC_free(hmac);
	if (ok)
		return d;
	digester_free(d);
	return NULL;
}

void digester_free(struct digester *d)
{
	if (!d)
		return;
	EVP_MAC_CTX_free(d->mac);
	OPENSSL_cleanse(d, sizeof(*d));
	free(d);
}

static bool make(struct digester *d, const char *value, size_t len, char text[DIGITS])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char mac[EVP_MAX_MD_SIZE];
	size_t n = 0;
	/* Without a key it begins anew with the one that it has. */
	if (EVP_MAC_init(d->mac, NULL, 0, NULL) != 1 ||
	    EVP_MAC_update(d->mac, (const unsigned char *)value, len) != 1 ||
	    EVP_MAC_final(d->mac, mac, &n, sizeof(mac)) != 1)
		return false;
	for (int i = 0; i < DIGITS; i++)
		text[i] = hex[mac[i / 2] >> (i % 2 ? 0 : 4) & 15];
	return true;
}

const char *digest_of(struct digester *d, const char *value, size_t len, struct scratch *scratch)
{
	uint32_t hash = 2166136261u; /* FNV-1a */
	char text[DIGITS];
	if (len == 0 || len > VALUE_MAX)
		return make(d, value, len, text) ? scratch_text(scratch, text, DIGITS) : "";
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (uint8_t)value[i]) * 16777619u;
	struct digest *slot = &d->remembered[(hash ^ hash >> 16) % REMEMBERED];
	if (slot->len != len || memcmp(slot->value, value, len) != 0) {
		slot->len = 0;
		if (!make(d, value, len, slot->text))
			return "";
		memcpy(slot->value, value, len);
		slot->len = (uint8_t)len;
	}
	return scratch_text(scratch, slot->text, DIGITS);
}
