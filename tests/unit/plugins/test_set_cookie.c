#include "expect.h"
#include "plugins/disclosure/set_cookie.h"

#define NOW INT64_C(1795466824) /* 2026-11-23T20:47:04Z */

static void test_dates(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t s;
	} rows[] = {
		{ "Mon, 23 Nov 2026 20:47:04 GMT", NOW },        { "Mon, 23-Nov-26 20:47:04 GMT", NOW },
		{ "Monday, 23-Nov-2026 20:47:04 GMT", NOW },     { "Mon Nov 23 20:47:04 2026", NOW },
		{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 },          { "Thu, 01-Jan-70 00:00:01 GMT", 1 },
		{ "Tue, 29 Feb 2028 12:00:00 GMT", 1835438400 },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t s = -1;
		assert_true(cookie_date_parse(rows[i].text, strlen(rows[i].text), &s));
		assert_int_equal(s, rows[i].s);
	}
	static const char *const bad[] = { "",
					   "tomorrow",
					   "23 Nov 2026",
					   "20:47:04",
					   "Mon, 99 Nov 2026 20:47:04 GMT",
					   "Mon, 23 Foo 2026 20:47:04 GMT",
					   "Mon, 23 Nov 2026 25:47:04 GMT" };
	int64_t s = -1;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(cookie_date_parse(bad[i], strlen(bad[i]), &s));
}

static void test_parse(void **state)
{
	(void)state;
	static const struct {
		const char *header, *name, *value;
		int64_t life_s;
		bool is_cross_site, is_partitioned;
	} rows[] = {
		{ "a=b", "a", "b", 0, false, false },
		{ " a = b ; Path=/; HttpOnly", "a", "b", 0, false, false },
		{ "fr=0x.1; expires=Sun, 21 Feb 2027 20:47:04 GMT; Max-Age=7776000; path=/; "
		  "domain=.facebook.com; secure; "
		  "httponly; SameSite=None",
		  "fr", "0x.1", 7776000, true, false },
		{ "a=b; expires=Mon, 23 Nov 2026 21:47:04 GMT; samesite=lax", "a", "b", 3600, false, false },
		{ "a=; expires=Thu, 01 Jan 1970 00:00:00 GMT", "a", "", -1, false, false },
		{ "a=b; max-age=0", "a", "b", -1, false, false },
		{ "a=b; Max-Age=99999999999; Partitioned; SameSite=None", "a", "b", 400 * 86400, true, true },
		{ "a=b=c; Max-Age", "a", "b=c", 0, false, false },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct set_cookie c;
		assert_true(set_cookie_parse(rows[i].header, NOW, &c));
		assert_int_equal(c.name_len, strlen(rows[i].name));
		assert_memory_equal(c.name, rows[i].name, c.name_len);
		assert_int_equal(c.value_len, strlen(rows[i].value));
		assert_int_equal(memcmp(c.value, rows[i].value, c.value_len), 0);
		assert_int_equal(c.life_s, rows[i].life_s);
		assert_int_equal(c.is_cross_site, rows[i].is_cross_site);
		assert_int_equal(c.is_partitioned, rows[i].is_partitioned);
	}
	struct set_cookie c;
	assert_true(set_cookie_parse("a=b; Max-Age=63072000", 1303995329, &c)); /* in 2011 */
	assert_int_equal(c.life_s, 63072000);
	static const char *const bad[] = { "", "a", "=b", ";a=b", " = " };
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(set_cookie_parse(bad[i], NOW, &c));
}

static void test_told(void **state)
{
	static const struct ol_header headers[] = {
		{ "content-type", "image/gif" },
		{ "set-cookie", "fr=0abc.def; Max-Age=7776000; SameSite=None" },
		{ "set-cookie", "sessionx=abcdefgh" },
		{ "set-cookie", "gone=; Max-Age=0" },
		{ "set-cookie", "datr=0abc.xyz; Max-Age=9223372036854775807" },
	};
	struct ol_response r = { .at_ns = NOW * 1000000000,
				 .frame = 9,
				 .status = 200,
				 .host = "www.facebook.com",
				 .page = "https://www.x.uk/",
				 .relation = "cross-site",
				 .headers = headers,
				 .n_headers = COUNT(headers) };
	const struct collected *c = collect_response(*state, r);
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "Meta | cookies set | page https://www.x.uk/ |");
	expect_has(c, 0,
		   "online-identifier fr=0abc.def (cookie set, kept for 90 days, sent from other sites too)");
	expect_has(c, 0, "unknown sessionx=#8 (cookie set, kept until the browser closes)");
	expect_lacks(c, 0, "gone");
	expect_has(c, 0, "datr=0abc.xyz (cookie set, kept for 400 days)");
	/* In a recording of the time before browsers cut it. */
	r.at_ns = INT64_C(1500000000) * 1000000000;
	c = collect_response(*state, r);
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "datr=0abc.xyz (cookie set, kept for 36500 days)");

	/* The site's own cookie is no disclosure, but is known again when it leaves. */
	static const struct ol_header own[] = { { "set-cookie", "vid=1234-5678-9012" } };
	r = (struct ol_response){ .at_ns = NOW * 1000000000,
				  .host = "www.x.uk",
				  .relation = "same-origin",
				  .is_document = true,
				  .headers = own,
				  .n_headers = 1 };
	assert_int_equal(collect_response(*state, r)->n, 0);
	c = collect_request(*state, "https://px.unlisted.example/?z=1234-5678-9012",
			    collect_asked_by("https://www.x.uk/"));
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "(cookie vid of x.uk)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_told),
	};
	return cmocka_run_group_tests(tests, open_plain, close_it);
}
