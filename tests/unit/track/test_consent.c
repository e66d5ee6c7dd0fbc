/* Notes of single requests, and the judgement of a visit. */
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "check.h"
#include "track/consent.h"

#define T0 (INT64_C(1795466900) * NS_PER_S)

static struct bytes text_of(const char *s)
{
	return (struct bytes){ (const uint8_t *)s, strlen(s) };
}

/* A line of a table: at second `at`, what was sent. */
struct line {
	double at;
	char kind; /* 'd' document, 'f' other of the first party, 't' third, 'p' platform, 'i' infrastructure;
		      upper case: not readable */
	const char *party, *host, *target, *cookie;
};

static const char CIVIC_YES[] =
    "a=b; CookieControl={\"optionalCookies\":{\"analytics\":\"accepted\"},\"consentDate\":1795466905000,"
    "\"interactedWith\":true}";
static const char CIVIC_NO[] =
    "CookieControl={\"optionalCookies\":{\"analytics\":\"revoked\"},\"consentDate\":1795466905000,"
    "\"interactedWith\":true}";

static struct consent_fact note_of(const struct line *l)
{
	struct request r = { .target = text_of(l->target ? l->target : "/"), .method = text_of("GET") };
	struct consent_fact f;
	if (strncmp(l->target ? l->target : "", "POST ", 5) == 0) {
		r.method = text_of("POST");
		r.target = text_of(l->target + 5);
	}
	if (l->cookie)
		r.cookie = text_of(l->cookie);
	assert_true(hostname_parse(text_of(l->host), &r.host));
	consent_note(&r, &f);
	return f;
}

static bool judge(const struct line *lines, size_t n, struct consent_result *ret)
{
	static struct consent_fact facts[32];
	struct consent_event events[32];
	assert_true(n <= 32);
	for (size_t i = 0; i < n; i++) {
		const struct line *l = &lines[i];
		char kind = (char)(l->kind | 0x20);
		facts[i] = note_of(l);
		events[i] = (struct consent_event){
			.ts_ns = T0 + (int64_t)(l->at * 1e9),
			.party = l->party ? l->party : "",
			.host = l->host,
			.platform = kind == 'p' ? l->party : NULL,
			.is_first_party = kind == 'f' || kind == 'd',
			.is_document = kind == 'd',
			.is_infrastructure = kind == 'i',
			.fact = kind == l->kind ? &facts[i] : NULL,
		};
	}
	return consent_judge(events, n, ret);
}

static void assert_parties(const struct consent_parties *p, const char *expected)
{
	char text[256] = "";
	for (size_t i = 0; i < p->n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "", p->at[i]);
	assert_string_equal(text, expected);
}

static void test_accept(void **state)
{
	(void)state;
	static const struct line lines[] = {
		{ 0, 'd', NULL, "www.x.uk", "/", "a=b" },
		{ 1, 't', "Meta", "connect.facebook.net", "/", NULL },
		{ 2, 'p', "Civic Cookie Control", "cc.cdn.civiccomputing.com", "/", NULL },
		{ 3, 't', "Google", "www.googletagmanager.com", "/", NULL },
		{ 4, 'f', NULL, "www.x.uk", "/i.png", "a=b" },
		{ 6, 't', "TikTok", "analytics.tiktok.com", "/", NULL },
		{ 7, 't', "Meta", "www.facebook.com", "/tr?id=1", NULL },
		{ 8, 'f', NULL, "www.x.uk", "/two", CIVIC_YES },
	};
	struct consent_result r;
	assert_true(judge(lines, COUNT(lines), &r));
	assert_string_equal(r.platform, "Civic Cookie Control");
	assert_int_equal(r.shown_ns, T0 + 2 * NS_PER_S);
	assert_int_equal(r.recorded_ns, T0 + 5 * NS_PER_S); /* as the cookie says */
	assert_int_equal(r.choice, CONSENT_ACCEPT);
	assert_false(r.is_kept);
	assert_parties(&r.before_platform, "Meta");
	assert_parties(&r.before, "Meta Civic Cookie Control Google"); /* the platform, too, is somebody */
	assert_parties(&r.after, "TikTok Meta");
	assert_parties(&r.despite, "");
}

