/* Weights of the signs of a claim (enum claim_sign): that a burst belongs to its visit, and that a visit has
 * a third party. Fitted by tests/score/refit; HACKING.md says on what. */
#ifndef TRACK_CLAIM_TABLE_H
#define TRACK_CLAIM_TABLE_H

static const float CLAIM_BURST_WEIGHTS[CLAIM_SIGNS] = { 4.426f,  0.326f,  0.285f,  -0.048f, -0.146f,
							-0.059f, -0.673f, -0.486f, -5.214f, 0.087f,
							0.713f,  -0.419f, -1.272f, -0.736f, -0.674f,
							-0.853f, -1.007f, 0.513f,  0.680f };
static const float CLAIM_PART_WEIGHTS[CLAIM_SIGNS] = { 2.185f,  0.260f,  0.293f,  0.121f,  -0.173f,
						       -0.171f, -0.545f, -0.258f, 0.789f,  1.322f,
						       0.991f,  -0.382f, -0.852f, -0.419f, -0.768f,
						       -0.717f, -0.383f, -0.278f, 0.293f };

#endif
