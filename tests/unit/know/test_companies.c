#include "check.h"

#include "know/companies.h"
#include "know/known.h"

/* Loads lists of these texts, one over the other; NULL with err set. */
static struct companies *load(const char *const *texts, size_t n, struct err *err)
{
	char paths[4][32];
	const char *at[4];
	struct companies *c;

	for (size_t i = 0; i < n; i++)
		at[i] = file_with(paths[i], texts[i], strlen(texts[i]));
	c = companies_load(at, n, err);
	for (size_t i = 0; i < n; i++)
		unlink(paths[i]);
	return c;
}

static struct companies *load_one(const char *text)
{
	struct err err;
	struct companies *c = load(&text, 1, &err);

	if (!c)
		print_error("%s\n", err.text);
	assert_non_null(c);
	return c;
}

static const struct company *find(const struct companies *c, const char *text)
{
	struct hostname h = host_of(text);

	return companies_of(c, &h);
}

static void longest_suffix_on_label_boundaries_wins(void **state)
{
	static const struct {
		const char *host, *company;
	} rows[] = {
		{ "example.com", "Short" },
		{ "www.example.com", "Short" },
		{ "cdn.example.com", "Long" },
		{ "a.b.cdn.example.com", "Long" },
		{ "xcdn.example.com", "Short" },
		{ "notexample.com", NULL },
		{ "com", NULL },
		{ "example.com.evil", NULL },
		{ "net", "Top" },
		{ "anything.net", "Top" },
		{ "internet", NULL },
		{ "star.example", "Star" },
		{ "a.star.example", "Star" },
	};
	struct companies *c =
	    load_one("example.com\tShort\ncdn.example.com\tLong\nnet\tTop\n*.star.example\tStar\n");

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct company *e = find(c, rows[i].host);

		if (!rows[i].company)
			assert_null(e);
		else
			assert_string_equal(e->company, rows[i].company);
	}
	assert_ptr_equal(find(c, "a.example.com"), find(c, "b.example.com"));
	companies_free(c);
}

static void reads_every_field(void **state)
{
	struct companies *c =
	    load_one("\xef\xbb\xbf# version: 1\r\n\r\n"
		     "WWW.Example.COM\t Meta \tPixel\tadvertising\tUS\tambiguous, cname\ta note\r\n"
		     "bare.example\tSomebody");
	const struct company *e = find(c, "www.example.com");

	(void)state;
	assert_string_equal(e->suffix, "www.example.com");
	assert_string_equal(e->company, "Meta");
	assert_string_equal(e->product, "Pixel");
	assert_string_equal(e->category, "advertising");
	assert_string_equal(e->country, "US");
	assert_int_equal(e->flags, COMPANY_AMBIGUOUS | COMPANY_CNAME);
	assert_int_equal(e->line, 3);
	assert_int_equal(strncmp(e->list, "onlooker-test-", 14), 0);
	e = find(c, "bare.example");
	assert_string_equal(e->product, "");
	assert_string_equal(e->category, "");
	assert_string_equal(e->country, "");
	assert_int_equal(e->flags, 0);
	assert_int_equal(e->line, 4);
	companies_free(c);
}

static void a_later_list_lies_over_an_earlier_one(void **state)
{
	static const char *const texts[] = {
		"a.example\tOne\tFirst\tadvertising\tUS\tambiguous\n"
		"b.example\tOne\tFirst\tadvertising\tUS\tambiguous,replay\n"
		"c.example\tOne\tFirst\tadvertising\tUS\tambiguous\n"
		"d.example\tOne\tFirst\n",
		"a.example\tTwo\n"                               /* another company: all of it is new */
		"b.example\tone\tSecond\t\t\tcname,-ambiguous\n" /* the same: the earlier line shows through
								  */
		"c.example\t\t\t\t\tconsent\n",                  /* no company: only adds */
	};
	struct err err;
	struct companies *c = load(texts, 2, &err);
	const struct company *e;

	(void)state;
	assert_non_null(c);
	e = find(c, "a.example");
	assert_string_equal(e->company, "Two");
	assert_string_equal(e->product, "");
	assert_string_equal(e->category, "");
	assert_int_equal(e->flags, 0);
	e = find(c, "b.example");
	assert_string_equal(e->company, "one");
	assert_string_equal(e->product, "Second");
	assert_string_equal(e->category, "advertising");
	assert_int_equal(e->flags, COMPANY_REPLAY | COMPANY_CNAME);
	assert_int_equal(e->line, 2);
	e = find(c, "c.example");
	assert_string_equal(e->company, "One");
	assert_int_equal(e->flags, COMPANY_AMBIGUOUS | COMPANY_CONSENT);
	e = find(c, "d.example");
	assert_string_equal(e->company, "One");
	assert_int_equal(e->line, 4);
	companies_free(c);
}

