/* Protection of Initials: HKDF with SHA-256, AES-128-GCM. spec: RFC 9001 5.2 to 5.4, RFC 5869, RFC 8446 7.1
 */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "wire/quic_parts.h"

enum {
	HASH_LEN = 32,
	HASH_BLOCK = 64,
	SALT_LEN = 20,
	TAG_LEN = 16,
	PACKET_MAX = 65536,
};

struct quic_cipher {
	EVP_MD *sha256;
	EVP_CIPHER *gcm, *ecb;
	EVP_MD_CTX *hash;
	EVP_CIPHER_CTX *aead, *mask;
	uint8_t plain[PACKET_MAX];
};

struct quic_cipher *quic_cipher_new(void)
{
	struct quic_cipher *k = calloc(1, sizeof(*k));
	if (!k)
		return NULL;
	k->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	k->gcm = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
	k->ecb = EVP_CIPHER_fetch(NULL, "AES-128-ECB", NULL);
	k->hash = EVP_MD_CTX_new();
	k->aead = EVP_CIPHER_CTX_new();
	k->mask = EVP_CIPHER_CTX_new();
	if (!k->sha256 || !k->gcm || !k->ecb || !k->hash || !k->aead || !k->mask ||
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
	EVP_MD_CTX_free(k->hash);
	EVP_CIPHER_CTX_free(k->aead);
	EVP_CIPHER_CTX_free(k->mask);
	EVP_MD_free(k->sha256);
	EVP_CIPHER_free(k->gcm);
	EVP_CIPHER_free(k->ecb);
	free(k);
}

static void digest(struct quic_cipher *k, const uint8_t pad[HASH_BLOCK], const uint8_t *data, size_t len,
		   uint8_t ret[HASH_LEN])
{
	EVP_DigestInit_ex2(k->hash, k->sha256, NULL);
	EVP_DigestUpdate(k->hash, pad, HASH_BLOCK);
	EVP_DigestUpdate(k->hash, data, len);
	EVP_DigestFinal_ex(k->hash, ret, NULL);
}

/* RFC 2104. Over bare digests, since a flow takes six of them and OpenSSL's own HMAC costs three times as
 * much. */
static void hmac(struct quic_cipher *k, const uint8_t *key, size_t key_len, const uint8_t *data, size_t len,
		 uint8_t ret[HASH_LEN])
{
	uint8_t inner[HASH_BLOCK], outer[HASH_BLOCK], sum[HASH_LEN];
	memset(inner, 0x36, sizeof(inner));
	memset(outer, 0x5c, sizeof(outer));
	for (size_t i = 0; i < key_len; i++) {
		inner[i] ^= key[i];
		outer[i] ^= key[i];
	}
	digest(k, inner, data, len, sum);
	digest(k, outer, sum, sizeof(sum), ret);
}

/* HKDF-Expand-Label with an empty context. limits: len <= HASH_LEN, so that one round does. */
static void expand(struct quic_cipher *k, const uint8_t secret[HASH_LEN], const char *label, size_t len,
		   uint8_t *ret)
{
	uint8_t info[64], out[HASH_LEN];
	size_t label_len = strlen(label), n = 0;
	info[n++] = 0;
	info[n++] = (uint8_t)len;
	info[n++] = (uint8_t)(6 + label_len);
	memcpy(info + n, "tls13 ", 6);
	memcpy(info + n + 6, label, label_len);
	n += 6 + label_len;
	info[n++] = 0;
	info[n++] = 1; /* the round */
	hmac(k, secret, HASH_LEN, info, n, out);
	memcpy(ret, out, len);
}

bool quic_initial_secrets(struct quic_cipher *k, uint32_t version, struct bytes cid,
			  uint8_t ret_client[QUIC_SECRET_LEN], uint8_t ret_server[QUIC_SECRET_LEN])
{
	const uint8_t *salt = quic_salt(version);
	uint8_t initial[HASH_LEN];
	if (!salt || cid.len > QUIC_CID_MAX)
		return false;
	hmac(k, salt, SALT_LEN, cid.at, cid.len, initial);
	expand(k, initial, "client in", HASH_LEN, ret_client);
	if (ret_server)
		expand(k, initial, "server in", HASH_LEN, ret_server);
	return true;
}

bool quic_client_keys(struct quic_cipher *k, struct bytes cid, struct quic_crypto *c)
{
	uint8_t client[HASH_LEN];
	bool is_2 = quic_version_is_2(c->version);
	if (!quic_initial_secrets(k, c->version, cid, client, NULL))
		return false;
	expand(k, client, is_2 ? "quicv2 key" : "quic key", sizeof(c->key), c->key);
	expand(k, client, is_2 ? "quicv2 iv" : "quic iv", sizeof(c->iv), c->iv);
	expand(k, client, is_2 ? "quicv2 hp" : "quic hp", sizeof(c->hp), c->hp);
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
