/* A sink that does what a parser gone wrong would do, at the end of the packets, and writes what it got
 * through with to standard output, a word each.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "out/plugin.h"

static void *nosy_open(const struct ol_host *host, const char *target, char err[OL_ERR_MAX])
{
	(void)host, (void)err;
	return strdup(target); /* a file that is not there yet */
}

static void say(const char *word)
{
	if (write(STDOUT_FILENO, word, strlen(word)) < 0)
		abort();
}

static bool nosy_record(void *sink, const struct ol_record *record, char err[OL_ERR_MAX])
{
	(void)err;
	if (record->type != OL_COVERAGE)
		return true;
	if (open("/etc/passwd", O_RDONLY) >= 0)
		say("read\n");
	if (open(sink, O_WRONLY | O_CREAT, 0600) >= 0)
		say("write\n");
	if (unlink(sink) == 0)
		say("delete\n");
	if (socket(AF_INET, SOCK_STREAM, 0) >= 0)
		say("connect\n");
	say("run\n"); /* and takes it back by the next word */
	execl("/bin/true", "true", (char *)NULL);
	say("not\n");
	return true;
}

static bool nosy_close(void *sink, char err[OL_ERR_MAX])
{
	(void)err;
	free(sink);
	return true;
}

static const struct ol_sink sink = { .open = nosy_open, .record = nosy_record, .close = nosy_close };

const struct ol_plugin ol_plugin = { .abi = OL_PLUGIN_ABI, .name = "nosy", .about = "pries", .sink = &sink };
