/* Version, features and exit codes. */
#ifndef RUN_VERSION_H
#define RUN_VERSION_H

#include <stdio.h>

enum exit_code {
	EXIT_OK = 0,
	EXIT_SETUP = 1,
	EXIT_USAGE = 2,
	EXIT_INCOMPLETE = 3,
	EXIT_POLICY = 4,
};

void version_print(FILE *out);

#endif
