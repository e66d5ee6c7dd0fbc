/* Weights of the signs of a claim (enum claim_sign): that a burst belongs to its visit, and that a visit has
 * a third party. Fitted by tests/score/refit; HACKING.md says on what. */
#ifndef TRACK_CLAIM_TABLE_H
#define TRACK_CLAIM_TABLE_H

static const float CLAIM_BURST_WEIGHTS[CLAIM_SIGNS] = { 3.831f,  0.363f,  0.229f,  -0.004f, -0.069f,
							0.139f,  -0.404f, -0.212f, -4.921f, 0.226f,
							0.619f,  -0.470f, -1.713f, -0.598f, -0.957f,
							-0.699f, -0.989f, 0.384f,  0.684f };
static const float CLAIM_PART_WEIGHTS[CLAIM_SIGNS] = { 1.724f,  0.323f,  0.224f,  0.135f,  -0.113f,
						       -0.059f, -0.387f, -0.013f, 1.146f,  1.395f,
						       0.748f,  -0.408f, -1.235f, -0.486f, -1.073f,
						       -0.454f, -0.394f, -0.364f, 0.502f };

#endif
