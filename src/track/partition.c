/* Does a program keep its connections apart by site? Judged for each class of hellos of a client. */
#include <math.h>
#include <stdlib.h>

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

/* A usable connection in a fan-out, and the newest one to its host by then. */
struct hit {
	uint32_t newest;
	bool is_woken;
};

/* Goes once over the visits and the flows, both in order of time. */
struct sweep {
	struct client *c;
	const struct names *n;
	uint32_t
	    *usable; /* flows that were opened before the visit and may be usable for it or for later ones */
	uint32_t n_usable, n_opened, n_begun;
	uint32_t *woken; /* by flow: the visit whose fan-out it was last active in, + 1 */
	struct hit *hits;
};

/* Was the connection usable for a visit, or will it be for a later one? */
static bool is_usable(const struct vflow *f, int64_t start)
{
	return f->last_ns > start - USABLE_NS && (!f->has_totals || f->totals.end_ns > start + NS_PER_S);
}

/* Goes on to a visit: which connections are usable now, and which are the newest of their hosts once its
 * fan-out is over.
 */
static void sweep_to(struct sweep *s, int64_t start)
{
	struct client *c = s->c;
	uint32_t n = 0;

	for (; s->n_opened < c->n_flows && c->flows[s->n_opened].open_ns < start - NS_PER_S; s->n_opened++)
		s->usable[s->n_usable++] = s->n_opened;
	for (uint32_t i = 0; i < s->n_usable; i++)
		if (is_usable(&c->flows[s->usable[i]], start))
			s->usable[n++] = s->usable[i];
	s->n_usable = n;
	for (; s->n_begun < c->n_flows && c->flows[s->n_begun].open_ns < start + FAN_OUT_NS; s->n_begun++)
		s->n->notes[c->flows[s->n_begun].name].last_flow = s->n_begun + 1;
}

static void mark_woken(struct sweep *s, uint32_t visit, int64_t start)
{
	const struct client *c = s->c;

	for (uint32_t i = first_burst_from(c, start + NS_PER_S / 5); i < c->n_bursts; i++) {
		const struct vburst *b = &c->bursts[c->by_time[i]];

		if (b->b.start_ns > start + FAN_OUT_NS / 2)
			break;
		s->woken[b->flow] = visit + 1;
	}
}

static int hit_order(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;

	return x->newest < y->newest ? -1 : x->newest > y->newest;
}

/* The usable connections to hosts that the fan-out may have asked, those to one host together. */
static uint32_t find_hits(struct sweep *s, uint32_t visit)
{
	const struct client *c = s->c;
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->n_usable; i++) {
		const struct vflow *o = &c->flows[s->usable[i]];
		uint32_t newest = s->n->notes[o->name].last_flow - 1;

		if (o->site && o->site != c->visits[visit].site && s->n->at[o->name].is_third &&
		    c->classes[o->class].browser >= BROWSER_MIN &&
		    is_same_program(c, c->flows[newest].class, o->class))
			s->hits[n++] = (struct hit){ newest, s->woken[s->usable[i]] == visit + 1 };
	}
	if (n)
		qsort(s->hits, n, sizeof(*s->hits), hit_order);
	return n;
}

/* What the newest connection of a host, and those before it that are usable, say of a fan-out. */
static float host_speaks(bool is_new, bool is_woken, bool is_one)
{
	if (is_new)
		return is_one ? NEW_BESIDE_ONE : NEW_BESIDE_MORE;
	if (is_woken)
		return is_one ? OLD_ONE : OLD_MORE;
	return 0;
}

static void fan_out_speaks(struct sweep *s, uint32_t visit)
{
	struct client *c = s->c;
	int64_t start = c->visits[visit].start_ns;
	float sum[CLASSES_MAX] = { 0 };
	uint32_t n;

	sweep_to(s, start);
	mark_woken(s, visit, start);
	n = find_hits(s, visit);
	for (uint32_t i = 0, k; i < n; i = k) {
		const struct vflow *f = &c->flows[s->hits[i].newest];
		bool is_woken = false;

		for (k = i; k < n && s->hits[k].newest == s->hits[i].newest; k++)
			is_woken = is_woken || s->hits[k].is_woken;
		sum[f->class] += host_speaks(f->open_ns >= start, is_woken, k - i == 1) / 2;
	}
	/* What is seen of a browser's hellos over TCP holds for those over QUIC. */
	for (uint32_t i = 0; i < c->n_classes; i++) {
		float all = 0;

		for (uint32_t k = 0; k < c->n_classes; k++)
			all += is_same_program(c, i, k) ? sum[k] : 0;
		c->classes[i].apart += fmaxf(-FAN_OUT_MOST, fminf(FAN_OUT_MOST, all));
	}
}

/* returns: false if out of memory. */
static bool sweep_init(struct sweep *s, struct client *c, const struct names *n)
{
	*s = (struct sweep){ .c = c, .n = n };
	s->usable = malloc((c->n_flows + 1) * sizeof(*s->usable));
	s->woken = calloc(c->n_flows + 1, sizeof(*s->woken));
	s->hits = malloc((c->n_flows + 1) * sizeof(*s->hits));
	for (uint32_t i = 0; i < n->n_noted; i++)
		n->notes[n->noted[i]].n_visits = n->notes[n->noted[i]].last_flow = 0;
	return s->usable && s->woken && s->hits;
}

static void sweep_fini(struct sweep *s)
{
	free(s->usable);
	free(s->woken);
	free(s->hits);
}

/* An opportunity: the fan-out of a site's first visit asks a host to which a usable connection, older than
 * the visit, is open.
 */
void partition_test(struct client *c, const struct names *n)
{
	struct sweep s;

	for (uint32_t i = 0; i < c->n_classes; i++)
		c->classes[i].apart = c->classes[i].browser > 0.9f ? PRIOR_BROWSER : PRIOR_OTHER;
	if (sweep_init(&s, c, n))
		for (uint32_t v = 0; v < c->n_visits; v++)
			if (n->notes[c->visits[v].site].n_visits++ == 0 && v > 0)
				fan_out_speaks(&s, v);
	sweep_fini(&s);
	c->is_shared = false;
	for (uint32_t i = 0; i < c->n_classes; i++) {
		struct class_stat *k = &c->classes[i];

		k->share = logistic(k->apart);
		if (k->browser >= BROWSER_MIN && k->n_flows * 2 > c->n_flows)
			c->is_shared = k->share < UNPARTITIONED_MAX;
	}
}
