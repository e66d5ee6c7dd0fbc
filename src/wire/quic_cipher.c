/* Protection of Initials: HKDF with SHA-256, AES-128-GCM. spec: RFC 9001 5.2 to 5.4, RFC 5869, RFC 8446 7.1
 */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "wire/digest.h"
#include "wire/quic_parts.h"

enum {
	TAG_LEN = 16,
	PACKET_MAX = 65536,
};

struct quic_cipher {
	EVP_CIPHER *gcm, *ecb;
	EVP_CIPHER_CTX *aead, *mask;
	uint8_t plain[PACKET_MAX];
};

struct quic_cipher *quic_cipher_new(void)
{
	struct quic_cipher *k = calloc(1, sizeof(*k));
	if (!k)
		return NULL;
	k->gcm = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
	k->ecb = EVP_CIPHER_fetch(NULL, "AES-128-ECB", NULL);
	k->aead = EVP_CIPHER_CTX_new();
	k->mask = EVP_CIPHER_CTX_new();
	if (!k->gcm || !k->ecb || !k->aead || !k->mask ||
	    EVP_DecryptInit_ex2(k->aead, k->gcm, NULL, NULL, NULL) != 1 ||
	    EVP_EncryptInit_ex2(k->mask, k->ecb, NULL, NULL, NULL) != 1) {
		quic_cipher_free(k);
		return NULL;
	}
	return k;
}

void quic_cipher_free(struct quic_cipher *k)
{
	if (!k)
		return;
	EVP_CIPHER_CTX_free(k->aead);
	EVP_CIPHER_CTX_free(k->mask);
	EVP_CIPHER_free(k->gcm);
	EVP_CIPHER_free(k->ecb);
	free(k);
}

bool quic_client_keys(struct bytes cid, struct quic_crypto *c)
{
	const uint8_t *salt = quic_salt(c->version);
	bool is_2 = quic_version_is_2(c->version);
	uint8_t secret[SHA256_LEN];
	if (!salt || cid.len > QUIC_CID_MAX)
		return false;
	struct digest_hmac key = digest_hmac_key((struct bytes){ salt, QUIC_SALT_LEN });
	digest_hmac(&key, cid, secret);
	key = digest_hmac_key((struct bytes){ secret, sizeof(secret) });
	digest_expand_label(&key, "client in", secret, sizeof(secret));
	key = digest_hmac_key((struct bytes){ secret, sizeof(secret) });
	digest_expand_label(&key, is_2 ? "quicv2 key" : "quic key", c->key, sizeof(c->key));
	digest_expand_label(&key, is_2 ? "quicv2 iv" : "quic iv", c->iv, sizeof(c->iv));
	digest_expand_label(&key, is_2 ? "quicv2 hp" : "quic hp", c->hp, sizeof(c->hp));
	c->has_keys = true;
	return true;
}

bool quic_open_initial(struct quic_cipher *k, const struct quic_crypto *c, const struct quic_header *h,
		       struct bytes *ret_plain)
{
	uint8_t mask[16], nonce[12];
	const uint8_t *packet = h->packet.at;
	size_t at = h->number_at;
	int n = 0;

	/* The sample is there: the header said so. */
	if (h->packet.len > PACKET_MAX || EVP_EncryptInit_ex2(k->mask, NULL, c->hp, NULL, NULL) != 1 ||
	    EVP_EncryptUpdate(k->mask, mask, &n, packet + at + 4, 16) != 1)
		return false;
	uint8_t first = packet[0] ^ (mask[0] & 0x0f);
	size_t number_len = (first & 3u) + 1;
	uint8_t number[4];
	memcpy(nonce, c->iv, sizeof(nonce));
	for (size_t i = 0; i < number_len; i++) {
		number[i] = packet[at + i] ^ mask[1 + i];
		nonce[12 - number_len + i] ^= number[i];
	}
	size_t body_at = at + number_len;
	size_t tag_len = h->is_cut ? 0 : TAG_LEN;
	if (h->packet.len < body_at + tag_len)
		return false;
	size_t body_len = h->packet.len - body_at - tag_len;
	uint8_t tag[TAG_LEN];
	memcpy(tag, packet + h->packet.len - tag_len, tag_len);
	/* The header as it was before its protection is what the tag covers, piece by piece. */
	if (EVP_DecryptInit_ex2(k->aead, NULL, c->key, nonce, NULL) != 1 ||
	    EVP_DecryptUpdate(k->aead, NULL, &n, &first, 1) != 1 ||
	    EVP_DecryptUpdate(k->aead, NULL, &n, packet + 1, (int)at - 1) != 1 ||
	    EVP_DecryptUpdate(k->aead, NULL, &n, number, (int)number_len) != 1 ||
	    EVP_DecryptUpdate(k->aead, k->plain, &n, packet + body_at, (int)body_len) != 1)
		return false;
	if (!h->is_cut && (EVP_CIPHER_CTX_ctrl(k->aead, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag) != 1 ||
			   EVP_DecryptFinal_ex(k->aead, k->plain + body_len, &n) != 1))
		return false;
	*ret_plain = (struct bytes){ k->plain, body_len };
	return true;
}
