/* Weights of the signs of a claim (enum claim_sign): that a burst belongs to its visit, and that a visit has
 * a third party. Fitted by tests/score/refit; HACKING.md says on what. */
#ifndef TRACK_CLAIM_TABLE_H
#define TRACK_CLAIM_TABLE_H

static const float CLAIM_BURST_WEIGHTS[CLAIM_SIGNS] = { 6.419f,  0.255f,  0.287f,  0.013f,  0.273f,  0.006f,
							-0.691f, -0.363f, -1.742f, -0.484f, 0.223f,  -0.440f,
							-1.769f, -0.502f, -0.872f, -1.413f, -1.055f, -0.480f,
							-0.335f, -0.664f, 0.044f,  0.029f };
static const float CLAIM_PART_WEIGHTS[CLAIM_SIGNS] = { 3.448f,  0.341f,  0.339f,  0.076f,  0.276f,  0.359f,
						       -0.271f, -0.180f, 1.415f,  0.524f,  0.809f,  -0.742f,
						       -0.810f, -1.051f, -0.734f, -0.984f, -0.533f, -0.240f,
						       -0.944f, -0.303f, 0.131f,  -0.406f };

#endif
