/* A sink that takes two records and fails at the third, as one does whose disk is full. */
#include <stdio.h>
#include <stdlib.h>

#include "out/plugin.h"

static void *failing_open(const struct ol_host *host, const char *target, char err[OL_ERR_MAX])
{
	(void)host, (void)target, (void)err;
	return calloc(1, sizeof(int));
}

static bool failing_record(void *sink, const struct ol_record *record, char err[OL_ERR_MAX])
{
	(void)record;
	int *n = sink;
	if (++*n < 3)
		return true;
	snprintf(err, OL_ERR_MAX, "record %d is too much", *n);
	return false;
}

static bool failing_close(void *sink, char err[OL_ERR_MAX])
{
	(void)err;
	free(sink);
	return true;
}

static const struct ol_sink sink = { .open = failing_open, .record = failing_record, .close = failing_close };

const struct ol_plugin ol_plugin = {
	.abi = OL_PLUGIN_ABI, .name = "failing", .about = "fails", .sink = &sink
};
