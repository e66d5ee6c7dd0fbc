#include "check.h"

#include <sys/stat.h>

#include "know/companies.h"
#include "know/geo.h"
#include "know/known.h"
#include "know/list_info.h"
#include "know/load.h"
#include "know/profiles.h"
#include "know/test_paths.h"

static const struct list_info *info_of(const struct loaded *l, const char *name)
{
	for (size_t i = 0; i < l->n_lists; i++)
		if (strcmp(l->lists[i].name, name) == 0)
			return &l->lists[i];
	return NULL;
}

static void says_what_each_list_is(void **state)
{
	static const char *const names[] = { "company_names", "trackers", "companies", "cname",
					     "replay",        "consent",  "overlay",   "infrastructure",
					     "telemetry",     "sectors",  "profiles" };
	struct knowledge_spec spec = { .data_dir = TEST_DATA_DIR };
	struct err err;
	struct loaded *l = knowledge_load(&spec, &err);

	(void)state;
	assert_non_null(l);
	for (size_t i = 0; i < COUNT(names); i++) {
		const struct list_info *p = info_of(l, names[i]);

		if (!p)
			fail_msg("%s is not told of", names[i]);
		assert_true(strlen(p->sha256) == 64 && strspn(p->sha256, "0123456789abcdef") == 64);
		assert_string_not_equal(p->licence, "");
		assert_string_not_equal(p->source, "");
		assert_string_not_equal(p->version, "");
		assert_true(p->entries > 20);
	}
	if (geo_is_built()) {
		assert_string_equal(info_of(l, "geo")->version, "2026-06-17");
		assert_string_equal(info_of(l, "geo")->licence, "CC-BY-4.0");
		assert_string_equal(l->note, "");
	}
	assert_non_null(info_of(l, "public-suffix-list"));
	knowledge_free(l);
	knowledge_free(NULL);
}

static void hashes_and_counts_a_list(void **state)
{
	static const char text[] = "# version: 7\n# licence: CC0\n\na.example\tOne\n  # note\nb.example\tTwo";
	struct list_info info;
	char path[32];
	struct err err;

	(void)state;
	file_with(path, "abc", 3); /* FIPS 180-4's own example */
	assert_true(list_info_read("abc", path, false, &info, &err));
	assert_string_equal(info.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(info.entries, 0);
	unlink(path);
	file_with(path, text, strlen(text));
	assert_true(list_info_read("list", path, true, &info, &err));
	assert_string_equal(info.version, "7");
	assert_string_equal(info.licence, "CC0");
	assert_string_equal(info.source, "");
	assert_int_equal(info.entries, 2);
	unlink(path);
	assert_false(list_info_read("list", path, true, &info, &err));
}

static void a_users_list_lies_over_ours(void **state)
{
	static const char text[] = "# version: mine\nwww.facebook.com\tNobody\tMy product\n";
	char path[32];
	const char *lists[] = { file_with(path, text, strlen(text)) };
	struct knowledge_spec spec = { .data_dir = TEST_DATA_DIR, .companies = lists, .n_companies = 1 };
	struct hostname h = host_of("www.facebook.com"), other = host_of("connect.facebook.net");
	const struct list_info *p;
	struct err err;
	struct loaded *l = knowledge_load(&spec, &err);

	(void)state;
	assert_non_null(l);
	assert_string_equal(companies_of(l->know.companies, &h)->company, "Nobody");
	assert_int_equal(companies_of(l->know.companies, &h)->line, 2);
	assert_string_equal(companies_of(l->know.companies, &other)->company, "Meta");
	p = info_of(l, strrchr(path, '/') + 1);
	assert_non_null(p);
	assert_string_equal(p->version, "mine");
	assert_int_equal(p->entries, 1);
	knowledge_free(l);
	unlink(path);
	assert_null(knowledge_load(&spec, &err));
	assert_non_null(strstr(err.text, path));
}

static void refuses_what_the_user_named_and_is_not_there(void **state)
{
	const struct knowledge_spec rows[] = {
		{ .data_dir = TEST_DATA_DIR, .asn_db = "/nowhere" },
		{ .data_dir = TEST_DATA_DIR, .country_db = "/nowhere" },
		{ .data_dir = TEST_DATA_DIR, .psl = "/nowhere" },
		{ .data_dir = "/nowhere" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err err;

		assert_null(knowledge_load(&rows[i], &err));
		assert_true(strstr(err.text, "/nowhere") || !geo_is_built());
	}
}

/* A folder with one list works, and says what is not there. */
static void works_with_little_and_says_so(void **state)
{
	char folder[] = "/tmp/onlooker-test-XXXXXX", path[64];
	struct knowledge_spec spec = { .data_dir = folder };
	struct hostname h = host_of("a.example");
	struct place place;
	struct addr a;
	struct err err;
	struct loaded *l;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/companies.tsv", folder);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("a.example\tOne\n", f);
	fclose(f);
	l = knowledge_load(&spec, &err);
	assert_non_null(l);
	assert_string_equal(companies_of(l->know.companies, &h)->company, "One");
	assert_null(l->know.sectors);
	assert_null(l->know.profiles);
	assert_null(l->know.geo);
	assert_true(addr_parse("8.8.8.8", &a));
	geo_lookup(l->know.geo, &a, &place);
	assert_string_equal(place.country, "");
	assert_non_null(strstr(l->note, "telemetry.tsv"));
	assert_non_null(strstr(l->note, "profiles"));
	assert_true(strstr(l->note, "country") || strlen(l->note) == sizeof(l->note) - 1);
	knowledge_free(l);
	unlink(path);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_each_list_is),
		cmocka_unit_test(hashes_and_counts_a_list),
		cmocka_unit_test(a_users_list_lies_over_ours),
		cmocka_unit_test(refuses_what_the_user_named_and_is_not_there),
		cmocka_unit_test(works_with_little_and_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
