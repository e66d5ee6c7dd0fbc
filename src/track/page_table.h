/* Weights of the signs of a page view, as fitted by tests/score/fit (doc/attribution.md says on what). */
#ifndef TRACK_PAGE_TABLE_H
#define TRACK_PAGE_TABLE_H

static const float PAGE_WEIGHTS_1[36] = {-2.777f, -0.786f, -0.845f, 0.296f, -1.015f, 0.371f, -0.404f, -0.394f, 0.404f, -0.445f, 0.187f, -0.641f, 0.772f, 0.146f, 0.005f, 2.362f, 0.180f, -0.058f, -1.491f, 0.000f, 0.000f, 0.000f, 0.000f, 0.066f, 0.000f, 0.000f, -0.382f, -0.160f, 1.427f, 0.965f, 0.000f, 0.000f, 0.000f, 0.000f, -1.135f, 0.000f};
static const float PAGE_WEIGHTS_2[36] = {-1.004f, -0.028f, -0.056f, 0.833f, -0.199f, -0.119f, 0.045f, -0.391f, -0.016f, 0.365f, -0.337f, 0.510f, 0.006f, -0.130f, -0.022f, -0.584f, 0.325f, -0.060f, 0.066f, -0.030f, -0.944f, -0.052f, 1.097f, -0.125f, -0.466f, -0.054f, 0.352f, 0.349f, 0.184f, 0.634f, 1.505f, -0.974f, 0.753f, -0.076f, 0.506f, 0.000f};

#endif
