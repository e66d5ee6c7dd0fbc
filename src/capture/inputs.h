/* The inputs of a run: what the user named, opened, in that order; a folder is its files and those of its
 * folders, by name. */
#ifndef CAPTURE_INPUTS_H
#define CAPTURE_INPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/packet.h"
#include "capture/file.h"

#define INPUTS_MAX 65535U /* packet.input is 16 bits */

struct input {
	char *path;
	const char *name; /* in path */
	int fd;           /* -1 if it could not be opened */
	bool is_regular;  /* can be read twice; its size is known */
	bool is_scanned;
	bool is_ended; /* the pass that hands out packets, or there are none */
	uint64_t size;

	struct file *file;    /* the pass that hands out packets, while it goes on */
	struct packet *ahead; /* packets read and not yet handed out: from ahead_at to ahead_end */
	size_t ahead_at, ahead_end;
	struct digest *digest; /* of an input that is no file */

	struct file_counts counts; /* of the scan, or of a pass that has ended */
	char sha256[DIGEST_TEXT_MAX];
	uint64_t filtered, passed_bytes; /* passed_bytes: stored bytes of passes that have ended */
};

struct inputs {
	struct input *at;
	size_t n, size;
};

/* An input that cannot be opened is one with counts.is_unreadable. returns: false with err set if out of
 * memory, or if there are too many. */
bool inputs_open(struct inputs *list, const char *const *paths, size_t n_paths, struct err *err);
void inputs_close(struct inputs *list);

#endif