static void test_reject(void **state)
{
	(void)state;
	static const struct line lines[] = {
		{ 0, 'd', NULL, "www.x.uk", "/", NULL },
		{ 1, 'p', "Civic Cookie Control", "cc.cdn.civiccomputing.com", "/", NULL },
		{ 6, 't', "Meta", "www.facebook.com", "/tr?id=1", NULL },
		{ 7, 'f', NULL, "www.x.uk", "/two", CIVIC_NO },
		{ 8, 'i', "cloudfront.net", "d1.cloudfront.net", "/", NULL },
		{ 9, 'p', "Civic Cookie Control", "apikeys.civiccomputing.com", "/", NULL },
	};
	struct consent_result r;
	assert_true(judge(lines, COUNT(lines), &r));
	assert_int_equal(r.choice, CONSENT_REJECT);
	assert_parties(&r.after, "Meta cloudfront.net Civic Cookie Control");
	assert_parties(&r.despite,
		       "Meta"); /* what shows the page is not forbidden, nor the platform itself */
}

/* No cookie of the platform on readable requests after it was loaded: nobody has chosen up to the last of
 * them. */
static void test_no_choice(void **state)
{
	(void)state;
	static const struct line lines[] = {
		{ 0, 'd', NULL, "www.x.uk", "/", NULL },
		{ 1, 'p', "Civic Cookie Control", "cc.cdn.civiccomputing.com", "/", NULL },
		{ 2, 't', "Meta", "www.facebook.com", "/tr?id=1", NULL },
		{ 3, 'f', NULL, "www.x.uk", "/two", "a=b" },
		{ 9, 't', "TikTok", "analytics.tiktok.com", "/", NULL },
		{ 10, 'f', NULL, "assets.x.uk", "/a.png", NULL }, /* gets no cookies of the page */
	};
	struct consent_result r;
	assert_true(judge(lines, COUNT(lines), &r));
	assert_int_equal(r.choice, CONSENT_UNKNOWN);
	assert_int_equal(r.recorded_ns, 0);
	assert_parties(&r.before, "Civic Cookie Control Meta"); /* of TikTok nothing is known */
	assert_parties(&r.after, "");
	assert_parties(&r.unclear, "TikTok");
}

static void test_kept_choice(void **state)
{
	(void)state;
	static const struct line lines[] = {
		{ 10, 'd', NULL, "www.x.uk", "/", CIVIC_YES },
		{ 11, 't', "Meta", "www.facebook.com", "/tr?id=1", NULL },
	};
	struct consent_result r;
	assert_true(judge(lines, COUNT(lines), &r));
	assert_true(r.is_kept);
	assert_string_equal(r.platform, "Civic Cookie Control"); /* told by its cookie */
	assert_int_equal(r.shown_ns, 0);
	assert_int_equal(r.recorded_ns, 0);
	assert_parties(&r.before, "");
	assert_parties(&r.after, "Meta");
}

/* Without keys only the order of the first contacts is known. */
static void test_without_keys(void **state)
{
	(void)state;
	static const struct line lines[] = {
		{ 0, 'F', NULL, "www.x.uk", NULL, NULL },
		{ 1, 'T', "Meta", "connect.facebook.net", NULL, NULL },
		{ 2, 'P', "OneTrust", "cdn.cookielaw.org", NULL, NULL },
		{ 3, 'T', "Google", "www.google-analytics.com", NULL, NULL },
	};
	struct consent_result r;
	assert_true(judge(lines, COUNT(lines), &r));
	assert_string_equal(r.platform, "OneTrust");
	assert_int_equal(r.choice, CONSENT_UNKNOWN);
	assert_parties(&r.before_platform, "Meta");
	assert_parties(&r.before, "");
	assert_parties(&r.after, "");
	assert_parties(&r.despite, "");
}

/* A platform that keeps its state elsewhere: an absent cookie says nothing, but a call tells the moment. */
static void test_call(void **state)
{
	(void)state;
	static const struct line lines[] = {
		{ 0, 'd', NULL, "www.x.uk", "/", "a=b" },
		{ 1, 'p', "Usercentrics", "app.usercentrics.eu", "/", NULL },
		{ 2, 't', "Meta", "www.facebook.com", "/tr?id=1", NULL },
		{ 3, 'f', NULL, "www.x.uk", "/two", "a=b" },
		{ 4, 'p', "Usercentrics", "consent-api.service.consent.usercentrics.eu", "POST /consent/uw/3",
		  NULL },
		{ 5, 't', "TikTok", "analytics.tiktok.com", "/", NULL },
	};
	struct consent_result r;
	assert_true(judge(lines, 4, &r));
	assert_parties(&r.before, "");
	assert_true(judge(lines, COUNT(lines), &r));
	assert_int_equal(r.recorded_ns, T0 + 4 * NS_PER_S);
	assert_int_equal(r.choice, CONSENT_UNKNOWN);
	assert_parties(&r.before, "Usercentrics Meta");
	assert_parties(&r.after, "Usercentrics TikTok");
}

