/* The confidence that holds, from the scores' own. */
#include "track/visit_parts.h"

#include "track/calibrate_table.h"

/* Between the knots of a table, which lie even from 0 to 1. */
static float between(const float *knots, float raw)
{
	float at = (raw < 0 ? 0 : raw > 1 ? 1 : raw) * (CALIBRATE_KNOTS - 1);
	int i = (int)at < CALIBRATE_KNOTS - 2 ? (int)at : CALIBRATE_KNOTS - 2;

	return knots[i] + (at - (float)i) * (knots[i + 1] - knots[i]);
}

float calibrate(const struct client *c, enum calibrated what, float raw)
{
	if (raw >= 1 || is_broken(c, TERM_CALIBRATION))
		return raw; /* what was read needs no table */
	return between(CALIBRATION[what], raw);
}

float calibrate_part(const struct client *c, float burst, float visit)
{
	return calibrate(c, CALIBRATE_PART, burst * visit);
}
