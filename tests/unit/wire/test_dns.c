#include "check.h"

#include <string.h>

#include "mkpkt.h"
#include "wire/dns.h"

static struct dns_message m;

static void assert_addr(const struct addr *a, const char *want)
{
	char text[ADDR_TEXT_MAX];
	assert_string_equal(addr_text(a, text), want);
}

static void reads_a_question(void **state)
{
	(void)state;
	struct mkbuf b = { 0 };
	mkdns_start(&b, 0x1234, 0, 1, 0);
	mkdns_question(&b, "WWW.Example.org", DNS_HTTPS);
	assert_int_equal(dns_parse(mkbuf_bytes(&b), &m), PARSE_OK);
	assert_int_equal(m.id, 0x1234);
	assert_false(m.is_response);
	assert_true(m.has_question);
	assert_int_equal(m.qtype, DNS_HTTPS);
	assert_string_equal(m.name.text, "www.example.org");
	assert_int_equal(m.n_answers, 0);
}

/* www.example.org is cdn.example.net has two addresses; each name but the first a pointer. */
static void make_chain(struct mkbuf *b)
{
	b->len = 0;
	mkdns_start(b, 1, 1, 1, 3);
	mkdns_question(b, "www.example.org", DNS_A);
	mkdns_cname(b, "@12", 300, "cdn.example.net");
	mkdns_address(b, "@45", 60, "192.0.2.7");
	mkdns_address(b, "@45", 60, "2001:db8::7");
}

static void follows_a_chain_of_aliases(void **state)
{
	(void)state;
	struct mkbuf b;
	make_chain(&b);
	assert_int_equal(dns_parse(mkbuf_bytes(&b), &m), PARSE_OK);
	assert_true(m.is_response);
	assert_int_equal(m.n_answers, 3);
	assert_int_equal(m.answers[0].type, DNS_CNAME);
	assert_string_equal(m.answers[0].owner.text, "www.example.org");
	assert_string_equal(m.answers[0].target.text, "cdn.example.net");
	assert_int_equal(m.answers[0].ttl_s, 300);
	assert_int_equal(m.answers[1].type, DNS_A);
	assert_string_equal(m.answers[1].owner.text, "cdn.example.net");
	assert_addr(&m.answers[1].addr, "192.0.2.7");
	assert_int_equal(m.answers[2].type, DNS_AAAA);
	assert_addr(&m.answers[2].addr, "2001:db8::7");
}

/* What came before the cut counts, from the question's end on. */
static void every_prefix_gives_what_it_has(void **state)
{
	(void)state;
	struct mkbuf b;
	make_chain(&b);
	uint32_t before = 0;
	for (size_t cut = 0; cut < b.len; cut++) {
		uint8_t *copy = test_malloc(cut + 1);
		memcpy(copy + 1, b.at, cut);
		enum parse got = dns_parse((struct bytes){ copy + 1, cut }, &m);
		assert_int_equal(got, cut < 33 ? PARSE_BAD : PARSE_OK);
		if (got == PARSE_OK) {
			assert_string_equal(m.name.text, "www.example.org");
			assert_true(m.n_answers >= before && m.n_answers < 3);
			before = m.n_answers;
		}
		test_free(copy);
	}
	assert_int_equal(before, 2);
}

static void reads_service_records(void **state)
{
	(void)state;
	static const char plain[] = "0001 00  0001 0003 02 6832";
	static const char hints[] = "0001 03 63646e 00  0001 0003 02 6832  0004 0008 c0000201 c0000202"
				    "0006 0010 20010db8000000000000000000000009";
	static const char ech[] = "0001 00  0005 0030 002e fe0d 002a 07 0020 0004 01020304 0004 00010001 20"
				  "0f 7075626c69632e6578616d706c65 0000 0000000000000000";
	static const char alias[] = "0000 03 63646e 07 6578616d706c65 00";
	static const struct {
		const char *data;
		const char *target, *addr, *public_name;
		bool has_ech;
		uint32_t n_answers;
	} cases[] = {
		{ plain, "", "::", "", false, 1 },
		{ hints, "cdn", "192.0.2.1", "", false, 3 },
		{ ech, "", "::", "public.example", true, 1 },
		{ alias, "cdn.example", "::", "", false, 1 },
		{ "0001 00 0005 0002 0000", "", "::", "", true, 1 },
		{ "0001 00 0004 ffff 01", "", "::", "", false, 1 },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mkbuf b = { 0 }, data = { 0 };
		mkbuf_hex(&data, cases[i].data);
		if (strcmp(cases[i].public_name, "") != 0) {
			/* The lengths of the lists are those of what is written. */
			data.len = 0;
			mkbuf_hex(&data, "0001 00 0005");
			size_t value = mkbuf_open(&data, 2), list = mkbuf_open(&data, 2);
			mkbuf_hex(&data, "0a0a 0002 ffff fe0d"); /* one of an unknown version comes first */
			size_t config = mkbuf_open(&data, 2);
			mkbuf_hex(&data, "07 0020 0004 01020304 0004 00010001 20");
			size_t name = mkbuf_open(&data, 1);
			mkbuf_adds(&data, cases[i].public_name);
			mkbuf_close(&data, name, 1);
			mkbuf_hex(&data, "0000");
			mkbuf_close(&data, config, 2);
			mkbuf_close(&data, list, 2);
			mkbuf_close(&data, value, 2);
		}
		mkdns_start(&b, 1, 1, 1, 1);
		mkdns_question(&b, "example.org", DNS_HTTPS);
		mkdns_record(&b, "@12", DNS_HTTPS, 60, data.at, data.len);
		assert_int_equal(dns_parse(mkbuf_bytes(&b), &m), PARSE_OK);
		assert_int_equal(m.n_answers, cases[i].n_answers);
		assert_int_equal(m.answers[0].type, DNS_HTTPS);
		assert_string_equal(m.answers[0].owner.text, "example.org");
		assert_string_equal(m.answers[0].target.text, cases[i].target);
		assert_addr(&m.answers[0].addr, cases[i].addr);
		assert_int_equal(m.answers[0].has_ech, cases[i].has_ech);
		assert_string_equal(m.answers[0].ech_public_name.text, cases[i].public_name);
	}
	struct mkbuf b = { 0 }, data = { 0 };
	mkbuf_hex(&data, hints);
	mkdns_start(&b, 1, 1, 1, 1);
	mkdns_question(&b, "example.org", DNS_HTTPS);
	mkdns_record(&b, "@12", DNS_HTTPS, 60, data.at, data.len);
	assert_int_equal(dns_parse(mkbuf_bytes(&b), &m), PARSE_OK);
	assert_int_equal(m.answers[1].type, DNS_A);
	assert_addr(&m.answers[1].addr, "192.0.2.2");
	assert_string_equal(m.answers[1].owner.text, "example.org");
	assert_int_equal(m.answers[2].type, DNS_AAAA);
	assert_addr(&m.answers[2].addr, "2001:db8::9");
}

