#include "capture/inflate.h"

#include <errno.h>
#include <lz4frame.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define STORED_MAX (256U << 10) /* read at once of a compressed file */

enum method { METHOD_UNKNOWN, METHOD_NONE, METHOD_GZIP, METHOD_ZSTD, METHOD_LZ4 };

static const char *const method_names[] = {
	[METHOD_UNKNOWN] = "",  [METHOD_NONE] = "",   [METHOD_GZIP] = "gzip",
	[METHOD_ZSTD] = "zstd", [METHOD_LZ4] = "lz4",
};

struct inflate {
	int fd;
	bool is_seekable;
	enum method method;
	struct digest *digest;
	uint8_t *stored; /* of STORED_MAX; used while it is not plain */
	size_t at, end;  /* of what is in it */
	uint64_t n_stored;
	bool is_end;      /* of the file */
	bool is_inside;   /* a member or frame has begun and not ended */
	bool had_member;  /* one has ended */
	bool is_finished; /* nothing more comes out */
	bool has_z;
	z_stream z;
	ZSTD_DStream *zstd;
	LZ4F_dctx *lz4;
	char why[128];
};

/* A damaged or cut file: what came out of it before stays good. */
static void stop(struct inflate *s, const char *what)
{
	s->is_finished = true;
	snprintf(s->why, sizeof(s->why), "%s%s", method_names[s->method], what);
}

