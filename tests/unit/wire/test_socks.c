#include "check.h"

#include <string.h>

#include "mkpkt.h"
#include "wire/socks.h"

static void finds_where_the_tunnel_begins(void **state)
{
	(void)state;
	static const char *const clients[] = {
		"04 01 0050 c0000207 00",
		"04 01 0050 c0000207 75736572 00",
		"04 01 01bb 00000001 00 7777772e6578616d706c65 00",
		"05 01 00 05 01 00 01 c0000207 01bb",
		"05 02 00 02 05 01 00 03 0b 7777772e6578616d706c65 01bb",
		"05 01 00 05 01 00 04 20010db8000000000000000000000007 0050",
		"05 01 02 01 04 75736572 06 736563726574 05 01 00 01 c0000207 01bb",
	};
	for (size_t i = 0; i < COUNT(clients); i++) {
		struct mkbuf b = { 0 };
		mkbuf_hex(&b, clients[i]);
		size_t len = b.len, got = 0;
		mkbuf_adds(&b, "tunnel");
		assert_int_equal(socks_client(mkbuf_bytes(&b), &got), PARSE_OK);
		assert_int_equal(got, len);
		for (size_t cut = 0; cut < len; cut++) {
			uint8_t *copy = test_malloc(cut + 1);
			memcpy(copy + 1, b.at, cut);
			assert_int_equal(socks_client((struct bytes){ copy + 1, cut }, &got), PARSE_MORE);
			test_free(copy);
		}
	}
}

static void other_protocols_are_bad(void **state)
{
	(void)state;
	static const char *const streams[] = {
		"16 0301",
		"47 45 54",
		"04 02 0050 c0000207 00",
		"04 01 0000 c0000207 00",
		"05 00 05",
		"05 01 00 06",
		"05 01 00 05 02 00 01",
		"05 01 00 05 01 01 01",
		"05 01 00 05 01 00 02",
	};
	for (size_t i = 0; i < COUNT(streams); i++) {
		struct mkbuf b = { 0 };
		size_t len;
		mkbuf_hex(&b, streams[i]);
		assert_int_equal(socks_client(mkbuf_bytes(&b), &len), PARSE_BAD);
	}
	uint8_t endless[400] = { 4, 1, 0, 80, 192, 0, 2, 7 }; /* a user without end */
	size_t len;
	memset(endless + 8, 'u', sizeof(endless) - 8);
	assert_int_equal(socks_client((struct bytes){ endless, sizeof(endless) }, &len), PARSE_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_where_the_tunnel_begins),
		cmocka_unit_test(other_protocols_are_bad),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
