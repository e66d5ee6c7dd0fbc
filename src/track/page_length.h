/* How much the length of a first request says that it is for a page. */
#ifndef TRACK_PAGE_LENGTH_H
#define TRACK_PAGE_LENGTH_H

#include "track/visit_parts.h"

/* Requests whose lengths can be compared: of one class of programs; the first on their connections, but for
 * the name of the host, or later ones, which name it by an index (RFC 7541, 2.1). */
#define LENGTH_KINDS (2 * CLASSES_MAX)

/* Of the first request of a burst, 0: not known, or not of a browser. */
uint32_t request_length(const struct client *c, const struct names *n, const struct vburst *b,
			uint32_t *ret_kind);

struct page_lengths;

/* Of all first requests of a client's browsers, and where sites share connections of later ones, with what
 * the pass before made of them. returns: NULL if out of memory. */
struct page_lengths *page_lengths_new(const struct client *c, const struct names *n);
void page_lengths_free(struct page_lengths *p);

/* Log of how many times as likely requests for pages are so long as others are, this one not counted; 0:
 * nothing is known, or p is NULL. */
float page_length(const struct page_lengths *p, const struct client *c, const struct names *n,
		  const struct vburst *b);

#endif