static size_t read_stored(struct inflate *s, void *buf, size_t n)
{
	ssize_t got;
	do
		got = s->is_seekable ? pread(s->fd, buf, n, (off_t)s->n_stored) : read(s->fd, buf, n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		snprintf(s->why, sizeof(s->why), "cannot be read: %s", strerror(errno));
	if (got <= 0) {
		s->is_end = true;
		return 0;
	}
	s->n_stored += (uint64_t)got;
	if (s->digest)
		digest_add(s->digest, buf, (size_t)got);
	return (size_t)got;
}

/* returns: false at the end of the file. */
static bool more_stored(struct inflate *s)
{
	if (s->at < s->end)
		return true;
	s->at = 0;
	s->end = s->is_end ? 0 : read_stored(s, s->stored, STORED_MAX);
	return s->end > 0;
}

static enum method method_of(const uint8_t *b, size_t n)
{
	if (n >= 3 && memcmp(b, "\x1f\x8b\x08", 3) == 0)
		return METHOD_GZIP;
	if (n < 4)
		return METHOD_NONE;
	if (memcmp(b, "\x28\xb5\x2f\xfd", 4) == 0)
		return METHOD_ZSTD;
	if (memcmp(b, "\x04\x22\x4d\x18", 4) == 0)
		return METHOD_LZ4;
	/* Skippable frames are the same in both; such a file begins with one if pzstd made it. */
	if (b[0] >= 0x50 && b[0] <= 0x5f && memcmp(b + 1, "\x2a\x4d\x18", 3) == 0)
		return METHOD_ZSTD;
	return METHOD_NONE;
}

static void begin(struct inflate *s)
{
	while (s->end < 4 && !s->is_end)
		s->end += read_stored(s, s->stored + s->end, STORED_MAX - s->end);
	s->method = method_of(s->stored, s->end);
	bool ok = true;
	if (s->method == METHOD_GZIP)
		ok = s->has_z = inflateInit2(&s->z, 15 + 16) == Z_OK;
	else if (s->method == METHOD_ZSTD)
		ok = (s->zstd = ZSTD_createDStream()) != NULL;
	else if (s->method == METHOD_LZ4)
		ok = !LZ4F_isError(LZ4F_createDecompressionContext(&s->lz4, LZ4F_VERSION));
	if (!ok)
		stop(s, ": out of memory");
}

/* One step of each method: takes from `stored`, gives at most n bytes; returns how many. A step that gives
 * none has taken some, or finished. */
static size_t step_gzip(struct inflate *s, void *buf, size_t n)
{
	/* Another member may follow; other bytes (padding of a tape, say) end it. */
	if (s->had_member && !s->is_inside && s->stored[s->at] != 0x1f) {
		s->is_finished = true;
		return 0;
	}
	s->is_inside = true;
	s->z.next_in = s->stored + s->at;
	s->z.avail_in = (uInt)(s->end - s->at);
	s->z.next_out = buf;
	s->z.avail_out = (uInt)n;
	int rc = inflate(&s->z, Z_NO_FLUSH);
	s->at = s->end - s->z.avail_in;
	if (rc == Z_STREAM_END) {
		s->is_inside = false;
		s->had_member = true;
		inflateReset(&s->z);
	} else if (rc != Z_OK) {
		stop(s, ": the data is damaged");
	}
	return n - s->z.avail_out;
}

static size_t step_zstd(struct inflate *s, void *buf, size_t n)
{
	ZSTD_inBuffer in = { s->stored + s->at, s->end - s->at, 0 };
	ZSTD_outBuffer out = { buf, n, 0 };
	size_t rc = ZSTD_decompressStream(s->zstd, &out, &in);
	s->at += in.pos;
	s->is_inside = rc != 0;
	if (ZSTD_isError(rc))
		stop(s, ": the data is damaged");
	return out.pos;
}

static size_t step_lz4(struct inflate *s, void *buf, size_t n)
{
	size_t taken = s->end - s->at;
	size_t given = n;
	size_t rc = LZ4F_decompress(s->lz4, buf, &given, s->stored + s->at, &taken, NULL);
	if (LZ4F_isError(rc)) {
		stop(s, ": the data is damaged");
		return 0;
	}
	s->at += taken;
	s->is_inside = rc != 0;
	return given;
}

static size_t read_plain(struct inflate *s, uint8_t *buf, size_t n)
{
	if (s->at == s->end)
		return s->is_end ? 0 : read_stored(s, buf, n);
	size_t have = s->end - s->at; /* what was read to know the method */
	if (n > have)
		n = have;
	memcpy(buf, s->stored + s->at, n);
	s->at += n;
	return n;
}

size_t inflate_read(struct inflate *s, void *buf, size_t n)
{
	if (s->method == METHOD_UNKNOWN)
		begin(s);
	if (s->method == METHOD_NONE)
		return read_plain(s, buf, n);
	if (n > STORED_MAX * 4U)
		n = STORED_MAX * 4U; /* the length types of zlib are short */
	while (!s->is_finished) {
		size_t got = 0;
		bool more = more_stored(s);
		/* At the end of the file the library may still hold bytes that did not fit before. */
		if (!more && !s->is_inside) {
			s->is_finished = true;
			break;
		}
		if (s->method == METHOD_GZIP)
			got = more ? step_gzip(s, buf, n) : 0;
		else if (s->method == METHOD_ZSTD)
			got = step_zstd(s, buf, n);
		else
			got = step_lz4(s, buf, n);
		if (got > 0)
			return got;
		if (!more && !s->is_finished)
			stop(s, ": the file ends too early");
	}
	return 0;
}

void inflate_drain(struct inflate *s)
{
	while (!s->is_end)
		read_stored(s, s->stored, STORED_MAX);
}

const char *inflate_method(const struct inflate *s)
{
	return method_names[s->method];
}

const char *inflate_why(const struct inflate *s)
{
	return s->why;
}

uint64_t inflate_stored(const struct inflate *s)
{
	return s->n_stored;
}

struct inflate *inflate_new(int fd, bool is_seekable, struct digest *digest)
{
	struct inflate *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->fd = fd;
	s->is_seekable = is_seekable;
	s->digest = digest;
	s->stored = malloc(STORED_MAX);
	if (!s->stored) {
		inflate_free(s);
		return NULL;
	}
	return s;
}

void inflate_free(struct inflate *s)
{
	if (!s)
		return;
	if (s->has_z)
		inflateEnd(&s->z);
	ZSTD_freeDStream(s->zstd);
	LZ4F_freeDecompressionContext(s->lz4);
	free(s->stored);
	free(s);
}
