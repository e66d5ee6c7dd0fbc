/* Weights of the terms of a choice between sites (enum flow_term), fitted by tests/score/refit. HACKING.md
 * says on what. _1: for the first pass, _2: for the passes after it. */
#ifndef TRACK_ATTRIBUTE_TABLE_H
#define TRACK_ATTRIBUTE_TABLE_H

static const float FLOW_WEIGHTS_1[FLOW_TERMS] = { 0.500f, 2.193f, 1.389f, 0.838f, 1.300f, 1.438f, -0.157f, -0.721f, -1.170f, -3.214f, -2.982f, 1.852f, 1.593f, 2.057f, 1.969f, 1.276f, 0.387f, -0.389f, -2.081f, -2.918f, -1.939f, -2.390f, 0.047f, 0.338f, -0.785f, -0.633f, 0.000f, 0.684f, 0.051f, -0.031f, 1.166f, -0.653f, -0.877f, 1.571f, 0.000f, 1.225f, 1.024f, 1.469f, 0.618f, -0.515f, -0.698f, -1.106f, -1.216f, 0.585f, 4.383f, -1.651f, 0.929f, 0.000f, -0.802f, 0.000f };
static const float FLOW_WEIGHTS_2[FLOW_TERMS] = { 0.182f, 0.935f, 0.343f, 0.349f, 0.354f, 0.440f, 0.350f, 0.144f, -0.106f, -2.020f, -2.254f, 1.014f, 1.180f, 1.578f, 1.160f, 0.617f, 0.383f, -0.138f, -1.172f, -2.346f, -1.606f, -1.953f, 0.042f, 0.301f, -0.277f, 1.853f, 0.000f, 0.449f, 0.032f, -0.615f, 1.148f, -0.623f, -0.982f, 1.632f, 1.708f, 1.356f, 0.934f, 1.645f, 0.846f, -0.385f, -0.449f, -1.638f, -1.597f, 1.282f, 4.783f, -1.213f, 0.730f, 0.943f, -0.711f, 0.627f };

#endif
