/* Output files that are put aside when they are large or old enough, and deleted when their time is over.
 *
 * units: times are wall-clock nanoseconds: files are for people and their calendars.
 */
#ifndef RUN_ROTATE_H
#define RUN_ROTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct rotate {
	uint64_t bytes;    /* 0: at any size */
	int64_t period_ns; /* 0: at any age; else at whole periods of UTC: 1h is on the hour */
};

/* text: a size (100M, 2G) or a time (30m, 6h, 1d); NULL: never. */
bool rotate_parse(const char *text, struct rotate *ret_rotate, struct err *err);

/* begun_ns: when the file was begun. */
bool rotate_is_due(const struct rotate *r, uint64_t bytes, int64_t begun_ns, int64_t now_ns);

#define ROTATE_PATH_MAX 4096

/* Renames PATH to PATH.20261125T103000Z, or with -2, -3 … behind it if there is such a file; ret_aside is
 * what. */
bool rotate_aside(const char *path, int64_t now_ns, char ret_aside[ROTATE_PATH_MAX], struct err *err);

/* Deletes the files put aside of this path more than so many days ago. returns: how many. */
size_t rotate_expire(const char *path, uint32_t days, int64_t now_ns);

#endif
