/* The shipped lists for tests of this folder. DATA_DIR is where they are. */
#ifndef TESTS_UNIT_KNOW_KNOWN_H
#define TESTS_UNIT_KNOW_KNOWN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hostname.h"

static inline struct hostname host_of(const char *text)
{
	struct hostname h = { 0 };

	if (!hostname_parse((struct bytes){ (const uint8_t *)text, strlen(text) }, &h))
		abort();
	return h;
}

/* A file of its own with this text; the caller unlinks it. */
static inline const char *file_with(char path[32], const char *text, size_t len)
{
	int fd;

	snprintf(path, 32, "/tmp/onlooker-test-XXXXXX");
	fd = mkstemp(path);
	if (fd < 0 || write(fd, text, len) != (ssize_t)len || close(fd) != 0)
		abort();
	return path;
}

#endif