/* A clock that contradicts the capture is not believed: then the choice lies between two requests. */
static void test_wrong_clock(void **state)
{
	(void)state;
	static const struct line lines[] = {
		{ 0, 'd', NULL, "www.x.uk", "/", NULL },
		{ 1, 't', "Meta", "www.facebook.com", "/", NULL },
		{ 2, 'f', NULL, "www.x.uk", "/a", NULL },
		{ 3, 't', "TikTok", "analytics.tiktok.com", "/", NULL },
		{ 4, 'f', NULL, "www.x.uk", "/b", CIVIC_YES }, /* which says 5 */
		{ 5, 't', "Snap", "tr.snapchat.com", "/", NULL },
	};
	struct consent_result r;
	assert_true(judge(lines, COUNT(lines), &r));
	assert_int_equal(r.recorded_ns, 0);
	assert_int_equal(r.unmade_ns, T0 + 2 * NS_PER_S);
	assert_int_equal(r.made_ns, T0 + 4 * NS_PER_S);
	assert_parties(&r.before, "Meta");
	assert_parties(&r.after, "Snap");
	assert_parties(&r.unclear, "TikTok");
}

/* The page was asked for without the choice: within a second nobody has read and answered its banner. */
static void test_time_to_answer(void **state)
{
	(void)state;
	static const struct line lines[] = {
		{ 0, 'd', NULL, "www.x.uk", "/", "a=b" },
		{ 0.4, 'p', "Civic Cookie Control", "cc.cdn.civiccomputing.com", "/", NULL },
		{ 0.9, 't', "Meta", "www.facebook.com", "/", NULL },
		{ 1.1, 't', "TikTok", "analytics.tiktok.com", "/", NULL },
		{ 9, 'f', NULL, "www.x.uk", "/two",
		  "CookieControl={\"optionalCookies\":{\"analytics\":\"accepted\"}}" },
	};
	struct consent_result r;
	assert_true(judge(lines, COUNT(lines), &r));
	assert_int_equal(r.unmade_ns, T0 + NS_PER_S);
	assert_parties(&r.before, "Civic Cookie Control Meta");
	assert_parties(&r.unclear, "TikTok");
	assert_true(judge(lines, 3, &r));
	assert_int_equal(r.unmade_ns, T0 + 900 * NS_PER_MS); /* no later than what was seen */
}

/* A choice seen two seconds after the page was asked for may be a program's, which needs no time to read. */
static void test_quick_choice(void **state)
{
	(void)state;
	static const struct line lines[] = {
		{ 0, 'd', NULL, "www.x.uk", "/", "a=b" },
		{ 0.4, 'p', "Civic Cookie Control", "cc.cdn.civiccomputing.com", "/", NULL },
		{ 0.9, 't', "Meta", "www.facebook.com", "/", NULL },
		{ 1.8, 'f', NULL, "www.x.uk", "/i.png",
		  "CookieControl={\"optionalCookies\":{\"analytics\":\"accepted\"}}" },
	};
	struct consent_result r;
	assert_true(judge(lines, COUNT(lines), &r));
	assert_int_equal(r.unmade_ns, T0);
	assert_parties(&r.before, "");
	assert_parties(&r.unclear, "Civic Cookie Control Meta");
}

/* A request between hosts may go without cookies whatever has been chosen (a font, a script with
 * "crossorigin"): only one that carries some says that the choice was not among them. */
static void test_request_without_cookies(void **state)
{
	(void)state;
	static const struct line lines[] = {
		{ 0, 'd', NULL, "www.x.uk", "/", "a=b" },
		{ 2, 'f', NULL, "assets.x.uk", "/a.css", "a=b" },
		{ 6, 't', "Meta", "www.facebook.com", "/", NULL },
		{ 7, 'f', NULL, "assets.x.uk", "/a.woff2", NULL },
		{ 8, 'f', NULL, "assets.x.uk", "/b.png",
		  "CookieControl={\"optionalCookies\":{\"analytics\":\"accepted\"}}" },
	};
	struct consent_result r;
	assert_true(judge(lines, COUNT(lines), &r));
	assert_int_equal(r.unmade_ns, T0 + 2 * NS_PER_S);
	assert_parties(&r.before, "");
}

