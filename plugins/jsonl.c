/* One JSON object a line for each record: the contract. Target: a file, or - for standard output. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "out/plugin.h"

struct jsonl {
	FILE *out;
};

static bool failed(char err[OL_ERR_MAX], const char *what)
{
	snprintf(err, OL_ERR_MAX, "%s: %s", what, strerror(errno));
	return false;
}

/* The records are personal data: nobody but the owner may read the file. */
static FILE *open_private(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return NULL;
	struct stat st;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		fchmod(fd, 0600);
	FILE *f = fdopen(fd, "w");
	if (!f)
		close(fd);
	return f;
}

static void *jsonl_open(const struct ol_host *host, const char *target, char err[OL_ERR_MAX])
{
	(void)host;
	struct jsonl *j = calloc(1, sizeof(*j));
	if (!j) {
		failed(err, "cannot begin");
		return NULL;
	}
	j->out = !*target || strcmp(target, "-") == 0 ? stdout : open_private(target);
	if (!j->out) {
		failed(err, target);
		free(j);
		return NULL;
	}
	return j;
}

static bool jsonl_record(void *sink, const struct ol_record *r, char err[OL_ERR_MAX])
{
	FILE *f = ((struct jsonl *)sink)->out;
	if (r->type == OL_STATUS)
		return true;
	if (fwrite(r->json, 1, r->json_len, f) != r->json_len || fputc('\n', f) == EOF)
		return failed(err, "cannot write");
	return true;
}

static bool jsonl_flush(void *sink, char err[OL_ERR_MAX])
{
	return fflush(((struct jsonl *)sink)->out) == 0 ? true : failed(err, "cannot write");
}

static bool jsonl_close(void *sink, char err[OL_ERR_MAX])
{
	struct jsonl *j = sink;
	bool ok = fflush(j->out) == 0 && !ferror(j->out);
	if (j->out != stdout)
		ok = fclose(j->out) == 0 && ok;
	free(j);
	return ok ? true : failed(err, "cannot write");
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
