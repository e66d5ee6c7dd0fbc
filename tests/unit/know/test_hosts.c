/* Registrable domains, sectors, owners. */
#include "check.h"

#include "know/host.h"
#include "know/known.h"
#include "know/sectors.h"
#include "know/suffix.h"
#include "know/test_paths.h"
#include "lists.h"

static void site_is_the_registrable_domain(void **state)
{
	static const struct {
		const char *host, *site;
	} rows[] = {
		{ "www.met.police.uk", "met.police.uk" },
		{ "met.police.uk", "met.police.uk" },
		{ "police.uk", "police.uk" }, /* a public suffix itself */
		{ "www.gov.uk", "www.gov.uk" },
		{ "a.b.camden.gov.uk", "camden.gov.uk" },
		{ "111.nhs.uk", "111.nhs.uk" },
		{ "shop.example.co.uk", "example.co.uk" },
		{ "co.uk", "co.uk" },
		{ "www.example.com", "example.com" },
		{ "a.b.someone.github.io", "someone.github.io" }, /* the list's private part */
		{ "d111111abcdef8.cloudfront.net", "d111111abcdef8.cloudfront.net" },
		{ "x.city.kawasaki.jp", "city.kawasaki.jp" }, /* an exception of a wildcard rule */
		{ "a.b.c.kawasaki.jp", "b.c.kawasaki.jp" },
		{ "a.unlisted-top-level", "a.unlisted-top-level" },
		{ "printer", "printer" },
		{ "192.0.2.1", "192.0.2.1" },
		{ "x.192.0.2.1", "2.1" }, /* no address, and no harm done */
		{ "_dmarc.example.org", "example.org" },
		{ "xn--80akhbyknj4f.xn--p1ai", "xn--80akhbyknj4f.xn--p1ai" },
	};
	const struct loaded *l = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct hostname h = host_of(rows[i].host);
		const char *site = suffix_site(l->know.suffixes, &h);

		assert_string_equal(site, rows[i].site);
		assert_in_range((uintptr_t)site, (uintptr_t)h.text, (uintptr_t)h.text + h.len); /* a view */
	}
}

static void takes_a_list_that_is_given(void **state)
{
	static const char text[] =
	    "// ===BEGIN ICANN DOMAINS===\nexample\nplace.example\n// ===END ICANN DOMAINS===\n";
	char path[32];
	struct err err;
	struct suffixes *s = suffixes_load(file_with(path, text, strlen(text)), &err);
	struct hostname h = host_of("a.b.place.example");

	(void)state;
	assert_non_null(s);
	assert_string_equal(suffix_site(s, &h), "b.place.example");
	assert_string_equal(suffixes_path(s), path);
	assert_int_equal(suffixes_count(s), 2);
	suffixes_free(s);
	unlink(path);
	assert_null(suffixes_load("/nowhere/list", &err));
	assert_non_null(strstr(err.text, "/nowhere/list"));
	suffixes_free(NULL);
}

static void sector_is_that_of_the_longest_suffix(void **state)
{
	static const struct {
		const char *host, *sector, *who;
	} rows[] = {
		{ "www.met.police.uk", "police", "Metropolitan Police Service" },
		{ "bedfordshire.police.uk", "police", "Bedfordshire Police" },
		{ "beds.police.uk", "police", "Bedfordshire Police" },
		{ "new.police.uk", "police", "" },
		{ "www.gov.uk", "government", "" },
		{ "111.nhs.uk", "health", "" },
		{ "www.cam.ac.uk", "education", "" },
		{ "ice.gov", "government", "" },
		{ "notgov.com", "", "" },
		{ "mygov", "", "" },
	};
	const struct loaded *l = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *who = NULL;

		assert_string_equal(sector_of(l->know.sectors, rows[i].host, &who), rows[i].sector);
		assert_string_equal(who, rows[i].who);
		assert_string_equal(sector_of(l->know.sectors, rows[i].host, NULL), rows[i].sector);
	}
}

static void says_where_a_list_of_sectors_is_wrong(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ "a.example\tpolice\nB.example\tpolice\n", ":2: 'B.example' is no host name in lower case" },
		{ "a.example\n", ":1: 'a.example' has no sector" },
		{ "a.example\tpolice\tx\x01\n", ":1: byte 0x01 is no text" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char path[32];
		const char *at = file_with(path, rows[i].text, strlen(rows[i].text));
		struct err err;

		assert_null(sectors_load(&at, 1, &err));
		assert_non_null(strstr(err.text, rows[i].words));
		unlink(path);
	}
	sectors_free(NULL);
}

static void facts_of_a_host_need_no_list(void **state)
{
	const struct knowledge none = { 0 };
	const struct loaded *l = *state;
	struct hostname h = host_of("www.met.police.uk");
	struct host_facts f = know_host(&none, &h);

	assert_string_equal(f.site, "www.met.police.uk");
	assert_string_equal(f.sector, "");
	f = know_host(&l->know, &h);
	assert_string_equal(f.site, "met.police.uk");
	assert_string_equal(f.sector, "police");
}

static void takes_a_name_as_a_person_writes_it(void **state)
{
	static const struct {
		const char *text, *host; /* NULL: it is none */
	} rows[] = {
		{ "WWW.Example.COM.", "www.example.com" },
		{ "B\xc3\xbc"
		  "cher.example",
		  "xn--bcher-kva.example" },
		{ "stra\xc3\x9f"
		  "e.example",
		  "xn--strae-oqa.example" },
		{ "_dmarc.example", "_dmarc.example" },
		{ "192.0.2.1", "192.0.2.1" },
		{ "", NULL },
		{ "two words.example", NULL },
		{ "https://www.example.com/", NULL },
		{ "\xff.example", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct hostname host = { 0 };

		assert_int_equal(know_hostname(rows[i].text, &host), rows[i].host != NULL);
		assert_string_equal(host.text, rows[i].host ? rows[i].host : "");
	}
}

static void knows_one_owner_of_two_hosts(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{ "www.facebook.com", "static.xx.fbcdn.net", true },
		{ "www.youtube.com", "fonts.gstatic.com", true },
		{ "www.facebook.com", "www.google.com", false },
		{ "beds.police.uk", "www.bedfordshire.police.uk", true },
		{ "met.police.uk", "kent.police.uk", false },  /* two forces */
		{ "new.police.uk", "other.police.uk", false }, /* nobody is named: not the same nobody */
		{ "www.amazon.co.uk", "d1.cloudfront.net",
		  false }, /* carried by Amazon, for whom it may be */
		{ "one.example", "two.example", false },
	};
	const struct loaded *l = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct hostname a = host_of(rows[i].a), b = host_of(rows[i].b);

		const char *of_a = know_owner(&l->know, &a);

		assert_int_equal(*of_a && strcmp(of_a, know_owner(&l->know, &b)) == 0, rows[i].same);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(site_is_the_registrable_domain),
		cmocka_unit_test(takes_a_list_that_is_given),
		cmocka_unit_test(sector_is_that_of_the_longest_suffix),
		cmocka_unit_test(says_where_a_list_of_sectors_is_wrong),
		cmocka_unit_test(facts_of_a_host_need_no_list),
		cmocka_unit_test(takes_a_name_as_a_person_writes_it),
		cmocka_unit_test(knows_one_owner_of_two_hosts),
	};

	return cmocka_run_group_tests(tests, lists_load, lists_unload);
}
