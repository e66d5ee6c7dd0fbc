#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "decrypt/quic_parts.h"

enum { LEN = 400, ROUNDS = 300 };

struct got {
	uint8_t at[LEN];
	size_t len;
};

static void take(void *ctx, struct bytes data, struct when at)
{
	struct got *g = ctx;
	(void)at;
	assert_true(g->len + data.len <= LEN);
	memcpy(g->at + g->len, data.at, data.len);
	g->len += data.len;
}

/* Frames in any order, overlapping and repeated, give the stream once and in order. */
static void any_order_gives_the_stream(void **state)
{
	(void)state;
	uint8_t stream[LEN];
	for (size_t i = 0; i < LEN; i++)
		stream[i] = (uint8_t)(i * 7 + i / 256);
	srand(1);
	for (int round = 0; round < ROUNDS; round++) {
		struct got got = { .len = 0 };
		struct assembly a = { 0 };
		struct assembled to = { take, &got };
		size_t total = 0;
		while (got.len < LEN) {
			uint64_t at = (uint64_t)(rand() % LEN);
			size_t len = 1 + (size_t)rand() % 40;
			if (at + len > LEN)
				len = (size_t)(LEN - at);
			assert_true(assembly_add(&a, at, (struct bytes){ stream + at, len },
						 (struct when){ 0 }, &total, 1 << 20, &to));
			assert_memory_equal(got.at, stream, got.len);
			assert_int_equal(a.next, got.len);
		}
		assert_int_equal(total, 0);
		assert_null(a.pieces);
		assembly_fini(&a, &total);
	}
}

static void limits_are_kept(void **state)
{
	(void)state;
	uint8_t data[100] = { 0 };
	struct got got = { .len = 0 };
	struct assembly a = { 0 };
	struct assembled to = { take, &got };
	size_t total = 0, n = 0;
	while (assembly_add(&a, 10 + 200 * n, (struct bytes){ data, sizeof(data) }, (struct when){ 0 },
			    &total, 1000, &to))
		n++;
	assert_int_equal(n, 10);
	assert_int_equal(total, 1000);
	assert_true(assembly_add(&a, UINT64_MAX - 5, (struct bytes){ data, 100 }, (struct when){ 0 }, &total,
				 1000, &to));
	assert_int_equal(total, 1000);
	assert_int_equal(assembly_skip(&a), 10);
	assembly_drain(&a, &total, &to);
	assert_int_equal(got.len, 100);
	assert_int_equal(total, 900);
	assembly_fini(&a, &total);
	assert_int_equal(total, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(any_order_gives_the_stream),
					    cmocka_unit_test(limits_are_kept) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
