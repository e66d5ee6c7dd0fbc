#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "track/order.h"
#include "track/stream.h"

/* ---- first bytes ---- */

struct piece {
	uint32_t seq;
	const char *text;
};

static const struct {
	const char *what;
	bool has_begin;
	struct piece pieces[6];
	const char *head;
	bool has_hole;
} cases[] = {
	{ "in order", true, { { 100, "abc" }, { 103, "def" } }, "abcdef", false },
	{ "swapped", true, { { 103, "def" }, { 100, "abc" } }, "abcdef", false },
	{ "swapped, beginning not known", false, { { 103, "def" }, { 100, "abc" } }, "abcdef", false },
	{ "a hole", true, { { 100, "abc" }, { 106, "ghi" } }, "abc", true },
	{ "a hole at the beginning", true, { { 103, "def" } }, "", true },
	{ "the hole is filled",
	  true,
	  { { 100, "abc" }, { 106, "ghi" }, { 103, "def" } },
	  "abcdefghi",
	  false },
	{ "sent again", true, { { 100, "abc" }, { 100, "abc" }, { 103, "d" } }, "abcd", false },
	{ "what came first stays", true, { { 102, "c" }, { 100, "XYZW" } }, "XYcW", false },
	{ "over two holes", true, { { 101, "b" }, { 103, "d" }, { 100, "01234" } }, "0b2d4", false },
	{ "inside of what is there", true, { { 100, "abcdef" }, { 102, "XX" } }, "abcdef", false },
	{ "a keep-alive before the beginning", true, { { 99, "?" }, { 100, "abc" } }, "abc", false },
	{ "overlaps the beginning", true, { { 98, "??abc" } }, "abc", false },
	{ "around zero", true, { { 100, "" } }, "", false },
};

static void puts_pieces_together(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (uint32_t shift = 0; shift < 2; shift++) { /* also where sequence numbers wrap */
			uint32_t base = shift ? UINT32_MAX - 101 : 0;
			struct stream s = { 0 };
			if (cases[i].has_begin)
				stream_begin(&s, 100 + base);
			for (size_t k = 0; k < 6 && cases[i].pieces[k].text; k++) {
				const char *text = cases[i].pieces[k].text;
				stream_add(&s, cases[i].pieces[k].seq + base,
					   (struct bytes){ (const uint8_t *)text, strlen(text) });
			}
			struct bytes head = stream_head(&s);
			if (head.len != strlen(cases[i].head) ||
			    (head.len && memcmp(head.at, cases[i].head, head.len) != 0) ||
			    stream_has_hole(&s) != cases[i].has_hole)
				fail_msg("%s: '%.*s'", cases[i].what, (int)head.len, (const char *)head.at);
			stream_fini(&s);
		}
}

static void is_bounded(void **state)
{
	(void)state;
	static uint8_t data[2000];
	struct stream s = { 0 };
	stream_begin(&s, 0);
	assert_false(stream_add(&s, STREAM_MAX - 100, (struct bytes){ data, 200 }));
	assert_true(stream_add(&s, STREAM_MAX - 200, (struct bytes){ data, 200 }));
	for (uint32_t i = 0; i < 14; i++)
		assert_true(stream_add(&s, 10 + i * 20, (struct bytes){ data, 10 }));
	assert_true(stream_add(&s, 1000, (struct bytes){ data, 10 }));
	assert_false(stream_add(&s, 2000, (struct bytes){ data, 10 }));
	assert_true(s.capacity <= STREAM_MAX);
	stream_fini(&s);
}

