/* The counters of all shards put together, and the records that end the output. */
#ifndef RUN_STATS_H
#define RUN_STATS_H

#include "base/arena.h"
#include "out/plugin.h"
#include "run/shard.h"

#define STATS_COUNTS_MAX 128

/* memory: views into arena and into the counts given. */
struct stats {
	struct arena arena;
	struct ol_count counts[STATS_COUNTS_MAX];
	size_t n_counts;
	struct ol_count by_name[8], by_cause[UNNAMED_COUNT];
	struct ol_coverage coverage;
};

void stats_init(struct stats *s);
void stats_fini(struct stats *s);

/* Adds a counter for the summary; groups must come one after another. Counters of 0 are left out, but for
 * those of group "". */
void stats_count(struct stats *s, const char *group, const char *name, uint64_t n);

#endif
