/* For each file named on standard input: what the reader makes of it, as a line of tab-separated values. */
#include <stdio.h>
#include <string.h>

#include "capture/source.h"

static void count(const char *path)
{
	struct err err;
	struct source *s = source_open(&(struct source_spec){ .paths = &path, .n_paths = 1 }, &err);
	if (!s) {
		printf("%s\t\t0\t%s\n", path, err.text);
		return;
	}
	struct packet packets[64];
	uint64_t bytes = 0;
	for (size_t n; (n = source_next(s, packets, 64)) > 0;)
		for (size_t i = 0; i < n; i++)
			bytes += packets[i].frame.len ? packets[i].frame.at[packets[i].frame.len - 1] : 0;
	struct source_input in;
	source_input(s, 0, &in);
	printf("%s\t%s\t%llu\t%s\n", path, in.format, (unsigned long long)in.packets, in.why);
	source_close(s);
}

int main(void)
{
	char path[4096];
	while (fgets(path, sizeof(path), stdin)) {
		path[strcspn(path, "\n")] = '\0';
		count(path);
	}
	return 0;
}
