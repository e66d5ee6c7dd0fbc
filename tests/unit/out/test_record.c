/* From the verdicts of track to records and their JSON. */
#include "check.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "know/companies.h"
#include "know/suffix.h"
#include "out/record.h"

static char list_path[] = "/tmp/test_record_XXXXXX";
static struct knowledge know;
static struct privacy *open_privacy;
static struct record_spec spec;

static int load(void **state)
{
	(void)state;
	static const char list[] = "# suffix\tcompany\tproduct\tcategory\tcountry\tflags\n"
				   "facebook.example\tMeta\tPixel\tadvertising\tUS\t\n"
				   "tracker.example\tTracker Inc\tTags\tanalytics\tUS\t\n"
				   "cloud.example\tCloud Inc\tCloud Front\tcdn\tUS\tinfrastructure\n";
	const char *const paths[] = { list_path };
	struct err err = { "" };
	int fd = mkstemp(list_path);
	if (fd < 0 || write(fd, list, sizeof(list) - 1) < 0 || close(fd) != 0)
		return -1;
	know.companies = companies_load(paths, 1, &err);
	know.suffixes = suffixes_load(NULL, &err);
	open_privacy = privacy_new(&(struct privacy_spec){ .n_sites = 0 }, &err);
	spec = (struct record_spec){ .know = &know, .privacy = open_privacy };
	if (!know.companies || !know.suffixes || !open_privacy)
		print_error("%s\n", err.text);
	return know.companies && know.suffixes && open_privacy ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	companies_free((struct companies *)(uintptr_t)know.companies);
	suffixes_free((struct suffixes *)(uintptr_t)know.suffixes);
	privacy_free(open_privacy);
	return unlink(list_path);
}

static struct hostname host(const char *text)
{
	struct hostname h = { 0 };
	if (*text)
		assert_true(hostname_parse((struct bytes){ (const uint8_t *)text, strlen(text) }, &h));
	return h;
}

static struct named_flow flow(uint64_t id, const char *name, const char *operator)
{
	struct named_flow f = { .host = host(name), .operator_host = host(operator) };
	f.info = (struct flow_info){
		.id = id,
		.client_port = (uint16_t)(50000 + id),
		.server_port = 443,
		.proto = IPPROTO_TCP,
		.start_ns = (int64_t)id * 1000000000,
		.first_frame = id,
		.hello_frame = id + 3,
		.named_by = *name ? NAMED_SNI : NAMED_NONE,
		.unnamed = *name ? UNNAMED_NOT : UNNAMED_ECH,
	};
	addr_parse("10.0.0.7", &f.info.client);
	addr_parse("192.0.2.1", &f.info.server);
	return f;
}

static struct flow_names names_of(const struct named_flow *f)
{
	return (struct flow_names){ &f->host, &f->operator_host, &f->outer_host };
}

static struct visit_part part(const struct named_flow *f, const char *name, uint64_t up, float conf)
{
	const struct flow_info *info = &f->info;
	struct hostname h = host(name);
	return (struct visit_part){
		.flow = info->id,
		.info = info,
		.names = names_of(f),
		.host = h,
		.domain = name + (suffix_site(know.suffixes, &h) - h.text),
		.named_by = info->named_by,
		.is_new_flow = true,
		.up = up,
		.down = 10 * up,
		.first_ns = info->start_ns,
		.last_ns = info->start_ns + 500000000,
		.conf = conf,
	};
}

static struct visit_result visit_of(const struct visit_part *parts, uint32_t n)
{
	struct visit_result v = { .id = 7,
				  .site = host("shop.example"),
				  .start_ns = 1000000000,
				  .end_ns = 9000000000,
				  .conf = .5f,
				  .parts = parts,
				  .n_parts = n };
	addr_parse("10.0.0.7", &v.client);
	return v;
}

