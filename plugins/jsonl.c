/* One JSON object a line for each record: the contract. Target: a file, or - for standard output.
 *
 * Lines are written whole, many at a time, so that a file can be read whenever the program is killed. With
 * --jsonl.append=1 (live, always) what is in the file stays, but for a last line that was not finished.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "out/plugin.h"

#define BUFFER_BYTES (256U << 10)

struct jsonl {
	int fd;
	char *lines;
	size_t len, size;
};

static bool failed(char err[OL_ERR_MAX], const char *what)
{
	snprintf(err, OL_ERR_MAX, "%s: %s", what, strerror(errno));
	return false;
}

/* A disk that was full, or a kill, may have left half a line. */
static void cut_half_line(int fd)
{
	char block[4096];
	off_t end = lseek(fd, 0, SEEK_END), keep = end;
	while (keep > 0) {
		size_t n = keep < (off_t)sizeof(block) ? (size_t)keep : sizeof(block);
		if (pread(fd, block, n, keep - (off_t)n) != (ssize_t)n)
			return;
		const char *last = memrchr(block, '\n', n);
		if (last) {
			keep -= (off_t)n - (last + 1 - block);
			break;
		}
		keep -= (off_t)n;
	}
	if (keep >= 0 && keep < end && ftruncate(fd, keep) != 0)
		return; /* then the half line stays: a reader sees that it is no record */
}

/* The records are personal data: nobody but the owner may read the file. */
static int open_private(const char *path, bool is_append)
{
	int flags = is_append ? O_RDWR | O_APPEND : O_WRONLY | O_TRUNC;
	int fd = open(path, flags | O_CREAT | O_CLOEXEC, 0600);
	struct stat st;
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		fchmod(fd, 0600);
		if (is_append)
			cut_half_line(fd);
	}
	return fd;
}

static void *jsonl_open(const struct ol_host *host, const char *target, char err[OL_ERR_MAX])
{
	struct jsonl *j = calloc(1, sizeof(*j));
	if (j)
		j->lines = malloc(j->size = BUFFER_BYTES);
	if (!j || !j->lines) {
		failed(err, "cannot begin");
		free(j);
		return NULL;
	}
	bool is_stdout = !*target || strcmp(target, "-") == 0;
	j->fd = is_stdout ? STDOUT_FILENO : open_private(target, *host->option(host, "append") == '1');
	if (j->fd < 0) {
		failed(err, target);
		free(j->lines);
		free(j);
		return NULL;
	}
	return j;
}

static bool write_lines(struct jsonl *j, char err[OL_ERR_MAX])
{
	for (size_t at = 0; at < j->len;) {
		ssize_t n = write(j->fd, j->lines + at, j->len - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			j->len = 0; /* they are lost; the caller counts them */
			return failed(err, "cannot write");
		}
		at += (size_t)n;
	}
	j->len = 0;
	return true;
}

static bool jsonl_record(void *sink, const struct ol_record *r, char err[OL_ERR_MAX])
{
	struct jsonl *j = sink;
	if (r->type == OL_STATUS)
		return true;
	if (r->json_len + 1 > j->size - j->len && !write_lines(j, err))
		return false;
	if (r->json_len + 1 > j->size) {
		char *larger = realloc(j->lines, r->json_len + 1);
		if (!larger)
			return failed(err, "cannot write");
		j->lines = larger;
		j->size = r->json_len + 1;
	}
	memcpy(j->lines + j->len, r->json, r->json_len);
	j->len += r->json_len;
	j->lines[j->len++] = '\n';
	return true;
}

static bool jsonl_flush(void *sink, char err[OL_ERR_MAX])
{
	return write_lines(sink, err);
}

static bool jsonl_close(void *sink, char err[OL_ERR_MAX])
{
	struct jsonl *j = sink;
	bool ok = write_lines(j, err);
	if (j->fd != STDOUT_FILENO && close(j->fd) != 0 && ok)
		ok = failed(err, "cannot write");
	free(j->lines);
	free(j);
	return ok;
}

static const struct ol_sink sink = {
	.open = jsonl_open,
	.record = jsonl_record,
	.flush = jsonl_flush,
	.close = jsonl_close,
};

const struct ol_plugin ol_plugin = {
	.abi = OL_PLUGIN_ABI,
	.name = "jsonl",
	.about = "one JSON object a line for each record",
	.sink = &sink,
};
