/* Does a program keep its connections apart by site? Counted for each class of hellos of a client. */
#include "base/time.h"
#include "track/visit_parts.h"

#define FAN_OUT_NS (4 * NS_PER_S)
#define USABLE_NS (60 * NS_PER_S)

static bool is_active_between(const struct client *c, const struct vflow *f, int64_t from, int64_t to)
{
	for (uint32_t b = f->first_burst; b != NONE; b = c->bursts[b].next)
		if (c->bursts[b].b.start_ns >= from && c->bursts[b].b.start_ns <= to)
			return true;
	return false;
}

/* Two opportunities that point the same way decide more than their share says. */
float partition_odds(const struct class_stat *s)
{
	float odds = s->alpha / s->beta;

	return odds * odds * odds * odds;
}

/* An opportunity: the fan-out of a site's first visit asks a host to which a usable connection, older than
 * the visit, is open. A new connection speaks for keeping apart, activity on the old one without a new one
 * against.
 */
void partition_test(struct client *c, const struct names *n)
{
	for (uint32_t i = 0; i < c->n_classes; i++) {
		bool is_known = c->classes[i].browser > 0.9f;
		c->classes[i].alpha = is_known ? 2.0f : 1.0f;
		c->classes[i].beta = is_known ? 0.5f : 0.7f;
	}
	for (uint32_t v = 0; v < c->n_visits; v++) {
		int64_t start = c->visits[v].start_ns;
		bool is_first = true;

		for (uint32_t k = 0; k < v; k++)
			is_first = is_first && c->visits[k].site != c->visits[v].site;
		if (!is_first || v == 0)
			continue;
		for (uint32_t i = 0; i < c->n_flows; i++) {
			const struct vflow *f = &c->flows[i], *o = NULL;
			struct class_stat *s = &c->classes[f->class];

			if (f->open_ns > start + FAN_OUT_NS)
				break;
			if (!f->site || f->site == c->visits[v].site || !n->at[f->name].is_third ||
			    s->browser < 0.1f)
				continue;
			if (f->open_ns >= start) {
				/* new flow: was there an old one it could have used? */
				for (uint32_t k = f->same_host; k != NONE; k = c->flows[k].same_host) {
					o = &c->flows[k];
					if (o->class == f->class && o->open_ns < start - NS_PER_S &&
					    o->last_ns > start - USABLE_NS &&
					    (!o->has_totals || o->totals.end_ns > start + NS_PER_S))
						break;
					o = NULL;
				}
				if (o)
					s->alpha += 1;
			} else if (f->open_ns < start - NS_PER_S && f->n_bursts > 1 &&
				   is_active_between(c, f, start + NS_PER_S / 5, start + FAN_OUT_NS / 2)) {
				/* An old one woke up: counts only with no other site of its own about to
				 * explain it. */
				s->beta += 0.25f;
			}
		}
	}
	c->is_shared = false;
	for (uint32_t i = 0; i < c->n_classes; i++)
		if (c->classes[i].browser >= BROWSER_MIN && c->classes[i].n_flows * 2 > c->n_flows)
			c->is_shared =
			    partition_odds(&c->classes[i]) < UNPARTITIONED_MAX / (1 - UNPARTITIONED_MAX);
}
