/* Hosts that no entry of the catalogue knows. */
#include <stdio.h>

#include "expect.h"

static void test_page_and_title(void **state)
{
	const struct collected *c =
	    collect_request(*state,
			    "https://px.unlisted.example/"
			    "hit?u=https%3A%2F%2Fwww.x.uk%2Fdomestic-abuse%2Fhelp&pt=Getting%20help&n=1",
			    collect_asked_by("https://www.x.uk/"));
	assert_int_equal(c->n, 1);
	expect_has(c, 0, " |  | page https://www.x.uk/domestic-abuse/help | partner ");
	expect_has(c, 0,
		   "page-url u=https://www.x.uk/domestic-abuse/help {domestic-abuse} (kind of abuse: "
		   "domestic-abuse)");
	expect_has(c, 0, "page-title pt=Getting help");
	expect_lacks(c, 0, "n=1");
}

/* A frame of the receiver's own, to which the page's address was handed. */
static void test_frame(void **state)
{
	const struct collected *c =
	    collect_request(*state, "https://gum.unlisted.example/sid?topUrl=https%3A%2F%2Fwww.x.uk%2Fhiv",
			    collect_asked_by("https://gum.unlisted.example/frame"));
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "page-url topUrl=https://www.x.uk/hiv {health}");
}

static void test_search_words(void **state)
{
	const struct collected *c =
	    collect_request(*state, "https://px.unlisted.example/s?searchterm=how%20to%20report%20rape",
			    collect_asked_by("https://www.x.uk/"));
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "search-query searchterm=how to report rape {offences}");
	/* Words in the address of the page itself. */
	c = collect_request(
	    *state, "https://px.unlisted.example/s?url=https%3A%2F%2Fwww.x.uk%2Fsearch%3Fq%3Dhiv%2Bclinic",
	    collect_asked_by("https://www.x.uk/"));
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "search-query url?q=hiv clinic {health}");
}

static void test_contact(void **state)
{
	const struct collected *c =
	    collect_request(*state, "https://px.unlisted.example/s?email=jo%40example.org",
			    collect_asked_by("https://www.x.uk/"));
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "contact-plain email=#16 (an e-mail address)");
	expect_lacks(c, 0, "jo@example.org");
	c = collect_request(*state, "https://px.unlisted.example/s?hem=900150983cd24fb0d6963f7d28e17f72",
			    collect_asked_by("https://www.x.uk/"));
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "contact-hash hem=900150983cd24fb0d6963f7d28e17f72 (hashed (MD5 by its length))");
}

/* A phone number in clear, where a hash should be or where nothing is known of the field. */
static void test_phone_in_clear(void **state)
{
	const struct collected *c =
	    collect_request(*state, "https://px.unlisted.example/s?phone=%2B44+7700+900123&n_phones=2",
			    collect_asked_by("https://www.x.uk/"));
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "contact-plain phone=#");
	expect_lacks(c, 0, "7700");
	expect_lacks(c, 0, "n_phones");
	c = collect_request(
	    *state,
	    "https://www.facebook.com/tr/?id=1&ev=Lead&dl=https%3A%2F%2Fwww.x.uk%2F&ud[ph]=07700900123",
	    collect_asked_by("https://www.x.uk/"));
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "contact-plain ud[ph]=#11 (in clear)");
	expect_lacks(c, 0, "7700");
}

static void test_id_sync(void **state)
{
	const struct collected *c =
	    collect_request(*state,
			    "https://sync.unlisted.example/"
			    "go?uid=8f7e6d5c4b3a2918&redir=https%3A%2F%2Fib.adnxs.com%2Fsetuid%3Fcode%3D8f7e",
			    collect_asked_by("https://www.x.uk/"));
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "| partner Xandr");
	expect_has(c, 0, "(handed on to Xandr)");
}

/* A browser tells most third parties the origin of the page alone; more is told. */
static void test_referer(void **state)
{
	const struct collected *c = collect_request(*state, "https://cdn.unlisted.example/a.js",
						    collect_asked_by("https://www.x.uk/"));
	assert_int_equal(c->n, 0);
	c = collect_request(*state, "https://cdn.unlisted.example/a.js",
			    collect_asked_by("https://www.x.uk/hiv-testing?ward=7"));
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "page-url Referer=https://www.x.uk/hiv-testing?ward=7 {health}");
}

