#include "check.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "wire/quic.h"

/* The client's Initial keys for the destination 8394c8f03e515708: RFC 9001 A.1 and RFC 9369 A.1. */
static const struct vector {
	uint32_t version;
	uint8_t first; /* Initial, packet number of 4 bytes, fixed bit */
	const char *key, *iv, *hp;
} vectors[] = {
	{ 1, 0xc3, "1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c",
	  "9f50449e04a0e810283a1e9933adedd2" },
	{ 0x6b3343cf, 0xd3, "8b1a0bc121284290a29e0971b5cd045d", "91f73e2351d8fa91660e909f",
	  "45b95e15235d6f45a6b19cbcb0294ba9" },
};
static const uint8_t DCID[8] = { 0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08 };

enum {
	HELLO_LEN = 1900,
	DATAGRAM_LEN = 1200,
};

static void unhex(const char *text, uint8_t *ret)
{
	for (size_t i = 0; text[2 * i]; i++)
		ret[i] = (uint8_t)strtoul((char[]){ text[2 * i], text[2 * i + 1], '\0' }, NULL, 16);
}

/* A handshake message of which every byte is known by its place. */
static void make_hello(uint8_t hello[HELLO_LEN])
{
	for (size_t i = 0; i < HELLO_LEN; i++)
		hello[i] = (uint8_t)(i * 7 + i / 256);
	hello[0] = 1;
	hello[1] = 0;
	hello[2] = (HELLO_LEN - 4) >> 8;
	hello[3] = (HELLO_LEN - 4) & 0xff;
}

static size_t crypto_frame(uint8_t *at, const uint8_t *hello, size_t from, size_t len)
{
	at[0] = 0x06;
	at[1] = (uint8_t)(0x40 | from >> 8);
	at[2] = (uint8_t)from;
	at[3] = (uint8_t)(0x40 | len >> 8);
	at[4] = (uint8_t)len;
	memcpy(at + 5, hello + from, len);
	return 5 + len;
}

/* Protects an Initial with the vector's keys and pads it to a whole datagram. */
static size_t protect(const struct vector *v, uint32_t number, const uint8_t *frames, size_t len,
		      uint8_t ret[DATAGRAM_LEN])
{
	uint8_t key[16], nonce[12], hp[16], mask[16], plain[DATAGRAM_LEN] = { 0 };
	size_t n = 0, body_len = DATAGRAM_LEN - 26 - 16;
	int out = 0;
	unhex(v->key, key);
	unhex(v->iv, nonce);
	unhex(v->hp, hp);
	memcpy(plain, frames, len);
	ret[n++] = v->first;
	for (int shift = 24; shift >= 0; shift -= 8)
		ret[n++] = (uint8_t)(v->version >> shift);
	ret[n++] = sizeof(DCID);
	memcpy(ret + n, DCID, sizeof(DCID));
	n += sizeof(DCID);
	ret[n++] = 0; /* scid */
	ret[n++] = 0; /* token */
	ret[n++] = (uint8_t)(0x40 | (4 + body_len + 16) >> 8);
	ret[n++] = (uint8_t)(4 + body_len + 16);
	size_t number_at = n;
	n += 4;
	for (int i = 0; i < 4; i++) {
		ret[number_at + (size_t)i] = (uint8_t)(number >> (24 - 8 * i));
		nonce[8 + i] ^= (uint8_t)(number >> (24 - 8 * i));
	}
	body_len = DATAGRAM_LEN - n - 16;
	ret[number_at - 2] = (uint8_t)(0x40 | (4 + body_len + 16) >> 8);
	ret[number_at - 1] = (uint8_t)(4 + body_len + 16);
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	assert_int_equal(EVP_EncryptInit_ex2(c, EVP_aes_128_gcm(), key, nonce, NULL), 1);
	EVP_EncryptUpdate(c, NULL, &out, ret, (int)n);
	EVP_EncryptUpdate(c, ret + n, &out, plain, (int)body_len);
	EVP_EncryptFinal_ex(c, ret + n + body_len, &out);
	EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 16, ret + n + body_len);
	EVP_EncryptInit_ex2(c, EVP_aes_128_ecb(), hp, NULL, NULL);
	EVP_EncryptUpdate(c, mask, &out, ret + number_at + 4, 16);
	EVP_CIPHER_CTX_free(c);
	ret[0] ^= mask[0] & 0x0f;
	for (size_t i = 0; i < 4; i++)
		ret[number_at + i] ^= mask[1 + i];
	return DATAGRAM_LEN;
}