static void pointers_that_do_not_go_back_are_bad(void **state)
{
	(void)state;
	static const char *const questions[] = {
		"c00c",      /* to itself */
		"c00e",      /* forward */
		"0161 c00c", /* round and round */
		"c0ff",      /* out of the message */
		"41 6162",   /* a label of a kind that does not exist */
		"3f 61",     /* cut */
	};
	for (size_t i = 0; i < COUNT(questions); i++) {
		struct mkbuf b = { 0 };
		mkdns_start(&b, 1, 0, 1, 0);
		mkbuf_hex(&b, questions[i]);
		mkbuf_hex(&b, "0001 0001");
		assert_int_equal(dns_parse(mkbuf_bytes(&b), &m), PARSE_BAD);
	}
}

static void names_that_no_host_has_are_none(void **state)
{
	(void)state;
	struct mkbuf b = { 0 };
	mkdns_start(&b, 1, 0, 1, 0);
	mkdns_question(&b, "my printer._ipp._tcp.local", 12);
	assert_int_equal(dns_parse(mkbuf_bytes(&b), &m), PARSE_OK);
	assert_int_equal(m.name.len, 0);
	assert_string_equal(m.name.text, "");

	char longest[256]; /* four labels of 62 bytes, and more */
	for (size_t i = 0; i < sizeof(longest); i++)
		longest[i] = i % 63 == 62 ? '.' : 'x';
	for (size_t len = 252; len <= 254; len++) {
		b.len = 0;
		memset(longest + 252, 'x', 3);
		longest[len] = 0;
		mkdns_start(&b, 1, 0, 1, 0);
		mkdns_question(&b, longest, 1);
		assert_int_equal(dns_parse(mkbuf_bytes(&b), &m), PARSE_OK);
		assert_int_equal(m.name.len, len == 252 ? 251 : len == 253 ? 253 : 0);
	}
}

static void answers_are_bounded(void **state)
{
	(void)state;
	struct mkbuf b = { 0 };
	mkdns_start(&b, 1, 1, 1, 100);
	mkdns_question(&b, "example.org", DNS_A);
	for (int i = 0; i < 100; i++)
		mkdns_address(&b, "@12", 60, "192.0.2.1");
	assert_int_equal(dns_parse(mkbuf_bytes(&b), &m), PARSE_OK);
	assert_int_equal(m.n_answers, DNS_ANSWERS_MAX);
	assert_int_equal(m.n_left_out, 100 - DNS_ANSWERS_MAX);
}

static void other_things_are_bad(void **state)
{
	(void)state;
	static const char *const messages[] = {
		"",
		"0001 0100 0000 0000 0000 0000",              /* asks nothing, says nothing */
		"0001 2800 0001 0000 0000 0000 00 0001 0001", /* an update */
		"0001 0100 ffff 0000 0000 0000 00 0001 0001",
		"80e0 0000 0001 0002 0003 0004 0005",
	};
	for (size_t i = 0; i < COUNT(messages); i++) {
		struct mkbuf b = { 0 };
		mkbuf_hex(&b, messages[i]);
		assert_int_equal(dns_parse(mkbuf_bytes(&b), &m), PARSE_BAD);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_question),
		cmocka_unit_test(follows_a_chain_of_aliases),
		cmocka_unit_test(every_prefix_gives_what_it_has),
		cmocka_unit_test(reads_service_records),
		cmocka_unit_test(pointers_that_do_not_go_back_are_bad),
		cmocka_unit_test(names_that_no_host_has_are_none),
		cmocka_unit_test(answers_are_bounded),
		cmocka_unit_test(other_things_are_bad),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
