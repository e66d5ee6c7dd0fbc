#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "out/plugins.h"

static char out_path[] = "/tmp/test_plugins_XXXXXX";

static int make_file(void **state)
{
	(void)state;
	int fd = mkstemp(out_path);
	close(fd);
	return fd >= 0 ? 0 : -1;
}

static int drop_file(void **state)
{
	(void)state;
	return unlink(out_path);
}

static struct plugins *open_plugins(const char *const *settings, size_t n_settings)
{
	struct plugins *p = plugins_new(&(struct plugins_spec){
	    .dir = TEST_PLUGINS, .data_dir = ".", .settings = settings, .n_settings = n_settings });
	assert_non_null(p);
	return p;
}

static void must(bool ok, const struct err *err)
{
	if (!ok)
		fail_msg("%s", err->text);
}

static bool put_visit(struct plugins *p, const char *site, struct err *err)
{
	static const struct ol_party parties[] = { { .company = "One" },
						   { .company = "Two" },
						   { .company = "Three" } };
	struct ol_visit v = { .site = site, .parties = parties, .n_parties = COUNT(parties) };
	return plugins_record(
	    p, &(struct ol_record){ .type = OL_VISIT, .json = "{}", .json_len = 2, .visit = &v }, err);
}

static void content_is(const char *expected)
{
	char text[512];
	FILE *f = fopen(out_path, "r");
	assert_non_null(f);
	size_t n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	assert_string_equal(text, expected);
}

static void the_template_takes_visits_and_its_own_options(void **state)
{
	(void)state;
	static const char *const settings[] = { "other.most=1", "template.mostly=9", "template.most=2" };
	char output[128];
	struct err err = { "" };
	struct plugins *p = open_plugins(settings, COUNT(settings));
	snprintf(output, sizeof(output), "template:%s", out_path);
	must(plugins_open_sink(p, output, &err), &err);
	assert_true(plugins_took(p, settings[2]));
	assert_false(plugins_took(p, settings[0]));
	assert_false(plugins_took(p, settings[1]));
	must(put_visit(p, "a.example", &err), &err);
	must(put_visit(p, "b.example", &err), &err);
	must(plugins_flush(p, &err), &err);
	must(plugins_close(p, &err), &err);
	content_is("a.example One Two\nb.example One Two\n2 visits\n");
	plugins_free(p);
}

static void a_sink_that_fails_is_closed_and_the_others_go_on(void **state)
{
	(void)state;
	char output[128];
	struct err err = { "" };
	struct plugins *p = open_plugins(NULL, 0);
	snprintf(output, sizeof(output), "template:%s", out_path);
	must(plugins_open_sink(p, "failing", &err), &err);
	must(plugins_open_sink(p, output, &err), &err);
	must(put_visit(p, "a.example", &err), &err);
	must(put_visit(p, "b.example", &err), &err);
	assert_false(put_visit(p, "c.example", &err));
	assert_string_equal(err.text, "output 'failing': record 3 is too much");
	must(put_visit(p, "d.example", &err), &err);
	must(plugins_close(p, &err), &err);
	content_is("a.example One Two Three\nb.example One Two Three\nc.example One Two Three\n"
		   "d.example One Two Three\n4 visits\n");
	plugins_free(p);
}

static void what_is_no_plugin_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *output, *words;
	} rows[] = {
		{ "nonsense:x", "there is no plugin 'nonsense'" },
		{ "../template", "there is no plugin '../template'" },
		{ ":x", "there is no plugin ''" },
		{ "foreign", "not a plugin of this version" },
		{ "template:/does/not/exist/file", "No such file" },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err err = { "" };
		struct plugins *p = open_plugins(NULL, 0);
		assert_false(plugins_open_sink(p, rows[i].output, &err));
		if (!strstr(err.text, rows[i].words))
			fail_msg("'%s' does not say '%s'", err.text, rows[i].words);
		plugins_free(p);
	}
}

