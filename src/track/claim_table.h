/* Weights of the signs of a claim (enum claim_sign): that a burst belongs to its visit, and that a visit has
 * a third party. Fitted by tests/score/refit; HACKING.md says on what. */
#ifndef TRACK_CLAIM_TABLE_H
#define TRACK_CLAIM_TABLE_H

static const float CLAIM_BURST_WEIGHTS[CLAIM_SIGNS] = { 3.610f,  0.176f,  0.236f,  0.052f,  0.081f,  -0.472f,
							-0.365f, -0.275f, -2.962f, 0.067f,  -0.082f, 0.017f,
							-0.698f, -0.355f, -0.359f, -1.015f, -0.870f, -0.172f,
							-0.184f, -0.132f, 0.874f,  -0.113f };
static const float CLAIM_PART_WEIGHTS[CLAIM_SIGNS] = { 0.877f,  0.316f,  0.312f, 0.128f,  0.117f,  -0.436f,
						       -0.433f, -0.214f, 1.466f, 0.641f,  0.335f,  -1.279f,
						       -0.064f, 0.270f,  0.599f, -0.220f, -0.511f, -0.809f,
						       0.106f,  -0.239f, 0.623f, -0.116f };

#endif
