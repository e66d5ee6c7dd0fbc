#include "check.h"

#include <lz4frame.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/time.h"
#include "capread.h"

static struct source_spec spec_of(const char *const *paths, size_t n)
{
	return (struct source_spec){ .paths = paths, .n_paths = n };
}

static size_t pack_gzip(const void *data, size_t len, uint8_t *out, size_t size)
{
	z_stream z = { 0 };
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)data;
	z.avail_in = (uInt)len;
	z.next_out = out;
	z.avail_out = (uInt)size;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	size_t n = size - z.avail_out;
	deflateEnd(&z);
	return n;
}

static size_t pack_zstd(const void *data, size_t len, uint8_t *out, size_t size)
{
	size_t n = ZSTD_compress(out, size, data, len, 3);
	assert_false(ZSTD_isError(n));
	return n;
}

static size_t pack_lz4(const void *data, size_t len, uint8_t *out, size_t size)
{
	size_t n = LZ4F_compressFrame(out, size, data, len, NULL);
	assert_false(LZ4F_isError(n));
	return n;
}

static const struct method {
	const char *name, *format;
	size_t (*pack)(const void *data, size_t len, uint8_t *out, size_t size);
} methods[] = {
	{ "gzip", "pcap (gzip)", pack_gzip },
	{ "zstd", "pcap (zstd)", pack_zstd },
	{ "lz4", "pcap (lz4)", pack_lz4 },
};

/* Two members or frames one after the other are one file, as `cat` makes it. */
static void compressed_files_read_as_plain_ones(void **state)
{
	(void)state;
	static struct mkcap c;
	static struct capread seen;
	static uint8_t packed[2 * MKCAP_MAX];
	capread_make_pcap(&c, 1000, 500, 100, 7);
	for (size_t i = 0; i < COUNT(methods); i++) {
		size_t half = c.len / 2 + 5;
		size_t len = methods[i].pack(c.at, half, packed, sizeof(packed));
		len += methods[i].pack(c.at + half, c.len - half, packed + len, sizeof(packed) - len);
		const char *path = capread_write("packed.bin", packed, len);
		struct source_spec spec = spec_of(&path, 1);
		spec.hashes = true;
		capread_all(&spec, 64, &seen);
		assert_int_equal(seen.n, 500);
		assert_int_equal(seen.packets[499].ts_ns, 1499 * NS_PER_S);
		assert_string_equal(seen.inputs[0].format, methods[i].format);
		assert_int_equal(seen.inputs[0].bytes, len);
		assert_false(seen.inputs[0].is_truncated);

		/* Damaged or cut: what came is kept, and it is said. */
		path = capread_write("packed.bin", packed, len - 9);
		capread_all(&spec, 64, &seen);
		assert_true(seen.inputs[0].is_truncated);
		assert_non_null(strstr(seen.inputs[0].why, methods[i].name));
		assert_true(seen.n <= 500);
		packed[len - 30] ^= 0x55;
		path = capread_write("packed.bin", packed, len);
		capread_all(&spec, 64, &seen);
		assert_true(seen.inputs[0].is_truncated);
	}
}

static void padding_behind_gzip_is_no_fault(void **state)
{
	(void)state;
	static struct mkcap c;
	static struct capread seen;
	static uint8_t packed[MKCAP_MAX];
	capread_make_pcap(&c, 1000, 10, 100, 7);
	size_t len = pack_gzip(c.at, c.len, packed, sizeof(packed));
	memset(packed + len, 0, 512);
	const char *path = capread_write("padded", packed, len + 512);
	struct source_spec spec = spec_of(&path, 1);
	capread_all(&spec, 64, &seen);
	assert_int_equal(seen.n, 10);
	assert_false(seen.inputs[0].is_truncated);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compressed_files_read_as_plain_ones),
		cmocka_unit_test(padding_behind_gzip_is_no_fault),
	};
	return cmocka_run_group_tests(tests, capread_make_folder, capread_remove_folder);
}
