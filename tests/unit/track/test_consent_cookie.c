#include <string.h>

#include "base/time.h"
#include "check.h"
#include "track/consent_cookie.h"

static struct bytes text_of(const char *s)
{
	return (struct bytes){ (const uint8_t *)s, strlen(s) };
}

enum { MADE = 1, UNMADE = 2, GPC = 4 };

static const struct {
	const char *name, *value;
	enum consent_platform platform;
	enum consent_choice choice;
	int flags;
	int64_t at_ms;
} cookies[] = {
	{ "OptanonConsent",
	  "isGpcEnabled=0&datestamp=Mon+Nov+23+2026&version=202410.1.0&consentId=a-b&interactionCount=1&"
	  "groups=C0001%3A1%2CC0002%3A1%2CC0003%3A1%2CC0004%3A1",
	  PLATFORM_ONETRUST, CONSENT_ACCEPT, MADE, 0 },
	{ "OptanonConsent", "interactionCount=1&groups=C0001%3A1%2CC0002%3A0%2CC0004%3A0", PLATFORM_ONETRUST,
	  CONSENT_REJECT, MADE, 0 },
	{ "OptanonConsent", "isGpcEnabled=1&interactionCount=2&groups=1:1,2:1,4:0", PLATFORM_ONETRUST,
	  CONSENT_PARTIAL, MADE | GPC, 0 },
	{ "OptanonConsent", "interactionCount=0&groups=C0001:1,C0002:0", PLATFORM_ONETRUST, CONSENT_REJECT,
	  UNMADE, 0 },
	{ "OptanonConsent", "version=1", PLATFORM_ONETRUST, CONSENT_UNKNOWN, 0, 0 },
	{ "OptanonAlertBoxClosed", "2026-11-23T20:48:23.199Z", PLATFORM_ONETRUST, CONSENT_UNKNOWN, MADE,
	  1795466903199 },
	{ "OptanonAlertBoxClosed", "yesterday", PLATFORM_ONETRUST, CONSENT_UNKNOWN, MADE, 0 },
	{ "CookieConsent",
	  "{stamp:%27abc==%27%2Cnecessary:true%2Cpreferences:true%2Cstatistics:true%2Cmarketing:true%"
	  "2Cmethod:%27explicit%27%2Cver:1%2Cutc:1795466903199%2Cregion:%27gb%27}",
	  PLATFORM_COOKIEBOT, CONSENT_ACCEPT, MADE, 1795466903199 },
	{ "CookieConsent",
	  "{necessary:true,preferences:false,statistics:false,marketing:false,method:'explicit',ver:1,utc:"
	  "1795466903199}",
	  PLATFORM_COOKIEBOT, CONSENT_REJECT, MADE, 1795466903199 },
	{ "CookieConsent",
	  "{necessary:true,preferences:true,statistics:true,marketing:true,method:'implied',utc:"
	  "1795466903199}",
	  PLATFORM_COOKIEBOT, CONSENT_ACCEPT, UNMADE, 0 },
	{ "CookieConsent", "-1", PLATFORM_COOKIEBOT, CONSENT_UNKNOWN, 0, 0 },
	{ "CookieConsent", "0", PLATFORM_COOKIEBOT, CONSENT_REJECT, MADE, 0 },
	{ "CookieControl",
	  "{\"necessaryCookies\":[\"a\"],\"optionalCookies\":{\"analytics\":\"accepted\",\"marketing\":"
	  "\"accepted\"},\"consentDate\":1795466903199,\"consentExpiry\":90,\"interactedWith\":true}",
	  PLATFORM_CIVIC, CONSENT_ACCEPT, MADE, 1795466903199 },
	{ "CookieControl",
	  "%7B%22optionalCookies%22%3A%7B%22analytics%22%3A%22revoked%22%7D%2C%22consentDate%22%"
	  "3A1795466903199%2C%22interactedWith%22%3Atrue%7D",
	  PLATFORM_CIVIC, CONSENT_REJECT, MADE, 1795466903199 },
	{ "CookieControl", "{\"optionalCookies\":{},\"interactedWith\":false}", PLATFORM_CIVIC,
	  CONSENT_UNKNOWN, UNMADE, 0 },
	{ "cookieyes-consent",
	  "consentid:xyz,consent:yes,action:yes,necessary:yes,functional:no,analytics:yes,performance:no,"
	  "advertisement:no",
	  PLATFORM_COOKIEYES, CONSENT_PARTIAL, MADE, 0 },
	{ "cookieyes-consent", "consentid:xyz,consent:,action:,necessary:yes,functional:no,analytics:no",
	  PLATFORM_COOKIEYES, CONSENT_REJECT, UNMADE, 0 },
	{ "cookielawinfo-checkbox-analytics", "yes", PLATFORM_COOKIEYES, CONSENT_ACCEPT, 0, 0 },
	{ "viewed_cookie_policy", "yes", PLATFORM_COOKIEYES, CONSENT_UNKNOWN, MADE, 0 },
	{ "cmplz_marketing", "deny", PLATFORM_COMPLIANZ, CONSENT_REJECT, 0, 0 },
	{ "cmplz_banner-status", "dismissed", PLATFORM_COMPLIANZ, CONSENT_UNKNOWN, MADE, 0 },
	{ "klaro", "%7B%22matomo%22%3Atrue%2C%22youtube%22%3Afalse%7D", PLATFORM_KLARO, CONSENT_PARTIAL, MADE,
	  0 },
	{ "cookieconsent_status", "deny", PLATFORM_OSANO, CONSENT_REJECT, MADE, 0 },
	/* {"purposes":{"enabled":["a"],"disabled":[]},"updated":"2026-11-23T20:48:23.199Z"} */
	{ "didomi_token",
	  "eyJwdXJwb3NlcyI6eyJlbmFibGVkIjpbImEiXSwiZGlzYWJsZWQiOltdfSwidXBkYXRlZCI6IjIwMjYtMTEtMjNUMjA6NDg6Mj"
	  "MuMTk5WiJ9",
	  PLATFORM_DIDOMI, CONSENT_ACCEPT, MADE, 1795466903199 },
	{ "uc_user_interaction", "true", PLATFORM_USERCENTRICS, CONSENT_UNKNOWN, MADE, 0 },
	{ "consentUUID", "6f3a-77", PLATFORM_SOURCEPOINT, CONSENT_UNKNOWN, MADE, 0 },
	{ "notice_preferences", "0:", PLATFORM_TRUSTARC, CONSENT_REJECT, MADE, 0 },
	{ "notice_preferences", "2:", PLATFORM_TRUSTARC, CONSENT_ACCEPT, MADE, 0 },
	{ "__hs_cookie_cat_pref", "1:true_2:false_3:false", PLATFORM_HUBSPOT, CONSENT_REJECT, MADE, 0 },
	{ "__hs_cookie_cat_pref", "1:_:_2:true", PLATFORM_HUBSPOT, CONSENT_ACCEPT, MADE, 0 },
	{ "cookies_policy", "{\"essential\":true,\"settings\":false,\"usage\":true,\"campaigns\":false}",
	  PLATFORM_GOVUK, CONSENT_PARTIAL, 0, 0 },
	{ "cookies_preferences_set", "true", PLATFORM_GOVUK, CONSENT_UNKNOWN, MADE, 0 },
	{ "site_cookie_consent", "accepted", PLATFORM_OWN, CONSENT_ACCEPT, MADE, 0 },
};

