/* Does a program keep its connections apart by site? Judged for each class of hellos of a client. */
#include <math.h>

#include "base/time.h"
#include "track/visit_parts.h"

#define FAN_OUT_NS (4 * NS_PER_S)
#define USABLE_NS (60 * NS_PER_S)

/* Log odds before anything is seen: current browsers do, of other programs little is known. */
#define PRIOR_BROWSER 2.1f
#define PRIOR_OTHER 0.4f

/* Log odds that one host speaks for in one fan-out: it got a new connection beside one or several that were
 * usable, or its old ones woke up instead. A second connection may also be the pool of requests without
 * credentials; with several open, one of them is soon active for another site. The hosts of a fan-out are not
 * independent of each other: they count half, and together no more than FAN_OUT_MOST.
 */
static const float NEW_BESIDE_ONE = 1.9f, NEW_BESIDE_MORE = 2.0f, OLD_ONE = -2.1f, OLD_MORE = -1.3f;
#define FAN_OUT_MOST 3.0f

static bool is_active_between(const struct client *c, const struct vflow *f, int64_t from, int64_t to)
{
	for (uint32_t b = f->first_burst; b != NONE; b = c->bursts[b].next)
		if (c->bursts[b].b.start_ns >= from && c->bursts[b].b.start_ns <= to)
			return true;
	return false;
}

float partition_share(const struct class_stat *s)
{
	return 1 / (1 + expf(-s->apart));
}

static bool is_first_visit(const struct client *c, uint32_t v)
{
	for (uint32_t k = 0; k < v; k++)
		if (c->visits[k].site == c->visits[v].site)
			return false;
	return true;
}

/* Was the connection older than a visit, and usable for it? */
static bool is_usable(const struct vflow *f, int64_t start)
{
	return f->open_ns < start - NS_PER_S && f->last_ns > start - USABLE_NS &&
	       (!f->has_totals || f->totals.end_ns > start + NS_PER_S);
}

/* What the newest connection of a host, and those before it, say of a fan-out that began at start. */
static float host_speaks(const struct client *c, uint32_t newest, int64_t start)
{
	const struct vflow *f = &c->flows[newest];
	unsigned usable = 0;
	bool is_woken = false;

	for (uint32_t k = newest; k != NONE; k = c->flows[k].same_host) {
		const struct vflow *o = &c->flows[k];

		if (o->class != f->class || !is_usable(o, start))
			continue;
		usable++;
		is_woken = is_woken || is_active_between(c, o, start + NS_PER_S / 5, start + FAN_OUT_NS / 2);
	}
	if (usable && f->open_ns >= start)
		return usable > 1 ? NEW_BESIDE_MORE : NEW_BESIDE_ONE;
	if (usable && is_woken)
		return usable > 1 ? OLD_MORE : OLD_ONE;
	return 0;
}

static void fan_out_speaks(struct client *c, const struct names *n, const struct vvisit *v)
{
	float sum[CLASSES_MAX] = { 0 };
	uint32_t until = first_flow_from(c, v->start_ns + FAN_OUT_NS);

	for (uint32_t i = 0; i < until; i++) {
		const struct vflow *f = &c->flows[i];

		if (f->site && f->site != v->site && n->at[f->name].is_third &&
		    c->classes[f->class].browser >= BROWSER_MIN &&
		    (f->next_same_host == NONE || f->next_same_host >= until))
			sum[f->class] += host_speaks(c, i, v->start_ns) / 2;
	}
	for (uint32_t i = 0; i < c->n_classes; i++)
		c->classes[i].apart += fmaxf(-FAN_OUT_MOST, fminf(FAN_OUT_MOST, sum[i]));
}

/* An opportunity: the fan-out of a site's first visit asks a host to which a usable connection, older than
 * the visit, is open.
 */
void partition_test(struct client *c, const struct names *n)
{
	for (uint32_t i = 0; i < c->n_classes; i++)
		c->classes[i].apart = c->classes[i].browser > 0.9f ? PRIOR_BROWSER : PRIOR_OTHER;
	for (uint32_t v = 1; v < c->n_visits; v++)
		if (is_first_visit(c, v))
			fan_out_speaks(c, n, &c->visits[v]);
	c->is_shared = false;
	for (uint32_t i = 0; i < c->n_classes; i++)
		if (c->classes[i].browser >= BROWSER_MIN && c->classes[i].n_flows * 2 > c->n_flows)
			c->is_shared = partition_share(&c->classes[i]) < UNPARTITIONED_MAX;
}
