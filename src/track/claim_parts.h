/* The signs by which a claim - this flow's bursts belong to this visit - is known to be good or weak. */
#ifndef TRACK_CLAIM_PARTS_H
#define TRACK_CLAIM_PARTS_H

#include "track/visit_parts.h"

enum claim_sign {
	CLAIM_BIAS,
	CLAIM_POST,       /* log odds by attribution */
	CLAIM_MARGIN,     /* of the best site against the next best, in logs */
	CLAIM_VISIT,      /* log odds of the visit */
	CLAIM_DOUBT,      /* log of the chance that a page view near by was not made out */
	CLAIM_RIVALS,     /* other sites with a page view about then */
	CLAIM_LATEST,     /* none of them was begun since the site's own last page view */
	CLAIM_RIVALS_NEW, /* hosts no list knows as embedded, first contacted just before: pages not made out?
			   */
	CLAIM_OWN,        /* the host is the site's own */
	CLAIM_EMBEDDED,   /* a list says that pages embed the host */
	CLAIM_PROFILE,    /* share of the site's visits that ask the host, as far as lists say */
	CLAIM_SITE,       /* the host is one that people visit */
	CLAIM_TABS,       /* the client keeps several pages at work */
	CLAIM_DEVICES,    /* it is several devices */
	CLAIM_SHARED,     /* its browser shares connections between sites */
	CLAIM_BURSTS,     /* on the flow, in this visit */
	CLAIM_LAG,        /* since the visit's last page view, when the flow opened */
	CLAIM_EARLY,      /* the client was seen for little time before */
	CLAIM_TOGETHER,   /* of other flows opened at the same time, those of the same site */
	CLAIM_ACTIVE,     /* other sites that were active within a second of its opening */
	CLAIM_QUIET,      /* since another site was last active */
	CLAIM_UNBEGUN,    /* hosts named like pages, contacted just before, that were given to another site */
	CLAIM_JOINED, /* log of the chance that the visit was not two: that the page views before it go on */
	CLAIM_SIGNS
};

struct claim {
	float at[CLAIM_SIGNS];
};

/* As the tables are laid out: one page at work, several, connections that sites share, several devices. */
#define CLAIM_GROUPS 4

static inline unsigned claim_group(const struct client *c)
{
	return c->is_shared ? 2 : c->n_devices > 1 ? 3 : c->has_tabs;
}

#endif