struct fixture {
	struct quic_cipher *cipher;
	struct quic_crypto c;
	struct quic_found found;
	struct bytes hello;
};

static enum parse give(struct fixture *f, const uint8_t *at, size_t len)
{
	return quic_client_datagram(&f->c, f->cipher, (struct bytes){ at, len }, &f->found, &f->hello);
}

static void hellos_are_put_together_in_any_order(void **state)
{
	(void)state;
	static const size_t orders[][4] = { { 0, 1, 2, 3 }, { 3, 2, 1, 0 }, { 2, 0, 3, 1 }, { 1, 1, 3, 0 } };
	uint8_t hello[HELLO_LEN], frames[1100], datagram[DATAGRAM_LEN];
	make_hello(hello);
	for (size_t v = 0; v < COUNT(vectors); v++) {
		for (size_t o = 0; o < COUNT(orders); o++) {
			struct fixture f = { .cipher = quic_cipher_new() };
			enum parse answer = PARSE_MORE;
			for (uint32_t i = 0; i < 4; i++) {
				/* Pieces of a quarter, each reaching a little into the next one. */
				size_t from = orders[o][i] * (HELLO_LEN / 4);
				size_t len = from + HELLO_LEN / 4 + 20 <= HELLO_LEN ? HELLO_LEN / 4 + 20
										    : HELLO_LEN / 4;
				size_t n = crypto_frame(frames, hello, from, len);
				protect(&vectors[v], i, frames, n, datagram);
				answer = give(&f, datagram, sizeof(datagram));
				assert_int_equal(f.found.n_initials, 1);
				assert_int_equal(f.found.n_bad, 0);
			}
			if (o == 3) { /* a piece is missing */
				assert_int_equal(answer, PARSE_MORE);
				size_t n = crypto_frame(frames, hello, HELLO_LEN / 2, HELLO_LEN / 4);
				protect(&vectors[v], 9, frames, n, datagram);
				answer = give(&f, datagram, sizeof(datagram));
			}
			assert_int_equal(answer, PARSE_OK);
			assert_int_equal(f.hello.len, HELLO_LEN);
			assert_memory_equal(f.hello.at, hello, HELLO_LEN);
			quic_crypto_fini(&f.c);
			quic_cipher_free(f.cipher);
		}
	}
}

/* Other keys, as after a Retry or a new version: the hello that came under the old ones does not count. */
static void new_keys_begin_anew(void **state)
{
	(void)state;
	uint8_t hello[HELLO_LEN], other[HELLO_LEN], frames[1100], datagram[DATAGRAM_LEN];
	make_hello(hello);
	memset(other, 0xee, sizeof(other));
	struct fixture f = { .cipher = quic_cipher_new() };
	protect(&vectors[0], 0, frames, crypto_frame(frames, other, 900, 1000), datagram);
	assert_int_equal(give(&f, datagram, sizeof(datagram)), PARSE_MORE);
	protect(&vectors[1], 0, frames, crypto_frame(frames, hello, 0, 1000), datagram);
	assert_int_equal(give(&f, datagram, sizeof(datagram)), PARSE_MORE);
	assert_int_equal(f.hello.len, 1000);
	protect(&vectors[1], 1, frames, crypto_frame(frames, hello, 1000, 900), datagram);
	assert_int_equal(give(&f, datagram, sizeof(datagram)), PARSE_OK);
	assert_memory_equal(f.hello.at, hello, HELLO_LEN);
	quic_crypto_fini(&f.c);
	quic_cipher_free(f.cipher);
}

/* A server's hello is no client's. */
static void another_message_is_bad(void **state)
{
	(void)state;
	uint8_t hello[HELLO_LEN], frames[1100], datagram[DATAGRAM_LEN];
	make_hello(hello);
	hello[0] = 2;
	struct fixture f = { .cipher = quic_cipher_new() };
	protect(&vectors[0], 0, frames, crypto_frame(frames, hello, 0, 1000), datagram);
	assert_int_equal(give(&f, datagram, sizeof(datagram)), PARSE_BAD);
	quic_crypto_fini(&f.c);
	quic_cipher_free(f.cipher);
}

