/* SHA-256 of files by a thread of its own, while others read them for their packets: it costs more than all
 * the rest of a run.
 */
#ifndef CAPTURE_HASHER_H
#define CAPTURE_HASHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/digest.h"

struct hasher_file {
	int fd;                     /* seekable; borrowed until hasher_free, its position is not used */
	uint64_t size;              /* bytes of it that are hashed */
	char text[DIGEST_TEXT_MAX]; /* "" until it is known */
};

struct hasher;

/* In this order. files: borrowed until hasher_free; to be looked at only when hasher_wait has returned true.
 * returns: NULL if there is no memory or no thread.
 */
struct hasher *hasher_new(struct hasher_file *files, size_t n);
void hasher_free(struct hasher *h); /* ends it where it is */

uint64_t hasher_bytes(struct hasher *h); /* read so far */

/* returns: true if all of them are known, at the latest after ms. */
bool hasher_wait(struct hasher *h, unsigned ms);

#endif
