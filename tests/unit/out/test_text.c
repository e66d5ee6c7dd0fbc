/* The text sink as a plugin sees the world: records in, a file out. */
#include "check.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "out/plugin.h"

static char out_path[] = "/tmp/test_text_XXXXXX";
static void *library;
static const struct ol_sink *sink;

static int load(void **state)
{
	(void)state;
	library = dlopen(SHIPPED_PLUGINS "/text.so", RTLD_NOW);
	const struct ol_plugin *plugin = library ? dlsym(library, "ol_plugin") : NULL;
	int fd = mkstemp(out_path);
	close(fd);
	sink = plugin ? plugin->sink : NULL;
	return sink && fd >= 0 ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	dlclose(library);
	return unlink(out_path);
}

struct options {
	const char *width, *colour, *all;
};

static const char *option(const struct ol_host *host, const char *name)
{
	const struct options *o = host->own;
	return strcmp(name, "width") == 0 ? o->width : strcmp(name, "colour") == 0 ? o->colour : o->all;
}

/* Everything that the wire could send to a terminal: CSI, OSC, a bell, C1, what is no UTF-8, a line end. */
#define HOSTILE                                                                                              \
	"\033[2J\033]0;x\007\xc2\x9b"                                                                        \
	"31m\xff\xe2\x82\r\n\x7f"

static const char *const hosts[] = { "www.facebook.com", "connect.facebook.net",
				     "a." HOSTILE ".met.police.uk", "b.example" };
static const char *const signs[] = { "name", "address", "connection" };
static const char *const countries[] = { "IE", "US" };

static const struct ol_party parties[] = {
	{ .company = "Meta",
	  .product = "Meta Pixel",
	  .category = "advertising",
	  .domain = "facebook.com",
	  .hosts = hosts,
	  .n_hosts = COUNT(hosts),
	  .flows = 2,
	  .up = 2890,
	  .down = 4100,
	  .conf = .95,
	  .countries = countries,
	  .n_countries = 1,
	  .operator_host = "",
	  .infrastructure = "" },
	{ .company = "",
	  .product = "",
	  .category = "",
	  .domain = "gr\xc3\xbc\xc3\x9f" HOSTILE ".example",
	  .hosts = hosts + 2,
	  .n_hosts = 1,
	  .flows = 1,
	  .up = 5000000000,
	  .down = 0,
	  .conf = .4,
	  .countries = countries,
	  .n_countries = 2,
	  .operator_host = "tracker." HOSTILE ".example",
	  .infrastructure = "" },
	{ .company = "",
	  .product = "",
	  .category = "",
	  .domain = "",
	  .maybe_own = signs,
	  .n_maybe_own = COUNT(signs),
	  .conf = .999,
	  .operator_host = "",
	  .infrastructure = "A cloud with a very long name indeed, longer than any column can be" },
};

static const struct ol_item items[] = {
	{ .kind = "page-url",
	  .name = "dl",
	  .value = "https://www.met.police.uk/ro/report/" HOSTILE,
	  .digest = "",
	  .meaning = "",
	  .theme = "offences",
	  .detail = HOSTILE,
	  .is_sensitive = true,
	  .length = 10 },
	{ .kind = "online-identifier",
	  .name = HOSTILE,
	  .value = "",
	  .digest = "0123",
	  .meaning = "",
	  .theme = "",
	  .detail = "",
	  .length = 15 },
};

static const struct ol_disclosure disclosures[] = {
	{ .company = "Meta",
	  .product = "Meta Pixel",
	  .host = "www.facebook.com",
	  .event = "PageView" HOSTILE,
	  .page = "",
	  .partner = "",
	  .items = items,
	  .n_items = COUNT(items),
	  .frame = 830,
	  .is_confirmed = true },
};

static const struct ol_page pages[] = {
	{ .host = "www.met.police.uk", .url = "https://www.met.police.uk/" HOSTILE, .conf = .9 },
};

