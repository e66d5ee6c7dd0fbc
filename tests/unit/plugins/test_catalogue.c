#include <string.h>

#include "check.h"
#include "plugins/disclosure/catalogue.h"

static struct matcher matcher;

static int open_matcher(void **state)
{
	(void)state;
	return matcher_init(&matcher) ? 0 : -1;
}

static int close_matcher(void **state)
{
	(void)state;
	matcher_fini(&matcher);
	return 0;
}

static void test_find(void **state)
{
	(void)state;
	static const struct {
		const char *host, *path, *query, *vendor; /* NULL: none */
		bool is_any_host;
	} rows[] = {
		{ "www.facebook.com", "/tr/", "id=1", "meta_pixel", false },
		{ "www.facebook.com", "/tr", "", "meta_pixel", false },
		{ "www.facebook.com", "/trap", "", NULL, false },
		{ "xwww.facebook.com", "/tr", "", NULL, false }, /* that host is named exactly */
		{ "region1.google-analytics.com", "/g/collect", "v=2", "google_analytics4", false },
		{ "notgoogle-analytics.com", "/x", "", NULL, false },
		{ "metrics.x.uk", "/g/collect", "v=2&tid=G-1", "google_analytics4", true },
		{ "metrics.x.uk", "/g/collect", "ev=2&utid=G-1", NULL, false }, /* no "v", no "tid" */
		{ "stats.x.uk", "/matomo.php", "idsite=1", "matomo", true },
		/* The entry for any path of these hosts stands before theirs. */
		{ "s.amazon-adsystem.com", "/iu3", "", "amazon_ads", false },
		{ "track.adform.net", "/Serving/TrackPoint/", "", "adform", false },
		{ "us.creativecdn.com", "/tags", "", "rtb_house", false },
		{ "s.amazon-adsystem.com", "/other", "", "cookie_sync", false },
		{ "", "/", "", NULL, false },
		{ "...", "", "", NULL, false },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		bool any = false;
		const struct cat_endpoint *e = catalogue_find(&matcher, rows[i].host, rows[i].path,
							      strlen(rows[i].path), rows[i].query, &any);
		if (!e != !rows[i].vendor)
			fail_msg("%s%s: %s", rows[i].host, rows[i].path, e ? e->name : "nothing");
		if (!e)
			continue;
		assert_string_equal(catalogue.vendors[e->vendor].id, rows[i].vendor);
		assert_int_equal(any, rows[i].is_any_host);
	}
}

/* Whatever the compiler of the table did, every host is found again and every list is in the order that
 * lookups need. */
static void test_table(void **state)
{
	(void)state;
	size_t n_hosts = 0;
	for (size_t i = 0; i < HOST_SLOTS; i++) {
		const char *name = catalogue.hosts[i].name;
		if (!name)
			continue;
		n_hosts++;
		assert_non_null(catalogue_vendor(name + (name[0] == '.')));
	}
	assert_true(n_hosts > 200);
	assert_true(catalogue.n_vendors >= 50);
	assert_true(catalogue.n_endpoints >= 90);
	size_t n_params = 0, n_confirmed = 0;
	for (size_t i = 0; i < catalogue.n_vendors; i++) {
		const struct cat_vendor *v = &catalogue.vendors[i];
		for (size_t k = 0; k < v->params.n_exact; k++) {
			const struct cat_param *p = &v->params.exact[k];
			assert_true(k == 0 || strcmp(p[-1].name, p->name) < 0);
			if (catalogue_param(v, p->name) != p)
				fail_msg("%s: %s is not found", v->id, p->name);
		}
		for (size_t k = 1; k < v->n_tech; k++)
			assert_true(strcmp(v->tech[k - 1], v->tech[k]) < 0);
		n_params += v->params.n_exact + v->params.n_prefix;
	}
	for (size_t i = 0; i < catalogue.n_endpoints; i++)
		n_confirmed += catalogue.endpoints[i].flags & ENDPOINT_CONFIRMED;
	assert_true(n_params > 700);
	assert_true(n_confirmed > 0 && n_confirmed < catalogue.n_endpoints);
}

static const struct cat_vendor *vendor(const char *id)
{
	for (size_t i = 0; i < catalogue.n_vendors; i++)
		if (strcmp(catalogue.vendors[i].id, id) == 0)
			return &catalogue.vendors[i];
	return NULL;
}

static void test_params(void **state)
{
	(void)state;
	const struct cat_vendor *meta = vendor("meta_pixel");
	assert_int_equal(catalogue_param(meta, "dl")->category, CATEGORY_PAGE_URL);
	assert_int_equal(catalogue_param(meta, "udff[zz]")->category,
			 CATEGORY_CONTACT_HASH); /* by its beginning */
	assert_int_equal(catalogue_param(meta, "ud[external_id]")->category, CATEGORY_ACCOUNT_ID);
	assert_int_equal(catalogue_param(meta, "gdpr_consent")->category,
			 CATEGORY_CONSENT); /* as everywhere */
	assert_int_equal(catalogue_param(meta, "hme")->category, CATEGORY_TECHNICAL);
	assert_null(catalogue_param(meta, "never-heard-of"));
	assert_int_equal(catalogue_cookie(meta, "c_user")->category, CATEGORY_ACCOUNT_ID);
	assert_null(catalogue_cookie(vendor("hotjar"), "c_user"));
	/* Google's advertising cookie, sent to its analytics. */
	assert_int_equal(catalogue_cookie(vendor("google_analytics4"), "IDE")->category,
			 CATEGORY_ONLINE_IDENTIFIER);
	assert_int_equal(catalogue_cookie(NULL, "c_user")->category, CATEGORY_ACCOUNT_ID);
	assert_null(catalogue_cookie(NULL, "fr")); /* too short to be told by its name alone */
	assert_null(catalogue_common("dl"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_params),
	};
	return cmocka_run_group_tests(tests, open_matcher, close_matcher);
}
