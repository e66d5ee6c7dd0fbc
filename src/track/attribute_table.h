/* Weights of the terms of a choice between sites (enum flow_term), fitted by tests/score/refit. HACKING.md
 * says on what. _1: for the first pass, _2: for the passes after it. */
#ifndef TRACK_ATTRIBUTE_TABLE_H
#define TRACK_ATTRIBUTE_TABLE_H

static const float FLOW_WEIGHTS_1[FLOW_TERMS] = {
	0.327f,  1.792f,  1.361f,  0.978f,  1.173f, 1.248f,  0.234f, 0.030f,  -1.346f, -3.493f,
	-3.235f, 2.044f,  1.644f,  1.945f,  1.651f, 1.314f,  0.517f, -0.557f, -2.367f, -2.612f,
	-1.813f, -2.698f, -0.149f, -0.039f, 0.095f, -0.870f, 0.000f, 0.660f,  0.253f,  0.218f,
	0.976f,  -0.114f, 0.621f,  1.903f,  0.000f, 1.183f,  1.256f, 1.501f,  0.645f,  -0.457f,
	-0.554f, -1.374f, -1.441f, 0.932f,  5.207f, -1.449f, 0.930f, 0.000f,  -0.757f, 0.000f
};
static const float FLOW_WEIGHTS_2[FLOW_TERMS] = {
	0.112f,  1.013f,  0.562f,  0.421f, 0.565f, 0.608f,  0.137f, 0.427f,  -0.332f, -2.428f,
	-2.651f, 1.073f,  1.039f,  1.304f, 1.070f, 0.778f,  0.593f, -0.015f, -1.941f, -2.018f,
	-1.545f, -1.906f, 0.262f,  0.435f, 0.215f, 1.430f,  0.000f, 0.472f,  0.179f,  -0.796f,
	0.666f,  -0.298f, -0.127f, 1.820f, 1.477f, 1.582f,  1.016f, 1.374f,  0.407f,  -0.338f,
	-0.557f, -1.532f, -1.049f, 1.567f, 5.224f, -1.029f, 0.770f, 1.068f,  -0.903f, 0.555f
};

#endif