static void test_cookies(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cookies); i++) {
		struct consent_cookie c;
		if (!consent_cookie_read(text_of(cookies[i].name), text_of(cookies[i].value), &c))
			fail_msg("%s is not read", cookies[i].name);
		int flags = (c.is_made ? MADE : 0) | (c.is_unmade ? UNMADE : 0) | (c.has_gpc ? GPC : 0);
		if (c.platform != cookies[i].platform || c.choice != cookies[i].choice ||
		    flags != cookies[i].flags || c.at_ns != cookies[i].at_ms * NS_PER_MS)
			fail_msg("%s=%s: platform %d, choice %d, flags %d, at %lld", cookies[i].name,
				 cookies[i].value, (int)c.platform, (int)c.choice, flags, (long long)c.at_ns);
	}
}

static void test_other_cookies(void **state)
{
	(void)state;
	static const char *const others[][2] = {
		{ "_ga", "GA1.1.1.2" },
		{ "cookielawinfo-checkbox-necessary", "yes" },
		{ "cmplz_functional", "allow" },
		{ "consent_id", "8a7b6c5d" },
		{ "cookieconsent_shown", "true" },
		{ "cookie_consent_required", "true" },
		{ "gdpr_consent_needed", "1" },
		{ "consent", "" },
		{ "", "yes" },
	};
	struct consent_cookie c;
	for (size_t i = 0; i < COUNT(others); i++)
		assert_false(consent_cookie_read(text_of(others[i][0]), text_of(others[i][1]), &c));
}

/* Every value cut at every length: read or not, but not beyond its end, and the reader comes back. */
static void test_cut_cookies(void **state)
{
	(void)state;
	size_t n_read = 0;
	for (size_t i = 0; i < COUNT(cookies); i++) {
		size_t whole = strlen(cookies[i].value);
		for (size_t len = 0; len <= whole; len++) {
			uint8_t *exact = test_malloc(len + 1);
			memcpy(exact + 1, cookies[i].value, len);
			struct consent_cookie c;
			n_read += consent_cookie_read(text_of(cookies[i].name),
						      (struct bytes){ exact + 1, len }, &c);
			test_free(exact);
		}
	}
	assert_true(n_read > COUNT(cookies));
}

