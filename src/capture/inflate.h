/* The bytes of a file, decompressed on the way if it is compressed (gzip, zstd, lz4; by its first bytes, not
 * by its name).
 *
 * limits: a zstd window of 128 MiB, the library's default; other state is a few hundred kilobytes.
 * spec: RFC 1952 (members may follow each other), RFC 8878, lz4_Frame_format.md 1.6
 */
#ifndef CAPTURE_INFLATE_H
#define CAPTURE_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/digest.h"

struct inflate;

/* fd: stays the caller's; seekable ones are read from their begin, whatever others do with them. digest: fed
 * with the bytes as they are stored; NULL: none. returns: NULL if out of memory. */
struct inflate *inflate_new(int fd, bool is_seekable, struct digest *digest);
void inflate_free(struct inflate *s);

/* returns: how many bytes, at most n; 0 at the end, or where it cannot go on (then inflate_why is not ""). */
size_t inflate_read(struct inflate *s, void *buf, size_t n);

/* Reads what is left of the file, for its digest. */
void inflate_drain(struct inflate *s);

const char *inflate_method(const struct inflate *s); /* "gzip", "zstd", "lz4", "" for none */
const char *inflate_why(const struct inflate *s);    /* what was wrong with the data, or "" */
uint64_t inflate_stored(const struct inflate *s);    /* bytes of the file read so far */

#endif
