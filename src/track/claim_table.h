/* Weights of the signs of a claim (enum claim_sign): that a burst belongs to its visit, and that a visit has
 * a third party. Fitted by tests/score/refit; HACKING.md says on what. */
#ifndef TRACK_CLAIM_TABLE_H
#define TRACK_CLAIM_TABLE_H

static const float CLAIM_BURST_WEIGHTS[CLAIM_SIGNS] = { 4.078f,  0.157f,  0.256f,  0.022f,  0.141f,  -0.206f,
							-0.341f, -0.231f, -2.595f, 0.067f,  0.082f,  -0.473f,
							-1.315f, -0.499f, -0.351f, -1.236f, -0.764f, 0.284f,
							-0.138f, -0.316f, 0.967f,  -0.281f };
static const float CLAIM_PART_WEIGHTS[CLAIM_SIGNS] = { 1.432f,  0.363f,  0.309f, 0.082f,  0.119f,  -0.133f,
						       -0.492f, -0.305f, 1.189f, 0.563f,  0.715f,  -1.816f,
						       -0.257f, -0.079f, 0.339f, -0.126f, -0.564f, -0.840f,
						       -0.022f, -0.453f, 0.481f, -0.148f };

#endif
