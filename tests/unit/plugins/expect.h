/* Assertions on what an extractor said. */
#ifndef TESTS_EXPECT_H
#define TESTS_EXPECT_H

#include <string.h>

#include "check.h"
#include "collect.h"

static inline void expect_has(const struct collected *c, size_t i, const char *part)
{
	if (i >= c->n)
		fail_msg("only %zu disclosures", c->n);
	if (!strstr(c->at[i], part))
		fail_msg("'%s' is not in:\n%s", part, c->at[i]);
}

static inline void expect_lacks(const struct collected *c, size_t i, const char *part)
{
	if (i < c->n && strstr(c->at[i], part))
		fail_msg("'%s' is in:\n%s", part, c->at[i]);
}

static inline int open_plain(void **state)
{
	char err[OL_ERR_MAX] = "";
	*state = collect_open(NULL, err);
	if (!*state)
		fail_msg("%s", err);
	return 0;
}

static inline int close_it(void **state)
{
	collect_close(*state);
	return 0;
}

#endif
