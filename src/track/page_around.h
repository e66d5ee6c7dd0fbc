/* What lies around a burst in time: how many hosts and sites were heard of, opened and asked for before and
 * after it.
 *
 * Bursts are looked at in order of time, so what lies around them is kept in stretches of time that move on
 * with them: whatever comes into one or falls out of it is counted once, however many bursts look at it.
 */
#ifndef TRACK_PAGE_AROUND_H
#define TRACK_PAGE_AROUND_H

#include "track/visit_parts.h"

/* limits: of what happens at once, only so much is looked at. */
enum { AROUND_MAX = 128, AROUND_DNS_MAX = 256, AROUND_NAMES_MAX = 64, AROUND_HOST_MAX = 512 };

/* So long before a burst flows and bursts are looked at, and so long after it. */
#define AROUND_BEFORE_NS (3 * NS_PER_S)
#define AROUND_AFTER_NS (5 * NS_PER_S / 2)

/* Things that happened, in order of time, and their names: sites, 0 for what does not count, or what was
 * asked for. */
struct events {
	int64_t *at_ns;
	uint32_t *name;
	uint32_t n;
};

struct stretch {
	uint32_t low, high;   /* where it would begin and end by time alone */
	uint32_t from, until; /* what is in it */
	uint32_t n_names, name[AROUND_DNS_MAX];
};

struct around {
	const struct client *c;
	const struct names *n;
	struct events bursts, flows, embedded, dns; /* of browsers; embedded: flows to third parties */
	uint32_t *site;                             /* of each burst, by time, whatever its program is */
	float *page;                                /* that it began a page view, by the pass before */
	uint32_t *before;                           /* the burst before it to the same host, NONE */
	struct stretch stretches[AROUND_STRETCHES];
	uint32_t first_flow; /* of those that are looked at */
	int64_t *block;
};

/* returns: false if out of memory. whole: else only `bursts`, `site` and `page` are filled in. */
bool around_init(struct around *a, const struct client *c, const struct names *n, bool is_whole);
void around_fini(struct around *a);

/* Moves all stretches on to the burst at this place in order of time. */
void around_move(struct around *a, uint32_t at);

/* The first event from i on that is not before t. */
uint32_t events_reach(const struct events *e, uint32_t i, int64_t t);

/* How many names a stretch has, up to AROUND_NAMES_MAX; of sites those of others. */
uint32_t around_names(const struct around *a, enum around_stretch which);
uint32_t around_others(const struct around *a, enum around_stretch which, uint32_t site);

/* Was the name asked for just before the burst? */
bool around_asked(const struct around *a, uint32_t name);

#endif
