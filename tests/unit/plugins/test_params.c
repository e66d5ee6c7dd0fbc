#include <stdio.h>
#include <string.h>

#include "check.h"
#include "plugins/disclosure/params.h"

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

static void restart(void)
{
	scratch_reset(&scratch);
	params_init(&params, &scratch);
}

/* "name=value" of each, separated by blanks. */
static void assert_params(const char *expected)
{
	char text[512] = "";
	size_t n = 0;
	for (size_t i = 0; i < params.n; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s=%s", i ? " " : "", params.at[i].name,
				      params.at[i].value);
	assert_string_equal(text, expected);
}

static void test_form(void **state)
{
	(void)state;
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{ "", "" },
		{ "a=b&c=d", "a=b c=d" },
		{ "a=1+2%20x", "a=1 2 x" },
		{ "cd%5Bx%5D=%7B%7D", "cd[x]={}" },
		{ "a&b=&=c&&d==", "a= b= d==" },
		{ "a=%zz%4", "a=%zz%4" },
		{ "a=%00b", "a= b" },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		restart();
		params_form(&params, SOURCE_QUERY, 0, rows[i].text, strlen(rows[i].text));
		assert_params(rows[i].expected);
	}
}

static void test_path(void **state)
{
	(void)state;
	static const struct {
		const char *path, *expected;
	} rows[] = {
		{ "/activity;src=1;type=a;~oref=https%3A%2F%2Fx.uk", "src=1 type=a ~oref=https://x.uk" },
		{ "/ibs:dpid=1&dpuuid=x", "dpid=1 dpuuid=x" },
		{ "/map/c=1/tpid=x", "c=1 tpid=x" },
		{ "/plain/path", "" },
		{ ";;;", "" },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		restart();
		params_path(&params, rows[i].path, strlen(rows[i].path));
		assert_params(rows[i].expected);
	}
}

static void test_multipart(void **state)
{
	(void)state;
	static const char body[] =
	    "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n2\r\n--B\r\n"
	    "Content-Disposition: form-data; filename=\"f\"; name=b\r\n\r\nx\r\n--B--";
	restart();
	params_multipart(&params, "multipart/form-data; boundary=B", body, sizeof(body) - 1);
	assert_params("a=1\r\n2 b=x");
	for (size_t len = 0; len < sizeof(body); len++) {
		char *exact = test_malloc(len + 1);
		memcpy(exact, body, len);
		restart();
		params_multipart(&params, "multipart/form-data; boundary=B", exact, len);
		assert_true(params.n <= 2);
		test_free(exact);
	}
	restart();
	params_multipart(&params, "multipart/form-data", body, sizeof(body) - 1);
	assert_int_equal(params.n, 0);
}

static void test_cookies(void **state)
{
	(void)state;
	restart();
	params_cookies(&params, "a=b; c=d=e;f; =g;; h=");
	assert_params("a=b c=d=e h=");
}

/* More than fits is counted, and what is kept is whole. */
static void test_limits(void **state)
{
	(void)state;
	char text[PARAMS_MAX * 4 + 40];
	size_t n = 0;
	for (int i = 0; i < PARAMS_MAX + 10; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "a=b&");
	restart();
	params_form(&params, SOURCE_QUERY, 0, text, n);
	assert_int_equal(params.n, PARAMS_MAX);
	assert_int_equal(params.left_out, 10);

	static char large[PARAM_VALUE_MAX + 100];
	memset(large, 'x', sizeof(large));
	restart();
	params_add(&params, SOURCE_QUERY, 0, large, sizeof(large), large, sizeof(large));
	assert_int_equal(strlen(params.at[0].name), PARAM_NAME_MAX);
	assert_int_equal(params.at[0].value_len, PARAM_VALUE_MAX);
	assert_int_equal(params.at[0].sent_len, sizeof(large));
	assert_int_equal(strlen(params.at[0].value), PARAM_VALUE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_form),      cmocka_unit_test(test_path),
		cmocka_unit_test(test_multipart), cmocka_unit_test(test_cookies),
		cmocka_unit_test(test_limits),
	};
	return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
