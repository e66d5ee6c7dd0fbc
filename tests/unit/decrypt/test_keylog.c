#include "check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decrypt/secrets.h"

#define R1 "1111111111111111111111111111111111111111111111111111111111111111"
#define R2 "2222222222222222222222222222222222222222222222222222222222222222"
#define S32 "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define S48 S32 "00112233445566778899aabbccddeeff"

static const uint8_t *random_of(uint8_t fill)
{
	static uint8_t random[2][RANDOM_LEN];
	static int turn;
	turn ^= 1;
	memset(random[turn], fill, RANDOM_LEN);
	return random[turn];
}

static void add(struct keylog *k, const char *text)
{
	keylog_add(k, (struct bytes){ (const uint8_t *)text, strlen(text) });
}

static void lines_are_read(void **state)
{
	static const struct {
		const char *text;
		size_t entries;
		unsigned bad;
	} cases[] = {
		{ "", 0, 0 },
		{ "# a comment\n\n", 0, 0 },
		{ "CLIENT_RANDOM " R1 " " S48 "\n", 1, 0 },
		{ "CLIENT_RANDOM " R1 " " S48 "\r\n", 1, 0 },
		{ "CLIENT_RANDOM " R1 " " S48, 1, 0 },
		{ "CLIENT_RANDOM " R1 " " S32 "\n", 0, 1 }, /* a master secret has 48 bytes */
		{ "CLIENT_TRAFFIC_SECRET_0 " R1 " " S32 "\n", 1, 0 },
		{ "CLIENT_TRAFFIC_SECRET_0 " R1 " " S32 "\\\n", 1, 0 },
		{ "QUIC_SERVER_TRAFFIC_SECRET_0 " R1 " " S48 "\n", 1, 0 },
		{ "CLIENT_TRAFFIC_SECRET_0 " R1 " 0011\n", 0, 1 },
		{ "CLIENT_TRAFFIC_SECRET_0 1111 " S32 "\n", 0, 1 },
		{ "CLIENT_TRAFFIC_SECRET_0 " R1 " x" S32 "\n", 0, 1 },
		{ "EXPORTER_SECRET " R1 " " S32 "\n", 0, 0 }, /* of no use here */
		{ "SOMETHING " R1 " " S32 "\n", 0, 1 },
		{ "no key log at all\nreally\n", 0, 2 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct keylog *k = keylog_new(10);
		add(k, cases[i].text);
		assert_int_equal(keylog_count(k), cases[i].entries);
		assert_int_equal(keylog_bad_lines(k), cases[i].bad);
		keylog_free(k);
	}
}

static void secrets_are_found(void **state)
{
	(void)state;
	struct keylog *k = keylog_new(10);
	struct secrets s;
	uint64_t place;
	uint64_t before = keylog_generation(k);
	add(k, "CLIENT_HANDSHAKE_TRAFFIC_SECRET " R1 " " S32 "\nSERVER_TRAFFIC_SECRET_0 " R1 " " S48 "\n");
	assert_true(keylog_generation(k) != before);
	before = keylog_generation(k);
	add(k, "SERVER_TRAFFIC_SECRET_0 " R1 " " S48 "\n"); /* the same again */
	assert_int_equal(keylog_generation(k), before);
	assert_true(keylog_find(k, random_of(0x11), &s, &place));
	assert_int_equal(s.len[SECRET_CLIENT_HANDSHAKE], 32);
	assert_int_equal(s.at[SECRET_CLIENT_HANDSHAKE][31], 0xff);
	assert_int_equal(s.len[SECRET_SERVER_TRAFFIC], 48);
	assert_int_equal(s.len[SECRET_MASTER], 0);
	assert_false(keylog_find(k, random_of(0x22), &s, &place));
	keylog_free(k);
}

static void add_numbered(struct keylog *k, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		char line[256];
		snprintf(line, sizeof(line), "CLIENT_RANDOM %064u " S48 "\n", i);
		add(k, line);
	}
}

