/* The signs of a page view, as rows of numbers. */
#ifndef TRACK_PAGE_PARTS_H
#define TRACK_PAGE_PARTS_H

#include "track/page_around.h"

#define PAGE_SINCE_MOST 5.0f /* of PAGE_SINCE_SITE and _ANY */

enum page_sign {
	PAGE_BIAS,
	PAGE_REACH, /* the name is embedded by other sites, and how many; FRONT_: the site's own front name */
	PAGE_EMBEDDED,
	PAGE_LISTED, /* a list knows it as a site that people visit */
	PAGE_FRONT,
	PAGE_FRONT_REACH,
	PAGE_FRONT_EMBEDDED,
	PAGE_FRONT_LISTED,
	PAGE_UNLISTED, /* no list knows it at all */
	PAGE_PARTS,    /* it calls itself a place for parts of pages */
	PAGE_KIN,      /* a site of like name was heard of just before */
	PAGE_TOGETHER, /* names first contacted or asked for at the same moment */
	PAGE_PAIR,     /* connections to the same name at the same time: 1, 2, 3 or more */
	PAGE_ASKED,    /* a DNS question just before */
	PAGE_TICKET,
	PAGE_SINCE_SITE, /* since the site was last heard of */
	PAGE_SINCE_ANY,
	PAGE_JUST_BEFORE, /* other sites heard of in the last 0.3 s, 1 s; flows opened to others in the last 3
			     s */
	PAGE_BURSTS_BEFORE,
	PAGE_FLOWS_BEFORE,
	PAGE_FLOWS_AFTER, /* names first contacted in the next 2.5 s; of those, embedded ones; all that is
			     heard of */
	PAGE_EMBEDDED_AFTER,
	PAGE_BURSTS_AFTER,
	PAGE_DNS_BEFORE,
	PAGE_DNS_AFTER,
	PAGE_VOLUME,   /* what the site's own hosts sent in answer */
	PAGE_REQUESTS, /* what was asked of them */
	PAGE_PERIODIC, /* it came after the same interval as the one before it */
	/* from the second pass */
	PAGE_OWN,            /* P(the flow is the site's own) */
	PAGE_OTHER,          /* P(another site caused the flow) */
	PAGE_EXPLAINED,      /* how well other sites explain the flow, against background */
	PAGE_EMBEDDED_SHARE, /* of the site's other flows, those that other sites caused */
	PAGE_OWN_FLOWS,      /* flows after it that are given to the site */
	PAGE_OWN_SHARE,      /* of all third parties heard of after it, those on the site's connections */
	PAGE_OWN_SITES,      /* and how many they are */
	PAGE_WOKEN,          /* connections of the site that were silent and wake up */
	PAGE_RIVAL, /* the most likely page view of another site just before, and in the last second */
	PAGE_RIVAL_SOON,
	PAGE_RIVAL_ALONE, /* likewise, of a client with one page at work: it does not leave so soon */
	PAGE_VISITED,     /* the most likely page view of the site at another time */
	PAGE_GAIN_MEAN,   /* how much better a flow after it is explained by it, on average */
	PAGE_GAIN,        /* how much better flows after it are explained by it */
	PAGE_GAIN_CLEAR,  /* flows that nothing else explains */
	PAGE_BEFORE,      /* log odds of the pass before */
	PAGE_LENGTH,      /* its request is as long as those for pages */
	PAGE_SIGNS
};

enum page_case {
	PAGE_NEW_SITE, /* the first flow to a site not heard of before */
	PAGE_NEW_FLOW, /* the first burst of another flow */
	PAGE_OLD_FLOW,
	PAGE_CASES
};

struct page_row {
	enum page_case kind;
	float f[PAGE_SIGNS];
	float owner; /* P(the connection is another site's, which begins a page view at this moment) */
};

/* Signs of the burst at by_time[at]: those that are the same in each pass (before PAGE_OWN; for bursts in
 * order of time), and what the pass before found. */
void page_surroundings(struct around *a, uint32_t at, int64_t since_site_ns, int64_t since_any_ns,
		       struct page_row *ret);
void page_verdicts(const struct around *a, uint32_t at, struct page_row *ret);

#endif
