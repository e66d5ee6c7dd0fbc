/* Keys and packets of the RFCs' examples. */
#include "check.h"

#include <string.h>

#include "decrypt/quic_parts.h"
#include "hex.h"

static void equals(const void *got, const char *want)
{
	struct bytes w = hex(want);
	assert_memory_equal(got, w.at, w.len);
}

/* RFC 9001 A.1 */
static void initial_keys_of_quic(void **state)
{
	(void)state;
	struct crypto *x = crypto_new();
	struct quic_key k[WAY_COUNT] = { 0 };
	for (int w = 0; w < WAY_COUNT; w++)
		assert_true(quic_initial_key(x, &k[w], (enum way)w, 1, hex("8394c8f03e515708")));
	equals(k[WAY_UP].secret, "c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea");
	equals(k[WAY_UP].opener.iv, "fa044b2f42a3fd3b46fb255c");
	equals(k[WAY_DOWN].secret, "3c199828fd139efd216c155ad844cc81fb82fa8d7446fa7d78be803acdda951b");
	equals(k[WAY_DOWN].opener.iv, "0ac1493ca1905853b0bba03e");
	uint8_t mask[5];
	mask_bytes(&k[WAY_UP].mask, hex("d1b1c98dd7689fb8ec11d242b123dc9b").at, mask); /* A.2 */
	equals(mask, "437b9aec36");
	assert_false(quic_initial_key(x, &k[WAY_UP], WAY_UP, 0x12345678, hex("8394c8f03e515708")));
	quic_key_fini(&k[WAY_UP]);
	quic_key_fini(&k[WAY_DOWN]);
	crypto_free(x);
}

/* RFC 9001 A.5 */
static void quic_chacha_packet(void **state)
{
	(void)state;
	struct crypto *x = crypto_new();
	struct quic_key k = { 0 };
	struct bytes secret = hex("9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b");
	assert_true(quic_key_set(x, &k, 1, secret, CIPHER_CHACHA20, false));
	equals(k.opener.iv, "e0459b3474bdd0e44a41c144");
	struct quic_packet p = { .bytes = hex("4cfe4189655e5cd55c41f69080575d7999c25a5bfb"), .number_at = 1 };
	uint8_t head[256], out[64];
	size_t n = 0;
	assert_int_equal(quic_unmask(&k, &p, 654360563, head, &n), 0);
	assert_int_equal(p.number, 654360564);
	equals(head, "4200bff4");
	assert_int_equal(quic_open(&k.opener, &p, (struct bytes){ head, n }, out), 1);
	assert_int_equal(out[0], 1); /* PING */
	uint8_t next[SECRET_MAX];
	quic_next_secret(x, &k, 1, next);
	equals(next, "1223504755036d556342ee9361d253421a826c9ecdf3c7148684b36b714881f9");
	p.number++;
	assert_int_equal(quic_open(&k.opener, &p, (struct bytes){ head, n }, out), -1);
	for (size_t len = 0; len < 21; len++) { /* cut */
		p.bytes.len = len;
		assert_int_equal(quic_unmask(&k, &p, 0, head, &n) == 0 &&
				     quic_open(&k.opener, &p, (struct bytes){ head, n }, out) >= 0,
				 0);
	}
	quic_key_fini(&k);
	crypto_free(x);
}

/* RFC 8448 3: the server's handshake traffic secret and what follows from it. */
static void tls13_keys(void **state)
{
	(void)state;
	struct crypto *x = crypto_new();
	struct bytes secret = hex("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38");
	uint8_t key[16], iv[12];
	hkdf_expand_label(x, DIGEST_SHA256, secret, "key", key, sizeof(key));
	hkdf_expand_label(x, DIGEST_SHA256, secret, "iv", iv, sizeof(iv));
	equals(key, "3fce516009c21727d0f2e4e86ee403bc");
	equals(iv, "5d313eb2671276ee13000b30");
	crypto_free(x);
}

/* NIST SP 800-38D's test vectors for AES-GCM: case 4 (AES-128, additional data), case 16 (AES-256). */
static void nonces_are_found_in_tags(void **state)
{
	static const struct {
		enum cipher cipher;
		const char *key, *sealed;
	} cases[] = {
		{ CIPHER_AES_128_GCM, "feffe9928665731c6d6a8f9467308308",
		  "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
		  "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a4"
		  "7" },
		{ CIPHER_AES_256_GCM, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
		  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
		  "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551"
		  "b" },
	};
	(void)state;
	struct crypto *x = crypto_new();
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t out[128], nonce[IV_LEN], key[KEY_MAX];
		struct bytes additional = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
		struct bytes sealed = hex(cases[i].sealed);
		memcpy(key, hex(cases[i].key).at, cipher_key_len(cases[i].cipher));
		assert_true(gcm_find_nonce(x, cases[i].cipher, key, additional, sealed, out, nonce));
		equals(nonce, "cafebabefacedbaddecaf888");
		key[3] ^= 1;
		assert_false(gcm_find_nonce(x, cases[i].cipher, key, additional, sealed, out, nonce));
		key[3] ^= 1;
		additional.len--;
		assert_false(gcm_find_nonce(x, cases[i].cipher, key, additional, sealed, out, nonce));
		for (size_t len = 0; len < sealed.len; len++)
			assert_false(gcm_find_nonce(x, cases[i].cipher, key, hex("00"),
						    bytes_head(sealed, len), out, nonce));
	}
	crypto_free(x);
}

static void suites_are_complete(void **state)
{
	(void)state;
	assert_null(suite_find(0x0000));
	assert_int_equal(suite_find(0x1301)->cipher, CIPHER_AES_128_GCM);
	assert_int_equal(suite_find(0x1302)->hash, DIGEST_SHA384);
	assert_int_equal(suite_find(0xc028)->mac, DIGEST_SHA384);
	assert_int_equal(suite_find(0x002f)->mac, DIGEST_SHA1);
	assert_true(cipher_is_cbc(suite_find(0x002f)->cipher));
	assert_int_equal(cipher_key_len(CIPHER_CHACHA20), 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(initial_keys_of_quic), cmocka_unit_test(quic_chacha_packet),
		cmocka_unit_test(tls13_keys),           cmocka_unit_test(nonces_are_found_in_tags),
		cmocka_unit_test(suites_are_complete),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
