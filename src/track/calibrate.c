/* The confidence that holds, from the scores' own. */
#include <math.h>

#include "track/claim_parts.h"

#include "track/calibrate_table.h"

/* A third party is called sure (0.9) from such scores on as were nearly never wrong in any recording: to
 * accuse falsely is worse than to doubt. */
#define UNSURE 0.89f

/* Only what was read is certain. */
#define INFERRED_MOST 0.999f

float log_odds(float p)
{
	return logf(fmaxf(1e-6f, p) / fmaxf(1e-6f, 1 - p));
}

/* Between the knots of a table, which lie even in log odds: that tells 0.99 from 0.9999. */
static float between(const float *knots, float odds)
{
	float at = fmaxf(0, fminf(CALIBRATE_KNOTS - 1, (odds - CALIBRATE_FIRST) / CALIBRATE_STEP));
	int i = (int)at < CALIBRATE_KNOTS - 2 ? (int)at : CALIBRATE_KNOTS - 2;

	return knots[i] + (at - (float)i) * (knots[i + 1] - knots[i]);
}

float calibrate(const struct client *c, enum calibrated what, float raw)
{
	unsigned group = claim_group(c);
	float conf;

	if (is_broken(c, TERM_CALIBRATION) || raw >= 1)
		return raw;
	conf = fminf(INFERRED_MOST, between(CALIBRATION[group][what], log_odds(raw)));
	if (what != CALIBRATE_PART)
		return conf;
	return log_odds(raw) < SURE_FROM[group] ? fminf(conf, UNSURE) : fmaxf(conf, 0.9f);
}
