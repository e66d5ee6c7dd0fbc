/* Log-likelihood ratios by the time since a site's last sign of life, and priors by recency. Made as
 * doc/attribution.md says. */
#ifndef TRACK_ATTRIBUTE_TABLE_H
#define TRACK_ATTRIBUTE_TABLE_H

#define LAG_BINS 15
static const float LAG_EDGES_S[LAG_BINS - 1] = { 0.15f, 0.3f, 0.6f, 1, 1.5f, 2, 3, 4, 6, 8, 12, 20, 40, 90 };
static const float LAG_OPEN[LAG_BINS] = { 2.3f,  2.2f,  2.2f,  2.3f,  2.6f,  2.7f,  1.6f, 0.0f,
					  -0.7f, -2.0f, -2.8f, -4.4f, -5.5f, -5.5f, -6.6f };
static const float LAG_BURST[LAG_BINS] = { 1.9f, 1.5f, 2.2f,  2.6f,  2.8f,  2.9f,  2.6f, 1.9f,
					   1.1f, 0.0f, -0.4f, -0.7f, -2.0f, -4.2f, -7.0f };
static const float RANK_OPEN[4] = { 0.79f, 0.13f, 0.06f, 0.008f };
static const float RANK_BURST[4] = { 0.51f, 0.22f, 0.11f, 0.05f };

#endif
