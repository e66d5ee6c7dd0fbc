/* The events of a request to an endpoint that the catalogue knows. */
#ifndef EVENTS_H
#define EVENTS_H

#include "reading.h"

enum {
	EVENTS_MAX = 64, /* of one request; what goes beyond is told with the first */
};

/* Reads query, path and body into g->x->params. */
void events_read_params(struct reading *g, const char *path, size_t path_len, const char *query);

/* Tells each event apart: lines of a body (GA4), elements of a JSON array (TikTok, Snap, Segment). What
 * stands outside of them belongs to each.
 */
void events_tell(struct reading *g, void *to);

#endif
