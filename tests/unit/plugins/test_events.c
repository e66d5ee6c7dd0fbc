/* Events of endpoints that the catalogue knows. */
#include "expect.h"

static const char REPORT[] = "https://www.met.police.uk/report/rape-sexual-assault";

static void test_meta_page_view(void **state)
{
	struct ol_request r = collect_asked_by("https://www.met.police.uk/");
	r.cookie = "fr=0abc.def; c_user=100012345678901; datr=Zx1; xs=1%3Aabc; other=1";
	const struct collected *c = collect_request(
	    *state,
	    "https://www.facebook.com/tr/"
	    "?id=385408929862157&ev=PageView&dl=https%3A%2F%2Fwww.met.police.uk%2Freport%2F"
	    "rape-sexual-assault&rl=https%3A%2F%2Fwww.met.police.uk%2F&if=false&ts=1&sw=1440&sh=1080"
	    "&fbp=fb.1.1795466824.123456789&fbc=fb.1.1795466824.IwAR0x&udff[em]="
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad&zzz=7",
	    r);
	assert_int_equal(c->n, 1);
	expect_has(
	    c, 0, "Meta | PageView | page https://www.met.police.uk/report/rape-sexual-assault | partner \n");
	expect_has(
	    c, 0,
	    "page-url dl=https://www.met.police.uk/report/rape-sexual-assault {offences} (offence type: "
	    "rape-sexual-assault)");
	expect_has(c, 0, "referrer rl=https://www.met.police.uk/\n");
	expect_has(c, 0, "online-identifier fbp=fb.1.1795466824.123456789");
	expect_has(c, 0, "click-id fbc=");
	expect_has(c, 0, "contact-hash udff[em]=ba78");
	expect_has(c, 0, "(hashed (SHA-256 by its length))");
	expect_has(c, 0, "site-key id=385408929862157");
	expect_has(c, 0, "device sw=1440");
	expect_has(c, 0, "unknown zzz=7"); /* a parameter that the entry does not know is listed as such */
	expect_has(c, 0, "account-id c_user=#15");
	expect_lacks(c, 0, "100012345678901");
	expect_lacks(c, 0, "1%3Aabc"); /* the session's cookie */
	expect_has(c, 0, "online-identifier fr=");
	expect_has(c, 0, "online-identifier datr=");
	expect_lacks(c, 0, "if=false"); /* technical */
}

/* Each request is an event of its own: nothing of the one before is left. */
static void test_meta_events_apart(void **state)
{
	const struct collected *c = collect_request(
	    *state,
	    "https://www.facebook.com/tr/"
	    "?id=1&ev=SubscribedButtonClick&dl=https%3A%2F%2Fwww.met.police.uk%2F&cd[buttonText]="
	    "Report%20rape%20or%20sexual%20assault&cd[buttonFeatures]=%7B%22tag%22%3A%22a%22%7D&cd["
	    "formFeatures]=%5B%5D"
	    "&ud[ph]=ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	    collect_asked_by("https://www.met.police.uk/"));
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "Meta | SubscribedButtonClick |");
	expect_has(c, 0,
		   "form-meta cd[buttonText]=Report rape or sexual assault {offences} (offence type: rape)");
	expect_has(c, 0, "contact-hash ud[ph]=");
	c = collect_request(
	    *state, "https://www.facebook.com/tr/?id=1&ev=PageView&dl=https%3A%2F%2Fwww.met.police.uk%2F",
	    collect_asked_by("https://www.met.police.uk/"));
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "Meta | PageView |");
	expect_lacks(c, 0, "buttonText");
	expect_lacks(c, 0, "ud[ph]");
}

/* The same by POST, as a form in the body. */
static void test_meta_post(void **state)
{
	struct ol_request r = collect_asked_by("https://www.met.police.uk/");
	r.content_type = "application/x-www-form-urlencoded";
	r.body = "id=1&ev=Lead&dl=https%3A%2F%2Fwww.met.police.uk%2Fro&rqm=formPOST";
	const struct collected *c = collect_request(*state, "https://www.facebook.com/tr/", r);
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "Meta | Lead | page https://www.met.police.uk/ro");

	r.content_type = "multipart/form-data; boundary=----x";
	r.body = "------x\r\nContent-Disposition: form-data; name=\"ev\"\r\n\r\nPageView\r\n------x\r\n"
		 "Content-Disposition: form-data; "
		 "name=\"dl\"\r\n\r\nhttps://www.met.police.uk/a?b=c&d\r\n------x--\r\n";
	c = collect_request(*state, "https://www.facebook.com/tr/", r);
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "Meta | PageView | page https://www.met.police.uk/a?b=c&d |");
}

