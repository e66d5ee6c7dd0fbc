/* What a client's own page views teach of whether they begin visits or go on with them.
 *
 * Lengths: who types a name or follows a bookmark asks for a front page, whose path is one byte (RFC 7541,
 * appendix A), and shows no page of the site as Referer: no request for a page is shorter. Links within a
 * site mostly lead to other pages.
 *
 * Farewells: pages of some sites say that they are left, those of others never do. Of one that does, a page
 * view without a farewell is another tab's.
 *
 * How much either says differs from client to client and site to site. It is learnt from the page views that
 * the other signs tell, each by as much as they are sure, and itself left out.
 */
#include "track/join_parts.h"

#define ROUNDED 1         /* bytes that one is longer than another as short */
#define USUAL_LENGTHS 3   /* page views that what holds for all lengths counts for */
#define USUAL_FAREWELLS 1 /* of a site: that what holds for all sites counts for */
#define NOT_LEARNT -1.0f  /* same_else of what nothing was learnt from */
#define FAREWELL_MOST 0.95f
#define FAREWELL_WEIGHT 0.7f /* the other signs know of it as well */

void join_learn_begin(const struct client *c, const struct names *n, struct join_learnt *ret)
{
	*ret = (struct join_learnt){ .notes = n->notes };
	for (uint32_t i = 0; i < c->n_pages; i++) {
		struct vpage *p = &c->pages[i];
		uint32_t *shortest = &ret->shortest[p->asked_as];

		p->same_else = NOT_LEARNT;
		n->notes[p->site].went_on = n->notes[p->site].left_own = 0;
		if (p->asked && (!*shortest || p->asked < *shortest))
			*shortest = p->asked;
	}
}

/* What of the page views that went on, and of those that began, it is itself. */
static float own_on(const struct vpage *p)
{
	return p->same_else < 0 ? 0 : p->same_else;
}

static float own_begun(const struct vpage *p)
{
	return p->same_else < 0 ? 0 : 1 - p->same_else;
}

static bool is_short(const struct join_learnt *l, const struct vpage *p)
{
	return p->asked <= l->shortest[p->asked_as] + ROUNDED;
}

void join_learn(struct join_learnt *l, struct vpage *p, bool is_left, float same)
{
	struct name_note *site = &l->notes[p->site];

	p->same_else = same;
	site->went_on += same;
	site->left_own += same * (float)is_left;
	l->went_on += same;
	l->left_own += same * (float)is_left;
	if (!p->asked)
		return;
	l->on[is_short(l, p)] += same;
	l->begun[is_short(l, p)] += 1 - same;
}

/* Of those that go on, or begin, the share that is as short, or as long. own: what this one is of them. */
static float share_as(const float n[2], bool is, float own, float usual)
{
	return (n[is] - own + USUAL_LENGTHS * usual) / (n[0] + n[1] - own + USUAL_LENGTHS);
}

static float by_length(const struct join_learnt *l, const struct vpage *p)
{
	bool is = is_short(l, p);
	float n = l->on[0] + l->on[1] + l->begun[0] + l->begun[1];
	float usual = (l->on[is] + l->begun[is] + 0.5f) / (n + 1);

	return p->asked
		   ? logf(share_as(l->on, is, own_on(p), usual) / share_as(l->begun, is, own_begun(p), usual))
		   : 0;
}

static float bounded(float p)
{
	return fmaxf(1 - FAREWELL_MOST, fminf(FAREWELL_MOST, p));
}

static float by_farewell(const struct join_learnt *l, const struct vpage *p, bool is_left)
{
	const struct name_note *site = &l->notes[p->site];
	float usual = (l->left_own + 0.5f) / (l->went_on + 1);
	float here = bounded((site->left_own - own_on(p) * (float)is_left + USUAL_FAREWELLS * usual) /
			     (site->went_on - own_on(p) + USUAL_FAREWELLS));

	usual = bounded(usual);
	return FAREWELL_WEIGHT * logf(is_left ? here / usual : (1 - here) / (1 - usual));
}

float join_learnt(const struct join_learnt *l, const struct vpage *p, bool is_left, float same)
{
	return logistic(log_odds(same) + by_length(l, p) + by_farewell(l, p, is_left));
}
