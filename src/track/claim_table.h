/* Weights of the signs of a claim (enum claim_sign): that a burst belongs to its visit, and that a visit has
 * a third party. Fitted by tests/score/refit; HACKING.md says on what. */
#ifndef TRACK_CLAIM_TABLE_H
#define TRACK_CLAIM_TABLE_H

static const float CLAIM_BURST_WEIGHTS[CLAIM_SIGNS] = { 3.091f,  0.174f,  0.217f,  0.158f,  -0.025f,
							-0.164f, -0.097f, -0.028f, -2.225f, -0.115f,
							0.427f,  -0.343f, -2.267f, -0.138f, -0.161f,
							-0.675f, -0.884f, 0.046f,  1.341f };
static const float CLAIM_PART_WEIGHTS[CLAIM_SIGNS] = { 0.877f,  0.322f,  0.256f,  0.219f, -0.052f,
						       0.034f,  -0.134f, -0.010f, 2.346f, 0.699f,
						       1.374f,  -1.510f, -1.560f, 0.245f, 0.206f,
						       -0.254f, -0.629f, -0.237f, 1.258f };

#endif
