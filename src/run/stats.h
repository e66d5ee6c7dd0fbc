/* The counters of all shards put together, and the records that end the output. */
#ifndef RUN_STATS_H
#define RUN_STATS_H

#include "base/arena.h"
#include "out/plugin.h"
#include "run/engine.h"

#define STATS_COUNTS_MAX 128
#define STATS_NOTES_MAX 64

/* memory: views into the struct itself, into arena, and the names given. */
struct stats {
	struct arena arena;
	struct ol_count counts[STATS_COUNTS_MAX];
	size_t n_counts;
	struct ol_count by_name[8], by_cause[UNNAMED_COUNT];
	const char *notes[STATS_NOTES_MAX];
	size_t n_notes;
	struct ol_coverage coverage;
	bool keeps_zeros; /* for views and metrics, where a counter must not come and go */
};

void stats_init(struct stats *s);
void stats_fini(struct stats *s);

/* Adds a counter for the summary; groups must come one after another. Counters of 0 are left out, but for
 * those of group "", unless they are to be kept. */
void stats_count(struct stats *s, const char *group, const char *name, uint64_t n);

/* Words for the summary; what is over the bound is dropped. */
void stats_note(struct stats *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Everything that the engine counted, and the coverage. */
void stats_engine(struct stats *s, const struct engine_counts *c);

#endif