/* "company|product|domain|hosts|flows|up|conf" of each party, a line each. */
static void parties_are(const struct visit_result *v, const char *expected)
{
	struct text t = { 0 };
	struct record *r = record_visit(&spec, v);
	assert_non_null(r);
	text_adds(&t, "");
	for (size_t i = 0; i < r->visit.n_parties; i++) {
		const struct ol_party *p = &r->visit.parties[i];
		text_addf(&t, "%s|%s|%s|", p->company, *p->infrastructure ? p->infrastructure : p->product,
			  p->domain);
		for (size_t k = 0; k < p->n_hosts; k++)
			text_addf(&t, "%s%s", k ? "," : "", p->hosts[k]);
		text_addf(&t, "|%u|%u|%.2f\n", p->flows, (unsigned)p->up, p->conf);
	}
	assert_string_equal(t.at, expected);
	text_fini(&t);
	record_free(r);
}

static void parts_become_parties(void **state)
{
	(void)state;
	struct named_flow own = flow(10, "www.shop.example", ""), a = flow(11, "www.facebook.example", ""),
			  b = flow(12, "connect.facebook.example", ""), c = flow(13, "x.cloud.example", ""),
			  d = flow(14, "unlisted.other.example", ""), e = flow(15, "", ""),
			  f = flow(16, "", "");
	struct visit_part parts[] = { part(&own, "www.shop.example", 1, 1),
				      part(&a, "www.facebook.example", 100, .9f),
				      part(&b, "connect.facebook.example", 10, .95f),
				      part(&a, "www.facebook.example", 5, .2f),
				      part(&c, "x.cloud.example", 7, .5f),
				      part(&d, "unlisted.other.example", 3, .8f),
				      part(&e, "", 2, .3f),
				      part(&f, "", 2, .4f) };
	parts[0].is_first_party = true;
	parts[3].is_new_flow = false;
	struct visit_result v = visit_of(parts, COUNT(parts));
	parties_are(&v,
		    "Meta|Pixel|facebook.example|www.facebook.example,connect.facebook.example|2|115|0.95\n"
		    "|Cloud Front|cloud.example|x.cloud.example|1|7|0.50\n"
		    "||other.example|unlisted.other.example|1|3|0.80\n"
		    "||||2|4|0.40\n");
}

static void behind_a_name_may_stand_another(void **state)
{
	(void)state;
	struct named_flow own = flow(11, "metrics.shop.example", "shop.tracker.example"),
			  third = flow(12, "cdn.unlisted.example", "cdn.tracker.example");
	struct visit_part parts[] = { part(&own, "shop.tracker.example", 100, .9f),
				      part(&third, "cdn.unlisted.example", 10, .9f) };
	struct visit_result v = visit_of(parts, COUNT(parts));
	struct record *r = record_visit(&spec, &v);
	assert_int_equal(r->visit.n_parties, 2);
	assert_string_equal(r->visit.parties[0].company, "Tracker Inc");
	assert_string_equal(r->visit.parties[0].hosts[0], "metrics.shop.example");
	assert_string_equal(r->visit.parties[0].operator_host, "shop.tracker.example");
	assert_string_equal(r->visit.parties[0].domain, "tracker.example");
	assert_string_equal(r->visit.parties[1].company, "Tracker Inc");
	assert_string_equal(r->visit.parties[1].domain, "unlisted.example");
	assert_string_equal(r->visit.parties[1].operator_host, "cdn.tracker.example");
	record_free(r);
}

/* What suggests that a host is the site's own: its name, or that both are at one address and no company is.
 */
