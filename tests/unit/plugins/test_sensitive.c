#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "plugins/disclosure/sensitive.h"

static struct sensitive *load(const char *text, char *err, size_t err_max)
{
	char path[] = "/tmp/words-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	struct sensitive *s = sensitive_load(path, err, err_max);
	unlink(path);
	return s;
}

static void test_shipped_words(void **state)
{
	(void)state;
	static const struct {
		const char *text, *theme, *segment; /* theme NULL: nothing sensitive */
	} rows[] = {
		{ "/report/rape-sexual-assault", "offences", "rape-sexual-assault" },
		{ "https://www.x.uk/report/rape-sexual-assault?step=2#a", "offences", "rape-sexual-assault" },
		{ "/ro/report/domestic-abuse/a1/", "domestic-abuse", "domestic-abuse" },
		{ "/search?q=hiv+test", "health", "hiv+test" },
		{ "Report a hate crime", "offences", NULL },
		{ "Am I pregnant?", "health", NULL },
		{ "/news/labour-party-conference", "politics", "labour-party-conference" },
		{ "/mosque%20near%20me", "religion", "mosque%20near%20me" },
		{ "/lgbtq-support", "sexual", "lgbtq-support" },
		{ "/child-exploitation", "children", "child-exploitation" },
		{ "/grapes/therapeutic-drapery", NULL, NULL }, /* words are whole */
		{ "/recruitment", NULL, NULL },
		{ "/", NULL, NULL },
		{ "", NULL, NULL },
	};
	char err[256] = "";
	struct sensitive *s = sensitive_load(SOURCE_ROOT "/data/sensitive.tsv", err, sizeof(err));
	if (!s)
		fail_msg("%s", err);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct theme t = { .theme = "none" };
		bool found = sensitive_find(s, rows[i].text, &t);
		if (found != (rows[i].theme != NULL) || (found && strcmp(t.theme, rows[i].theme) != 0))
			fail_msg("'%s': %s", rows[i].text, t.theme);
		if (!found || !rows[i].segment)
			continue;
		const char *at;
		size_t len = sensitive_segment(rows[i].text, &t, &at);
		assert_int_equal(len, strlen(rows[i].segment));
		assert_memory_equal(at, rows[i].segment, len);
	}
	sensitive_free(s);
}

/* The longest pattern wins, then the one that stands first. */
static void test_order(void **state)
{
	(void)state;
	char err[256] = "";
	struct sensitive *s = load("a\tshort\tred\nb\tlong\tred house,blue*\n", err, sizeof(err));
	struct theme t;
	assert_non_null(s);
	assert_true(sensitive_find(s, "the RED_house", &t));
	assert_string_equal(t.theme, "b");
	assert_int_equal(t.len, strlen("RED_house"));
	assert_true(sensitive_find(s, "red roof", &t));
	assert_string_equal(t.theme, "a");
	assert_true(sensitive_find(s, "blueberry", &t));
	assert_false(sensitive_find(s, "reddish blu", &t));
	sensitive_free(s);
}

static void test_bad_lists(void **state)
{
	(void)state;
	static const char *const bad[] = { "a\tb\n", "only\n", "a\tb\tone two three four five six seven\n",
					   "a\tb\tx*\n" };
	for (size_t i = 0; i < COUNT(bad); i++) {
		char err[256] = "";
		assert_null(load(bad[i], err, sizeof(err)));
		assert_non_null(strstr(err, "line 1"));
	}
	char err[256] = "";
	assert_null(sensitive_load("/nonexistent/words", err, sizeof(err)));
	assert_non_null(strstr(err, "/nonexistent/words"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shipped_words),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_bad_lists),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
