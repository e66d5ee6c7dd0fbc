/* What is kept with requests until their visit is told, and the consent that comes of it. */
#include <string.h>

#include "base/time.h"
#include "check.h"
#include "lists.h"
#include "out/attachment.h"
#include "out/consent_put.h"

#define T0 (INT64_C(1795466900) * NS_PER_S)

static struct loaded *loaded;

static int load(void **state)
{
	int rc = lists_load(state);
	loaded = *state;
	return rc;
}

static struct bytes text_of(const char *s)
{
	return (struct bytes){ (const uint8_t *)s, strlen(s) };
}

static struct hostname host_of(const char *s)
{
	struct hostname h;
	assert_true(hostname_parse(text_of(s), &h));
	return h;
}

static struct attachments *open_with(size_t bytes_max)
{
	struct attachments *all =
	    attachments_new(&(struct attachments_spec){ .know = &loaded->know, .bytes_max = bytes_max });
	assert_non_null(all);
	return all;
}

static void *request(struct attachments *all, const char *host, const char *target, const char *cookie)
{
	struct request r = { .host = host_of(host), .target = text_of(target), .method = text_of("GET") };
	if (cookie)
		r.cookie = text_of(cookie);
	return attachments_request(all, &r);
}

static void put(struct record *r, const struct visit_result *v)
{
	attachment_put_all(&(struct record_spec){ .know = &loaded->know }, r, v);
}

/* An extractor's words are copied: they may be gone when the visit is told. */
static void test_copies(void **state)
{
	(void)state;
	struct attachments *all = open_with(1 << 20);
	void *a = request(all, "www.facebook.com", "/tr/", NULL), *own = request(all, "www.x.uk", "/", NULL);
	assert_non_null(a);
	char value[] = "https://www.x.uk/", event[] = "PageView";
	const struct ol_item item = { .kind = "page-url", .name = "dl", .value = value };
	struct ol_disclosure d = { .at_ns = T0,
				   .frame = 7,
				   .company = "Meta",
				   .host = "www.facebook.com",
				   .event = event,
				   .items = &item,
				   .n_items = 1 };
	attachment_disclose(a, &d);
	attachment_disclose(own, &d);
	memset(value, 'x', sizeof(value) - 1);
	memset(event, 'x', sizeof(event) - 1);
	const struct visit_request requests[] = {
		{ .ts_ns = T0, .attachment = own, .is_first_party = true },
		{ .ts_ns = T0, .attachment = a },
		{ .ts_ns = T0, .is_document = true },
	};
	const struct visit_result v = { .requests = requests, .n_requests = COUNT(requests) };
	struct record r = { .arena = { 0 } };
	put(&r, &v);
	attachments_drop(all, a);
	attachments_drop(all, own);
	attachments_drop(all, NULL);
	assert_int_equal(r.visit.n_disclosures, 1); /* what the site itself is told is no disclosure */
	assert_string_equal(r.visit.disclosures[0].event, "PageView");
	assert_string_equal(r.visit.disclosures[0].items[0].value, "https://www.x.uk/");
	assert_string_equal(r.visit.disclosures[0].items[0].detail, ""); /* NULL is taken as nothing */
	assert_int_equal(r.visit.n_disclosures_left_out, 0);
	arena_fini(&r.arena);
	attachments_free(all);
}

/* What may hold a person's data among other things is told without it, unless that is asked for. */
static void test_redacts(void **state)
{
	(void)state;
	static const struct ol_item item = { .kind = "page-url",
					     .name = "u[jo@example.org]",
					     .value = "https://www.x.uk/?e=jo@example.org&token=0123456789",
					     .detail = "segment: jo@example.org" };
	static const struct ol_disclosure d = { .event = "of jo@example.org",
						.page = "https://www.x.uk/jo@example.org/",
						.items = &item,
						.n_items = 1 };
	for (int reveal = 0; reveal < 2; reveal++) {
		struct attachments *all = attachments_new(&(struct attachments_spec){
		    .know = &loaded->know, .bytes_max = 1 << 20, .reveal = reveal });
		void *a = request(all, "www.facebook.com", "/tr/", NULL);
		attachment_disclose(a, &d);
		const struct visit_request q = { .attachment = a };
		struct record r = { .arena = { 0 } };
		put(&r, &(struct visit_result){ .requests = &q, .n_requests = 1 });
		const struct ol_disclosure *told = r.visit.disclosures;
		const char *const texts[] = { told->event, told->page, told->items[0].name,
					      told->items[0].value, told->items[0].detail };
		for (size_t i = 0; i < COUNT(texts); i++)
			assert_int_equal(strstr(texts[i], "jo@example.org") != NULL, reveal);
		assert_int_equal(strstr(told->items[0].value, "0123") != NULL, reveal);
		arena_fini(&r.arena);
		attachments_drop(all, a);
		attachments_free(all);
	}
}

