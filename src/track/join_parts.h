/* The signs of whether a page view goes on with a visit or begins another one, as rows of numbers. */
#ifndef TRACK_JOIN_PARTS_H
#define TRACK_JOIN_PARTS_H

#include "track/page_length.h"
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

/* What a client's own page views teach (track/join_learn.c). How long requests for pages are, against the
 * shortest of their kind (track/page_length): of those that go on with a visit, and of those that begin one,
 * how many are longer, and how many as short. Of those that go on, how many the site itself said farewell
 * for: of all here, of each site in its note.
 */
struct join_learnt {
	uint32_t shortest[LENGTH_KINDS]; /* 0: none */
	float on[2], begun[2];
	float went_on, left_own;
	struct name_note *notes;
	bool is_done;
};

void join_learn_begin(const struct client *c, const struct names *n, struct join_learnt *ret);

/* is_left: the site said farewell; same: P(p goes on), by the other signs. */
void join_learn(struct join_learnt *l, struct vpage *p, bool is_left, float same);

/* What that makes of P(p goes on). */
float join_learnt(const struct join_learnt *l, const struct vpage *p, bool is_left, float same);

/* P(p goes on with v). Until all is learnt: by the other signs alone, of which it is. */
float visit_join(const struct client *c, struct join_learnt *l, const struct vvisit *v, struct vpage *p);

#endif
