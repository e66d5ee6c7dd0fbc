/* Weights of the terms of a choice between sites (enum flow_term), fitted by tests/score/refit. HACKING.md
 * says on what. _1: for the first pass, _2: for the passes after it. */
#ifndef TRACK_ATTRIBUTE_TABLE_H
#define TRACK_ATTRIBUTE_TABLE_H

static const float FLOW_WEIGHTS_1[FLOW_TERMS] = {
	0.220f,  1.838f,  1.013f,  0.742f, 1.238f,  1.478f,  0.254f, -0.342f, -1.819f, -2.645f,
	-2.452f, 1.851f,  1.434f,  2.086f, 1.805f,  1.213f,  0.094f, -0.844f, -2.282f, -2.064f,
	-1.983f, -1.787f, -0.330f, 0.079f, -2.293f, -0.010f, 0.000f, 0.829f,  0.242f,  0.119f,
	1.352f,  -0.295f, -0.979f, 1.696f, 0.000f,  1.327f,  1.042f, 1.332f,  0.690f,  -0.554f,
	-0.812f, -1.106f, -1.215f, 0.475f, 3.657f,  -1.898f, 1.028f, 0.000f,  -0.704f, 0.000f
};
static const float FLOW_WEIGHTS_2[FLOW_TERMS] = {
	0.020f,  0.657f,  0.524f,  0.359f,  0.212f,  0.209f,  0.263f, 0.351f,  0.115f,  -1.661f,
	-1.866f, 1.005f,  1.207f,  1.546f,  0.885f,  0.632f,  0.517f, -0.005f, -1.181f, -2.070f,
	-1.552f, -1.802f, 0.175f,  -0.159f, -0.721f, 1.633f,  0.000f, 0.740f,  0.126f,  -0.911f,
	1.252f,  -0.421f, -1.180f, 1.534f,  1.939f,  1.293f,  0.804f, 1.443f,  0.805f,  -0.319f,
	-0.232f, -1.459f, -1.830f, 0.817f,  4.199f,  -1.410f, 0.757f, 1.456f,  -0.505f, 0.683f
};

#endif
