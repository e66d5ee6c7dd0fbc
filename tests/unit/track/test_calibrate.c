/* Confidence as it is told: for each kind of client, for what was read and for what was not. */
#include <math.h>

#include "check.h"
#include "track/visit_parts.h"

static const struct client CLIENTS[] = {
	{ .has_tabs = false }, { .has_tabs = true }, { .is_shared = true }, { .n_devices = 3 }
};

static const enum calibrated KINDS[] = { CALIBRATE_FLOW, CALIBRATE_BURST, CALIBRATE_VISIT, CALIBRATE_PART };

static void only_what_was_read_is_certain(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(CLIENTS); i++)
		for (size_t k = 0; k < COUNT(KINDS); k++) {
			assert_true(calibrate(&CLIENTS[i], KINDS[k], 1) == 1);
			assert_true(calibrate(&CLIENTS[i], KINDS[k], CERTAIN_MOST) <= 0.999f);
		}
}

static void what_is_likelier_is_never_said_to_be_less_sure(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(CLIENTS); i++)
		for (size_t k = 0; k < COUNT(KINDS); k++) {
			float before = 0;

			for (int step = 0; step <= 1000; step++) {
				float conf =
				    calibrate(&CLIENTS[i], KINDS[k], fminf(CERTAIN_MOST, (float)step / 1000));

				assert_true(conf >= before && conf >= 0 && conf < 1);
				before = conf;
			}
		}
}

static void a_third_party_is_sure_from_a_score_on(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(CLIENTS); i++) {
		assert_true(calibrate(&CLIENTS[i], CALIBRATE_PART, 0.6f) < 0.9f);
		assert_true(calibrate(&CLIENTS[i], CALIBRATE_PART, CERTAIN_MOST) >= 0.9f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_was_read_is_certain),
		cmocka_unit_test(what_is_likelier_is_never_said_to_be_less_sure),
		cmocka_unit_test(a_third_party_is_sure_from_a_score_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