static const struct ol_visit visit = {
	.id = 7,
	.client = "10.0.0.1",
	.site = "met.police.uk",
	.sector = "police",
	.client_note = HOSTILE,
	.start_ns = 1686736923123456000,
	.end_ns = 1686736983123456000,
	.conf = .97,
	.pages = pages,
	.n_pages = 1,
	.first_flows = 3,
	.first_up = 5120,
	.first_down = 901234,
	.parties = parties,
	.n_parties = COUNT(parties),
	.disclosures = disclosures,
	.n_disclosures = COUNT(disclosures),
	.consent = &(struct ol_consent){ .platform = HOSTILE,
					 .choice = "reject",
					 .shown_ns = 1686736924123456000,
					 .despite = hosts,
					 .n_despite = COUNT(hosts) },
};

static const struct ol_input input = { .name = HOSTILE "demo.pcapng",
				       .sha256 = "0123456789abcdef",
				       .format = "pcapng",
				       .note = "",
				       .bytes = 1234567,
				       .packets = 42,
				       .first_ns = 1686736923123456000,
				       .last_ns = 1686736983123456000 };

static char *report(const struct options *o, char buf[65536])
{
	static const char *const notes[] = { "demo.pcapng: ends in the middle of a packet" };
	static const struct ol_count by_name[] = { { "", "sni", 3 } }, by_cause[] = { { "", "ech", 2 } };
	char err[OL_ERR_MAX] = "";
	struct ol_host host = { .option = option, .own = o };
	void *s = sink->open(&host, out_path, err);
	assert_non_null(s);
	struct ol_visit open = visit; /* told first, while it went on */
	open.is_open = true;
	open.conf = 0.5;
	const struct ol_record records[] = {
		{ .type = OL_RUN,
		  .run =
		      &(struct ol_run){
			  .version = "9.9.9", .inputs = &input, .n_inputs = 1, .has_secrets = true } },
		{ .type = OL_VISIT, .visit = &open },
		{ .type = OL_VISIT, .visit = &visit },
		{ .type = OL_COVERAGE,
		  .coverage = &(struct ol_coverage){ .named_flows = 3,
						     .unnamed_flows = 2,
						     .by_name = by_name,
						     .n_by_name = 1,
						     .by_cause = by_cause,
						     .n_by_cause = 1 } },
		{ .type = OL_SUMMARY,
		  .summary = &(struct ol_summary){ .is_incomplete = true, .notes = notes, .n_notes = 1 } },
	};
	for (size_t i = 0; i < COUNT(records); i++)
		assert_true(sink->record(s, &records[i], err));
	assert_true(sink->close(s, err));
	FILE *f = fopen(out_path, "r");
	assert_non_null(f);
	buf[fread(buf, 1, 65535, f)] = '\0';
	fclose(f);
	return buf;
}

static void every_width_is_kept(void **state)
{
	(void)state;
	static const char *const widths[] = { "20", "60", "61", "80", "99", "100", "120", "200" };
	char buf[65536];
	for (size_t i = 0; i < COUNT(widths); i++) {
		long width = strtol(widths[i], NULL, 10);
		const char *all = i % 2 ? "1" : "";
		long columns = 0;
		for (const char *c = report(&(struct options){ widths[i], "", all }, buf); *c; c++) {
			if (*c == '\n')
				columns = 0;
			else
				columns += ((unsigned char)*c & 0xc0) != 0x80;
			if (columns > (width < 60 ? 60 : width))
				fail_msg("width %ld: '%.80s'", width, c - columns + 1);
		}
	}
}

static void nothing_from_the_wire_reaches_the_terminal(void **state)
{
	(void)state;
	char buf[65536];
	report(&(struct options){ "100", "", "1" }, buf);
	for (const char *c = buf; *c; c++) {
		unsigned char u = (unsigned char)*c;
		assert_true(u >= 0x20 || u == '\n');
		assert_true(u != 0x7f && u != 0xff);
	}
	assert_null(strstr(buf, "\xc2\x9b"));
	assert_non_null(strstr(buf, "gr\xc3\xbc\xc3\x9f"));
	/* with colour the only escapes are our own */
	report(&(struct options){ "100", "1", "" }, buf);
	for (const char *c = buf; (c = strchr(c, '\033')); c++)
		assert_true(c[1] == '[' && c[2] >= '0' && c[2] <= '3' && (c[3] == 'm' || c[4] == 'm'));
	assert_null(strstr(buf, "\033[2J"));
}

