#include "check.h"

#include "decrypt/websocket.h"
#include "hex.h"
#include "told.h"

static struct told told;

static const struct {
	const char *name, *frames, *want;
} CASES[] = {
	{ "RFC 6455 5.7: unmasked text", "8105 48656c6c6f", "socket up 1 5\n" },
	{ "masked text", "8185 37fa213d 7f9f4d5158", "socket up 1 5\n" },
	{ "fragments", "0103 48656c 8002 6c6f", "socket up 1 5\n" },
	{ "ping between fragments", "0103 48656c 8900 8002 6c6f", "socket up 1 5\n" },
	{ "empty binary", "8200 8200", "socket up 2 0\nsocket up 2 0\n" },
	{ "close is not told", "8802 03e8", "" },
	{ "length of 16 bits", "827e 0005 0102030405", "socket up 2 5\n" },
	{ "length of 64 bits", "827f 0000000000000005 0102030405", "socket up 2 5\n" },
	{ "a length that cannot be", "827f ffffffffffffffff 8200", "" },
};

static void messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(CASES); i++) {
		struct bytes all = hex(CASES[i].frames);
		for (size_t piece = 1; piece <= all.len; piece++) {
			struct teller *t = told_teller(&told);
			struct websocket s = { 0 };
			struct socket_message about = { .flow = 1, .is_up = true };
			for (size_t at = 0; at < all.len; at += piece) {
				size_t n = piece < all.len - at ? piece : all.len - at;
				websocket_data(&s, t, &about, (struct bytes){ all.at + at, n },
					       (struct when){ 0 });
			}
			assert_string_equal(told.text, CASES[i].want);
			teller_free(t);
		}
	}
}

static void holes(void **state)
{
	(void)state;
	struct teller *t = told_teller(&told);
	struct websocket s = { 0 };
	struct socket_message about = { .flow = 1, .is_up = true };
	websocket_data(&s, t, &about, hex("820a 0102"), (struct when){ 0 });
	websocket_gap(&s, 5); /* inside the payload: where the next frame begins is known */
	websocket_data(&s, t, &about, hex("010203 8101 41"), (struct when){ 0 });
	assert_string_equal(told.text, "socket up 2 10\nsocket up 1 1\n");
	websocket_gap(&s, 100);
	websocket_data(&s, t, &about, hex("8101 41"), (struct when){ 0 });
	assert_string_equal(told.text, "socket up 2 10\nsocket up 1 1\n");
	teller_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(messages), cmocka_unit_test(holes) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
