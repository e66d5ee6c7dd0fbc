/* TLS 1.3: keys of its epochs, and opening records. spec: RFC 8446 5.2, 7 */
#include <string.h>

#include "decrypt/tls_parts.h"

static void set_secret(const struct tls_conn *c, struct tls_way *d, const struct suite *suite,
		       struct bytes secret)
{
	uint8_t key[KEY_MAX], iv[IV_LEN];
	hkdf_expand_label(c->shared->crypto, suite->hash, secret, "key", key, cipher_key_len(suite->cipher));
	hkdf_expand_label(c->shared->crypto, suite->hash, secret, "iv", iv, IV_LEN);
	opener_init(c->shared->crypto, &d->opener, suite->cipher, key, (struct bytes){ iv, IV_LEN });
	memmove(d->secret, secret.at, secret.len);
	d->secret_len = (uint8_t)secret.len;
	d->suite = suite;
	wipe(key, sizeof(key));
}

/* Early data is sealed with the suite of the session resumed, which is not seen: what goes with the secret's
 * length is tried, the most used one first.
 */
static const struct suite *early_suite(size_t secret_len)
{
	return suite_find(secret_len == 48 ? 0x1302 : 0x1301);
}

bool tls13_enter(struct tls_conn *c, enum way w, enum epoch e)
{
	static const enum secret secrets[] = { [EPOCH_EARLY] = SECRET_EARLY,
					       [EPOCH_HANDSHAKE] = SECRET_CLIENT_HANDSHAKE,
					       [EPOCH_TRAFFIC] = SECRET_CLIENT_TRAFFIC };
	struct tls_way *d = &c->way[w];
	enum secret s = secrets[e] + (e != EPOCH_EARLY && w == WAY_DOWN);
	d->epoch = e;
	d->number = 0;
	if (!c->secrets.len[s])
		tls_find_secrets(c);
	struct bytes secret = { c->secrets.at[s], c->secrets.len[s] };
	const struct suite *suite = e == EPOCH_EARLY ? early_suite(secret.len) : c->suite;
	if (!secret.len || !suite || secret.len != digest_len(suite->hash)) {
		opener_fini(&d->opener);
		return false;
	}
	set_secret(c, d, suite, secret);
	return opener_is_set(&d->opener);
}

bool tls13_next_generation(const struct tls_conn *c, struct tls_way *d)
{
	if (!d->suite || !d->secret_len || d->epoch != EPOCH_TRAFFIC)
		return false;
	uint8_t next[DIGEST_MAX];
	hkdf_expand_label(c->shared->crypto, d->suite->hash, (struct bytes){ d->secret, d->secret_len },
			  "traffic upd", next, d->secret_len);
	set_secret(c, d, d->suite, (struct bytes){ next, d->secret_len });
	wipe(next, sizeof(next));
	d->number = 0;
	return true;
}

bool tls13_has_numbers(const struct tls_way *d)
{
	return d->epoch != EPOCH_TLS12 && opener_is_set(&d->opener) && cipher_is_gcm(d->suite->cipher);
}

bool tls13_find_number(const struct tls_conn *c, const struct tls_way *d, const struct record *r,
		       uint64_t *ret)
{
	uint8_t key[KEY_MAX], nonce[IV_LEN];
	if (r->type != RECORD_DATA)
		return false;
	hkdf_expand_label(c->shared->crypto, d->suite->hash, (struct bytes){ d->secret, d->secret_len },
			  "key", key, cipher_key_len(d->suite->cipher));
	bool ok = gcm_find_nonce(c->shared->crypto, d->suite->cipher, key, r->head, r->body, c->shared->plain,
				 nonce);
	wipe(key, sizeof(key));
	return ok && opener_number(&d->opener, nonce, ret);
}

int tls13_open(const struct tls_conn *c, struct tls_way *d, uint64_t number, const struct record *r,
	       uint8_t *out)
{
	uint8_t nonce[IV_LEN];
	if (!opener_is_set(&d->opener) || r->type != RECORD_DATA)
		return -1;
	opener_nonce(&d->opener, number, nonce);
	int n = opener_open(&d->opener, nonce, r->head, r->body, out);
	if (n >= 0 || number || d->epoch != EPOCH_EARLY || d->suite->cipher != CIPHER_AES_128_GCM)
		return n;
	set_secret(c, d, suite_find(0x1303), (struct bytes){ d->secret, d->secret_len });
	opener_nonce(&d->opener, number, nonce);
	n = opener_open(&d->opener, nonce, r->head, r->body, out);
	if (n < 0)
		set_secret(c, d, suite_find(0x1301), (struct bytes){ d->secret, d->secret_len });
	return n;
}
