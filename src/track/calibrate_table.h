/* What share of statements with a given score was true: of flows, bursts, visits and parts, for clients with
 * one page at work and with several. Knots lie even in the score's log odds. Fitted by tests/score/refit;
 * HACKING.md says on what. */
#ifndef TRACK_CALIBRATE_TABLE_H
#define TRACK_CALIBRATE_TABLE_H

#define CALIBRATE_KNOTS 13
#define CALIBRATE_FIRST -3.0f

static const float CALIBRATION[3][4][CALIBRATE_KNOTS] = {
	{ { 0.047f, 0.119f, 0.269f, 0.427f, 0.724f, 0.813f, 0.919f, 0.938f, 0.938f, 0.969f, 0.985f, 0.996f,
	    0.999f },
	  { 0.047f, 0.119f, 0.738f, 0.764f, 0.764f, 0.965f, 0.988f, 0.988f, 0.988f, 0.996f, 0.996f, 0.996f,
	    0.996f },
	  { 0.047f, 0.119f, 0.269f, 0.358f, 0.622f, 0.940f, 0.968f, 0.968f, 0.968f, 0.986f, 0.995f, 0.995f,
	    0.995f },
	  { 0.047f, 0.119f, 0.310f, 0.681f, 0.894f, 0.981f, 0.981f, 0.985f, 1.000f, 1.000f, 1.000f, 1.000f,
	    1.000f } },
	{ { 0.047f, 0.119f, 0.269f, 0.538f, 0.618f, 0.703f, 0.811f, 0.917f, 0.937f, 0.959f, 0.960f, 0.975f,
	    0.988f },
	  { 0.047f, 0.112f, 0.248f, 0.471f, 0.732f, 0.875f, 0.925f, 0.925f, 0.925f, 0.925f, 0.925f, 0.951f,
	    0.981f },
	  { 0.047f, 0.119f, 0.269f, 0.393f, 0.637f, 0.844f, 0.888f, 0.928f, 0.934f, 0.959f, 0.973f, 0.996f,
	    0.996f },
	  { 0.047f, 0.195f, 0.407f, 0.633f, 0.859f, 0.947f, 0.983f, 0.983f, 0.995f, 0.997f, 0.997f, 0.997f,
	    0.997f } },
	{ { 0.047f, 0.119f, 0.269f, 0.310f, 0.560f, 0.589f, 0.589f, 0.589f, 0.589f, 0.589f, 0.856f, 0.856f,
	    0.933f },
	  { 0.047f, 0.119f, 0.436f, 0.538f, 0.538f, 0.538f, 0.538f, 0.703f, 0.815f, 0.837f, 0.837f, 0.837f,
	    0.837f },
	  { 0.047f, 0.119f, 0.269f, 0.535f, 0.648f, 0.687f, 0.765f, 0.765f, 0.905f, 0.905f, 0.972f, 0.972f,
	    0.972f },
	  { 0.047f, 0.066f, 0.462f, 0.665f, 0.710f, 0.710f, 0.719f, 0.782f, 0.970f, 0.970f, 0.970f, 0.970f,
	    0.970f } },
};

#endif
