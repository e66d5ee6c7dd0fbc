#include "decrypt/body.h"

#include <brotli/decode.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum coding {
	CODING_UNKNOWN,
	CODING_IDENTITY,
	CODING_GZIP,
	CODING_DEFLATE,
	CODING_BROTLI,
	CODING_ZSTD,
};

#define ZSTD_WINDOW_LOG_MAX 23 /* 8 MiB, as browsers have it: RFC 8878 3.1.1.1.2 and RFC 9659 */

static enum coding coding_of(struct bytes encoding)
{
	static const struct {
		const char *name;
		enum coding coding;
	} names[] = {
		{ "gzip", CODING_GZIP }, { "x-gzip", CODING_GZIP }, { "deflate", CODING_DEFLATE },
		{ "br", CODING_BROTLI }, { "zstd", CODING_ZSTD },   { "identity", CODING_IDENTITY },
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (encoding.len == strlen(names[i].name) &&
		    strncasecmp((const char *)encoding.at, names[i].name, encoding.len) == 0)
			return names[i].coding;
	}
	return CODING_UNKNOWN;
}

static bool has_gzip_magic(struct bytes b)
{
	return b.len >= 10 && b.at[0] == 0x1f && b.at[1] == 0x8b && b.at[2] == 8;
}

/* window_bits: as of inflateInit2. returns: true if the stream came to its end. */
static bool inflate_all(struct bytes in, int window_bits, uint8_t *out, size_t max, size_t *ret_len)
{
	z_stream z = { 0 };
	*ret_len = 0;
	if (inflateInit2(&z, window_bits) != Z_OK)
		return false;
	z.next_in = (Bytef *)(uintptr_t)in.at;
	z.avail_in = (uInt)in.len;
	z.next_out = out;
	z.avail_out = (uInt)max;
	int status = inflate(&z, Z_SYNC_FLUSH);
	*ret_len = max - z.avail_out;
	inflateEnd(&z);
	return status == Z_STREAM_END;
}

static bool brotli_all(struct bytes in, uint8_t *out, size_t max, size_t *ret_len)
{
	*ret_len = 0;
	BrotliDecoderState *s = BrotliDecoderCreateInstance(NULL, NULL, NULL);
	if (!s)
		return false;
	size_t left_in = in.len, left_out = max;
	const uint8_t *next_in = in.at;
	uint8_t *next_out = out;
	BrotliDecoderResult r =
	    BrotliDecoderDecompressStream(s, &left_in, &next_in, &left_out, &next_out, NULL);
	*ret_len = max - left_out;
	BrotliDecoderDestroyInstance(s);
	return r == BROTLI_DECODER_RESULT_SUCCESS;
}

static bool zstd_all(struct bytes in, uint8_t *out, size_t max, size_t *ret_len)
{
	*ret_len = 0;
	ZSTD_DStream *s = ZSTD_createDStream();
	if (!s)
		return false;
	ZSTD_DCtx_setParameter(s, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
	ZSTD_inBuffer from = { in.at, in.len, 0 };
	ZSTD_outBuffer to = { out, max, 0 };
	size_t r = 1;
	while (r != 0 && !ZSTD_isError(r)) {
		size_t before_in = from.pos, before_out = to.pos;
		r = ZSTD_decompressStream(s, &to, &from);
		if (from.pos == before_in && to.pos == before_out)
			break;
	}
	*ret_len = to.pos;
	ZSTD_freeDStream(s);
	return r == 0;
}

bool body_decode(struct bytes encoding, struct bytes body, uint8_t *out, size_t max, size_t *ret_len,
		 bool *ret_cut)
{
	enum coding c = coding_of(encoding);
	if (c == CODING_UNKNOWN && has_gzip_magic(body))
		c = CODING_GZIP;
	bool whole = false;
	switch (c) {
	case CODING_UNKNOWN:
	case CODING_IDENTITY:
		return false;
	case CODING_GZIP:
		whole = inflate_all(body, 15 + 16, out, max, ret_len);
		break;
	case CODING_DEFLATE: /* RFC 9110 8.4.1.2: zlib, but some send it raw */
		whole = inflate_all(body, 15, out, max, ret_len);
		if (!whole && !*ret_len)
			whole = inflate_all(body, -15, out, max, ret_len);
		break;
	case CODING_BROTLI:
		whole = brotli_all(body, out, max, ret_len);
		break;
	case CODING_ZSTD:
		whole = zstd_all(body, out, max, ret_len);
		break;
	}
	*ret_cut = !whole;
	return true;
}
