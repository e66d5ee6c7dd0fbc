#include "capture/digest.h"

#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>

/* The digest is a context of OpenSSL and nothing else. */
static EVP_MD_CTX *context(struct digest *d)
{
	return (EVP_MD_CTX *)(void *)d;
}

struct digest *digest_new(void)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	if (c && EVP_DigestInit_ex(c, EVP_sha256(), NULL) != 1) {
		EVP_MD_CTX_free(c);
		c = NULL;
	}
	return (struct digest *)(void *)c;
}

void digest_free(struct digest *d)
{
	EVP_MD_CTX_free(context(d));
}

void digest_add(struct digest *d, const void *data, size_t len)
{
	EVP_DigestUpdate(context(d), data, len);
}

void digest_text(struct digest *d, char ret_text[DIGEST_TEXT_MAX])
{
	uint8_t sum[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	EVP_DigestFinal_ex(context(d), sum, &len);
	for (unsigned int i = 0; i < 32; i++)
		snprintf(ret_text + 2 * (size_t)i, 3, "%02x", sum[i]);
}
