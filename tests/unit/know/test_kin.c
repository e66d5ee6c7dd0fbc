/* Names that suggest one organisation. */
#include "check.h"

#include "know/host.h"
#include "know/kin.h"
#include "know/known.h"
#include "lists.h"

static struct bytes label(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

static void labels_share_a_long_piece(void **state)
{
	static const struct {
		const char *a, *b;
		bool kin;
	} rows[] = {
		{ "example", "examplestatic", true },
		{ "cdn-example", "example", true },
		{ "shop", "shopcdn", true },
		{ "shop", "shipcdn", false },
		{ "tfl", "tflassets", false }, /* three letters are in too many words */
		{ "one", "one", false },
		{ "international", "intern", true },
		{ "example", "exam", true },
		{ "abcdefgh", "xxabcdyy", false }, /* half of it */
		{ "", "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(kin_labels(label(rows[i].a), label(rows[i].b)), rows[i].kin);
		assert_int_equal(kin_labels(label(rows[i].b), label(rows[i].a)), rows[i].kin);
	}
}

static void host_may_belong_to_the_site(void **state)
{
	static const struct {
		const char *site, *host;
		bool kin;
	} rows[] = {
		/* no list knows the host */
		{ "wolfram-and-sons.example", "img.wolfram-and-sons-cdn.example", true },
		{ "wolfram-and-sons.example", "img.harthacker.example", false },
		/* a list's company is called like the site, which no list knows */
		{ "criteo.example", "static.criteo.net", true },
		{ "notcriteo.example", "static.criteo.net", false },
		/* the lists know whose the site is: then they know better */
		{ "outlook.com", "static.criteo.net", false },
		{ "facebook.com", "www.google-analytics.com", false },
		/* the customer's part of a shared name */
		{ "wolfram.example", "wolfram.akamaized.net", true },
		{ "wolfram.example", "media-wolfram.azureedge.net", true },
		{ "wolfram.example", "d1.cloudfront.net", false },
		{ "abc.example", "abc-static.azureedge.net", true }, /* short, but a word */
		{ "abc.example", "abcdef-static.azureedge.net", false },
		/* www.SUFFIX is the site of who owns the suffix; two below it are two */
		{ "www.gov.uk", "assets.publishing.service.gov.uk", true },
		{ "www.nhs.uk", "assets.nhs.uk", true },
		{ "www.nhs.uk", "www.other.azureedge.net", false },
		{ "met.police.uk", "kent.police.uk", false },
		{ "www.example", "a.example", false },
		/* open data knows the host as embedded by many */
		{ "googlecars.example", "www.google-analytics.com", false },
	};
	const struct loaded *l = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct hostname site = host_of(rows[i].site), host = host_of(rows[i].host);

		if (kin_host(&l->know, &site, &host, know_host(&l->know, &host).site) != rows[i].kin)
			fail_msg("%s, %s: not %d", rows[i].site, rows[i].host, rows[i].kin);
	}
}

static void needs_no_list(void **state)
{
	const struct knowledge none = { 0 };
	struct hostname a = host_of("wolfram.example"), b = host_of("x.example");

	(void)state;
	assert_false(kin_host(&none, &a, &b, b.text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_share_a_long_piece),
		cmocka_unit_test(host_may_belong_to_the_site),
		cmocka_unit_test(needs_no_list),
	};

	return cmocka_run_group_tests(tests, lists_load, lists_unload);
}
