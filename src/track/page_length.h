/* How much the length of a first request says that it is for a page. */
#ifndef TRACK_PAGE_LENGTH_H
#define TRACK_PAGE_LENGTH_H

#include "track/visit_parts.h"

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
