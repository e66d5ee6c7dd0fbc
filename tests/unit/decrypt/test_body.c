#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "decrypt/body.h"
#include "hex.h"
#include "told.h"

#define TEXT "{\"event\":\"PageView\",\"url\":\"https://a.example/page\"}"

enum { OUT = 65536 };

static size_t deflated(const void *text, size_t len, int window_bits, uint8_t *out, size_t room)
{
	z_stream z = { 0 };
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)text;
	z.avail_in = (uInt)len;
	z.next_out = out;
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	size_t n = room - z.avail_out;
	deflateEnd(&z);
	return n;
}

static void check(const char *encoding, struct bytes body, bool is_decoded)
{
	static uint8_t out[OUT];
	size_t len = 0;
	bool is_cut = true;
	assert_int_equal(body_decode(told_bytes(encoding), body, out, OUT, &len, &is_cut), is_decoded);
	if (!is_decoded)
		return;
	assert_false(is_cut);
	assert_int_equal(len, strlen(TEXT));
	assert_memory_equal(out, TEXT, len);
	for (size_t n = 0; n < body.len; n++) { /* cut: what there is, marked */
		uint8_t *exact = malloc(n + 1);
		memcpy(exact + 1, body.at, n);
		if (body_decode(told_bytes(encoding), (struct bytes){ exact + 1, n }, out, OUT, &len,
				&is_cut)) {
			assert_true(len <= strlen(TEXT));
			assert_memory_equal(out, TEXT, len);
		}
		free(exact);
	}
}

static void codings(void **state)
{
	(void)state;
	uint8_t packed[1024];
	struct bytes gzip = { packed, deflated(TEXT, strlen(TEXT), 15 + 16, packed, sizeof(packed)) };
	check("gzip", gzip, true);
	check("GZIP", gzip, true);
	check("x-gzip", gzip, true);
	check("", gzip, true); /* several scripts do not say so */
	struct bytes zlib = { packed, deflated(TEXT, strlen(TEXT), 15, packed, sizeof(packed)) };
	check("deflate", zlib, true);
	struct bytes raw = { packed, deflated(TEXT, strlen(TEXT), -15, packed, sizeof(packed)) };
	check("deflate", raw, true);
	struct bytes zstd = { packed, ZSTD_compress(packed, sizeof(packed), TEXT, strlen(TEXT), 3) };
	check("zstd", zstd, true);
	check("", told_bytes(TEXT), false);
	check("identity", told_bytes(TEXT), false);
	check("unheard-of", told_bytes(TEXT), false);
}

static void brotli(void **state)
{
	(void)state;
	static uint8_t out[OUT];
	size_t len = 0;
	bool is_cut = true;
	/* RFC 7932: an uncompressed meta-block of "hello", then the last, empty one */
	assert_true(body_decode(told_bytes("br"), hex("0b0280 68656c6c6f 03"), out, OUT, &len, &is_cut));
	assert_int_equal(len, 5);
	assert_memory_equal(out, "hello", 5);
	assert_false(is_cut);
}

/* A small body that would become large. */
static void output_is_bounded(void **state)
{
	(void)state;
	static uint8_t zeros[8 << 20], packed[1 << 16], out[OUT + 1];
	const char *const encodings[] = { "gzip", "deflate", "zstd" };
	for (size_t i = 0; i < COUNT(encodings); i++) {
		size_t n = i == 2 ? ZSTD_compress(packed, sizeof(packed), zeros, sizeof(zeros), 3)
				  : deflated(zeros, sizeof(zeros), i ? 15 : 15 + 16, packed, sizeof(packed));
		size_t len = 0;
		bool is_cut = false;
		out[OUT] = 0x55;
		assert_true(body_decode(told_bytes(encodings[i]), (struct bytes){ packed, n }, out, OUT, &len,
					&is_cut));
		assert_int_equal(len, OUT);
		assert_true(is_cut);
		assert_int_equal(out[OUT], 0x55);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codings),
		cmocka_unit_test(brotli),
		cmocka_unit_test(output_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
