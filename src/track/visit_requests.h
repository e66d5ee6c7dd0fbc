/* Readable requests of one client, put to use: they tell page views for certain, pin their flows to a site,
 * and are handed out with the visits they belong to.
 */
#ifndef TRACK_VISIT_REQUESTS_H
#define TRACK_VISIT_REQUESTS_H

#include "track/visit_tell.h"

/* Before the passes: counts the requests of each flow, and gives a flow whose requests all belong to pages of
 * one site to that site. */
void requests_pin(struct client *c);

/* Within page_detect: a burst in which a page was asked for began one, another whose requests were read did
 * not. */
void requests_mark_pages(struct client *c);

/* Which request belongs to which visit. */
struct request_book {
	const struct client *c;
	uint32_t *order; /* requests ordered by visit, then by time */
	uint32_t *first; /* of each visit, in order; n_visits + 1 of them */
	struct visit_request *told;
	struct traffic {
		uint64_t up, down;
	} * traffic; /* of each flow */
};

/* returns: false if out of memory; requests_fini is needed in any case. */
bool requests_init(struct request_book *b, const struct tell *t, const struct client *c);
void requests_fini(struct request_book *b);

/* Adds a part for each flow and host asked in the visit. returns: their number. */
uint32_t requests_parts(const struct request_book *b, const struct tell *t, uint32_t visit,
			struct visit_part *parts);

/* Hands out the requests of the visit; pages get the addresses that were read. memory: until the next call.
 */
void requests_tell(struct request_book *b, const struct tell *t, uint32_t visit, struct visit_result *r,
		   struct page_view *pages);

#endif