static void takes_off_the_beginning(void **state)
{
	(void)state;
	struct stream s = { 0 };
	stream_begin(&s, 10);
	stream_add(&s, 10, (struct bytes){ (const uint8_t *)"abcdef", 6 });
	stream_add(&s, 18, (struct bytes){ (const uint8_t *)"ij", 2 });
	stream_skip(&s, 4);
	assert_int_equal(stream_head(&s).len, 2);
	assert_memory_equal(stream_head(&s).at, "ef", 2);
	stream_skip(&s, 100);
	assert_int_equal(stream_head(&s).len, 0);
	assert_true(stream_has_hole(&s));
	stream_add(&s, 16, (struct bytes){ (const uint8_t *)"gh", 2 });
	assert_memory_equal(stream_head(&s).at, "ghij", 4);
	stream_fini(&s);
}

static void begins_at_most_so_far_back(void **state)
{
	(void)state;
	struct stream s = { 0 };
	assert_true(stream_add(&s, 0, (struct bytes){ (const uint8_t *)"ef", 2 }));
	assert_false(stream_add(&s, 1U << 31, (struct bytes){ (const uint8_t *)"x", 1 }));
	assert_false(stream_add(&s, 1U - STREAM_MAX, (struct bytes){ (const uint8_t *)"x", 1 }));
	assert_true(stream_add(&s, (uint32_t)-4, (struct bytes){ (const uint8_t *)"abcd", 4 }));
	assert_int_equal(stream_head(&s).len, 6);
	assert_memory_equal(stream_head(&s).at, "abcdef", 6);
	stream_fini(&s);
}

/* A random cut of a text, in random order with repeats, gives the text. */
static void any_order_gives_the_text(void **state)
{
	(void)state;
	static uint8_t text[3000];
	srand(4);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)rand();
	for (int round = 0; round < 300; round++) {
		struct stream s = { 0 };
		stream_begin(&s, 77);
		uint32_t covered = 0;
		for (int tries = 0; tries < 4000 && covered < sizeof(text); tries++) {
			uint32_t from = (uint32_t)rand() % (uint32_t)sizeof(text);
			uint32_t len = 1 + (uint32_t)rand() % 700;
			if (tries % 10 == 0) /* else more holes than are kept */
				from = covered;
			if (from + len > sizeof(text))
				len = (uint32_t)sizeof(text) - from;
			stream_add(&s, 77 + from, (struct bytes){ text + from, len });
			covered = (uint32_t)stream_head(&s).len;
			assert_true(covered == 0 || memcmp(stream_head(&s).at, text, covered) == 0);
		}
		assert_int_equal(covered, sizeof(text));
		stream_fini(&s);
	}
}

/* ---- in order, with gaps ---- */

struct told {
	char text[512];
	size_t n;
};

static void tell_data(void *ctx, enum way w, struct bytes data, struct when at)
{
	struct told *t = ctx;
	(void)w, (void)at;
	memcpy(t->text + t->n, data.at, data.len);
	t->n += data.len;
}

static void tell_gap(void *ctx, enum way w, uint64_t lost, struct when at)
{
	struct told *t = ctx;
	(void)w, (void)at;
	t->n += (size_t)snprintf(t->text + t->n, sizeof(t->text) - t->n, "<%d>", (int)lost);
}

