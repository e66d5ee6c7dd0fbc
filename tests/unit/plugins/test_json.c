#include <stdio.h>
#include <string.h>

#include "check.h"
#include "plugins/disclosure/json.h"

static struct scratch scratch;
static struct params params;

static int open_scratch(void **state)
{
	(void)state;
	return scratch_init(&scratch, 1 << 20) ? 0 : -1;
}

static int close_scratch(void **state)
{
	(void)state;
	scratch_fini(&scratch);
	return 0;
}

static bool read_text(const char *text, size_t len)
{
	scratch_reset(&scratch);
	params_init(&params, &scratch);
	char *exact = test_malloc(len + 1);
	memcpy(exact + 1, text, len);
	bool ok = json_params(&params, "", exact + 1, len);
	test_free(exact);
	return ok;
}

static const struct {
	const char *text;
	bool is_whole;
	const char *expected;
} rows[] = {
	{ "{\"a\":[{\"b\":1},{\"b\":true}],\"c\":\"x\"}", true, "a[0].b=1 a[1].b=true c=x" },
	{ "[1.5,null,\"\\u00e9\\n\",false]", true, "[0]=1.5 [2]=\xc3\xa9\n [3]=false" },
	{ "{\"a\":{\"url\":\"https://x.uk/b", false, "a.url=https://x.uk/b" }, /* cut */
	{ "{\"a\":1}{\"b\":2}", false, "a=1 b=2" },                            /* several */
	{ "{a:1,'b':2}", false, NULL },
	{ "{\"a\":[1,[2,3],{\"b\":[4", false, "a[0]=1 a[1][0]=2 a[1][1]=3 a[2].b[0]=4" },
	{ "", false, "" },
	{ "nonsense", false, "" },
	{ "}}]]", false, "" },
};

static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[512] = "";
		size_t n = 0;
		assert_int_equal(read_text(rows[i].text, strlen(rows[i].text)), rows[i].is_whole);
		for (size_t k = 0; k < params.n; k++)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s=%s", k ? " " : "",
					      params.at[k].name, params.at[k].value);
		if (rows[i].expected)
			assert_string_equal(text, rows[i].expected);
	}
}

static void test_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t len = 0; len < strlen(rows[i].text); len++) {
			read_text(rows[i].text, len);
			assert_true(params.n <= 8);
		}
}

/* Nested deeper than any tracker does: read by the reader that does not recurse, up to its limit. */
static void test_deep(void **state)
{
	(void)state;
	static char text[20000];
	memset(text, '[', sizeof(text));
	assert_false(read_text(text, sizeof(text)));
	assert_int_equal(params.n, 0);
	for (size_t i = 0; i + 5 < sizeof(text); i += 5)
		memcpy(text + i, "{\"a\":", 5);
	assert_false(read_text(text, sizeof(text)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_deep),
	};
	return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
