/* What may be spent on trials follows from the packets alone. */
#include "check.h"

#include "decrypt/secrets.h"
#include "decrypt/trials.h"

static const struct addr A = { { 10 } }, B = { { 11 } };

static uint64_t spend_all(struct trials *t, const struct addr *client, struct trial_share *s)
{
	uint64_t n = 0;
	while (trials_take(t, client, s, 1))
		n++;
	return n;
}

static void shares_shrink(void **state)
{
	static const struct {
		uint64_t id, own;
	} cases[] = { { 0, 8192 },   { 1, 8192 },  { 32, 8192 },     { 64, 4096 },
		      { 16384, 16 }, { 16385, 0 }, { UINT64_MAX, 0 } };
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(trials_share(&(struct decrypt_flow){ .id = cases[i].id }).own, cases[i].own);
	uint64_t sum = 0;
	for (uint64_t id = 1; id < 100000; id++) /* each packet begins a flow */
		sum += trials_share(&(struct decrypt_flow){ .id = id }).own;
	assert_true(sum < 2000000);
}

/* However the flows are dealt out, each has the same. */
static void clients_do_not_share(void **state)
{
	(void)state;
	struct trials *t = trials_new();
	struct decrypt_flow late = { .id = 1 << 20, .client = A };
	struct trial_share s = trials_share(&late);
	assert_false(trials_left(t, &A, &s));
	assert_int_equal(trials_place(t, &A), KEYLOG_NOWHERE);
	trials_matched(t, &A, 7);
	assert_true(trials_left(t, &A, &s));
	assert_false(trials_left(t, &B, &s));
	assert_int_equal(trials_place(t, &A), 7);
	assert_int_equal(trials_place(t, &B), KEYLOG_NOWHERE);
	assert_int_equal(spend_all(t, &A, &s), 2048);
	trials_found(t, &A, 9);
	assert_int_equal(trials_place(t, &A), 9);
	assert_int_equal(spend_all(t, &A, &s), 8192);
	for (int i = 0; i < 1000; i++)
		trials_found(t, &A, 9);
	assert_int_equal(spend_all(t, &A, &s), 16384 - 2048 - 8192); /* no more of it for one flow */
	trials_free(t);
}

static void a_flow_spends_its_own_first(void **state)
{
	(void)state;
	struct trials *t = trials_new();
	struct decrypt_flow first = { .id = 1, .client = A };
	struct trial_share s = trials_share(&first);
	trials_matched(t, &A, 0);
	assert_true(trials_take(t, &A, &s, 8190));
	assert_int_equal(s.of_client, 16384);
	assert_true(trials_take(t, &A, &s, 3)); /* more than is left of its own */
	assert_int_equal(s.own, 2);
	assert_int_equal(s.of_client, 16381);
	assert_false(trials_take(t, &A, &s, 2046));
	assert_int_equal(spend_all(t, &A, &s), 2 + 2045);
	trials_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_shrink),
		cmocka_unit_test(clients_do_not_share),
		cmocka_unit_test(a_flow_spends_its_own_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