static void what_matters_is_said(void **state)
{
	(void)state;
	static const char *const words[] = {
		"onlooker 9.9.9",
		"Session secrets are in use",
		"met.police.uk",
		"Meta Pixel",
		"2.9 kB",
		"95 %",
		"third-party operator",
		"3 third parties, 1 may be its own",
		"may belong to the site's own organisation: alike in name, at the same address, asked on",
		"PageView",
		"withheld",
		"offences",

		"perhaps a visit, ",
		"Who was contacted in 1 visit",
		"without 1 contact less likely than not",
		"Coverage",
		"name encrypted (ECH)",
		"This result is incomplete",
		"ends in the middle of a packet",
	};
	char buf[65536];
	report(&(struct options){ "120", "", "" }, buf);
	for (size_t i = 0; i < COUNT(words); i++)
		if (!strstr(buf, words[i]))
			fail_msg("'%s' is not said", words[i]);
}

/* A report of one day says it once, at its head; of several, before each day's visits. */
static void days_are_told(void **state)
{
	(void)state;
	static const int64_t day_ns = INT64_C(86400000000000);
	struct ol_visit next = visit;
	struct ol_input two = input;
	char buf[65536];
	report(&(struct options){ "100", "", "" }, buf);
	assert_non_null(strstr(buf, "2023-06-14 10:02:03 to 10:03:03"));
	assert_null(strstr(buf, "\n2023-06-14\n"));

	next.start_ns += day_ns;
	next.first_flows = 0;
	next.first_up = 0;
	two.last_ns += day_ns;
	char err[OL_ERR_MAX] = "";
	struct options none = { "100", "", "" };
	struct ol_host host = { .option = option, .own = &none };
	void *s = sink->open(&host, out_path, err);
	const struct ol_run run = { .version = "9.9.9", .inputs = &two, .n_inputs = 1 };
	assert_true(sink->record(s, &(struct ol_record){ .type = OL_RUN, .run = &run }, err));
	assert_true(sink->record(s, &(struct ol_record){ .type = OL_VISIT, .visit = &visit }, err));
	assert_true(sink->record(s, &(struct ol_record){ .type = OL_VISIT, .visit = &next }, err));
	assert_true(sink->close(s, err));
	FILE *f = fopen(out_path, "r");
	assert_non_null(f);
	buf[fread(buf, 1, sizeof(buf) - 1, f)] = '\0';
	fclose(f);
	assert_non_null(strstr(buf, "2023-06-14 10:02:03 to 2023-06-15 10:03:03"));
	const char *first = strstr(buf, "\n2023-06-14\n"), *second = strstr(buf, "\n2023-06-15\n");
	assert_true(first && second && first < second);
	assert_non_null(strstr(second, "first party: no connection was seen in this visit"));
}

static void a_full_disk_is_told(void **state)
{
	(void)state;
	char err[OL_ERR_MAX] = "";
	struct options none = { "", "", "" };
	struct ol_host host = { .option = option, .own = &none };
	void *s = sink->open(&host, "/dev/full", err);
	assert_non_null(s);
	bool ok = true;
	for (int i = 0; i < 1000 && ok; i++)
		ok = sink->record(s, &(struct ol_record){ .type = OL_VISIT, .visit = &visit }, err);
	assert_false(ok);
	assert_non_null(strstr(err, "No space left"));
	sink->close(s, err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_width_is_kept),
		cmocka_unit_test(nothing_from_the_wire_reaches_the_terminal),
		cmocka_unit_test(what_matters_is_said),
		cmocka_unit_test(days_are_told),
		cmocka_unit_test(a_full_disk_is_told),
	};
	return cmocka_run_group_tests(tests, load, unload);
}
