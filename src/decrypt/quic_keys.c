/* Keys of QUIC packets, and taking their protection off. spec: RFC 9001 5, RFC 9369 3.3 */
#include <string.h>

#include "decrypt/quic_parts.h"

#define HEAD_MAX 256

const char *quic_label(uint32_t version, const char *v1, const char *v2)
{
	return quic_version_is_2(version) ? v2 : v1;
}

bool quic_key_set(const struct crypto *x, struct quic_key *k, uint32_t version, struct bytes secret,
		  enum cipher cipher, bool keep_mask)
{
	enum digest d = secret.len == 48 ? DIGEST_SHA384 : DIGEST_SHA256;
	uint8_t key[KEY_MAX], iv[IV_LEN];
	size_t key_len = cipher_key_len(cipher);
	hkdf_expand_label(x, d, secret, quic_label(version, "quic key", "quicv2 key"), key, key_len);
	hkdf_expand_label(x, d, secret, quic_label(version, "quic iv", "quicv2 iv"), iv, IV_LEN);
	bool ok = opener_init(x, &k->opener, cipher, key, (struct bytes){ iv, IV_LEN });
	if (ok && !keep_mask) {
		hkdf_expand_label(x, d, secret, quic_label(version, "quic hp", "quicv2 hp"), key, key_len);
		ok = mask_init(x, &k->mask, cipher, key);
	}
	memmove(k->secret, secret.at, secret.len);
	k->secret_len = (uint8_t)secret.len;
	k->cipher = cipher;
	wipe(key, sizeof(key));
	return ok;
}

void quic_key_fini(struct quic_key *k)
{
	opener_fini(&k->opener);
	mask_fini(&k->mask);
	wipe(k, sizeof(*k));
}

bool quic_initial_key(const struct crypto *x, struct quic_key *k, enum way w, uint32_t version,
		      struct bytes dcid)
{
	const uint8_t *salt = quic_salt(version);
	uint8_t common[DIGEST_MAX], secret[SECRET_MAX];
	if (!salt)
		return false;
	hkdf_extract(x, DIGEST_SHA256, (struct bytes){ salt, QUIC_SALT_LEN }, dcid, common);
	hkdf_expand_label(x, DIGEST_SHA256, (struct bytes){ common, 32 },
			  w == WAY_UP ? "client in" : "server in", secret, 32);
	return quic_key_set(x, k, version, (struct bytes){ secret, 32 }, CIPHER_AES_128_GCM, false);
}

void quic_next_secret(const struct crypto *x, const struct quic_key *k, uint32_t version,
		      uint8_t ret[SECRET_MAX])
{
	hkdf_expand_label(x, k->secret_len == 48 ? DIGEST_SHA384 : DIGEST_SHA256,
			  (struct bytes){ k->secret, k->secret_len },
			  quic_label(version, "quic ku", "quicv2 ku"), ret, k->secret_len);
}

/* RFC 9000 A.3: the number that is nearest to the one expected. */
static uint64_t decode_number(uint64_t largest, uint64_t truncated, unsigned n_bytes)
{
	uint64_t expected = largest == UINT64_MAX ? 0 : largest + 1;
	uint64_t window = UINT64_C(1) << (8 * n_bytes), half = window / 2;
	uint64_t candidate = (expected & ~(window - 1)) | truncated;
	if (candidate + half <= expected && candidate < (UINT64_C(1) << 62) - window)
		return candidate + window;
	if (candidate > expected + half && candidate >= window)
		return candidate - window;
	return candidate;
}

int quic_unmask(struct quic_key *k, struct quic_packet *p, uint64_t largest, uint8_t *head,
		size_t *ret_head_len)
{
	if (!k->mask.ctx || p->number_at + 20 > p->bytes.len || p->number_at + 4 > HEAD_MAX)
		return -1;
	uint8_t mask[5];
	mask_bytes(&k->mask, p->bytes.at + p->number_at + 4, mask);
	memcpy(head, p->bytes.at, p->number_at + 4);
	head[0] ^= mask[0] & (head[0] & 0x80 ? 0x0f : 0x1f);
	unsigned n = (head[0] & 3U) + 1;
	uint64_t truncated = 0;
	for (unsigned i = 0; i < n; i++) {
		head[p->number_at + i] ^= mask[1 + i];
		truncated = truncated << 8 | head[p->number_at + i];
	}
	p->number = decode_number(largest, truncated, n);
	p->is_phase_1 = !(head[0] & 0x80) && (head[0] & 4);
	*ret_head_len = p->number_at + n;
	return 0;
}

int quic_open(struct opener *o, const struct quic_packet *p, struct bytes head, uint8_t *out)
{
	uint8_t nonce[IV_LEN];
	if (!opener_is_set(o))
		return -1;
	opener_nonce(o, p->number, nonce);
	return opener_open(o, nonce, head, bytes_tail(p->bytes, head.len), out);
}
