/* What is taken out of addresses and other texts. */
#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "out/redact.h"

static void takes_out_what_tells_who_it_was(void **state)
{
	static const struct {
		const char *text, *told;
	} rows[] = {
		{ "", "" },
		{ "https://x.uk/report/start?step=2#top", "https://x.uk/report/start?step=2#top" },
		/* e-mail addresses, anywhere and however encoded */
		{ "https://x.uk/a?e=jo.b@example.org&s=1", "https://x.uk/a?e=[e-mail]&s=1" },
		{ "https://x.uk/unsubscribe/jo@mail.example.org/now",
		  "https://x.uk/unsubscribe/[e-mail]/now" },
		{ "/a?e=jo%40example.org", "/a?e=[e-mail]" },
		{ "/r?u=https%3A%2F%2Fx.uk%2F%3Fe%3Djo%40example.org%26b%3D1",
		  "/r?u=https%3A%2F%2Fx.uk%2F%3Fe%3D[e-mail]%26b%3D1" },
		{ "/r?u=x%253Fe%253Djo%2540example.org", "/r?u=x%253Fe%253D[e-mail]" },
		{ "Account of jo+x@example.org. Welcome", "Account of [e-mail]. Welcome" },
		{ "{\"mail\":\"jo@example.org\",\"b\":[1]}", "{\"mail\":\"[e-mail]\",\"b\":[1]}" },
		{ "jo@example.org,al@example.org", "[e-mail],[e-mail]" },
		{ "icon@2x.png a@b @example.org me@10.0.0.1", "icon@2x.png a@b @example.org me@10.0.0.1" },
		/* what stands behind names of secrets and accounts */
		{ "/reset?token=abcdef123&lang=en", "/reset?token=[withheld]&lang=en" },
		{ "/a;jsessionid=0123456789?x=1", "/a;jsessionid=[withheld]?x=1" },
		{ "/a#access_token=eyJhbGciOi&x=1", "/a#access_token=[withheld]&x=1" },
		{ "/a?X-Amz-Signature=0123456789", "/a?X-Amz-Signature=[withheld]" },
		{ "u=%2Fa%3Fcsrf_token%3D0123456789%26b%3D1", "u=%2Fa%3Fcsrf_token%3D[withheld]%26b%3D1" },
		{ "{\"auth_token\": \"0123456789\",\"n\":1}", "{\"auth_token\": \"[withheld]\",\"n\":1}" },
		{ "%22password%22%3A%22hunter2000%22%2C", "%22password%22%3A%22[withheld]%22%2C" },
		{ "/a?phone=07700900123&user_id=4711", "/a?phone=[withheld]&user_id=[withheld]" },
		{ "token=jo@example.org", "token=[withheld]" },
		/* what only looks like it */
		{ "/a?author=Jane&passage=long&userid_hint=no",
		  "/a?author=Jane&passage=long&userid_hint=no" },
		{ "/a?authorization=0123456789", "/a?authorization=[withheld]" },
		{ "/a?token=1&session=yes", "/a?token=1&session=yes" },
		{ "Training session: Monday", "Training session: Monday" },
		{ "=abcdef&==&%&%3&%3D%", "=abcdef&==&%&%3&%3D%" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena a = { 0 };

		assert_string_equal(redact(&a, rows[i].text, 1000), rows[i].told);
		arena_fini(&a);
	}
}

/* However much is kept, no part of an address shows: it is taken out first, and cut then. */
static void is_cut_after(void **state)
{
	static const char text[] = "https://x.uk/?e=jo@example.org&token=abcdefgh";

	(void)state;
	for (size_t max = 0; max <= sizeof(text); max++) {
		struct arena a = { 0 };
		const char *told = redact(&a, text, max);

		assert_true(strlen(told) <= max);
		assert_null(strstr(told, "jo@"));
		assert_null(strstr(told, "abc"));
		arena_fini(&a);
	}
}

/* Nothing that is sent makes it look at a text over and over. */
static void takes_time_by_length(void **state)
{
	static const char *const pieces[] = { "=",        "a=",    "@",     "a@b.",  "%3D",
					      "token=a&", "%2525", "\":\"", "token=" };

	(void)state;
	for (size_t i = 0; i < COUNT(pieces); i++) {
		enum { SIZE = 1 << 18 };
		char *text = malloc(SIZE + 1);
		size_t len = strlen(pieces[i]);
		struct arena a = { 0 };
		clock_t start = clock();

		assert_non_null(text);
		for (size_t k = 0; k < SIZE; k++)
			text[k] = pieces[i][k % len];
		text[SIZE] = '\0';
		assert_in_range(strlen(redact(&a, text, SIZE)), 1, SIZE);
		if (clock() - start > 2 * CLOCKS_PER_SEC) /* it takes some hundredths */
			fail_msg("'%s' took %.1f s", pieces[i], (double)(clock() - start) / CLOCKS_PER_SEC);
		arena_fini(&a);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_out_what_tells_who_it_was),
		cmocka_unit_test(is_cut_after),
		cmocka_unit_test(takes_time_by_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
