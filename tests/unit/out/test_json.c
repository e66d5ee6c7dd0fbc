#include "check.h"

#include "out/json.h"

static void text_is_escaped(void **state)
{
	(void)state;
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "plain", "\"plain\"" },
		{ "", "\"\"" },
		{ "a\"b\\c", "\"a\\\"b\\\\c\"" },
		{ "line\nend\t", "\"line\\nend\\t\"" },
		{ "\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\"" },
		{ "gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\"" },
		{ "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"" },
		/* what is no UTF-8 (RFC 3629 3 and 4): each byte that fits nowhere is replaced */
		{ "\xff", "\"\xef\xbf\xbd\"" },
		{ "a\xc3", "\"a\xef\xbf\xbd\"" },
		{ "\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xe0\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xf0\x9f\x98", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct text t = { 0 };
		json_string(&t, rows[i].in);
		assert_string_equal(t.at, rows[i].out);
		text_fini(&t);
	}
}

static void commas_stand_between(void **state)
{
	(void)state;
	struct text t = { 0 };
	json_open(&t, '{');
	json_put_count(&t, "a", 0);
	json_key(&t, "b");
	json_open(&t, '[');
	json_open(&t, '{');
	json_close(&t, '}');
	json_uint(&t, 18446744073709551615u);
	json_bool(&t, false);
	json_close(&t, ']');
	json_put_true(&t, "c", true);
	json_close(&t, '}');
	assert_string_equal(t.at, "{\"a\":0,\"b\":[{},18446744073709551615,false],\"c\":true}");
	text_fini(&t);
}

/* A string that ends like an opening must not swallow the comma. */
static void a_bracket_in_text_opens_nothing(void **state)
{
	(void)state;
	struct text t = { 0 };
	json_open(&t, '[');
	json_string(&t, "{");
	json_string(&t, "[");
	json_string(&t, ":");
	json_close(&t, ']');
	assert_string_equal(t.at, "[\"{\",\"[\",\":\"]");
	text_fini(&t);
}

static void what_is_unknown_is_absent(void **state)
{
	(void)state;
	struct text t = { 0 };
	json_open(&t, '{');
	json_put_string(&t, "a", "");
	json_put_string(&t, "b", NULL);
	json_put_uint(&t, "c", 0);
	json_put_fraction(&t, "d", -1);
	json_put_time(&t, "e", 0);
	json_put_strings(&t, "f", NULL, 0);
	json_put_true(&t, "g", false);
	json_close(&t, '}');
	assert_string_equal(t.at, "{}");
	text_fini(&t);
}

static void fractions_have_four_digits_at_most(void **state)
{
	(void)state;
	static const struct {
		double in;
		const char *out;
	} rows[] = { { 0, "0" },           { 1, "1" },      { .5, "0.5" }, { .97, "0.97" },
		     { .12344, "0.1234" }, { .99996, "1" }, { 10, "10" } };
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct text t = { 0 };
		json_fraction(&t, rows[i].in);
		assert_string_equal(t.at, rows[i].out);
		text_fini(&t);
	}
}

static void times_are_rfc_3339(void **state)
{
	(void)state;
	static const struct {
		int64_t in;
		const char *out;
	} rows[] = {
		{ 1686736923123456000, "\"2023-06-14T10:02:03.123456Z\"" },
		{ 1686736923123456001, "\"2023-06-14T10:02:03.123456001Z\"" },
		{ 1, "\"1970-01-01T00:00:00.000000001Z\"" },
		{ 951782400000000000, "\"2000-02-29T00:00:00.000000Z\"" },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct text t = { 0 };
		json_time(&t, rows[i].in);
		assert_string_equal(t.at, rows[i].out);
		text_fini(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_escaped),
		cmocka_unit_test(commas_stand_between),
		cmocka_unit_test(a_bracket_in_text_opens_nothing),
		cmocka_unit_test(what_is_unknown_is_absent),
		cmocka_unit_test(fractions_have_four_digits_at_most),
		cmocka_unit_test(times_are_rfc_3339),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