/* Where an extractor names no company, the CNAME chain of the flow does; it speaks of its own name alone. */
static void test_cloaked(void **state)
{
	(void)state;
	struct attachments *all = open_with(1 << 20);
	const struct hostname name = host_of("metrics.wolfram.example"), operator= host_of("x.sc.omtrdc.net");
	const struct flow_names names = { .host = &name, .operator_host = &operator};
	static const char *const hosts[] = { "metrics.wolfram.example", "img.wolfram.example",
					     "metrics.wolfram.example" };
	static const char *const named[] = { "", "", "By its catalogue" };
	static const char *const companies[] = { "Adobe", "", "By its catalogue" };
	struct visit_request requests[COUNT(hosts)];
	for (size_t i = 0; i < COUNT(hosts); i++) {
		void *a = request(all, hosts[i], "/", NULL);
		attachment_disclose(a, &(struct ol_disclosure){ .host = hosts[i], .company = named[i] });
		requests[i] =
		    (struct visit_request){ .host = host_of(hosts[i]), .names = names, .attachment = a };
	}
	struct record r = { .arena = { 0 } };
	put(&r, &(struct visit_result){ .requests = requests, .n_requests = COUNT(requests) });
	assert_int_equal(r.visit.n_disclosures, COUNT(hosts));
	for (size_t i = 0; i < COUNT(hosts); i++)
		assert_string_equal(r.visit.disclosures[i].company, companies[i]);
	for (size_t i = 0; i < COUNT(requests); i++)
		attachments_drop(all, requests[i].attachment);
	arena_fini(&r.arena);
	attachments_free(all);
}

/* However much is said, no more is kept than was allowed; what is dropped makes room. */
static void test_limits(void **state)
{
	(void)state;
	static char large[4096];
	memset(large, 'v', sizeof(large) - 1);
	struct ol_item items[64];
	for (size_t i = 0; i < COUNT(items); i++)
		items[i] = (struct ol_item){ .kind = "page-url", .name = "dl", .value = large };
	const struct ol_disclosure d = { .items = items, .n_items = COUNT(items) };

	struct attachments *all = open_with(200000);
	void *a = request(all, "www.facebook.com", "/tr/", NULL);
	for (int i = 0; i < 100; i++)
		attachment_disclose(a, &d);
	const struct visit_request q = { .attachment = a };
	const struct visit_result v = { .requests = &q, .n_requests = 1 };
	struct record r = { .arena = { 0 } };
	put(&r, &v);
	assert_int_equal(r.visit.n_disclosures, 1);
	assert_int_equal(r.visit.n_disclosures_left_out, 99);
	assert_int_equal(strlen(r.visit.disclosures[0].items[0].value), 2048);
	assert_int_equal(attachments_n_left_out(all), 1);
	arena_fini(&r.arena);

	attachments_drop(all, a);
	a = request(all, "www.facebook.com", "/tr/", NULL);
	attachment_disclose(a, &d);
	r = (struct record){ .arena = { 0 } };
	const struct visit_request q2 = { .attachment = a };
	put(&r, &(struct visit_result){ .requests = &q2, .n_requests = 1 });
	assert_int_equal(r.visit.n_disclosures, 1);
	arena_fini(&r.arena);
	attachments_drop(all, a);
	attachments_free(all);
}

static void test_facts(void **state)
{
	(void)state;
	struct attachments *all = open_with(1 << 20);
	void *a = request(all, "www.x.uk", "/", "OptanonAlertBoxClosed=2026-11-23T20:48:23.199Z");
	const struct consent_fact *f = attachment_fact(a);
	assert_non_null(f);
	assert_int_equal(f->cookie.platform, PLATFORM_ONETRUST);
	assert_null(attachment_fact(NULL));
	attachments_drop(all, a);
	/* Nothing of it: headers that were lost say nothing, and there is no extractor. */
	struct request r = { .host = host_of("www.x.uk"), .has_unknown_headers = true };
	assert_null(attachments_request(all, &r));
	attachments_free(all);
}

static const struct hostname NO_NAME;

static struct visit_part part_of(const struct flow_info *info, uint64_t flow, const char *host,
				 int64_t first_ns, int64_t last_ns, float conf)
{
	return (struct visit_part){ .flow = flow,
				    .info = info,
				    .names = { &NO_NAME, &NO_NAME, &NO_NAME },
				    .host = host_of(host),
				    .named_by = NAMED_SNI,
				    .first_ns = first_ns,
				    .last_ns = last_ns,
				    .conf = conf };
}

