/* Where the program's own files are: in its build folder with the source tree's data, or installed. */
#ifndef RUN_PATHS_H
#define RUN_PATHS_H

#include <stdbool.h>

#define PATHS_MAX 4096

struct paths {
	char data[PATHS_MAX];    /* lists and tables */
	char plugins[PATHS_MAX]; /* NAME.so */
};

/* data: as the user gave it, or NULL. */
void paths_find(const char *data, struct paths *ret_paths);

#endif
