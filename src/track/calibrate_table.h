/* What share of statements with a given score was true: of flows, bursts, visits and parts, for clients with
 * one page at work and with several. Knots lie even in the score's log odds. Fitted by tests/score/refit;
 * HACKING.md says on what. */
#ifndef TRACK_CALIBRATE_TABLE_H
#define TRACK_CALIBRATE_TABLE_H

#define CALIBRATE_KNOTS 13
#define CALIBRATE_FIRST -3.0f

static const float CALIBRATION[2][4][CALIBRATE_KNOTS] = {
	{ { 0.047f, 0.119f, 0.269f, 0.442f, 0.868f, 0.948f, 0.949f, 0.949f, 0.949f, 0.954f, 0.969f, 0.983f,
	    0.994f },
	  { 0.047f, 0.119f, 0.269f, 0.538f, 0.877f, 0.960f, 0.961f, 0.961f, 0.961f, 0.961f, 0.971f, 0.985f,
	    0.994f },
	  { 0.047f, 0.119f, 0.269f, 0.412f, 0.565f, 0.920f, 0.979f, 0.979f, 0.979f, 0.986f, 0.995f, 0.995f,
	    0.995f },
	  { 0.047f, 0.119f, 0.363f, 0.622f, 0.622f, 0.852f, 0.995f, 0.995f, 0.997f, 1.000f, 1.000f, 1.000f,
	    1.000f } },
	{ { 0.047f, 0.119f, 0.269f, 0.535f, 0.614f, 0.697f, 0.793f, 0.889f, 0.911f, 0.949f, 0.960f, 0.970f,
	    0.988f },
	  { 0.047f, 0.119f, 0.433f, 0.506f, 0.548f, 0.614f, 0.709f, 0.859f, 0.865f, 0.899f, 0.899f, 0.928f,
	    0.941f },
	  { 0.047f, 0.119f, 0.269f, 0.408f, 0.634f, 0.825f, 0.885f, 0.906f, 0.929f, 0.949f, 0.973f, 0.996f,
	    0.996f },
	  { 0.047f, 0.047f, 0.405f, 0.590f, 0.687f, 0.830f, 0.924f, 0.965f, 0.965f, 0.988f, 0.997f, 0.999f,
	    0.999f } },
};

#endif
