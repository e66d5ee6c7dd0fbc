/* Weights of the signs of a claim (enum claim_sign): that a burst belongs to its visit, and that a visit has
 * a third party. Fitted by tests/score/refit; HACKING.md says on what. */
#ifndef TRACK_CLAIM_TABLE_H
#define TRACK_CLAIM_TABLE_H

static const float CLAIM_BURST_WEIGHTS[CLAIM_SIGNS] = { 5.664f,  0.267f,  0.319f,  0.017f,  0.274f,  0.160f,
							-0.588f, -0.435f, -1.869f, -0.471f, 0.221f,  -0.532f,
							-1.481f, -0.707f, -0.760f, -1.054f, -0.869f, -0.435f,
							-0.502f, -0.610f, 0.025f,  0.011f,  5.913f };
static const float CLAIM_PART_WEIGHTS[CLAIM_SIGNS] = { 3.104f,  0.342f,  0.350f,  0.083f,  0.270f,  0.424f,
						       -0.183f, -0.193f, 1.424f,  0.552f,  0.800f,  -0.740f,
						       -0.747f, -1.124f, -0.681f, -0.812f, -0.412f, -0.187f,
						       -1.074f, -0.269f, 0.131f,  -0.425f, 3.588f };

#endif