/* Chromium cuts its hello into many small frames, shuffled, with PING and PADDING between. */
static void many_frames_in_one_packet(void **state)
{
	(void)state;
	uint8_t hello[HELLO_LEN], frames[1100], datagram[DATAGRAM_LEN];
	size_t n = 0, small = 300;
	make_hello(hello);
	hello[2] = (uint8_t)((small - 4) >> 8);
	hello[3] = (uint8_t)(small - 4);
	for (size_t i = 0; i < 30; i++) {
		n += crypto_frame(frames + n, hello, (i * 7 % 30) * 10, 10);
		frames[n++] = 0x01;
		frames[n++] = 0x00;
	}
	protect(&vectors[0], 0, frames, n, datagram);
	struct fixture f = { .cipher = quic_cipher_new() };
	assert_int_equal(give(&f, datagram, sizeof(datagram)), PARSE_OK);
	assert_int_equal(f.hello.len, small);
	assert_memory_equal(f.hello.at, hello, small);
	quic_crypto_fini(&f.c);
	quic_cipher_free(f.cipher);
}

static void what_is_changed_is_not_decrypted(void **state)
{
	(void)state;
	uint8_t hello[HELLO_LEN], frames[1100], datagram[DATAGRAM_LEN];
	make_hello(hello);
	size_t n = crypto_frame(frames, hello, 0, 1000);
	struct fixture f = { .cipher = quic_cipher_new() };
	for (size_t at = 0; at < DATAGRAM_LEN; at += 37) {
		protect(&vectors[0], 0, frames, n, datagram);
		datagram[at] ^= 0x20;
		give(&f, datagram, sizeof(datagram));
		assert_int_equal(f.c.n_pieces, 0);
	}
	quic_crypto_fini(&f.c);
	quic_cipher_free(f.cipher);
}

/* A datagram that the snap length cut gives the part of the hello that is there. */
static void every_prefix_gives_what_it_has(void **state)
{
	(void)state;
	uint8_t hello[HELLO_LEN], frames[1100], datagram[DATAGRAM_LEN];
	make_hello(hello);
	protect(&vectors[0], 0, frames, crypto_frame(frames, hello, 0, 1000), datagram);
	struct quic_cipher *cipher = quic_cipher_new();
	size_t n_given = 0;
	for (size_t cut = 0; cut < DATAGRAM_LEN; cut++) {
		struct fixture f = { .cipher = cipher };
		uint8_t *copy = test_malloc(cut + 1);
		memcpy(copy + 1, datagram, cut);
		enum parse answer = give(&f, copy + 1, cut);
		assert_int_not_equal(answer, PARSE_OK);
		assert_in_range(f.hello.len, 0, cut);
		if (f.hello.len > 0)
			assert_memory_equal(f.hello.at, hello, f.hello.len);
		n_given += f.hello.len > 0;
		quic_crypto_fini(&f.c);
		test_free(copy);
	}
	assert_in_range(n_given, 1000, DATAGRAM_LEN);
	quic_cipher_free(cipher);
}

/* Version negotiation is asked for, then the real one comes. */
static void a_greased_version_is_waited_for(void **state)
{
	(void)state;
	static const uint8_t greased[48] = { 0xc0, 0x1a, 0x2a, 0x3a, 0x4a, 8 },
			     foreign[48] = { 0xc0, 1, 2, 3, 4, 8 };
	struct fixture f = { .cipher = quic_cipher_new() };
	assert_int_equal(give(&f, greased, sizeof(greased)), PARSE_MORE);
	assert_int_equal(give(&f, foreign, sizeof(foreign)), PARSE_BAD);

	/* Clients protect it as one of version 1: its hello can be read already. */
	struct vector v = vectors[0];
	uint8_t hello[HELLO_LEN], frames[1100], datagram[DATAGRAM_LEN];
	v.version = 0x1a2a3a4a;
	make_hello(hello);
	protect(&v, 0, frames, crypto_frame(frames, hello, 0, 1000), datagram);
	assert_int_equal(give(&f, datagram, DATAGRAM_LEN), PARSE_MORE);
	assert_int_equal(f.found.n_initials, 1);
	assert_int_equal(f.hello.len, 1000);
	quic_crypto_fini(&f.c);
	quic_cipher_free(f.cipher);
}

