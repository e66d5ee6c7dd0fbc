#include "check.h"

#include <pthread.h>

#include "run/rounds.h"

static void a_full_ring_refuses_until_every_shard_has_left_a_round(void **state)
{
	(void)state;
	struct rounds *r = rounds_new(2, 2, 16);
	assert_non_null(r);
	for (size_t i = 0; i < 2; i++) {
		struct round *filled = rounds_begin(r, false);
		assert_non_null(filled);
		filled->n = i + 1;
		rounds_send(r, false);
	}
	assert_null(rounds_begin(r, false));
	for (uint32_t shard = 0; shard < 2; shard++) {
		assert_int_equal(rounds_next(r, shard)->n, 1);
		assert_null(rounds_begin(r, false)); /* it is still inside */
		assert_int_equal(rounds_next(r, shard)->n, 2);
		assert_int_equal(rounds_begin(r, false) != NULL, shard == 1);
	}
	struct round *again = rounds_begin(r, true);
	assert_int_equal(again->n, 0);
	assert_false(again->has_tick);
	rounds_close(r);
	assert_null(rounds_next(r, 0));
	assert_null(rounds_next(r, 1));
	rounds_free(r);
}

enum { SHARDS = 3, MANY = 20000 };

struct taker {
	struct rounds *rounds;
	uint32_t shard;
	_Atomic uint64_t n;
	uint64_t sum;
	bool is_in_order;
};

static void *read_all(void *arg)
{
	struct taker *me = arg;
	const struct round *r;
	me->is_in_order = true;
	while ((r = rounds_next(me->rounds, me->shard))) {
		me->is_in_order &= r->tick_ns == (int64_t)me->n;
		for (size_t i = 0; i < r->n; i++)
			if (r->places[i].shard == me->shard)
				me->sum += r->segments[i].ordinal;
		me->n++;
	}
	return NULL;
}

/* After it no shard is inside a round that was sent. */
static void draining_waits_for_all(void **state)
{
	(void)state;
	struct rounds *r = rounds_new(4, SHARDS, 16);
	struct taker takers[SHARDS];
	pthread_t threads[SHARDS];
	rounds_drain(r); /* nothing was sent */
	for (uint32_t i = 0; i < SHARDS; i++) {
		takers[i] = (struct taker){ .rounds = r, .shard = i };
		assert_int_equal(pthread_create(&threads[i], NULL, read_all, &takers[i]), 0);
	}
	for (uint64_t k = 0; k < 1000; k++) {
		rounds_begin(r, true)->tick_ns = (int64_t)k;
		rounds_send(r, true);
		if (k % 3)
			continue;
		rounds_drain(r);
		for (uint32_t i = 0; i < SHARDS; i++)
			assert_int_equal(takers[i].n, k + 1);
	}
	rounds_close(r);
	for (uint32_t i = 0; i < SHARDS; i++)
		pthread_join(threads[i], NULL);
	rounds_free(r);
}

/* What a shard reads is not filled anew under its hands. */
static void every_shard_is_given_every_round(void **state)
{
	(void)state;
	struct rounds *r = rounds_new(4, SHARDS, 16);
	struct taker takers[SHARDS];
	pthread_t threads[SHARDS];
	uint64_t expected[SHARDS] = { 0 }, ordinal = 0;
	for (uint32_t i = 0; i < SHARDS; i++) {
		takers[i] = (struct taker){ .rounds = r, .shard = i };
		assert_int_equal(pthread_create(&threads[i], NULL, read_all, &takers[i]), 0);
	}
	for (int64_t k = 0; k < MANY; k++) {
		struct round *round = rounds_begin(r, true);
		for (round->n = 0; round->n < (size_t)k % 7; round->n++) {
			uint16_t shard = (uint16_t)((k + (int64_t)round->n) % SHARDS);
			round->places[round->n] = (struct place){ .shard = shard };
			round->segments[round->n].ordinal = ++ordinal;
			expected[shard] += ordinal;
		}
		round->tick_ns = k;
		rounds_send(r, k % 2);
	}
	rounds_close(r);
	for (uint32_t i = 0; i < SHARDS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(takers[i].n, MANY);
		assert_int_equal(takers[i].sum, expected[i]);
		assert_true(takers[i].is_in_order);
	}
	rounds_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_ring_refuses_until_every_shard_has_left_a_round),
		cmocka_unit_test(draining_waits_for_all),
		cmocka_unit_test(every_shard_is_given_every_round),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
