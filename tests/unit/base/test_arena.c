#include "check.h"

#include <stdalign.h>
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"

enum { MANY = 5000, LARGE = 300000 };

static bool is_zero(const unsigned char *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (at[i])
			return false;
	return true;
}

static void what_is_taken_is_zero_and_stays(void **state)
{
	(void)state;
	struct arena a = { 0 };
	const char *first = arena_string(&a, "first", 5);
	for (size_t i = 1; i < MANY; i++) {
		unsigned char *at = arena_take(&a, i % 97);
		assert_int_equal((uintptr_t)at % alignof(max_align_t), 0);
		assert_true(is_zero(at, i % 97));
		memset(at, 0xff, i % 97);
		arena_string(&a, "text", i % 5); /* leaves the next place odd */
	}
	unsigned char *large = arena_array(&a, LARGE, 1);
	assert_true(is_zero(large, LARGE));
	assert_string_equal(first, "first");
	arena_fini(&a);
	assert_null(a.blocks);
}

static void cleared_memory_is_zero_again(void **state)
{
	(void)state;
	struct arena a = { 0 };
	arena_clear(&a);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < MANY; i++) {
			unsigned char *at = arena_take(&a, 24);
			assert_true(is_zero(at, 24));
			memset(at, 0xff, 24);
		}
		arena_clear(&a);
		assert_non_null(a.blocks);
	}
	arena_fini(&a);
}

static void what_is_joined_lives_on(void **state)
{
	(void)state;
	struct arena to = { 0 }, from = { 0 }, none = { 0 };
	arena_join(&to, &none);
	assert_null(to.blocks);
	for (int i = 0; i < 3; i++) {
		arena_expect(&from, 40);
		const char *small = arena_string(&from, "small", 5);
		arena_take(&from, LARGE);
		arena_join(&to, &from);
		assert_null(from.blocks);
		assert_string_equal(small, "small");
		const char *more = arena_string(&to, "more", 4);
		assert_string_equal(more, "more");
	}
	arena_fini(&to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_taken_is_zero_and_stays),
		cmocka_unit_test(cleared_memory_is_zero_again),
		cmocka_unit_test(what_is_joined_lives_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
