#include "out/privacy.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { KEY_FILE_MIN = 16, KEY_FILE_MAX = 4096 };

struct privacy {
	struct privacy_spec spec;
	bool has_key, has_mask;
	uint8_t key[16], pad[16];
	unsigned v4_bits, v6_bits;
};

/* One block of AES-128; a context each time, for this is rare and must be usable from every thread. */
static void encrypt_block(const uint8_t key[16], const uint8_t in[16], uint8_t ret_out[16])
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t out[32];
	int n = 0;
	if (!ctx || EVP_EncryptInit_ex(ctx, EVP_aes_128_ecb(), NULL, key, NULL) != 1 ||
	    EVP_EncryptUpdate(ctx, out, &n, in, 16) != 1 || n != 16) {
		log_error("no AES: cannot make pseudonyms");
		abort();
	}
	memcpy(ret_out, out, 16);
	EVP_CIPHER_CTX_free(ctx);
}

static bool load_key(struct privacy *p, const char *path, struct err *err)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return err_set(err, "cannot open key file '%s': %s", path, strerror(errno));
	uint8_t text[KEY_FILE_MAX], digest[32];
	size_t n = fread(text, 1, sizeof(text), f);
	fclose(f);
	bool ok = n >= KEY_FILE_MIN && EVP_Digest(text, n, digest, NULL, EVP_sha256(), NULL) == 1;
	OPENSSL_cleanse(text, sizeof(text));
	if (!ok)
		return err_set(err, "key file '%s' needs at least %d bytes", path, KEY_FILE_MIN);
	memcpy(p->key, digest, 16);
	encrypt_block(p->key, digest + 16, p->pad);
	OPENSSL_cleanse(digest, sizeof(digest));
	p->has_key = true;
	return true;
}

static bool parse_mask(struct privacy *p, const char *text, struct err *err)
{
	unsigned v4 = 32, v6 = 128;
	int end = 0;
	int n = sscanf(text, "/%3u%n,/%3u%n", &v4, &end, &v6, &end);
	if (n < 1 || text[end] || v4 > 32 || v6 > 128)
		return err_set(err, "--mask takes /N or /N,/M with N up to 32 and M up to 128, not '%s'",
			       text);
	p->v4_bits = v4;
	p->v6_bits = n == 2 ? v6 : 48;
	p->has_mask = true;
	return true;
}

struct privacy *privacy_new(const struct privacy_spec *spec, struct err *err)
{
	struct privacy *p = calloc(1, sizeof(*p));
	if (!p) {
		err_set(err, "out of memory");
		return NULL;
	}
	p->spec = *spec;
	if ((spec->key_path && !load_key(p, spec->key_path, err)) ||
	    (spec->mask && !parse_mask(p, spec->mask, err))) {
		privacy_free(p);
		return NULL;
	}
	return p;
}

void privacy_free(struct privacy *p)
{
	if (!p)
		return;
	OPENSSL_cleanse(p, sizeof(*p));
	free(p);
}

static bool bit(const uint8_t *b, unsigned i)
{
	return b[i / 8] & (0x80 >> (i % 8));
}

static struct addr pseudonym(const struct privacy *p, const struct addr *a)
{
	struct addr out = *a;
	unsigned from = addr_is_v4(a) ? 96 : 0;
	for (unsigned i = from; i < 128; i++) {
		uint8_t in[16], block[16];
		memcpy(in, p->pad, 16);
		for (unsigned k = from; k < i; k++) { /* the bits before i, then those of the pad */
			uint8_t m = (uint8_t)(0x80 >> ((k - from) % 8));
			uint8_t *at = &in[(k - from) / 8];
			*at = (uint8_t)(bit(a->b, k) ? *at | m : *at & ~m);
		}
		encrypt_block(p->key, in, block);
		if (block[0] & 0x80)
			out.b[i / 8] ^= (uint8_t)(0x80 >> (i % 8));
	}
	return out;
}

struct addr privacy_addr(const struct privacy *p, const struct addr *client)
{
	if (p->has_key)
		return pseudonym(p, client);
	struct addr a = *client;
	if (p->has_mask) {
		unsigned keep = addr_is_v4(client) ? 96 + p->v4_bits : p->v6_bits;
		for (unsigned i = keep; i < 128; i++)
			a.b[i / 8] &= (uint8_t) ~(0x80 >> (i % 8));
	}
	return a;
}

bool privacy_is_open(const struct privacy *p)
{
	return !p->has_key && !p->has_mask;
}

static bool is_under(const char *name, const char *suffix)
{
	size_t n = strlen(name), s = strlen(suffix);
	return n >= s && strcmp(name + n - s, suffix) == 0 && (n == s || name[n - s - 1] == '.');
}

bool privacy_keeps(const struct privacy *p, const char *site, const char *sector)
{
	const struct privacy_spec *s = &p->spec;
	if (s->n_sites == 0 && s->n_sectors == 0)
		return true;
	for (size_t i = 0; i < s->n_sites; i++)
		if (is_under(site, s->sites[i]))
			return true;
	for (size_t i = 0; i < s->n_sectors; i++)
		if (*sector && strcmp(sector, s->sectors[i]) == 0)
			return true;
	return false;
}
