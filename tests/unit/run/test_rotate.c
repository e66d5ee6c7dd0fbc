#include "check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "run/rotate.h"

#define HOUR_NS (3600 * NS_PER_S)
#define DAY_NS (24 * HOUR_NS)

static char folder[] = "rotate-test-XXXXXX";

static const char *path_of(const char *name)
{
	static char paths[4][128];
	static size_t turn;
	char *path = paths[turn++ % COUNT(paths)];
	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, const char *text)
{
	FILE *f = fopen(path_of(name), "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	fclose(f);
}

static bool is_there(const char *name)
{
	return access(path_of(name), F_OK) == 0;
}

static void sizes_and_times_are_understood(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool is_good;
		uint64_t bytes;
		int64_t period_ns;
	} cases[] = {
		{ NULL, true, 0, 0 },
		{ "100M", true, UINT64_C(100) << 20, 0 },
		{ "2G", true, UINT64_C(2) << 30, 0 },
		{ "64K", true, 64 << 10, 0 },
		{ "30m", true, 0, 1800 * NS_PER_S },
		{ "1h", true, 0, HOUR_NS },
		{ "7d", true, 0, 7 * DAY_NS },
		{ "", false, 0, 0 },
		{ "1", false, 0, 0 },
		{ "0h", false, 0, 0 },
		{ "-1h", false, 0, 0 },
		{ " 1h", false, 0, 0 },
		{ "1hh", false, 0, 0 },
		{ "1H", false, 0, 0 },
		{ "100001d", false, 0, 0 },
		{ "99999999999999999999G", false, 0, 0 },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct rotate r;
		struct err err;
		assert_int_equal(rotate_parse(cases[i].text, &r, &err), cases[i].is_good);
		if (cases[i].is_good) {
			assert_int_equal(r.bytes, cases[i].bytes);
			assert_int_equal(r.period_ns, cases[i].period_ns);
		}
	}
}

static void a_file_is_due_by_size_or_at_whole_periods(void **state)
{
	(void)state;
	static const struct {
		struct rotate rotate;
		uint64_t bytes;
		int64_t begun_ns, now_ns;
		bool want;
	} cases[] = {
		{ { 0, 0 }, UINT64_MAX, 0, INT64_MAX, false },
		{ { 1000, 0 }, 999, 0, INT64_MAX, false },
		{ { 1000, 0 }, 1000, 0, 0, true },
		{ { 0, HOUR_NS }, 1, 10 * HOUR_NS + 1, 11 * HOUR_NS - 1, false },
		{ { 0, HOUR_NS }, 1, 11 * HOUR_NS - 1, 11 * HOUR_NS, true },
		{ { 0, HOUR_NS }, 0, 11 * HOUR_NS - 1, 11 * HOUR_NS, false }, /* nothing in it */
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(
		    rotate_is_due(&cases[i].rotate, cases[i].bytes, cases[i].begun_ns, cases[i].now_ns),
		    cases[i].want);
}

static void a_file_put_aside_replaces_none(void **state)
{
	(void)state;
	struct err err;
	char aside[ROTATE_PATH_MAX] = "";
	const int64_t now_ns = INT64_C(1600000000) * NS_PER_S; /* 2020-09-13T12:26:40Z */
	for (int i = 0; i < 3; i++) {
		write_file("out", i == 0 ? "first" : "later");
		assert_true(rotate_aside(path_of("out"), now_ns, aside, &err));
		assert_false(is_there("out"));
	}
	char text[8] = "";
	FILE *f = fopen(path_of("out.20200913T122640Z"), "r");
	assert_non_null(f);
	assert_non_null(fgets(text, sizeof(text), f));
	fclose(f);
	assert_string_equal(text, "first");
	assert_true(is_there("out.20200913T122640Z-2"));
	assert_true(is_there("out.20200913T122640Z-3"));
	assert_string_equal(aside, path_of("out.20200913T122640Z-3"));
	assert_false(rotate_aside(path_of("not-there"), now_ns, aside, &err));
	assert_non_null(strstr(err.text, "not-there"));
}

/* Only what the program itself put aside is ever deleted. */
static void only_own_old_files_are_deleted(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		bool is_deleted;
	} files[] = {
		{ "log.20200901T000000Z", true },
		{ "log.20200901T000000Z-12", true },
		{ "log.20200912T122641Z", false }, /* a second less than a day old */
		{ "log.20200912T122639Z", true },
		{ "log", false },
		{ "log.old", false },
		{ "log.20200901", false },
		{ "log.20200901T000000Z.gz", false },
		{ "log.20200901T000000Z-", false },
		{ "log.20200901T000000Z-1x", false },
		{ "catalog.20200901T000000Z", false },
		{ "log2.20200901T000000Z", false },
	};
	for (size_t i = 0; i < COUNT(files); i++)
		write_file(files[i].name, "x");
	size_t n = rotate_expire(path_of("log"), 1, INT64_C(1600000000) * NS_PER_S);
	assert_int_equal(n, 3);
	for (size_t i = 0; i < COUNT(files); i++) {
		assert_int_equal(is_there(files[i].name), !files[i].is_deleted);
		remove(path_of(files[i].name));
	}
	assert_int_equal(rotate_expire("not-there/log", 1, 0), 0);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	remove(path_of("out.20200913T122640Z"));
	remove(path_of("out.20200913T122640Z-2"));
	remove(path_of("out.20200913T122640Z-3"));
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_and_times_are_understood),
		cmocka_unit_test(a_file_is_due_by_size_or_at_whole_periods),
		cmocka_unit_test(a_file_put_aside_replaces_none),
		cmocka_unit_test(only_own_old_files_are_deleted),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