static void headers_by_version(void **state)
{
	(void)state;
	static const struct {
		uint8_t bytes[48];
		size_t len;
		enum parse answer;
		enum quic_type type;
	} rows[] = {
		{ { 0x40, 1, 2, 3 }, 4, PARSE_OK, QUIC_SHORT },
		{ { 0x00, 1, 2, 3 }, 4, PARSE_BAD, QUIC_SHORT },
		{ { 0xc0, 0, 0, 0, 0, 1, 9, 1, 8, 0, 0, 0, 1 }, 13, PARSE_OK, QUIC_VERSION_NEGOTIATION },
		{ { 0xc0, 0, 0, 0, 0, 1, 9, 1, 8, 0, 0, 0 }, 12, PARSE_BAD, QUIC_VERSION_NEGOTIATION },
		{ { 0xf0, 0, 0, 0, 1, 1, 9, 1, 8 }, 26, PARSE_OK, QUIC_RETRY },
		{ { 0xc0, 0x6b, 0x33, 0x43, 0xcf, 1, 9, 1, 8 }, 26, PARSE_OK, QUIC_RETRY },
		{ { 0xe0, 0, 0, 0, 1, 1, 9, 1, 8, 20 }, 30, PARSE_OK, QUIC_HANDSHAKE },
		{ { 0xd0, 0, 0, 0, 1, 1, 9, 1, 8, 20 }, 30, PARSE_OK, QUIC_ZERO_RTT },
		{ { 0x80, 0, 0, 0, 1, 1, 9, 1, 8, 0, 20 },
		  31,
		  PARSE_OK,
		  QUIC_INITIAL }, /* greased fixed bit */
		{ { 0xc0, 0, 0, 0, 1, 1, 9, 1, 8, 0, 21 },
		  31,
		  PARSE_OK,
		  QUIC_INITIAL },                                          /* longer than the datagram: cut */
		{ { 0xc0, 0, 0, 0, 1, 21 }, 48, PARSE_BAD, QUIC_INITIAL }, /* id too long */
		{ { 0xc0, 0xab, 0xcd, 0, 1, 1, 9, 1, 8, 0, 20 }, 31, PARSE_BAD, QUIC_INITIAL },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct quic_header h = { .type = QUIC_SHORT };
		assert_int_equal(quic_header((struct bytes){ rows[i].bytes, rows[i].len }, &h),
				 rows[i].answer);
		if (rows[i].answer == PARSE_OK)
			assert_int_equal(h.type, rows[i].type);
	}
}

static void google_names_its_server_in_clear(void **state)
{
	(void)state;
	static const uint8_t q043[] = "\x0d\x01\x02\x03\x04\x05\x06\x07\x08Q043\x01"
				      "hash12bytes.\xa0\x01\x00\x04"
				      "CHLO\x02\x00\x00\x00"
				      "PAD\x00\x03\x00\x00\x00"
				      "SNI\x00\x0e\x00\x00\x00"
				      "---www.example";
	struct bytes name = { 0 }, b = { q043, sizeof(q043) - 1 };
	assert_int_equal(quic_google_server_name(b, &name), PARSE_OK);
	assert_int_equal(name.len, 11);
	assert_memory_equal(name.at, "www.example", 11);
	for (size_t cut = 0; cut < b.len; cut++) {
		enum parse answer = quic_google_server_name((struct bytes){ q043, cut }, &name);
		assert_int_not_equal(answer, PARSE_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hellos_are_put_together_in_any_order),
		cmocka_unit_test(new_keys_begin_anew),
		cmocka_unit_test(another_message_is_bad),
		cmocka_unit_test(many_frames_in_one_packet),
		cmocka_unit_test(what_is_changed_is_not_decrypted),
		cmocka_unit_test(every_prefix_gives_what_it_has),
		cmocka_unit_test(a_greased_version_is_waited_for),
		cmocka_unit_test(headers_by_version),
		cmocka_unit_test(google_names_its_server_in_clear),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
