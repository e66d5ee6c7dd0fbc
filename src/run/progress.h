/* How far a long file is read, on standard error, if that is a terminal. */
#ifndef RUN_PROGRESS_H
#define RUN_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool is_on, is_shown;
	uint64_t total; /* bytes; 0 if unknown */
	int64_t begin_ns, told_ns;
};

void progress_begin(struct progress *p, bool is_wanted, uint64_t total_bytes);
void progress_at(struct progress *p, uint64_t bytes,
		 uint64_t packets);    /* cheap: looks at the clock now and then */
void progress_end(struct progress *p); /* wipes the line */

#endif