static struct consent_cookie joined(const char *const (*list)[2], size_t n)
{
	struct consent_cookie all = { 0 }, c;
	for (size_t i = 0; i < n; i++)
		if (consent_cookie_read(text_of(list[i][0]), text_of(list[i][1]), &c))
			consent_cookie_join(&all, &c);
	return all;
}

static void test_join(void **state)
{
	(void)state;
	static const char *const onetrust[][2] = {
		{ "OptanonConsent", "groups=C0001:1,C0002:1" },
		{ "OptanonAlertBoxClosed", "2026-11-23T20:48:23.199Z" },
	};
	struct consent_cookie c = joined(onetrust, COUNT(onetrust));
	assert_int_equal(c.platform, PLATFORM_ONETRUST);
	assert_int_equal(c.choice, CONSENT_ACCEPT);
	assert_true(c.is_made);
	assert_int_equal(c.at_ns, 1795466903199 * NS_PER_MS);

	static const char *const complianz[][2] = {
		{ "cmplz_marketing", "deny" },
		{ "cmplz_statistics", "allow" },
		{ "cmplz_banner-status", "dismissed" },
	};
	c = joined(complianz, COUNT(complianz));
	assert_int_equal(c.choice, CONSENT_PARTIAL);
	assert_true(c.is_made);

	/* A flag of the site's own does not overrule the platform that says that nobody has chosen. */
	static const char *const both[][2] = {
		{ "cookie_accept", "1" },
		{ "OptanonConsent", "interactionCount=0&groups=C0001:1,C0002:0" },
	};
	c = joined(both, COUNT(both));
	assert_int_equal(c.platform, PLATFORM_ONETRUST);
	assert_false(c.is_made);
	assert_true(c.is_unmade);
}

static void test_gcs(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool ok;
		enum consent_grant ads, analytics;
	} rows[] = {
		{ "G111", true, GRANT_GRANTED, GRANT_GRANTED },
		{ "G100", true, GRANT_DENIED, GRANT_DENIED },
		{ "G101", true, GRANT_DENIED, GRANT_GRANTED },
		{ "G1--", true, GRANT_NOT_SET, GRANT_NOT_SET },
		{ "G11", false, 0, 0 },
		{ "G1112", false, 0, 0 },
		{ "G122", false, 0, 0 },
		{ "", false, 0, 0 },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct consent_mode m;
		assert_int_equal(gcs_read(text_of(rows[i].text), &m), rows[i].ok);
		if (rows[i].ok) {
			assert_int_equal(m.ad_storage, rows[i].ads);
			assert_int_equal(m.analytics_storage, rows[i].analytics);
		}
	}
}

static void test_gcd(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool ok, is_updated;
		enum consent_grant ads, last;
	} rows[] = {
		{ "13l3l3l3l1l1", true, false, GRANT_NOT_SET, GRANT_NOT_SET },
		{ "13r3r3r2r5l1", true, true, GRANT_GRANTED, GRANT_GRANTED },
		{ "11p1p1p1p5", true, false, GRANT_DENIED, GRANT_DENIED },
		{ "13t3t3t3t5", true, false, GRANT_GRANTED, GRANT_GRANTED },
		{ "13q3m3u3v5", true, true, GRANT_DENIED, GRANT_GRANTED },
		{ "13l3l3", false, false, 0, 0 },
		{ "G111", false, false, 0, 0 },
		{ "", false, false, 0, 0 },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct consent_mode m;
		assert_int_equal(gcd_read(text_of(rows[i].text), &m), rows[i].ok);
		if (rows[i].ok) {
			assert_int_equal(m.is_updated, rows[i].is_updated);
			assert_int_equal(m.ad_storage, rows[i].ads);
			assert_int_equal(m.ad_personalization, rows[i].last);
		}
	}
}

static void test_us_privacy(void **state)
{
	(void)state;
	struct us_privacy u;
	assert_true(us_privacy_read(text_of("1YYN"), &u));
	assert_int_equal(u.notice, 'Y');
	assert_int_equal(u.opt_out, 'Y');
	assert_int_equal(u.lspa, 'N');
	assert_true(us_privacy_read(text_of("1---"), &u));
	assert_int_equal(u.opt_out, '-');
	static const char *const bad[] = { "", "1YN", "2YNN", "1YNNN", "1AAA" };
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(us_privacy_read(text_of(bad[i]), &u));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cookies),     cmocka_unit_test(test_other_cookies),
		cmocka_unit_test(test_cut_cookies), cmocka_unit_test(test_join),
		cmocka_unit_test(test_gcs),         cmocka_unit_test(test_gcd),
		cmocka_unit_test(test_us_privacy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