static const struct {
	const char *what;
	struct {
		uint32_t seq;
		const char *text; /* NULL: an acknowledgement of seq */
		uint32_t cut;
	} steps[6];
	const char *before, *after; /* the flush at the end */
} orders[] = {
	{ "in order", { { 10, "ab", 0 }, { 12, "cd", 0 } }, "abcd", "abcd" },
	{ "swapped", { { 12, "cd", 0 }, { 10, "ab", 0 } }, "abcd", "abcd" },
	{ "a hole waits", { { 10, "ab", 0 }, { 14, "ef", 0 } }, "ab", "ab<2>ef" },
	{ "acknowledged, so it was there",
	  { { 10, "ab", 0 }, { 14, "ef", 0 }, { 16, NULL, 0 } },
	  "ab<2>ef",
	  "ab<2>ef" },
	{ "acknowledged before",
	  { { 10, "ab", 0 }, { 16, NULL, 0 }, { 14, "ef", 0 } },
	  "ab<2>ef",
	  "ab<2>ef" },
	{ "acknowledged up to the hole",
	  { { 10, "ab", 0 }, { 14, "ef", 0 }, { 12, NULL, 0 } },
	  "ab",
	  "ab<2>ef" },
	{ "sent again, longer", { { 10, "ab", 0 }, { 10, "abcd", 0 } }, "abcd", "abcd" },
	{ "sent again after a hole",
	  { { 14, "ef", 0 }, { 10, "ab", 0 }, { 12, "cdef", 0 } },
	  "abcdef",
	  "abcdef" },
	{ "cut by the snap length", { { 10, "ab", 3 }, { 15, "f", 0 } }, "ab<3>f", "ab<3>f" },
	{ "cut, out of order", { { 15, "f", 0 }, { 10, "ab", 3 } }, "ab<3>f", "ab<3>f" },
	{ "two holes", { { 12, "c", 0 }, { 14, "e", 0 }, { 15, NULL, 0 } }, "<2>c<1>e", "<2>c<1>e" },
	{ "two holes, one acknowledged",
	  { { 12, "c", 0 }, { 14, "e", 0 }, { 13, NULL, 0 } },
	  "<2>c",
	  "<2>c<1>e" },
};

static void orders_and_gaps(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(orders); i++) {
		struct told told = { { 0 }, 0 };
		struct order o = { 0 };
		const struct order_sink sink = { tell_data, tell_gap, &told };
		struct when at = { 0 };
		order_begin(&o, 10);
		for (size_t k = 0; k < 6 && orders[i].steps[k].seq; k++) {
			const char *text = orders[i].steps[k].text;
			if (text)
				order_add(&o, WAY_UP, orders[i].steps[k].seq,
					  (struct bytes){ (const uint8_t *)text, strlen(text) },
					  orders[i].steps[k].cut, at, &sink);
			else
				order_ack(&o, WAY_UP, orders[i].steps[k].seq, false, at, &sink);
		}
		if (strcmp(told.text, orders[i].before) != 0)
			fail_msg("%s: '%s'", orders[i].what, told.text);
		order_flush(&o, WAY_UP, at, &sink);
		if (strcmp(told.text, orders[i].after) != 0)
			fail_msg("%s, at the end: '%s'", orders[i].what, told.text);
		order_fini(&o);
	}
}

static void count_data(void *ctx, enum way w, struct bytes data, struct when at)
{
	(void)w, (void)at;
	*(uint64_t *)ctx += data.len;
}

static void count_gap(void *ctx, enum way w, uint64_t lost, struct when at)
{
	(void)w, (void)at;
	*(uint64_t *)ctx += lost;
}

/* A hole that is never filled does not make the buffer grow. */
static void waiting_is_bounded(void **state)
{
	(void)state;
	static const uint8_t data[1000];
	uint64_t told = 0;
	struct order o = { 0 };
	const struct order_sink sink = { count_data, count_gap, &told };
	struct when at = { 0 };
	order_begin(&o, 0);
	uint32_t seq = 0;
	for (int i = 0; i < 5000; i++) {
		seq += 1000 + 10 * (uint32_t)(i % 50 == 0);
		order_add(&o, WAY_UP, seq, (struct bytes){ data, sizeof(data) }, 0, at, &sink);
		assert_true(o.n_bytes <= ORDER_WAITING_MAX && o.n_pieces <= ORDER_PIECES_MAX);
	}
	order_flush(&o, WAY_UP, at, &sink);
	assert_int_equal(told, seq + 1000);
	assert_int_equal(o.n_gaps, 100);
	order_fini(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_pieces_together),       cmocka_unit_test(is_bounded),
		cmocka_unit_test(begins_at_most_so_far_back), cmocka_unit_test(takes_off_the_beginning),
		cmocka_unit_test(any_order_gives_the_text),   cmocka_unit_test(orders_and_gaps),
		cmocka_unit_test(waiting_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
