/* The report's parts on disclosures and consent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "plugins/text/report.h"

#define ITEM(k, n, v) .kind = k, .name = n, .value = v, .digest = "", .meaning = "", .theme = "", .detail = ""

static const struct ol_item view[] = {
	{ ITEM("site-key", "id", "385") },
	{ ITEM("online-identifier", "fbp", "fb.1.2") },
	{ .kind = "page-url",
	  .name = "dl",
	  .value = "https://www.x.uk/report/rape",
	  .digest = "",
	  .meaning = "",
	  .theme = "offences",
	  .detail = "offence type: rape",
	  .is_sensitive = true },
	{ .kind = "account-id",
	  .name = "c_user",
	  .value = "",
	  .digest = "1234abcd",
	  .meaning = "",
	  .theme = "",
	  .detail = "",
	  .length = 15 },
};
static const struct ol_item click[] = {
	{ ITEM("online-identifier", "fbp", "fb.1.2") },
	{ ITEM("form-meta", "cd[buttonText]", "Start\x1b[31m report") },
};

#define DISCLOSED(e, list)                                                                                   \
	.frame = 830, .company = "Meta", .product = "Meta Pixel", .host = "www.facebook.com", .event = e,    \
	.page = "", .partner = "", .is_confirmed = true, .items = list, .n_items = COUNT(list)

static const struct ol_disclosure disclosures[] = {
	{ DISCLOSED("PageView", view) },
	{ DISCLOSED("PageView", view) },
	{ DISCLOSED("SubscribedButtonClick", click) },
};
static const char *const companies[] = { "Meta", "Google" };

static char *written(void (*write)(struct report *r, const struct ol_visit *v), const struct ol_visit *v,
		     int width, bool show_all)
{
	char *text = NULL;
	size_t len = 0;
	struct report *r = calloc(1, sizeof(*r));
	assert_non_null(r);
	r->term = (struct term){ .out = open_memstream(&text, &len), .width = width };
	r->show_all = show_all;
	write(r, v);
	fclose(r->term.out);
	free(r);
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
		assert_true(strcspn(line, "\n") <= (size_t)width);
	return text;
}

static void test_receivers(void **state)
{
	(void)state;
	const struct ol_consent consent = {
		.platform = "", .choice = "", .before = companies, .n_before = 2, .unmade_ns = 1000
	};
	const struct ol_visit v = { .disclosures = disclosures,
				    .n_disclosures = COUNT(disclosures),
				    .consent = &consent };
	char *text = written(report_disclosures, &v, 100, false);
	static const char *const parts[] = {
		"told Meta (Meta Pixel): 3 events, the first in frame 830; before a choice was made\n",
		"PageView (2), SubscribedButtonClick\n",
		"https://www.x.uk/report/rape",
		"^ offence type: rape (offences)\n",
		"(15 characters, withheld)\n",
	};
	const char *at = text;
	for (size_t i = 0; i < COUNT(parts); i++) {
		const char *found = strstr(at, parts[i]);
		if (!found)
			fail_msg("'%s' is missing, or too early, in\n%s", parts[i], text);
		at = found;
	}
	/* Told once, however often it was sent; and nothing steers the terminal. */
	assert_null(strstr(strstr(text, "fb.1.2") + 1, "fb.1.2"));
	assert_null(strchr(text, 0x1b));
	assert_null(strstr(text, "site-key"));
	free(text);
}

static void test_every_event(void **state)
{
	(void)state;
	const struct ol_visit v = { .disclosures = disclosures, .n_disclosures = COUNT(disclosures) };
	char *text = written(report_disclosures, &v, 80, true);
	size_t n = 0;
	for (const char *s = text; (s = strstr(s, "Meta, Meta Pixel: ")); s++)
		n++;
	assert_int_equal(n, 3);
	assert_non_null(strstr(text, "site-key"));
	free(text);
}

static void test_consent(void **state)
{
	(void)state;
	const struct ol_consent consent = {
		.platform = "OneTrust",
		.shown_ns = 1500000000,
		.recorded_ns = 4000000000,
		.made_ns = 4000000000,
		.choice = "reject",
		.before = companies,
		.n_before = 2,
		.after = companies,
		.n_after = 1,
		.despite = companies,
		.n_despite = 1,
		.before_platform = companies,
		.n_before_platform = 1,
	};
	const struct ol_visit v = { .start_ns = 500000000, .consent = &consent };
	char *text = written(report_consent, &v, 100, false);
	static const char expected[] =
	    "    consent: OneTrust, loaded after 1.0 s, choice recorded after 3.5 s; choice: reject\n"
	    "      contacted before the choice: Meta, Google\n"
	    "      after it: Meta\n"
	    "      although it says no: Meta\n";
	assert_string_equal(text, expected);
	free(text);
	/* Nothing is made of what is not known. */
	const struct ol_consent unknown = {
		.platform = "", .choice = "", .before_platform = companies, .n_before_platform = 1
	};
	const struct ol_visit u = { .consent = &unknown };
	text = written(report_consent, &u, 100, false);
	assert_string_equal(
	    text,
	    "    consent: no platform seen; choice: unknown\n      contacted before the platform: Meta\n");
	free(text);
	const struct ol_visit none = { .disclosures = NULL };
	text = written(report_consent, &none, 100, false);
	assert_string_equal(text, "");
	free(text);
}

/* Which of a receiver's events came before the choice and which after it. */
static void test_order_of_the_choice(void **state)
{
	static const struct {
		int64_t unmade_ns, made_ns;
		const char *choice;
		bool is_kept, is_despite;
		const char *want;
	} cases[] = {
		{ 0, 0, "", false, false, "3 events, the first in frame 830\n" },
		{ 30, 0, "", false, false, "830; before a choice was made\n" },
		{ 0, 5, "accept", false, false, "830; after the choice\n" },
		{ 0, 0, "accept", true, false, "830; after the choice\n" },
		{ 15, 25, "accept", false, false, "830; 1 before a choice was made, 1 after it\n" },
		{ 15, 20, "reject", false, true,
		  "830; 1 before a choice was made, 2 after it, although the visitor said no\n" },
		{ 0, 25, "accept", false, false, "830; 1 after the choice\n" },
		{ 30, 0, "", false, true,
		  "830; before a choice was made; although a consent string says no\n" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ol_disclosure list[3];
		for (size_t k = 0; k < COUNT(list); k++) {
			list[k] = disclosures[k];
			list[k].at_ns = 10 * (int64_t)(k + 1);
		}
		const struct ol_consent consent = { .platform = "",
						    .choice = cases[i].choice,
						    .is_kept = cases[i].is_kept,
						    .unmade_ns = cases[i].unmade_ns,
						    .made_ns = cases[i].made_ns,
						    .despite = companies,
						    .n_despite = cases[i].is_despite };
		const struct ol_visit v = { .disclosures = list,
					    .n_disclosures = COUNT(list),
					    .consent = &consent };
		char *text = written(report_disclosures, &v, 160, false);
		print_message("%s", text);
		assert_non_null(strstr(text, cases[i].want));
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_receivers),
		cmocka_unit_test(test_order_of_the_choice),
		cmocka_unit_test(test_every_event),
		cmocka_unit_test(test_consent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