/* Readable requests beside a flow that is known by its name alone. */
static void test_consent(void **state)
{
	(void)state;
	struct attachments *all = open_with(1 << 20);
	static const char yes[] =
	    "CookieControl={\"optionalCookies\":{\"analytics\":\"accepted\"},\"consentDate\":"
	    "1795466905000,\"interactedWith\":true}";
	const struct visit_request requests[] = {
		{ .ts_ns = T0,
		  .flow = 1,
		  .host = host_of("www.met.police.uk"),
		  .is_first_party = true,
		  .is_document = true,
		  .attachment = request(all, "www.met.police.uk", "/", NULL) },
		{ .ts_ns = T0 + 2 * NS_PER_S,
		  .flow = 2,
		  .host = host_of("cc.cdn.civiccomputing.com"),
		  .attachment = request(all, "cc.cdn.civiccomputing.com", "/", NULL) },
		{ .ts_ns = T0 + 3 * NS_PER_S,
		  .flow = 3,
		  .host = host_of("www.facebook.com"),
		  .attachment = request(all, "www.facebook.com", "/tr/", NULL) },
		{ .ts_ns = T0 + 9 * NS_PER_S,
		  .flow = 1,
		  .host = host_of("www.met.police.uk"),
		  .is_first_party = true,
		  .is_document = true,
		  .attachment = request(all, "www.met.police.uk", "/two", yes) },
	};
	const struct flow_info info = { .id = 4 };
	const struct visit_part parts[] = {
		part_of(&info, 3, "www.facebook.com", T0 + 20 * NS_PER_S, T0 + 20 * NS_PER_S,
			1), /* read above */
		part_of(&info, 4, "analytics.tiktok.com", T0 + NS_PER_S, T0 + 11 * NS_PER_S, 0.8f),
		/* less likely than not: the lists would not say so */
		part_of(&info, 5, "bat.bing.com", T0 + NS_PER_S, T0 + NS_PER_S, 0.4f),
	};
	const struct visit_result v = {
		.requests = requests, .n_requests = COUNT(requests), .parts = parts, .n_parts = COUNT(parts)
	};
	const struct record_spec spec = { .know = &loaded->know };
	struct record r = { .arena = { 0 } };
	consent_put(&spec, &r, &v);
	const struct ol_consent *c = r.visit.consent;
	assert_non_null(c);
	assert_string_equal(c->platform, "Civic Cookie Control");
	assert_int_equal(c->shown_ns, T0 + 2 * NS_PER_S);
	assert_int_equal(c->recorded_ns, T0 + 5 * NS_PER_S);
	assert_string_equal(c->choice, "accept");
	assert_int_equal(c->n_before_platform, 1);
	assert_int_equal(c->n_before, 3);
	assert_string_equal(c->before[0], c->before_platform[0]); /* TikTok's flow began first */
	assert_string_equal(c->before[1], "Civic UK");
	assert_string_equal(c->before[2], "Meta");
	assert_int_equal(c->n_after, 1);
	assert_string_equal(c->after[0], c->before[0]);
	for (size_t i = 0; i < COUNT(requests); i++)
		attachments_drop(all, requests[i].attachment);
	arena_fini(&r.arena);

	/* Nothing of consent, nothing said. */
	r = (struct record){ .arena = { 0 } };
	consent_put(&spec, &r, &(struct visit_result){ .parts = parts, .n_parts = COUNT(parts) });
	assert_null(r.visit.consent);
	arena_fini(&r.arena);
	attachments_free(all);
}

/* After a refusal: a tracker is told to have come all the same, what may be the site's own is not. */
static void test_refusal(void **state)
{
	(void)state;
	struct attachments *all = open_with(1 << 20);
	static const char no[] = "CookieControl={\"optionalCookies\":{\"analytics\":\"revoked\"},"
				 "\"interactedWith\":true}";
	static const char *const hosts[] = { "www.wolfram.example", "static.wolframcdn.example",
					     "www.facebook.com", "metrics.wolfram.example" };
	const struct hostname name = host_of(hosts[3]), operator= host_of("x.sc.omtrdc.net");
	const struct flow_names cloaked = { .host = &name, .operator_host = &operator};
	struct visit_request requests[COUNT(hosts)];
	for (size_t i = 0; i < COUNT(hosts); i++)
		requests[i] =
		    (struct visit_request){ .ts_ns = T0 + (int64_t)i * NS_PER_S,
					    .host = host_of(hosts[i]),
					    .is_first_party = i == 0,
					    .is_document = i == 0,
					    .names = i == 3 ? cloaked : (struct flow_names){ NULL },
					    .attachment = request(all, hosts[i], "/", i ? NULL : no) };
	const struct record_spec spec = { .know = &loaded->know };
	struct record r = { .arena = { 0 } };
	consent_put(&spec, &r,
		    &(struct visit_result){ .site = host_of("wolfram.example"),
					    .requests = requests,
					    .n_requests = COUNT(requests) });
	assert_non_null(r.visit.consent);
	assert_string_equal(r.visit.consent->choice, "reject");
	assert_int_equal(r.visit.consent->n_after, 3);
	assert_int_equal(r.visit.consent->n_despite, 2);
	assert_string_equal(r.visit.consent->despite[0], "Meta");
	assert_string_equal(r.visit.consent->despite[1], "Adobe"); /* behind a name of the site */
	for (size_t i = 0; i < COUNT(requests); i++)
		attachments_drop(all, requests[i].attachment);
	arena_fini(&r.arena);
	attachments_free(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copies),  cmocka_unit_test(test_redacts),
		cmocka_unit_test(test_cloaked), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_facts),   cmocka_unit_test(test_consent),
		cmocka_unit_test(test_refusal),
	};
	return cmocka_run_group_tests(tests, load, lists_unload);
}
