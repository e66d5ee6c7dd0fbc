/* A file of these bytes that has a path as long as it is open. */
#ifndef TESTS_FUZZ_KNOW_MEMFILE_H
#define TESTS_FUZZ_KNOW_MEMFILE_H

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

static inline int memfile(const uint8_t *data, size_t len, char ret_path[64])
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	FUZZ_CHECK(fd >= 0 && write(fd, data, len) == (ssize_t)len);
	snprintf(ret_path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

#endif