/* A platform that hands strings on has them, wherever it keeps them: then an absent cookie says nothing. */
static void test_string_without_cookie(void **state)
{
	(void)state;
	static const struct line lines[] = {
		{ 0, 'd', NULL, "www.x.uk", "/", "a=b" },
		{ 0.4, 'p', "InMobi Choice", "cmp.inmobi.com", "/", NULL },
		{ 3, 't', "Xandr", "ib.adnxs.com", "/", NULL },
		{ 4, 't', "Google", "ad.doubleclick.net",
		  "/pixel?gdpr=1&gdpr_consent=CQdWToAQdZmkADwAPBENAAEgAAAAAAAAAAwIAAAAAAAA", NULL },
		{ 5, 't', "Meta", "www.facebook.com", "/", NULL },
		{ 6, 'f', NULL, "www.x.uk", "/i.png", "a=b" },
	};
	struct consent_result r;
	assert_true(judge(lines, COUNT(lines), &r));
	assert_int_equal(r.unmade_ns, T0 + NS_PER_S);
	assert_parties(&r.before, "InMobi Choice");
	assert_parties(&r.unclear, "Xandr Google Meta");
}

/* The string that goes with a request names those who have consent: Google (755) is not one of them. */
static void test_string_says_no(void **state)
{
	(void)state;
	static const char target[] =
	    "/pixel?gdpr=1&gdpr_consent=CQdWToAQdZmkADwAPBENAAEgAAAAAAAAAAwIAAAAAAAA";
	static const struct line lines[] = {
		{ 0, 't', "Google", "ad.doubleclick.net", target, NULL },
		{ 1, 't', "Unlisted", "unlisted.example", target, NULL },
		{ 2, 't', "Meta", "www.facebook.com", "/", NULL },
	};
	struct consent_result r;
	assert_true(judge(lines, COUNT(lines), &r));
	assert_parties(&r.despite, "Google");
	assert_int_equal(r.choice, CONSENT_UNKNOWN);
	assert_int_equal(r.n_signals, 2);
	assert_string_equal(r.signals[0], "tcf purposes none");
	assert_string_equal(r.signals[1], "gdpr=1");
}

/* Where the law does not apply a string of refusals refuses nothing. */
static void test_string_does_not_apply(void **state)
{
	(void)state;
	static const struct line lines[] = {
		{ 0, 't', "Google", "ad.doubleclick.net",
		  "/pixel?gdpr=0&gdpr_consent=CQdWToAQdZmkADwAPBENAAEgAAAAAAAAAAwIAAAAAAAA", NULL },
	};
	struct consent_result r;
	assert_true(judge(lines, COUNT(lines), &r));
	assert_parties(&r.despite, "");
}

/* Platforms write a string of refusals before anybody has chosen, too: by itself it is no choice. */
static void test_refusals_are_no_choice(void **state)
{
	(void)state;
	static const struct line lines[] = {
		{ 0, 'd', NULL, "www.x.uk", "/", "a=b" },
		{ 0.3, 'p', "Sourcepoint", "cdn.privacy-mgmt.com", "/", NULL },
		{ 3, 'f', NULL, "www.x.uk", "/a",
		  "euconsent-v2=CQdWToAQdZmkADwAPBENAAEgAAAAAAAAAAwIAAAAAAAA" },
		{ 4, 't', "Meta", "www.facebook.com", "/", NULL },
		{ 5, 'f', NULL, "www.x.uk", "/b",
		  "euconsent-v2=CQdWToAQdZmkADwAPBENAAEgAAAAAAAAAAwIAAAAAAAA" },
	};
	struct consent_result r;
	assert_true(judge(lines, COUNT(lines), &r));
	assert_int_equal(r.choice, CONSENT_UNKNOWN);
	assert_parties(&r.after, "");
	assert_parties(&r.despite, "");
}

/* The click on the banner is reported to Meta like every other: it tells the choice and its moment. */
static void test_click_on_the_banner(void **state)
{
	(void)state;
	static const struct line lines[] = {
		{ 0, 'd', NULL, "www.x.uk", "/", "a=b" },
		{ 0.3, 'p', "OneTrust", "cdn.cookielaw.org", "/", NULL },
		{ 2, 't', "Google", "www.googletagmanager.com", "/", NULL },
		{ 6, 't', "Meta", "www.facebook.com",
		  "/tr/"
		  "?ev=SubscribedButtonClick&cd%5BbuttonFeatures%5D=%7B%22classList%22%3A%22%22%2C%22id%22%"
		  "3A%22"
		  "onetrust-reject-all-handler%22%7D",
		  NULL },
		{ 7, 't', "TikTok", "analytics.tiktok.com", "/", NULL },
	};
	struct consent_result r;
	assert_true(judge(lines, COUNT(lines), &r));
	assert_int_equal(r.choice, CONSENT_REJECT);
	assert_int_equal(r.recorded_ns, T0 + 6 * NS_PER_S);
	assert_parties(&r.before, "OneTrust Google");
	assert_parties(&r.after, "Meta TikTok");
	assert_parties(&r.despite, "TikTok"); /* not for the report of the very click */

	static const char *const others[] = {
		"/tr/?cd[buttonFeatures]={\"id\":\"onetrust-reject-all-handlers\"}",
		"/tr/?cd[buttonFeatures]={\"id\":\"start\"}",
		"/tr/?dl=https://x.uk/#onetrust-accept-btn-handler",
	};
	for (size_t i = 0; i < COUNT(others); i++) {
		const struct line l = { 0, 't', "Meta", "www.facebook.com", others[i], NULL };
		assert_int_equal(note_of(&l).found & CONSENT_CALL, 0);
	}
	const struct line elsewhere = { 0, 't', "X", "notfacebook.com", lines[3].target, NULL };
	assert_int_equal(note_of(&elsewhere).found & CONSENT_CALL, 0);
}

