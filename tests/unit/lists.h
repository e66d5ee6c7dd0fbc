/* The shipped lists as the state of a group of tests: cmocka_run_group_tests(tests, lists_load,
 * lists_unload). */
#ifndef TESTS_UNIT_LISTS_H
#define TESTS_UNIT_LISTS_H

#include "check.h"

#include "know/load.h"

static inline int lists_load(void **state)
{
	struct err err = { "" };

	*state = knowledge_load(&(struct knowledge_spec){ .data_dir = SOURCE_ROOT "/data" }, &err);
	if (!*state)
		print_error("%s\n", err.text);
	return *state ? 0 : -1;
}

static inline int lists_unload(void **state)
{
	knowledge_free(*state);
	return 0;
}

#endif