static void test_ga4_batch(void **state)
{
	struct ol_request r = collect_asked_by(REPORT);
	r.content_type = "text/plain;charset=UTF-8";
	r.body = "en=page_view&dt=Report%20rape\r\nen=scroll&epn.percent_scrolled=90\nen=form_start&ep.form_"
		 "id=contact";
	const struct collected *c =
	    collect_request(*state,
			    "https://region1.google-analytics.com/g/"
			    "collect?v=2&tid=G-1&cid=859.179&uid=user77&dl=https%3A%2F%2F"
			    "www.met.police.uk%2Freport%2Frape-sexual-assault&gcs=G100",
			    r);
	assert_int_equal(c->n, 3);
	expect_has(c, 0, "Google | page_view |");
	expect_has(c, 0, "page-title dt=Report rape {offences}");
	expect_has(c, 1, "Google | scroll |");
	expect_lacks(c, 1, "dt=");
	expect_has(c, 2, "Google | form_start |");
	expect_has(c, 2, "form_id=contact");
	for (size_t i = 0; i < 3; i++) {
		expect_has(c, i, "online-identifier cid=859.179"); /* what the query says holds for each */
		expect_has(c, i, "account-id uid=#6");
		expect_has(c, i,
			   "page-url dl=https://www.met.police.uk/report/rape-sexual-assault {offences}");
		expect_has(c, i, "consent gcs=G100");
	}
}

static void test_floodlight_path(void **state)
{
	const struct collected *c = collect_request(
	    *state,
	    "https://ad.doubleclick.net/"
	    "activity;src=1234;type=abc;cat=def;u1=value;~oref=https%3A%2F%2Fwww.x.uk%2Fhiv-test?",
	    collect_asked_by("https://www.x.uk/"));
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "Google |");
	expect_has(c, 0, "page-url ~oref=https://www.x.uk/hiv-test {health} (health topic: hiv-test)");
}

static void test_tiktok_batch(void **state)
{
	struct ol_request r = collect_asked_by("https://www.x.uk/");
	r.content_type = "application/json";
	r.body =
	    "{\"event\":\"Pageview\",\"context\":{\"page\":{\"url\":\"https://www.x.uk/"
	    "pregnancy-test\",\"referrer\":"
	    "\"https://www.x.uk/\"},\"user\":{\"anonymous_id\":\"a-1-2-3\"},\"pixel\":{\"code\":\"C1\"}}}";
	const struct collected *c = collect_request(*state, "https://analytics.tiktok.com/api/v2/pixel", r);
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "TikTok | Pageview | page https://www.x.uk/pregnancy-test");
	expect_has(c, 0, "page-url context.page.url=https://www.x.uk/pregnancy-test {health}");
	expect_has(c, 0, "context.user.anonymous_id=a-1-2-3");
}

static void test_others(void **state)
{
	static const struct {
		const char *url, *body, *has[4];
	} rows[] = {
		{ "https://t.co/1/i/"
		  "adsct?event_id=1&p_id=Twitter&p_user_id=0&txn_id=o1&tw_document_href=https%3A%2F%2Fwww.x."
		  "uk%2Fbail",
		  NULL,
		  { "X |", "page-url tw_document_href=https://www.x.uk/bail {offences}" } },
		{ "https://px.ads.linkedin.com/"
		  "collect?v=2&fmt=js&pid=123&time=1&url=https%3A%2F%2Fwww.x.uk%2Funion",
		  NULL,
		  { "LinkedIn |", "page-url url=https://www.x.uk/union" } },
		{ "https://bat.bing.com/action/"
		  "0?ti=1&Ver=2&mid=abc&sid=s1&vid=v1&msclkid=m1&evt=pageLoad&p=https%3A%2F%2Fwww.x.uk%2F&tl="
		  "Abortion",
		  NULL,
		  { "Microsoft | pageLoad |", "page-title tl=Abortion {health}", "click-id msclkid=m1" } },
		{ "https://tr.snapchat.com/p?ev=PAGE_VIEW&pid=1&u_scsid=2&pl=https%3A%2F%2Fwww.x.uk%2F",
		  NULL,
		  { "Snap |", "PAGE_VIEW" } },
		{ "https://ct.pinterest.com/v3/"
		  "?tid=1&event=pagevisit&ad=%7B%22loc%22%3A%22https%3A%2F%2Fwww.x.uk%2Fislam%22%7D",
		  NULL,
		  { "Pinterest | pagevisit |", "ad.loc=https://www.x.uk/islam {religion}" } },
		{ "https://collector.clarity.ms/collect",
		  "{\"e\":[\"0.8\",1,2,3,\"proj\",\"user9\",\"sess9\",1,0,0,1,\"https://www.x.uk/"
		  "hiv\"],\"a\":[],\"p\":[]}",
		  { "Microsoft |", "e[5]=user9", "e[11]=https://www.x.uk/hiv {health}" } },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ol_request r = collect_asked_by("https://www.x.uk/");
		r.body = rows[i].body;
		const struct collected *c = collect_request(*state, rows[i].url, r);
		assert_int_equal(c->n, 1);
		for (size_t k = 0; k < 4 && rows[i].has[k]; k++)
			expect_has(c, 0, rows[i].has[k]);
		expect_lacks(c, 0, "p_user_id"); /* 0: nobody is logged in */
	}
}

