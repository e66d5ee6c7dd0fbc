#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decrypt/qpack.h"
#include "decrypt/teller_parts.h"
#include "hex.h"
#include "told.h"

static struct told told;

static void set_block(struct qpack_block *b, struct teller *t, struct bytes block)
{
	buf_add(&b->block, teller_budget(t), block, SIZE_MAX / 2);
}

static void expect(struct qpack *q, struct teller *t, const char *block, enum qpack_status want,
		   const char *text)
{
	struct qpack_block b = { 0 };
	struct message m = { 0 };
	set_block(&b, t, hex(block));
	assert_int_equal(qpack_read(q, &b, 4, &m), want);
	assert_string_equal(told_headers(&m), text);
	message_fini(&m, t);
	qpack_block_fini(&b, t);
}

#define INSERT_TWO "3fbd 01 c00f 7777 772e 6578 616d 706c 652e 636f 6d c10c 2f73 616d 706c 652f 7061 7468"
#define INSERT_ONE "4a63 7573 746f 6d2d 6b65 790c 6375 7374 6f6d 2d76 616c 7565"
#define TWO ":authority: www.example.com|:path: /sample/path|"

/* RFC 9204 appendix B, one connection. */
static void examples_of_the_rfc(void **state)
{
	static const struct {
		const char *section, *encoder, *block, *want;
	} cases[] = {
		{ "B.1", NULL, "0000 510b 2f69 6e64 6578 2e68 746d 6c", ":path: /index.html|" },
		{ "B.2", INSERT_TWO, "0381 1011", TWO },
		{ "B.3, B.4", INSERT_ONE " 02", "0500 80c1 81",
		  ":authority: www.example.com|:path: /|custom-key: custom-value|" },
		{ "B.5", "810d 6375 7374 6f6d 2d76 616c 7565 32", "0600 80", "custom-key: custom-value2|" },
	};
	(void)state;
	struct teller *t = told_teller(&told);
	struct qpack *q = qpack_new(t);
	qpack_settings(q, 220);
	for (size_t i = 0; i < COUNT(cases); i++) {
		print_message("%s\n", cases[i].section);
		if (cases[i].encoder)
			assert_true(qpack_encoder_data(q, hex(cases[i].encoder)));
		expect(q, t, cases[i].block, QPACK_READ, cases[i].want);
	}
	qpack_free(q);
	assert_int_equal(teller_budget(t)->used, 0);
	assert_int_equal(teller_counts(t)->bad_qpack, 0);
	teller_free(t);
}

/* The table's entries, the SETTINGS and the block may come in any order. */
static void what_comes_late_is_waited_for(void **state)
{
	static const char orders[][4] = { "seb", "esb", "bse", "sbe", "ebs", "bes" };
	(void)state;
	for (size_t i = 0; i < COUNT(orders); i++) {
		struct teller *t = told_teller(&told);
		struct qpack *q = qpack_new(t);
		struct qpack_block b = { 0 };
		struct message m = { 0 };
		set_block(&b, t, hex("0381 1011"));
		enum qpack_status status = QPACK_BLOCKED;
		for (const char *step = orders[i]; *step; step++) {
			assert_int_equal(status, QPACK_BLOCKED);
			if (*step == 's')
				qpack_settings(q, 220);
			else if (*step == 'e')
				assert_true(qpack_encoder_data(q, hex(INSERT_TWO)));
			if (strchr(orders[i], 'b') <= step)
				status = qpack_read(q, &b, 4, &m);
		}
		assert_int_equal(status, QPACK_READ);
		assert_string_equal(told_headers(&m), TWO);
		message_fini(&m, t);
		qpack_block_fini(&b, t);
		qpack_free(q);
		assert_int_equal(teller_budget(t)->used, 0);
		teller_free(t);
	}
}

static void lost_entries_are_never_guessed(void **state)
{
	(void)state;
	struct teller *t = told_teller(&told);
	struct qpack *q = qpack_new(t);
	qpack_settings(q, 220);
	assert_true(qpack_encoder_data(q, hex(INSERT_TWO)));
	qpack_lose(q);
	assert_false(qpack_encoder_data(q, hex(INSERT_ONE)));
	expect(q, t, "0381 1011", QPACK_BLOCKED, "");
	expect(q, t, "0000 510b 2f69 6e64 6578 2e68 746d 6c", QPACK_READ, ":path: /index.html|");
	qpack_free(q);
	/* a table larger than the limit is not made, and the arithmetic of its indices is not known without
	 */
	q = qpack_new(t);
	qpack_settings(q, teller_limits(t)->table_bytes + 1);
	assert_false(qpack_encoder_data(q, hex(INSERT_TWO)));
	expect(q, t, "0381 1011", QPACK_BLOCKED, "");
	qpack_free(q);
	assert_int_equal(teller_budget(t)->used, 0);
	teller_free(t);
}

static void broken_bytes_are_refused(void **state)
{
	static const char *const blocks[] = {
		"",
		"0000 ff ffff ffff ffff ffff ffff", /* an index without end */
		"0000 ff24",                        /* beyond the static table */
		"0000 510b 2f69",                   /* a value that is cut */
		"0000 80", /* the dynamic table in a block that says it does not use it */
	};
	(void)state;
	struct teller *t = told_teller(&told);
	struct qpack *q = qpack_new(t);
	qpack_settings(q, 220);
	for (size_t i = 0; i < COUNT(blocks); i++)
		expect(q, t, blocks[i], QPACK_BAD, "");
	assert_false(qpack_encoder_data(q, hex("ff ffff ffff ffff ffff ffff ff")));
	assert_true(teller_counts(t)->bad_qpack > 0);
	expect(q, t, "0381 1011", QPACK_BLOCKED, "");
	qpack_free(q);
	teller_free(t);
}

static void cut_blocks_end_in_bounds(void **state)
{
	(void)state;
	struct teller *t = told_teller(&told);
	struct bytes whole = hex("0500 80c1 81 510b 2f69 6e64 6578 2e68 746d 6c");
	struct bytes table = hex(INSERT_TWO INSERT_ONE "02");
	for (size_t n = 0; n <= whole.len; n++) {
		uint8_t *exact = malloc(n + 1);
		memcpy(exact + 1, whole.at, n);
		struct qpack *q = qpack_new(t);
		struct qpack_block b = { 0 };
		struct message m = { 0 };
		qpack_settings(q, 220);
		for (size_t i = 0; i < table.len; i++) /* byte by byte */
			assert_true(qpack_encoder_data(q, (struct bytes){ table.at + i, 1 }));
		set_block(&b, t, (struct bytes){ exact + 1, n });
		enum qpack_status status = qpack_read(q, &b, 4, &m);
		assert_true(status != QPACK_BLOCKED && message_fields(&m) <= 4);
		assert_true(n < whole.len || (status == QPACK_READ && message_fields(&m) == 4));
		message_fini(&m, t);
		qpack_block_fini(&b, t);
		qpack_free(q);
		free(exact);
	}
	assert_int_equal(teller_budget(t)->used, 0);
	teller_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_of_the_rfc),
		cmocka_unit_test(what_comes_late_is_waited_for),
		cmocka_unit_test(lost_entries_are_never_guessed),
		cmocka_unit_test(broken_bytes_are_refused),
		cmocka_unit_test(cut_blocks_end_in_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
