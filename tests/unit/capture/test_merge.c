#include "check.h"

#include <stdlib.h>

#include "capture/merge.h"

enum { INPUTS = 12, STEPS = 20000 };

/* The obvious way: look at every input. returns: INPUTS if none is left. */
static size_t first_of(const int64_t *ts_ns, const bool *is_there)
{
	size_t best = INPUTS;
	for (size_t i = 0; i < INPUTS; i++)
		if (is_there[i] && (best == INPUTS || ts_ns[i] < ts_ns[best]))
			best = i;
	return best;
}

static void behaves_like_the_obvious_way(void **state)
{
	(void)state;
	struct merge m;
	int64_t ts_ns[INPUTS];
	bool is_there[INPUTS];
	assert_true(merge_init(&m, INPUTS));
	srand(1);
	for (size_t i = 0; i < INPUTS; i++) {
		ts_ns[i] = rand() % 20;
		is_there[i] = true;
		merge_add(&m, (uint16_t)i, ts_ns[i]);
	}
	for (size_t step = 0; step < STEPS; step++) {
		size_t want = first_of(ts_ns, is_there);
		if (want == INPUTS)
			break;
		assert_int_equal(m.entries[0].input, want);
		assert_int_equal(m.entries[0].ts_ns, ts_ns[want]);
		if (rand() % 1000 == 0) {
			is_there[want] = false;
			merge_end(&m);
		} else {
			ts_ns[want] += rand() % 8 - 2; /* time may step back */
			merge_move(&m, ts_ns[want]);
		}
	}
	assert_int_equal(m.n, 0);
	merge_fini(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(behaves_like_the_obvious_way) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
