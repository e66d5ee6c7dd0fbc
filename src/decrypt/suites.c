/* The cipher suites that can be read, by their numbers (IANA, TLS Cipher Suites). */
#include "decrypt/crypto.h"

#define GCM_128(id)                                                                                          \
	{                                                                                                    \
		id, CIPHER_AES_128_GCM, DIGEST_SHA256, 0                                                     \
	}
#define GCM_256(id)                                                                                          \
	{                                                                                                    \
		id, CIPHER_AES_256_GCM, DIGEST_SHA384, 0                                                     \
	}
#define CHACHA(id)                                                                                           \
	{                                                                                                    \
		id, CIPHER_CHACHA20, DIGEST_SHA256, 0                                                        \
	}
#define CCM(id, bits)                                                                                        \
	{                                                                                                    \
		id, CIPHER_AES_##bits##_CCM, DIGEST_SHA256, 0                                                \
	}
#define CCM_8(id, bits)                                                                                      \
	{                                                                                                    \
		id, CIPHER_AES_##bits##_CCM_8, DIGEST_SHA256, 0                                              \
	}
#define CBC(id, bits, mac)                                                                                   \
	{                                                                                                    \
		id, CIPHER_AES_##bits##_CBC, DIGEST_SHA256, DIGEST_##mac                                     \
	}
#define CBC_384(id, bits)                                                                                    \
	{                                                                                                    \
		id, CIPHER_AES_##bits##_CBC, DIGEST_SHA384, DIGEST_SHA384                                    \
	}

static const struct suite SUITES[] = {
	/* TLS 1.3 */
	GCM_128(0x1301),
	GCM_256(0x1302),
	CHACHA(0x1303),
	CCM(0x1304, 128),
	CCM_8(0x1305, 128),
	/* ECDHE with ECDSA, RSA and PSK */
	GCM_128(0xc02b),
	GCM_256(0xc02c),
	GCM_128(0xc02f),
	GCM_256(0xc030),
	GCM_128(0xd001),
	GCM_256(0xd002),
	CHACHA(0xcca8),
	CHACHA(0xcca9),
	CHACHA(0xccac),
	CCM(0xc0ac, 128),
	CCM(0xc0ad, 256),
	CCM_8(0xc0ae, 128),
	CCM_8(0xc0af, 256),
	CCM_8(0xd003, 128),
	CCM(0xd005, 128),
	CBC(0xc009, 128, SHA1),
	CBC(0xc00a, 256, SHA1),
	CBC(0xc013, 128, SHA1),
	CBC(0xc014, 256, SHA1),
	CBC(0xc023, 128, SHA256),
	CBC_384(0xc024, 256),
	CBC(0xc027, 128, SHA256),
	CBC_384(0xc028, 256),
	CBC(0xc035, 128, SHA1),
	CBC(0xc036, 256, SHA1),
	CBC(0xc037, 128, SHA256),
	CBC_384(0xc038, 256),
	/* ECDH */
	GCM_128(0xc02d),
	GCM_256(0xc02e),
	GCM_128(0xc031),
	GCM_256(0xc032),
	CBC(0xc004, 128, SHA1),
	CBC(0xc005, 256, SHA1),
	CBC(0xc00e, 128, SHA1),
	CBC(0xc00f, 256, SHA1),
	/* DHE with RSA and PSK */
	GCM_128(0x009e),
	GCM_256(0x009f),
	GCM_128(0x00a2),
	GCM_256(0x00a3),
	GCM_128(0x00aa),
	GCM_256(0x00ab),
	CHACHA(0xccaa),
	CHACHA(0xccad),
	CCM(0xc09e, 128),
	CCM(0xc09f, 256),
	CCM_8(0xc0a2, 128),
	CCM_8(0xc0a3, 256),
	CCM(0xc0a6, 128),
	CCM(0xc0a7, 256),
	CCM_8(0xc0aa, 128),
	CCM_8(0xc0ab, 256),
	CBC(0x0032, 128, SHA1),
	CBC(0x0033, 128, SHA1),
	CBC(0x0038, 256, SHA1),
	CBC(0x0039, 256, SHA1),
	CBC(0x0040, 128, SHA256),
	CBC(0x0067, 128, SHA256),
	CBC(0x006a, 256, SHA256),
	CBC(0x006b, 256, SHA256),
	/* RSA and PSK alone */
	GCM_128(0x009c),
	GCM_256(0x009d),
	GCM_128(0x00a8),
	GCM_256(0x00a9),
	GCM_128(0x00ac),
	GCM_256(0x00ad),
	CHACHA(0xccab),
	CHACHA(0xccae),
	CCM(0xc09c, 128),
	CCM(0xc09d, 256),
	CCM_8(0xc0a0, 128),
	CCM_8(0xc0a1, 256),
	CCM(0xc0a4, 128),
	CCM(0xc0a5, 256),
	CCM_8(0xc0a8, 128),
	CCM_8(0xc0a9, 256),
	CBC(0x002f, 128, SHA1),
	CBC(0x0035, 256, SHA1),
	CBC(0x003c, 128, SHA256),
	CBC(0x003d, 256, SHA256),
	CBC(0x008c, 128, SHA1),
	CBC(0x008d, 256, SHA1),
	CBC(0x0090, 128, SHA1),
	CBC(0x0091, 256, SHA1),
	CBC(0x00ae, 128, SHA256),
	CBC_384(0x00af, 256),
	CBC(0x00b2, 128, SHA256),
	CBC_384(0x00b3, 256),
};

const struct suite *suite_find(uint16_t id)
{
	for (size_t i = 0; i < sizeof(SUITES) / sizeof(SUITES[0]); i++) {
		if (SUITES[i].id == id)
			return &SUITES[i];
	}
	return NULL;
}

size_t digest_len(enum digest d)
{
	return d == DIGEST_SHA1 ? 20 : d == DIGEST_SHA256 ? 32 : 48;
}

size_t cipher_key_len(enum cipher c)
{
	return c == CIPHER_AES_128_GCM || c == CIPHER_AES_128_CCM || c == CIPHER_AES_128_CCM_8 ||
		       c == CIPHER_AES_128_CBC
		   ? 16
		   : 32;
}

bool cipher_is_cbc(enum cipher c)
{
	return c == CIPHER_AES_128_CBC || c == CIPHER_AES_256_CBC;
}

bool cipher_is_gcm(enum cipher c)
{
	return c == CIPHER_AES_128_GCM || c == CIPHER_AES_256_GCM;
}
