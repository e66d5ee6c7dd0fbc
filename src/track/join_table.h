/* Weights of the signs that a page view goes on with a visit (enum join_sign), for each group of clients,
 * fitted by tests/score/joins. HACKING.md says on what. */
#ifndef TRACK_JOIN_TABLE_H
#define TRACK_JOIN_TABLE_H

static const float JOIN_WEIGHTS[CLIENT_GROUPS][JOIN_SIGNS] = {
	{ 1.130f, -0.549f, 3.990f, -0.729f, -0.661f, -1.805f, 0.663f, -0.950f, -0.950f, 0.629f, -0.542f },
	{ 4.552f, -0.154f, -2.904f, -2.022f, -0.256f, -1.051f, -0.011f, -2.150f, 1.703f, 0.800f, 0.842f },
	{ 3.746f, 0.001f, 0.000f, -1.267f, -0.381f, -0.672f, -0.111f, -0.201f, 0.359f, 1.379f, -3.445f }
};

#endif