static void one_company_has_one_name(void **state)
{
	static const char *const texts[] = {
		"=Facebook\tMeta\n=Meta\tMeta\t\t\tUS\n=Ping\tPong\n=Pong\tPing\n",
		"a.example\tFACEBOOK\tPixel\n"
		"b.example\tMeta\nb.example\tFacebook\tSame\n" /* the same company by another name */
		"c.example\tMeta\t\t\tIE\n"
		"d.example\tPing\n",
		"=Meta\tMeta Platforms\n",
	};
	struct err err;
	struct companies *c = load(texts, 2, &err);

	(void)state;
	assert_non_null(c);
	assert_string_equal(find(c, "a.example")->company, "Meta");
	assert_string_equal(find(c, "a.example")->country, "US");
	assert_string_equal(find(c, "b.example")->product, "Same");
	assert_string_equal(find(c, "c.example")->country, "IE");
	assert_non_null(find(c, "d.example")); /* two that lead to each other end */
	companies_free(c);
	c = load(texts, 3, &err);
	assert_non_null(c);
	assert_string_equal(find(c, "a.example")->company, "Meta Platforms");
	companies_free(c);
}

static void says_where_a_list_is_wrong(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ "ok.example\tOne\nbad host\tTwo\n", ":2: 'bad host' is no host name" },
		{ "ok.example\tOne\n\n# note\n.example\tTwo\n", ":4: '.example' is no host name" },
		{ "a..example\tOne\n", ":1: 'a..example' is no host name" },
		{ "ok.example\n", ":1: 'ok.example' has no company" },
		{ "ok.example\tOne\t\t\t\tloud\n", ":1: 'loud' is no flag" },
		{ "ok.example\tOne\t\t\t\t-\n", ":1: '' is no flag" },
		{ "ok.example\tOne\t\t\tuk\n", ":1: 'uk' is no country code of two capital letters" },
		{ "=\tOne\n", ":1: '=' needs a company name behind it" },
		{ "a.example\t1\t2\t3\tGB\t\t7\t8\t9\n", ":1: more than 8 fields" },
		{ "ok.example\tOne\nx.example\tT\x1b[31mwo\n", ":2: byte 0x1b is no text" },
		{ "ok.example\tOne\nx.example\tT\xff\n", ":2: byte 0xff is no text" },
		{ "x.example\tT\xed\xa0\x80\n", ":1: byte 0xed is no text" }, /* half of a surrogate pair */
		{ "x.example\tT\xc0\x80\n", ":1: byte 0xc0 is no text" },     /* NUL by the long way */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err err = { "" };

		assert_null(load(&rows[i].text, 1, &err));
		if (!strstr(err.text, rows[i].words))
			print_error("%s: %s\n", rows[i].words, err.text);
		assert_non_null(strstr(err.text, rows[i].words));
		assert_int_equal(strncmp(err.text, "/tmp/", 5), 0);
	}
}

static void says_which_file_cannot_be_read(void **state)
{
	static const char *const paths[] = { "/nowhere/at/all.tsv", "/tmp", "/dev/zero" };
	static const char *const words[] = { "No such file", "is no file", "more than 64 MiB" };

	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++) {
		struct err err;

		assert_null(companies_load(&paths[i], 1, &err));
		assert_non_null(strstr(err.text, paths[i]));
		assert_non_null(strstr(err.text, words[i]));
	}
}

/* Whatever a list is cut to, it is read or refused in words. */
static void bears_every_cut(void **state)
{
	static const char text[] =
	    "# version: 1\n=Old\tNew\t\t\tGB\na.example\tOld\tP\tcdn\tFR\tambiguous,-replay\tn\n"
	    "*.b.example\tCaf\xc3\xa9\t\t\t\ttelemetry\n";
	unsigned read = 0, refused = 0;

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		char path[32];
		const char *at = file_with(path, text, len);
		struct err err = { "" };
		struct companies *c = companies_load(&at, 1, &err);

		unlink(path);
		read += c != NULL;
		refused += !c;
		assert_true(c || err.text[0]);
		companies_free(c);
	}
	assert_true(read > 40 && refused > 10);
	companies_free(NULL);
}

/* Many suffixes that share their ends: the map grows and still finds each. */
static void finds_each_of_many(void **state)
{
	enum { N = 5000 };
	char *text = malloc(N * 48), *at = text;
	struct companies *c;

	(void)state;
	for (unsigned i = 0; i < N; i++)
		at += snprintf(at, 48, "h%u.d%u.example\tC%u\n", i, i % 7, i);
	c = load_one(text);
	for (unsigned i = 0; i < N; i++) {
		char host[64], want[16];

		snprintf(host, sizeof(host), "x.h%u.d%u.example", i, i % 7);
		snprintf(want, sizeof(want), "C%u", i);
		assert_string_equal(find(c, host)->company, want);
		assert_null(find(c, host + strlen(host) - strlen("d0.example")));
	}
	companies_free(c);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(longest_suffix_on_label_boundaries_wins),
		cmocka_unit_test(reads_every_field),
		cmocka_unit_test(a_later_list_lies_over_an_earlier_one),
		cmocka_unit_test(one_company_has_one_name),
		cmocka_unit_test(says_where_a_list_is_wrong),
		cmocka_unit_test(says_which_file_cannot_be_read),
		cmocka_unit_test(bears_every_cut),
		cmocka_unit_test(finds_each_of_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
