/* Datagrams that wait for the rest of a hello. */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "track/early.h"

static char text[400];
static size_t n_text;

static void on_datagram(void *ctx, enum way way, struct bytes d, struct when at)
{
	(void)ctx;
	n_text +=
	    (size_t)snprintf(text + n_text, sizeof(text) - n_text, "%s%.*s@%u ", way == WAY_UP ? ">" : "<",
			     (int)d.len, (const char *)d.at, (unsigned)at.frame);
}

static const char *taken(struct early *e, uint64_t flow)
{
	const struct early_sink sink = { .datagram = on_datagram };
	n_text = 0;
	text[0] = '\0';
	early_take(e, flow, &sink);
	return text;
}

static bool add(struct early *e, uint64_t flow, enum way way, const char *what, uint64_t frame)
{
	return early_add(e, flow, way, (struct bytes){ (const uint8_t *)what, strlen(what) },
			 (struct when){ (int64_t)frame, frame });
}

static void they_come_back_in_order(void **state)
{
	(void)state;
	struct early *e = early_new(4, (struct hash_key){ 1, 2 });
	assert_string_equal(taken(e, 1), "");
	assert_true(add(e, 1, WAY_UP, "a", 1) && add(e, 2, WAY_UP, "x", 2) && add(e, 1, WAY_DOWN, "b", 3) &&
		    add(e, 1, WAY_UP, "", 4));
	assert_string_equal(taken(e, 1), ">a@1 <b@3 >@4 ");
	assert_string_equal(taken(e, 1), "");
	early_drop(e, 2);
	assert_string_equal(taken(e, 2), "");
	assert_true(add(e, 3, WAY_UP, "left", 5)); /* freed with the table */
	early_free(e);
	early_free(NULL);
}

static void there_are_limits(void **state)
{
	(void)state;
	struct early *e = early_new(2, (struct hash_key){ 1, 2 });
	for (uint64_t i = 0; i < EARLY_DATAGRAMS; i++)
		assert_true(add(e, 1, WAY_UP, "a", i));
	assert_false(add(e, 1, WAY_UP, "a", 99));
	static const uint8_t large[EARLY_BYTES];
	assert_true(early_add(e, 2, WAY_UP, (struct bytes){ large, sizeof(large) - 1 }, (struct when){ 0 }));
	assert_false(early_add(e, 2, WAY_UP, (struct bytes){ large, 2 }, (struct when){ 0 }));
	early_drop(e, 2);
	assert_true(add(e, 2, WAY_UP, "b", 1));
	assert_int_equal(early_evicted(e), 0);
	assert_true(add(e, 3, WAY_UP, "c", 1));
	assert_int_equal(early_evicted(e), 1);
	assert_string_equal(taken(e, 1), "");
	assert_string_equal(taken(e, 2), ">b@1 ");
	assert_string_equal(taken(e, 3), ">c@1 ");
	early_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_come_back_in_order),
		cmocka_unit_test(there_are_limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
