#include "check.h"

#include <string.h>

#include "base/addr.h"

/* Text as given, and as it is written again. */
static void text_is_rfc_5952(void **state)
{
	(void)state;
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "2001:DB8:0:0:0:0:0:1", "2001:db8::1" },
		{ "::", "::" },
		{ "255.255.255.255", "255.255.255.255" },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct addr a;
		char buf[ADDR_TEXT_MAX];
		assert_true(addr_parse(rows[i].in, &a));
		assert_string_equal(addr_text(&a, buf), rows[i].out);
	}
}

static void what_is_no_address_is_refused(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"", "192.0.2", "192.0.2.256", "2001:db8:::1", "example.org", "1.2.3.4 "
	};
	struct addr a, before;
	memset(&a, 0x5a, sizeof(a));
	before = a;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_false(addr_parse(rows[i], &a));
		assert_true(addr_equal(&a, &before));
	}
}

static void nets_hold_their_addresses(void **state)
{
	(void)state;
	static const struct {
		const char *net, *addr, *text;
		bool is_in;
	} rows[] = {
		{ "10.0.0.0/8", "10.255.1.2", "10.0.0.0/8", true },
		{ "10.0.0.0/8", "11.0.0.0", "10.0.0.0/8", false },
		{ "192.0.2.128/25", "192.0.2.127", "192.0.2.128/25", false },
		{ "192.0.2.128/25", "192.0.2.200", "192.0.2.128/25", true },
		{ "0.0.0.0/0", "203.0.113.9", "0.0.0.0/0", true },
		{ "0.0.0.0/0", "2001:db8::1", "0.0.0.0/0", false },
		{ "2001:db8::/33", "2001:db8:7fff::1", "2001:db8::/33", true },
		{ "2001:db8::/33", "2001:db8:8000::1", "2001:db8::/33", false },
		{ "192.0.2.1", "192.0.2.1", "192.0.2.1/32", true },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct net n;
		struct addr a;
		char buf[NET_TEXT_MAX];
		assert_true(net_parse(rows[i].net, &n));
		assert_true(addr_parse(rows[i].addr, &a));
		assert_int_equal(net_has(&n, &a), rows[i].is_in);
		assert_string_equal(net_text(&n, buf), rows[i].text);
	}
}

static void nets_with_bits_behind_their_length_are_refused(void **state)
{
	(void)state;
	static const char *const rows[] = { "10.0.0.1/8",  "10.0.0.0/33",    "10.0.0.0/",
					    "10.0.0.0/-1", "10.0.0.0/8x",    "2001:db8::1/64",
					    "/8",          "2001:db8::/129", "10.0.0.0/+8" };
	struct net n;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_false(net_parse(rows[i], &n));
}

static void private_and_multicast(void **state)
{
	(void)state;
	static const struct {
		const char *addr;
		bool is_private, is_multicast;
	} rows[] = {
		{ "10.1.2.3", true, false },        { "172.16.0.1", true, false },
		{ "172.31.255.255", true, false },  { "172.32.0.1", false, false },
		{ "192.168.0.1", true, false },     { "192.169.0.1", false, false },
		{ "100.64.0.1", true, false },      { "100.128.0.1", false, false },
		{ "169.254.1.1", true, false },     { "127.0.0.1", true, false },
		{ "8.8.8.8", false, false },        { "224.0.0.251", false, true },
		{ "255.255.255.255", false, true }, { "fe80::1", true, false },
		{ "fd00::1", true, false },         { "::1", true, false },
		{ "2001:db8::1", false, false },    { "ff02::fb", false, true },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct addr a;
		assert_true(addr_parse(rows[i].addr, &a));
		assert_int_equal(addr_is_private(&a), rows[i].is_private);
		assert_int_equal(addr_is_multicast(&a), rows[i].is_multicast);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_rfc_5952),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(nets_hold_their_addresses),
		cmocka_unit_test(nets_with_bits_behind_their_length_are_refused),
		cmocka_unit_test(private_and_multicast),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
