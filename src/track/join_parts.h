/* The signs of whether a page view goes on with a visit or begins another one, as rows of numbers. */
#ifndef TRACK_JOIN_PARTS_H
#define TRACK_JOIN_PARTS_H

#include "track/visit_parts.h"

enum join_sign {
	JOIN_BIAS,
	JOIN_SILENCE,       /* since the site was last heard of */
	JOIN_ALONE,         /* no other site was begun since the visit's last page view; of one device */
	JOIN_OTHERS,        /* page views of other sites since then, */
	JOIN_OTHERS_SILENT, /* and since the site was last heard of */
	JOIN_LEFT,          /* the last sign of it came as another site's page view began: its farewell */
	JOIN_ON,            /* signs of it after another site's page view, but for farewells */
	JOIN_FROM,          /* another site says farewell as this page view begins: it was left for it */
	JOIN_FROM_LAST,     /* and it is that of the page view before */
	JOIN_OWN_FAREWELL,  /* the site itself does */
	JOIN_NEW_FLOW,      /* the page view opened connections to the site */
	JOIN_SIGNS
};

struct join_row {
	enum client_group group;
	float f[JOIN_SIGNS];
};

/* Signs of the page view p for going on with v; both are of one site. Page views before p are in the books.
 */
void join_signs(const struct client *c, const struct vvisit *v, const struct vpage *p, struct join_row *ret);

/* P(p goes on with v). */
float visit_join(const struct client *c, const struct vvisit *v, const struct vpage *p);

#endif
