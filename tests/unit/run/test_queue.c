#include "check.h"

#include <pthread.h>
#include <stdlib.h>

#include "run/outbox.h"
#include "run/queue.h"

static void items_come_in_order(void **state)
{
	(void)state;
	int items[4];
	struct queue *q = queue_new(3);
	for (int i = 0; i < 3; i++)
		queue_put(q, &items[i]);
	assert_ptr_equal(queue_get(q), &items[0]);
	queue_put(q, &items[3]);
	queue_close(q);
	for (int i = 1; i < 4; i++)
		assert_ptr_equal(queue_get(q), &items[i]);
	assert_null(queue_get(q));
	queue_free(q);
}

enum { MANY = 20000 };

static void *feed(void *arg)
{
	static int items[MANY];
	for (int i = 0; i < MANY; i++) {
		items[i] = i;
		queue_put(arg, &items[i]);
	}
	queue_close(arg);
	return NULL;
}

static void nothing_is_lost_between_two_threads(void **state)
{
	(void)state;
	struct queue *q = queue_new(7);
	pthread_t feeder;
	int expected = 0;
	assert_int_equal(pthread_create(&feeder, NULL, feed, q), 0);
	for (const int *item; (item = queue_get(q)); expected++)
		assert_int_equal(*item, expected);
	assert_int_equal(expected, MANY);
	pthread_join(feeder, NULL);
	queue_free(q);
}

static void note(void *ctx, const struct record *r)
{
	uint64_t **at = ctx;
	*(*at)++ = r->id;
}

/* However records came into the outboxes, they leave by time, then id, then type. */
static void records_leave_in_order(void **state)
{
	(void)state;
	static const struct {
		int64_t at_ns;
		uint64_t id;
		enum ol_record_type type;
	} rows[] = { { 30, 5, OL_VISIT }, { 10, 9, OL_FLOW },  { 10, 9, OL_VISIT },
		     { 10, 2, OL_FLOW },  { 20, 1, OL_VISIT }, { 5, 77, OL_FLOW } };
	static const uint64_t expected[] = { 77, 2, 9, 9, 1, 5 };
	uint64_t seen[COUNT(rows)], *at = seen;
	struct outbox a = { 0 }, b = { 0 };
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct record *r = calloc(1, sizeof(*r));
		assert_non_null(r);
		r->at_ns = rows[i].at_ns;
		r->id = rows[i].id;
		r->view.type = rows[i].type;
		outbox_add(i % 2 ? &a : &b, r);
	}
	outbox_move(&a, &b);
	assert_int_equal(a.n, COUNT(rows));
	assert_int_equal(b.n, 0);
	outbox_write(&a, note, &at);
	assert_int_equal(at - seen, COUNT(rows));
	assert_memory_equal(seen, expected, sizeof(expected));
	assert_int_equal(a.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_come_in_order),
		cmocka_unit_test(nothing_is_lost_between_two_threads),
		cmocka_unit_test(records_leave_in_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
