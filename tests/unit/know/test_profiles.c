#include "check.h"

#include "know/known.h"
#include "know/profiles.h"
#include "know/test_paths.h"

/* Three trackers of two categories and of none, with a domain each; three sites, of which two were seen and
 * one was only counted; see know/profiles.h for the form.
 */
static const char small[] = "OLPROF2\0"
			    "\4test"
			    "\2"
			    "\3\0"
			    "\3\0\0\0"
			    "\3\0\0\0"
			    "\0\2"         /* two of the first category on the mean site */
			    "\0\0"         /* none of the second */
			    "\0\0\x80"     /* half of all sites */
			    "\1\xff\xff"   /* all of them */
			    "\xff\xff\x3f" /* a quarter; of no category */
			    "\7ads.com\1\0"
			    "\7non.com\2\0"
			    "\7web.com\0\0"
			    "\12a.examples\0\0"
			    "\11b.example\2\0\0\0\xff\1\0\x80"
			    "\11c.example\0\1\4\1";
enum { SMALL_LEN = sizeof(small) - 1, AT_COUNTS = 8 + 5 + 1 + 2, AT_NAMES = AT_COUNTS + 8 + 4 + 9 };

static struct profiles *load(const char *bytes, size_t len, struct err *err)
{
	char path[32];
	struct profiles *p = profiles_load(file_with(path, bytes, len), err);

	unlink(path);
	return p;
}

static void tells_shares_of_sites(void **state)
{
	struct err err;
	struct profiles *p = load(small, SMALL_LEN, &err);
	uint32_t a, b, tracker;
	float reach;

	(void)state;
	assert_non_null(p);
	a = profiles_site(p, "a.examples");
	b = profiles_site(p, "b.example");
	assert_int_equal(a, 0);
	assert_int_equal(b, 1);
	assert_int_equal(profiles_site(p, "b.exampl"), PROFILES_NO_SITE);
	assert_int_equal(profiles_site(p, "b.example2"), PROFILES_NO_SITE);
	assert_int_equal(profiles_site(NULL, "b.example"), PROFILES_NO_SITE);
	assert_true(profiles_tracker(p, "x.y.ads.com", &reach, &tracker));
	assert_int_equal(tracker, 1);
	assert_float_equal(reach, 1, 1e-6);
	assert_true(profiles_tracker(p, "web.com", &reach, &tracker));
	assert_float_equal(reach, 0.5, 1e-4);
	assert_false(profiles_tracker(p, "notads.com", &reach, &tracker));
	assert_false(profiles_tracker(NULL, "ads.com", &reach, &tracker));
	assert_float_equal(profiles_share(p, b, 0), 1, 1e-6);
	assert_float_equal(profiles_share(p, b, 1), 0.5, 0.01);
	assert_float_equal(profiles_share(p, b, 2), 0, 1e-9);
	assert_float_equal(profiles_share(p, a, 0), 0, 1e-9);
	assert_float_equal(profiles_share(p, PROFILES_NO_SITE, 0), 0, 1e-9);
	assert_float_equal(profiles_share(p, b, 3), 0, 1e-9);
	assert_string_equal(profiles_version(p), "test");
	assert_int_equal(profiles_count(p), 6);
	profiles_free(p);
	profiles_free(NULL);
}

/* Four of the first category, twice the mean: each is met as if drawn twice. */
static void expects_by_the_count_of_a_category(void **state)
{
	struct err err;
	struct profiles *p = load(small, SMALL_LEN, &err);
	uint32_t c;

	(void)state;
	assert_non_null(p);
	c = profiles_site(p, "c.example");
	assert_int_equal(c, 2);
	assert_float_equal(profiles_share(p, c, 0), 0.75, 1e-3);
	assert_float_equal(profiles_share(p, c, 1), 0, 1e-9); /* a category that no site has says nothing */
	assert_float_equal(profiles_share(p, c, 2), 0.25, 1e-3);
	profiles_free(p);
}

static void refuses_every_cut(void **state)
{
	(void)state;
	for (size_t len = 0; len < SMALL_LEN; len++) {
		struct err err;

		assert_null(load(small, len, &err));
	}
}

static void refuses_damage(void **state)
{
	static const struct {
		size_t at;
		char byte;
	} rows[] = {
		{ 0, 'X' },              /* the name of the form */
		{ AT_COUNTS - 2, 2 },    /* a tracker too few */
		{ AT_COUNTS, 4 },        /* a domain too many */
		{ AT_COUNTS + 4, 2 },    /* a site too few: something is left */
		{ AT_COUNTS + 7, 0x7f }, /* more sites than any file holds */
		{ AT_NAMES, 0x7f },      /* a name that leaves the file */
		{ AT_NAMES + 1, 'z' },   /* out of order */
		{ AT_NAMES + 8, 3 },     /* a tracker that there is not */
		{ SMALL_LEN - 4, 0x7f }, /* rows that leave the file */
		{ SMALL_LEN - 3, 2 },    /* neither counts nor none */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char damaged[SMALL_LEN];
		struct err err;

		memcpy(damaged, small, SMALL_LEN);
		damaged[rows[i].at] = rows[i].byte;
		assert_null(load(damaged, SMALL_LEN, &err));
	}
}

static void the_shipped_one_knows_the_web(void **state)
{
	struct err err;
	struct profiles *p = profiles_load(TEST_DATA_DIR "/profiles.bin", &err);
	uint32_t tracker;
	float reach;

	(void)state;
	assert_non_null(p);
	assert_true(profiles_tracker(p, "www.google-analytics.com", &reach, &tracker));
	assert_true(reach > 0.3f);
	assert_int_not_equal(profiles_site(p, "wikipedia.org"), PROFILES_NO_SITE);
	assert_int_equal(profiles_site(p, "no-such-site.example"), PROFILES_NO_SITE);
	profiles_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_shares_of_sites),
		cmocka_unit_test(expects_by_the_count_of_a_category),
		cmocka_unit_test(refuses_every_cut),
		cmocka_unit_test(refuses_damage),
		cmocka_unit_test(the_shipped_one_knows_the_web),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