static void hosts_that_may_be_the_sites_own(void **state)
{
	(void)state;
	struct named_flow own = flow(10, "www.shop.example", ""),
			  alike = flow(11, "img.shopstatic.example", ""),
			  other = flow(12, "unlisted.other.example", ""),
			  tracker = flow(13, "www.facebook.example", "");
	struct visit_part parts[] = { part(&own, "www.shop.example", 1, 1),
				      part(&alike, "img.shopstatic.example", 1, 1),
				      part(&other, "unlisted.other.example", 1, 1),
				      part(&tracker, "www.facebook.example", 1, 1) };
	parts[0].is_first_party = true;
	addr_parse("198.51.100.1", &own.info.server);
	addr_parse("198.51.100.2", &alike.info.server);
	addr_parse("198.51.100.1", &other.info.server);
	addr_parse("198.51.100.3", &tracker.info.server);
	struct visit_result v = visit_of(parts, COUNT(parts));
	struct record *r = record_visit(&spec, &v);
	const struct ol_party *p = r->visit.parties;
	assert_int_equal(r->visit.n_parties, 3);
	assert_int_equal(p[0].n_maybe_own, 1);
	assert_string_equal(p[0].maybe_own[0], "name");
	assert_int_equal(p[1].n_maybe_own, 1);
	assert_string_equal(p[1].maybe_own[0], "address");
	assert_int_equal(p[2].n_maybe_own, 0);
	record_free(r);

	/* One connection, on which both were asked. */
	parts[2].flow = own.info.id;
	parts[2].named_by = NAMED_REQUEST;
	r = record_visit(&spec, &v);
	assert_int_equal(r->visit.parties[1].n_maybe_own, 1);
	assert_string_equal(r->visit.parties[1].maybe_own[0], "connection");
	record_free(r);
	parts[2] = part(&other, "unlisted.other.example", 1, 1);

	/* A company at the same address: it is a proxy's, or a front's. */
	addr_parse("198.51.100.1", &tracker.info.server);
	r = record_visit(&spec, &v);
	assert_int_equal(r->visit.parties[1].n_maybe_own, 0);
	record_free(r);
	addr_parse("198.51.100.3", &tracker.info.server);
	addr_parse("10.0.0.1", &own.info.server);
	addr_parse("10.0.0.1", &other.info.server);
	r = record_visit(&spec, &v);
	assert_int_equal(r->visit.parties[1].n_maybe_own, 0);
	record_free(r);
}

static void evidence_is_bounded_and_the_rest_is_counted(void **state)
{
	(void)state;
	static struct named_flow infos[40];
	static struct visit_part parts[40];
	for (uint64_t i = 0; i < COUNT(infos); i++) {
		infos[i] = flow(100 + i, "www.facebook.example", "");
		parts[i] = part(&infos[i], "www.facebook.example", 1, .9f);
	}
	struct visit_result v = visit_of(parts, COUNT(parts));
	struct record *r = record_visit(&spec, &v);
	const struct ol_party *p = r->visit.parties;
	assert_int_equal(r->visit.n_parties, 1);
	assert_int_equal(p->flows, 40);
	assert_int_equal(p->n_evidence + p->n_evidence_left_out, 40);
	assert_true(p->n_evidence_left_out > 0);
	assert_int_equal(p->evidence[0].flow, 100);
	assert_int_equal(p->evidence[0].hello_frame, 103);
	assert_memory_equal(p->evidence[0].community_id, "1:", 2);
	record_free(r);
}

/* Who may have typed what stands in the address of a page is told on demand only. */
static void addresses_of_pages_are_redacted(void **state)
{
	(void)state;
	const struct page_view page = {
		.host = host("www.shop.example"),
		.url = "https://www.shop.example/reset?email=jo@example.org&token=0123456789"
	};
	struct visit_result v = visit_of(NULL, 0);
	v.pages = &page;
	v.n_pages = 1;
	struct record *r = record_visit(&spec, &v);
	assert_string_equal(r->visit.pages[0].url,
			    "https://www.shop.example/reset?email=[e-mail]&token=[withheld]");
	record_free(r);
	struct record_spec revealing = spec;
	revealing.reveal = true;
	r = record_visit(&revealing, &v);
	assert_string_equal(r->visit.pages[0].url, page.url);
	record_free(r);
}

