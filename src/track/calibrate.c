/* The confidence that holds, from the scores' own. */
#include <math.h>

#include "track/visit_parts.h"

#include "track/calibrate_table.h"

/* Between the knots of a table, which lie even in log odds: that tells 0.99 from 0.9999. */
static float between(const float *knots, float raw)
{
	float odds = logf(fmaxf(1e-6f, raw) / fmaxf(1e-6f, 1 - raw));
	float at = fmaxf(0, fminf(CALIBRATE_KNOTS - 1, odds - CALIBRATE_FIRST));
	int i = (int)at < CALIBRATE_KNOTS - 2 ? (int)at : CALIBRATE_KNOTS - 2;

	return knots[i] + (at - (float)i) * (knots[i + 1] - knots[i]);
}

float calibrate(const struct client *c, enum calibrated what, float raw)
{
	if (is_broken(c, TERM_CALIBRATION))
		return raw;
	return between(CALIBRATION[c->is_shared ? 2 : c->has_tabs][what], raw);
}

float calibrate_part(const struct client *c, float burst, float visit)
{
	return burst * visit >= 1 ? 1 : calibrate(c, CALIBRATE_PART, burst * visit);
}
