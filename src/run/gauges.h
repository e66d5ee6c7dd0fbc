/* What is as it is now, in place of what was counted: memory, the queue, how far packets are behind the
 * clock. */
#ifndef RUN_GAUGES_H
#define RUN_GAUGES_H

#include <stdint.h>

#include "run/stats.h"

struct gauges {
	int statm_fd;   /* -1: none */
	int64_t lag_ns; /* the most since it was told last */
};

/* While files may be opened. */
void gauges_open(struct gauges *g);
void gauges_close(struct gauges *g);

/* Packets were so old when they were looked at. */
void gauges_lag(struct gauges *g, int64_t lag_ns);

/* Adds the groups "memory", "queue" and "lag". */
void gauges_add(struct gauges *g, struct stats *stats, const struct engine_counts *counts);

#endif