static void a_visit_out_of_scope_is_none(void **state)
{
	(void)state;
	static const char *const sites[] = { "other.example" };
	struct err err;
	struct privacy *p = privacy_new(&(struct privacy_spec){ .sites = sites, .n_sites = 1 }, &err);
	struct record_spec scoped = { .know = &know, .privacy = p };
	struct visit_result v = visit_of(NULL, 0);
	assert_null(record_visit(&scoped, &v));
	v.site = host("www.other.example");
	struct record *r = record_visit(&scoped, &v);
	assert_non_null(r);
	record_free(r);
	privacy_free(p);
}

static struct record *flow_record(const struct record_spec *how, const struct named_flow *f)
{
	const struct flow_info *info = &f->info;
	struct flow_totals totals = {
		.flow = info->id, .end_ns = info->start_ns + 1000, .up = 10, .down = 20
	};
	struct flow_verdict v = { .info = info,
				  .names = names_of(f),
				  .totals = &totals,
				  .role = ROLE_UNATTRIBUTED,
				  .conf = .25f,
				  .candidates = { { host("a.example"), .3f }, { host("b.example"), .25f } },
				  .n_candidates = 2 };
	return record_flow(how, &v);
}

static void a_flow_says_what_is_known_and_no_more(void **state)
{
	(void)state;
	struct named_flow info = flow(11, "", "");
	struct record *r = flow_record(&spec, &info);
	static const char *const there[] = { "\"type\":\"flow\"",
					     "\"unnamed\":\"ech\"",
					     "\"role\":\"unattributed\"",
					     "\"candidates\":[{\"site\":\"a.example\",\"conf\":0.3}",
					     "\"start\":\"1970-01-01T00:00:11.000000Z\"",
					     "\"frames\":{\"first\":11,\"hello\":14}" };
	static const char *const absent[] = { "host",    "named_by", "company", "domain", "asn",
					      "country", "ja4",      "visit",   "dns" };
	for (size_t i = 0; i < COUNT(there); i++)
		if (!strstr(r->view.json, there[i]))
			fail_msg("%s is not in %s", there[i], r->view.json);
	for (size_t i = 0; i < COUNT(absent); i++) {
		char key[32];
		snprintf(key, sizeof(key), "\"%s\":", absent[i]);
		if (strstr(r->view.json, key))
			fail_msg("%s is in %s", key, r->view.json);
	}
	record_free(r);
}

static void masked_addresses_leave_no_trace(void **state)
{
	(void)state;
	struct err err;
	struct privacy *p = privacy_new(&(struct privacy_spec){ .mask = "/8" }, &err);
	struct record_spec masked = { .know = &know, .privacy = p };
	struct named_flow info = flow(11, "www.facebook.example", "");
	struct visit_part one = part(&info, "www.facebook.example", 1, .9f);
	struct visit_result v = visit_of(&one, 1);
	struct record *records[] = { flow_record(&masked, &info), record_visit(&masked, &v) };
	for (size_t i = 0; i < COUNT(records); i++) {
		assert_non_null(strstr(records[i]->view.json, "\"client\":\"10.0.0.0\""));
		assert_null(strstr(records[i]->view.json, "10.0.0.7"));
		assert_null(strstr(records[i]->view.json, "community_id"));
		record_free(records[i]);
	}
	privacy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_become_parties),
		cmocka_unit_test(behind_a_name_may_stand_another),
		cmocka_unit_test(addresses_of_pages_are_redacted),
		cmocka_unit_test(hosts_that_may_be_the_sites_own),
		cmocka_unit_test(evidence_is_bounded_and_the_rest_is_counted),
		cmocka_unit_test(a_visit_out_of_scope_is_none),
		cmocka_unit_test(a_flow_says_what_is_known_and_no_more),
		cmocka_unit_test(masked_addresses_leave_no_trace),
	};
	return cmocka_run_group_tests(tests, load, unload);
}
