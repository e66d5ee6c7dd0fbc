#include "run/paths.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_there(const char *folder, const char *file)
{
	char path[PATHS_MAX + 64];
	snprintf(path, sizeof(path), "%s/%s", folder, file);
	return access(path, R_OK) == 0;
}

/* The folder of the running program, "" if unknown. */
static void own_folder(char ret_folder[PATHS_MAX])
{
	ssize_t n = readlink("/proc/self/exe", ret_folder, PATHS_MAX - 1);
	ret_folder[n > 0 ? n : 0] = '\0';
	char *slash = strrchr(ret_folder, '/');
	if (slash)
		*slash = '\0';
}

void paths_find(const char *data, struct paths *ret_paths)
{
	char own[PATHS_MAX];
	own_folder(own);
	snprintf(ret_paths->plugins, PATHS_MAX, "%.4000s/plugins", own);
	bool is_built = is_there(ret_paths->plugins, "jsonl.so");
	if (!is_built)
		snprintf(ret_paths->plugins, PATHS_MAX, "%s", ONLOOKER_PLUGIN_DIR);
	if (data)
		snprintf(ret_paths->data, PATHS_MAX, "%s", data);
	else
		snprintf(ret_paths->data, PATHS_MAX, "%s",
			 is_built ? ONLOOKER_SOURCE_DATA : ONLOOKER_DATA_DIR);
}
