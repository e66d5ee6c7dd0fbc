/* TLS 1.2: keys out of the master secret, and opening records. spec: RFC 5246 6.2.3, 6.3, RFC 5288, RFC 6655,
 * RFC 7366, RFC 7905
 */
#include <string.h>

#include "decrypt/tls_parts.h"

#define KEY_BLOCK_MAX (2 * (DIGEST_MAX + KEY_MAX + IV_LEN))
#define ADDITIONAL_LEN 13
#define EXPLICIT_NONCE 8

/* Bytes of the iv that come from the key block. */
static size_t fixed_iv_len(enum cipher c)
{
	return cipher_is_cbc(c) ? 0 : c == CIPHER_CHACHA20 ? IV_LEN : IV_LEN - EXPLICIT_NONCE;
}

void tls12_activate(struct tls_conn *c, enum way w)
{
	struct tls_way *d = &c->way[w];
	d->epoch = EPOCH_TLS12;
	d->number = 0;
	d->suite = c->suite;
	d->is_encrypt_then_mac = c->is_encrypt_then_mac;
	if (!c->secrets.len[SECRET_MASTER])
		tls_find_secrets(c);
	if (!c->secrets.len[SECRET_MASTER] || !c->suite) {
		opener_fini(&d->opener);
		return;
	}
	enum cipher cipher = c->suite->cipher;
	size_t n_mac = cipher_is_cbc(cipher) ? digest_len(c->suite->mac) : 0;
	size_t n_key = cipher_key_len(cipher), n_iv = fixed_iv_len(cipher);
	uint8_t block[KEY_BLOCK_MAX];
	tls12_prf(c->shared->crypto, c->suite->hash, (struct bytes){ c->secrets.at[SECRET_MASTER], 48 },
		  "key expansion", (struct bytes){ c->server_random, RANDOM_LEN },
		  (struct bytes){ c->client_random, RANDOM_LEN }, block, 2 * (n_mac + n_key + n_iv));
	/* both MAC keys, both keys, both ivs, each time the client's first */
	memcpy(d->mac_key, block + w * n_mac, n_mac);
	opener_init(c->shared->crypto, &d->opener, cipher, block + 2 * n_mac + w * n_key,
		    (struct bytes){ block + 2 * (n_mac + n_key) + w * n_iv, n_iv });
	wipe(block, sizeof(block));
}

static void put_additional(uint8_t out[ADDITIONAL_LEN], uint64_t number, const struct record *r, size_t len)
{
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(number >> (56 - 8 * i));
	out[8] = r->type;
	out[9] = r->head.at[1];
	out[10] = r->head.at[2];
	out[11] = (uint8_t)(len >> 8);
	out[12] = (uint8_t)len;
}

static bool is_mac(const struct tls_conn *c, const struct tls_way *d, uint64_t number, const struct record *r,
		   size_t len, struct bytes a, struct bytes b, const uint8_t *mac)
{
	uint8_t additional[ADDITIONAL_LEN], want[DIGEST_MAX];
	size_t n_mac = digest_len(d->suite->mac);
	put_additional(additional, number, r, len);
	const struct bytes pieces[3] = { { additional, sizeof(additional) }, a, b };
	hmac3(c->shared->crypto, d->suite->mac, (struct bytes){ d->mac_key, n_mac }, pieces, want);
	return memcmp(want, mac, n_mac) == 0;
}

/* RFC 5246 6.2.3.2; with encrypt-then-MAC the MAC stands behind the cipher text (RFC 7366 3). */
static int open_cbc(const struct tls_conn *c, struct tls_way *d, uint64_t number, const struct record *r,
		    uint8_t *out)
{
	size_t n_mac = digest_len(d->suite->mac), n = r->body.len;
	static const struct bytes none = { (const uint8_t *)"", 0 };
	if (n < 16 + n_mac)
		return -1;
	if (d->is_encrypt_then_mac) {
		n -= n_mac;
		if (!is_mac(c, d, number, r, n, bytes_head(r->body, n), none, r->body.at + n))
			return -1;
	}
	struct bytes sealed = { r->body.at + 16, n - 16 };
	int len = opener_open_cbc(&d->opener, r->body.at, sealed, out);
	if (len <= 0)
		return -1;
	size_t padding = out[len - 1] + 1U, inner_mac = d->is_encrypt_then_mac ? 0 : n_mac;
	if (padding + inner_mac > (size_t)len)
		return -1;
	size_t n_plain = (size_t)len - padding - inner_mac;
	if (inner_mac &&
	    !is_mac(c, d, number, r, n_plain, (struct bytes){ out, n_plain }, none, out + n_plain))
		return -1;
	return (int)n_plain;
}

int tls12_open(const struct tls_conn *c, struct tls_way *d, uint64_t number, const struct record *r,
	       uint8_t *out)
{
	if (!opener_is_set(&d->opener))
		return -1;
	if (cipher_is_cbc(d->suite->cipher))
		return open_cbc(c, d, number, r, out);
	size_t n_explicit = d->suite->cipher == CIPHER_CHACHA20 ? 0 : EXPLICIT_NONCE;
	if (r->body.len < n_explicit + d->opener.tag_len)
		return -1;
	uint8_t nonce[IV_LEN], additional[ADDITIONAL_LEN];
	struct bytes sealed = bytes_tail(r->body, n_explicit);
	opener_nonce(&d->opener, n_explicit ? 0 : number, nonce);
	memcpy(nonce + IV_LEN - n_explicit, r->body.at, n_explicit);
	put_additional(additional, number, r, sealed.len - d->opener.tag_len);
	return opener_open(&d->opener, nonce, (struct bytes){ additional, sizeof(additional) }, sealed, out);
}