/* What rests on knowledge alone is marked. */
static void test_unconfirmed(void **state)
{
	const struct collected *c =
	    collect_request(*state,
			    "https://www.google.co.uk/ads/"
			    "ga-audiences?v=1&t=sr&tid=G-1&cid=85.17&dl=https%3A%2F%2Fwww.x.uk%2F",
			    collect_asked_by("https://www.x.uk/"));
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "| unconfirmed");
	c = collect_request(*state, "https://www.facebook.com/tr/?ev=PageView&dl=https%3A%2F%2Fwww.x.uk%2F",
			    collect_asked_by("https://www.x.uk/"));
	expect_lacks(c, 0, "unconfirmed");
}

/* One company hands an identifier on to another. */
static void test_id_sync(void **state)
{
	const struct collected *c = collect_request(
	    *state, "https://cm.g.doubleclick.net/pixel?google_nid=appnexus&google_cm&google_hm=QUJDREVG",
	    collect_asked_by("https://www.x.uk/"));
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "| partner Xandr");
	c = collect_request(*state,
			    "https://ib.adnxs.com/"
			    "getuid?https%3A%2F%2Fmatch.adsrvr.org%2Ftrack%2Fcmf%2Fappnexus%3Fuid%3D%24UID",
			    collect_asked_by("https://www.x.uk/"));
	assert_int_equal(c->n <= 1, 1);
	c = collect_request(*state, "https://dpm.demdex.net/ibs:dpid=903&dpuuid=3f1c-77ab",
			    collect_asked_by("https://www.x.uk/"));
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "identifier of The Trade Desk");
}

/* An entry that holds for several companies names none of them. */
static void test_shared_entry(void **state)
{
	const struct collected *c =
	    collect_request(*state, "https://bam.nr-data.net/1/abc?ref=https%3A%2F%2Fwww.x.uk%2Fbail",
			    collect_asked_by("https://www.x.uk/"));
	assert_int_equal(c->n, 1);
	expect_has(c, 0, " |  | page ");
	expect_lacks(c, 0, "Datadog");
}

static void test_not_asked_for(void **state)
{
	struct ol_request r = collect_asked_by("https://www.x.uk/");
	r.method = "OPTIONS"; /* the browser's own question */
	assert_int_equal(
	    collect_request(*state, "https://www.facebook.com/tr/?ev=PageView&dl=https%3A%2F%2Fwww.x.uk%2F",
			    r)
		->n,
	    0);
	r = collect_asked_by("https://www.x.uk/");
	assert_int_equal(collect_request(*state, "https://fonts.gstatic.com/s/roboto/v32/x.woff2",
					 (struct ol_request){ .referer = "https://www.x.uk" })
			     ->n,
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meta_page_view),  cmocka_unit_test(test_meta_events_apart),
		cmocka_unit_test(test_meta_post),       cmocka_unit_test(test_ga4_batch),
		cmocka_unit_test(test_floodlight_path), cmocka_unit_test(test_tiktok_batch),
		cmocka_unit_test(test_others),          cmocka_unit_test(test_unconfirmed),
		cmocka_unit_test(test_id_sync),         cmocka_unit_test(test_not_asked_for),
		cmocka_unit_test(test_shared_entry),
	};
	return cmocka_run_group_tests(tests, open_plain, close_it);
}