/* The site's own identifier, met again in what is sent to somebody else. */
static void test_first_party_identifier_leaves(void **state)
{
	struct ol_request own = { .referer = "https://www.x.uk/",
				  .cookie = "_ga=GA1.1.8593356743.1795466824; lang=en" };
	assert_int_equal(collect_request(*state, "https://www.x.uk/page", own)->n, 0);
	const struct collected *c =
	    collect_request(*state, "https://px.unlisted.example/s?k=8593356743.1795466824",
			    collect_asked_by("https://www.x.uk/"));
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "online-identifier k=8593356743.1795466824 (cookie _ga of x.uk)");
	/* Also where the page was asked for without a Referer. */
	own = (struct ol_request){ .cookie = "uid=77700012345" };
	collect_request(*state, "http://www.z.uk/page", own);
	c = collect_request(*state, "https://px.unlisted.example/s?k=77700012345",
			    collect_asked_by("http://www.z.uk/"));
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "online-identifier k=77700012345 (cookie uid of z.uk)");
	/* Not on another site's page. */
	c = collect_request(*state, "https://px.unlisted.example/s?k=8593356743.1795466824",
			    collect_asked_by("https://www.y.uk/"));
	assert_int_equal(c->n, 0);
}

static void test_secrets_are_withheld(void **state)
{
	struct ol_request r = collect_asked_by("https://www.x.uk/");
	r.cookie = "sid=abcdef0123456789";
	const struct collected *c = collect_request(
	    *state, "https://px.unlisted.example/s?url=https%3A%2F%2Fwww.x.uk%2Fa&my_data=1", r);
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "unknown sid=#16 (cookie)");
	expect_lacks(c, 0, "abcdef0123456789");
}

/* The cookie by which the site knows who is logged in, handed to somebody else. */
static void test_session_of_the_site_leaves(void **state)
{
	static const char *const names[] = { "PHPSESSID", "connect.sid", "auth_token" };
	for (size_t i = 0; i < COUNT(names); i++) {
		char cookie[64], detail[64];
		snprintf(cookie, sizeof(cookie), "%s=abc123def%zu456", names[i], i);
		snprintf(detail, sizeof(detail), "k=#13 (cookie %s of x.uk)", names[i]);
		struct ol_request own = { .referer = "https://www.x.uk/", .cookie = cookie };
		char target[64];
		snprintf(target, sizeof(target), "https://px.unlisted.example/s?k=abc123def%zu456", i);
		collect_request(*state, "https://www.x.uk/page", own);
		const struct collected *c =
		    collect_request(*state, target, collect_asked_by("https://www.x.uk/"));
		assert_int_equal(c->n, 1);
		expect_has(c, 0, detail);
		expect_lacks(c, 0, "abc123");
	}
}

static void test_json_body(void **state)
{
	struct ol_request r = collect_asked_by("https://www.x.uk/");
	r.body = "{\"events\":[{\"page_url\":\"https://www.x.uk/bail\",\"user\":{\"email\":\"a@b.org\"}}]}";
	const struct collected *c = collect_request(*state, "https://px.unlisted.example/v1", r);
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "page-url events[0].page_url=https://www.x.uk/bail {offences}");
	expect_has(c, 0, "contact-plain events[0].user.email=#7");
}

static void test_first_party_tells_nothing(void **state)
{
	struct ol_request r = { .referer = "https://www.x.uk/report/rape" };
	assert_int_equal(
	    collect_request(*state, "https://static.x.uk/a?url=https%3A%2F%2Fwww.x.uk%2Freport", r)->n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page_and_title),
		cmocka_unit_test(test_frame),
		cmocka_unit_test(test_search_words),
		cmocka_unit_test(test_contact),
		cmocka_unit_test(test_phone_in_clear),
		cmocka_unit_test(test_id_sync),
		cmocka_unit_test(test_referer),
		cmocka_unit_test(test_first_party_identifier_leaves),
		cmocka_unit_test(test_secrets_are_withheld),
		cmocka_unit_test(test_session_of_the_site_leaves),
		cmocka_unit_test(test_json_body),
		cmocka_unit_test(test_first_party_tells_nothing),
	};
	return cmocka_run_group_tests(tests, open_plain, close_it);
}
