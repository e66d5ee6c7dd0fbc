/* Weights of the signs of a page view, as fitted by tests/score/fit (doc/attribution.md says on what). */
#ifndef TRACK_PAGE_TABLE_H
#define TRACK_PAGE_TABLE_H

static const float PAGE_WEIGHTS_1[32] = { -4.216f, -0.808f, -0.909f, 0.118f, -1.001f, 0.665f,  -0.370f,
					  -0.472f, 0.477f,  -0.510f, 0.143f, -1.046f, 0.459f,  0.407f,
					  0.029f,  2.539f,  0.437f,  0.274f, 0.453f,  0.000f,  0.000f,
					  0.000f,  0.000f,  0.218f,  0.000f, 0.000f,  -0.392f, -0.113f,
					  1.184f,  0.844f,  0.000f,  0.000f };
static const float PAGE_WEIGHTS_2[32] = { -1.328f, -0.013f, -0.039f, 0.951f,  0.120f, -0.493f, 0.157f,
					  0.006f,  0.010f,  0.536f,  -0.148f, 0.988f, 0.104f,  -0.336f,
					  0.091f,  -1.110f, 0.140f,  -0.159f, 0.915f, -0.124f, -0.425f,
					  0.008f,  0.564f,  -0.173f, -0.156f, 0.348f, 0.408f,  0.425f,
					  0.069f,  0.606f,  1.791f,  -1.408f };

#endif
