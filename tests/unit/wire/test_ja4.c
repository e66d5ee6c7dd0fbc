#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "wire/ja4.h"

static struct tls_list list(const char *hex)
{
	struct tls_list l = { 0 };
	for (char *end; *hex; hex = *end == ',' ? end + 1 : end) {
		l.at[l.n++] = (uint16_t)strtoul(hex, &end, 16);
		l.n_all++;
	}
	return l;
}

static void set_alpn(struct client_hello *h, const char *alpn)
{
	h->alpn[0] = (struct bytes){ (const uint8_t *)alpn, strlen(alpn) };
	h->n_alpn = 1;
}

/* The example of the specification: Chrome, with GREASE. */
static void is_that_of_the_specification(void **state)
{
	(void)state;
	struct client_hello h = {
		.legacy_version = 0x0303,
		.has_server_name = true,
		.ciphers =
		    list("aaaa,1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035"),
		.extensions = list(
		    "1a1a,001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015,"
		    "2a2a"),
		.versions = list("0a0a,0304,0303"),
		.signature_algorithms = list("3a3a,0403,0804,0401,0503,0805,0501,0806,0601"),
	};
	char text[JA4_MAX];
	set_alpn(&h, "h2");
	ja4(&h, false, text);
	assert_string_equal(text, "t13d1516h2_8daaf6152771_e5627efa2ab1");
	ja4(&h, true, text);
	assert_string_equal(text, "q13d1516h2_8daaf6152771_e5627efa2ab1");
}

static void writes_the_first_part(void **state)
{
	(void)state;
	static const struct {
		const char *versions;
		uint16_t legacy;
		bool has_name;
		const char *alpn, *want;
	} cases[] = {
		{ "", 0x0301, false, NULL, "t10i000000_000000000000_000000000000" },
		{ "", 0x0302, true, "h2", "t11d0000h2_000000000000_000000000000" },
		{ "7a7a,0303", 0x0301, true, "http/1.1", "t12d0000h1_000000000000_000000000000" },
		{ "", 0x0300, false, "x", "ts3i0000xx_000000000000_000000000000" },
		{ "", 0x0002, false, "\xab", "ts2i0000ab_000000000000_000000000000" },
		{ "", 0xfeff, false, "0\xef", "t00i00003f_000000000000_000000000000" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct client_hello h = { .legacy_version = cases[i].legacy,
					  .has_server_name = cases[i].has_name };
		char text[JA4_MAX];
		h.versions = list(cases[i].versions);
		if (cases[i].alpn)
			set_alpn(&h, cases[i].alpn);
		ja4(&h, false, text);
		assert_string_equal(text, cases[i].want);
	}
}

/* Lists at their bounds fit. */
static void long_lists_fit(void **state)
{
	(void)state;
	struct client_hello h = { .legacy_version = 0x0303 };
	for (uint16_t i = 0; i < TLS_LIST_MAX; i++) {
		h.ciphers.at[i] = h.extensions.at[i] = h.signature_algorithms.at[i] = (uint16_t)(0xf000 - i);
		h.ciphers.n++, h.extensions.n++, h.signature_algorithms.n++;
	}
	char text[JA4_MAX];
	ja4(&h, false, text);
	assert_int_equal(strlen(text), JA4_MAX - 1);
	assert_memory_equal(text, "t12i999900_", 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_that_of_the_specification),
		cmocka_unit_test(writes_the_first_part),
		cmocka_unit_test(long_lists_fit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