/* What looks like a call to the platform and is none. */
static void test_other_calls(void **state)
{
	(void)state;
	static const struct {
		const char *host, *target;
		uint32_t found;
	} rows[] = {
		{ "log.cookieyes.com", "POST /api/v1/log", CONSENT_CALL },
		{ "log.cookieyes.com", "POST /api/v1/log?x=1", CONSENT_CALL },
		{ "log.cookieyes.com", "POST /api/v1/login", 0 },
		{ "log.cookieyes.com", "POST /a?u=/api/v1/log", 0 },
		{ "notcookieyes.com", "POST /api/v1/log", 0 },
		{ "cdn.privacy-mgmt.com", "POST /wrapper/v2/choice/gdpr/11", CONSENT_CALL },
		{ "consent.cookiebot.com", "/logconsent.ashx?action=decline&x=1", CONSENT_CALL },
		{ "consent.trustarc.com", "/notice?domain=x.uk&next=/log?", 0 },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct line l = { 0, 'p', NULL, rows[i].host, rows[i].target, NULL };
		struct consent_fact f = note_of(&l);
		if ((f.found & (CONSENT_CALL | CONSENT_LIKELY_CALL)) != rows[i].found)
			fail_msg("%s %s: %x", rows[i].host, rows[i].target, (unsigned)f.found);
	}
}

static void test_signals(void **state)
{
	(void)state;
	struct request r = {
		.target =
		    text_of("/g/collect?v=2&gcs=G1%300&gcd=13l3l3l3l1l1&us_privacy=1YYN&gpp=DBACNYA~~1YNN"),
		.sec_gpc = text_of("1"),
		.dnt = text_of("1")
	};
	struct consent_fact f;
	assert_true(consent_note(&r, &f));
	assert_int_equal(f.found & (CONSENT_GPC | CONSENT_DNT), CONSENT_GPC | CONSENT_DNT);
	assert_string_equal(f.gcs, "G100"); /* escapes are read */
	assert_string_equal(f.gcd, "13l3l3l3l1l1");
	assert_string_equal(f.us_privacy, "1YNN"); /* the last that was read */
	assert_int_equal(f.gpp_sections, 1 << 2 | 1 << 6);
	assert_int_equal(f.found & CONSENT_TCF, 0);

	r = (struct request){ .has_unknown_headers = true };
	assert_false(consent_note(&r, &f));
}

static void test_nothing_seen(void **state)
{
	(void)state;
	static const struct line lines[] = {
		{ 0, 'd', NULL, "www.x.uk", "/", "a=b" },
		{ 1, 't', "Meta", "www.facebook.com", "/", "fr=1" },
	};
	struct consent_result r;
	assert_false(judge(lines, COUNT(lines), &r));
	assert_false(judge(lines, 0, &r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accept),
		cmocka_unit_test(test_reject),
		cmocka_unit_test(test_no_choice),
		cmocka_unit_test(test_kept_choice),
		cmocka_unit_test(test_without_keys),
		cmocka_unit_test(test_call),
		cmocka_unit_test(test_wrong_clock),
		cmocka_unit_test(test_string_says_no),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_string_does_not_apply),
		cmocka_unit_test(test_refusals_are_no_choice),
		cmocka_unit_test(test_other_calls),
		cmocka_unit_test(test_click_on_the_banner),
		cmocka_unit_test(test_nothing_seen),
		cmocka_unit_test(test_time_to_answer),
		cmocka_unit_test(test_quick_choice),
		cmocka_unit_test(test_request_without_cookies),
		cmocka_unit_test(test_string_without_cookie),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
