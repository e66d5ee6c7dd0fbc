/* Resolves one client's timeline and tells its flows and visits. */
#ifndef TRACK_VISIT_TELL_H
#define TRACK_VISIT_TELL_H

#include "track/visit_parts.h"

struct tell {
	const struct visits_spec *spec;
	struct names *names;
	struct visits_counts *counts;
	bool is_open; /* visits that go on are told, flows not yet */
};

/* Is name of site itself, or of the same company? */
bool name_is_own(const struct names *n, uint32_t name, uint32_t site);

/* Orders the timeline and runs the passes over it. */
void client_resolve(struct tell *t, struct client *c);

/* Flows in order of id, then visits in order of start. */
void client_tell(struct tell *t, struct client *c);

#endif