/* The numbers of the entries in the order in which they would be tried. */
static const char *tried(struct keylog *k, uint64_t place)
{
	static char text[200];
	struct secrets s;
	uint8_t random[RANDOM_LEN];
	int n = 0;
	text[0] = '\0';
	for (size_t i = 0; keylog_near(k, place, i, &s, random); i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%x ", random[RANDOM_LEN - 1]);
	return text;
}

static void entries_near_a_place_come_first(void **state)
{
	(void)state;
	struct keylog *k = keylog_new(6);
	struct secrets s;
	uint64_t place;
	assert_string_equal(tried(k, KEYLOG_NOWHERE), "");
	add_numbered(k, 0, 5);
	assert_string_equal(tried(k, KEYLOG_NOWHERE), "4 0 3 1 2 ");
	assert_true(keylog_find(k, random_of(0), &s, &place));
	assert_int_equal(place, 0);
	assert_string_equal(tried(k, 0), "1 2 3 4 ");
	assert_string_equal(tried(k, 1), "2 0 3 4 ");
	assert_string_equal(tried(k, 3), "4 2 1 0 ");
	assert_string_equal(tried(k, 4), "3 2 1 0 ");
	add_numbered(k, 5, 9); /* the first three are forgotten */
	assert_string_equal(tried(k, KEYLOG_NOWHERE), "8 3 7 4 6 5 ");
	assert_string_equal(tried(k, 5), "6 4 7 3 8 ");
	assert_string_equal(tried(k, 1), "4 5 6 7 8 "); /* it is gone: from the oldest on */
	uint8_t random[RANDOM_LEN] = { [RANDOM_LEN - 1] = 7 };
	assert_true(keylog_find(k, random, &s, &place));
	assert_int_equal(place, 7);
	/* asking does not change what is tried */
	assert_true(keylog_has(k, random));
	assert_false(keylog_has(k, random_of(0x33)));
	assert_string_equal(tried(k, KEYLOG_NOWHERE), "8 3 7 4 6 5 ");
	keylog_free(k);
}

static void a_full_one_forgets_the_oldest(void **state)
{
	(void)state;
	struct keylog *k = keylog_new(3);
	struct secrets s;
	uint64_t place;
	add_numbered(k, 0, 10);
	assert_int_equal(keylog_count(k), 3);
	for (uint8_t i = 0; i < 10; i++) {
		uint8_t random[RANDOM_LEN] = { 0 };
		random[RANDOM_LEN - 1] = i;
		assert_int_equal(keylog_find(k, random, &s, &place), i >= 7);
	}
	keylog_free(k);
}

static void a_growing_file_is_followed(void **state)
{
	(void)state;
	char path[] = "/tmp/keylog.XXXXXX";
	int fd = mkstemp(path);
	static const char part[] = "CLIENT_RANDOM " R1 " " S48 "\nCLIENT_RANDOM " R2 " " S32;
	static const char rest[] = "00112233445566778899aabbccddeeff\nCLIENT_RANDOM ";
	struct keylog *k = keylog_new(10);
	struct err err;
	assert_int_equal(write(fd, part, strlen(part)), strlen(part));
	assert_true(keylog_open(k, path, &err));
	assert_int_equal(keylog_count(k), 1);
	assert_int_equal(write(fd, rest, strlen(rest)), strlen(rest));
	keylog_poll(k);
	keylog_poll(k);
	assert_int_equal(keylog_count(k), 2);
	assert_int_equal(keylog_bad_lines(k), 0);
	char garbage[2000];
	memset(garbage, 'x', sizeof(garbage));
	garbage[sizeof(garbage) - 1] = '\n';
	assert_int_equal(write(fd, garbage, sizeof(garbage)), sizeof(garbage));
	keylog_poll(k);
	assert_int_equal(keylog_bad_lines(k), 1);
	keylog_free(k);
	close(fd);
	unlink(path);
	k = keylog_new(10);
	assert_false(keylog_open(k, path, &err));
	assert_non_null(strstr(err.text, path));
	keylog_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read),
		cmocka_unit_test(secrets_are_found),
		cmocka_unit_test(entries_near_a_place_come_first),
		cmocka_unit_test(a_full_one_forgets_the_oldest),
		cmocka_unit_test(a_growing_file_is_followed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
