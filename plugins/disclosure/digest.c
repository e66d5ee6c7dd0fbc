#include "digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

const char *digest_of(const char *salt, const char *value, size_t len, struct scratch *scratch)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	if (!HMAC(EVP_sha256(), salt, (int)strlen(salt), (const unsigned char *)value, len, mac, &n))
		return "";
	return scratch_format(scratch, "%02x%02x%02x%02x", mac[0], mac[1], mac[2], mac[3]);
}
