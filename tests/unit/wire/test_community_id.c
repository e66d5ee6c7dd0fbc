#include "check.h"

#include <netinet/in.h>

#include "wire/community_id.h"

/* Of the specification's baseline, seed 0. */
static void agrees_with_the_specification(void **state)
{
	(void)state;
	static const struct {
		const char *a, *b;
		uint16_t a_port, b_port;
		uint8_t proto;
		const char *id;
	} rows[] = {
		{ "128.232.110.120", "66.35.250.204", 34855, 80, IPPROTO_TCP,
		  "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
		{ "66.35.250.204", "128.232.110.120", 80, 34855, IPPROTO_TCP,
		  "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
		{ "192.168.1.52", "8.8.8.8", 54585, 53, IPPROTO_UDP, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=" },
		{ "8.8.8.8", "192.168.1.52", 53, 54585, IPPROTO_UDP, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=" },
		{ "192.168.0.89", "192.168.0.1", 8, 0, IPPROTO_ICMP, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=" },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct addr a, b;
		char text[COMMUNITY_ID_MAX];
		assert_true(addr_parse(rows[i].a, &a) && addr_parse(rows[i].b, &b));
		community_id(&a, &b, rows[i].a_port, rows[i].b_port, rows[i].proto, text);
		assert_string_equal(text, rows[i].id);
	}
}

static void ends_with_one_address_are_put_in_order_by_port(void **state)
{
	(void)state;
	struct addr a;
	char x[COMMUNITY_ID_MAX], y[COMMUNITY_ID_MAX];
	assert_true(addr_parse("2001:db8::1", &a));
	community_id(&a, &a, 1, 2, IPPROTO_TCP, x);
	community_id(&a, &a, 2, 1, IPPROTO_TCP, y);
	assert_string_equal(x, y);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_specification),
		cmocka_unit_test(ends_with_one_address_are_put_in_order_by_port),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