static void a_plugin_is_loaded_once_by_its_own_name(void **state)
{
	(void)state;
	struct err err = { "" };
	struct plugins *p = open_plugins(NULL, 0);
	must(plugins_load(p, TEST_PLUGINS "/template.so", &err), &err);
	assert_false(plugins_load(p, TEST_PLUGINS "/template.so", &err));
	assert_non_null(strstr(err.text, "already"));
	plugins_free(p);
}

static void take(void *to, const struct ol_disclosure *what)
{
	snprintf(to, 128, "%s %s %s", what->host, what->items[0].kind, what->items[0].name);
}

static void an_extractor_tells_what_it_finds(void **state)
{
	(void)state;
	static const char *const names[] = { "template" };
	char found[128] = "";
	struct err err = { "" };
	struct plugins *p = open_plugins(NULL, 0);
	plugins_set_disclose(p, take);
	struct extractors *x = extractors_open(p, names, 1, &err);
	must(x != NULL, &err);
	extractors_request(x, &(struct ol_request){ .host = "t.example", .target = "/?q=1", .company = "" },
			   found);
	assert_string_equal(found, "");
	extractors_request(
	    x, &(struct ol_request){ .host = "t.example", .target = "/?m=a%40b", .company = "" }, found);
	assert_string_equal(found, "t.example contact target");
	extractors_close(x);
	plugins_free(p);
}

/* Live: `failing` takes two records each time it is opened. */
static void a_sink_that_failed_can_be_mended(void **state)
{
	(void)state;
	char output[128];
	struct err err = { "" };
	size_t n_mended = 9;
	static const struct ol_run run;
	const struct ol_record first = { .type = OL_RUN, .json = "{}", .json_len = 2, .run = &run };
	struct plugins *p = open_plugins(NULL, 0);
	snprintf(output, sizeof(output), "template:%s", out_path);
	must(plugins_open_sink(p, "failing", &err), &err);
	must(plugins_open_sink(p, output, &err), &err);
	assert_int_equal(plugins_mend(p, &first, &n_mended), 0);
	assert_int_equal(n_mended, 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(put_visit(p, "a.example", &err), i != 2);
	/* The third and the two after it; and the two before it, for they were never flushed. */
	assert_int_equal(plugins_lost(p), 5);
	assert_int_equal(plugins_mend(p, &first, &n_mended), 0);
	assert_int_equal(n_mended, 1);
	must(put_visit(p, "b.example", &err), &err);
	assert_int_equal(plugins_lost(p), 5);

	assert_null(plugins_file(p, 0));
	assert_string_equal(plugins_file(p, 1), out_path);
	assert_string_equal(plugins_file(p, 2), "");
	must(plugins_close(p, &err), &err);
	plugins_free(p);
}

static void a_file_that_was_moved_is_begun_anew(void **state)
{
	(void)state;
	char output[128], moved[64];
	struct err err = { "" };
	static const struct ol_run run;
	const struct ol_record first = { .type = OL_RUN, .json = "{}", .json_len = 2, .run = &run };
	struct plugins *p = open_plugins(NULL, 0);
	snprintf(output, sizeof(output), "template:%s", out_path);
	snprintf(moved, sizeof(moved), "%s.moved", out_path);
	must(plugins_open_sink(p, output, &err), &err);
	must(put_visit(p, "a.example", &err), &err);
	assert_int_equal(rename(out_path, moved), 0);
	must(plugins_reopen(p, 0, &first, &err), &err);
	must(put_visit(p, "b.example", &err), &err);
	must(plugins_close(p, &err), &err);
	content_is("b.example One Two Three\n1 visits\n");
	assert_int_equal(rename(moved, out_path), 0);
	content_is("a.example One Two Three\n1 visits\n");
	plugins_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_template_takes_visits_and_its_own_options),
		cmocka_unit_test(a_sink_that_fails_is_closed_and_the_others_go_on),
		cmocka_unit_test(a_sink_that_failed_can_be_mended),
		cmocka_unit_test(a_file_that_was_moved_is_begun_anew),
		cmocka_unit_test(what_is_no_plugin_is_refused),
		cmocka_unit_test(a_plugin_is_loaded_once_by_its_own_name),
		cmocka_unit_test(an_extractor_tells_what_it_finds),
	};
	return cmocka_run_group_tests(tests, make_file, drop_file);
}
