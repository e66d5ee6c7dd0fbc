/* What surrounds a burst: connections and questions before and after it, and whose they are. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "track/page_parts.h"

#define AFTER_NS (5 * NS_PER_S / 2)
#define BEFORE_NS (3 * NS_PER_S)
#define SOON_NS (3 * NS_PER_S / 2)
#define TOGETHER_NS (50 * NS_PER_MS)
#define AT_ONCE_NS (3 * NS_PER_S / 10)
#define SAME_PAGE_NS (3 * NS_PER_S)
#define WINDOW_MAX 128u
#define DISTINCT_MAX 64u

struct distinct {
	uint32_t at[DISTINCT_MAX], n;
};

/* One row in the making. */
struct view {
	const struct client *c;
	const struct names *n;
	const struct vburst *burst;
	const struct vflow *me;
	uint32_t at; /* of the burst in by_time */
	int64_t t;
	float *f;
};

static void distinct_add(struct distinct *d, uint32_t x)
{
	for (uint32_t i = 0; i < d->n; i++)
		if (d->at[i] == x)
			return;
	if (d->n < DISTINCT_MAX)
		d->at[d->n++] = x;
}

static float many(const struct distinct *d)
{
	return log1pf((float)d->n);
}

/* A flow of a browser to another site. */
static bool is_other(const struct view *v, const struct vflow *o)
{
	return o->site && o->site != v->me->site && v->c->classes[o->class].browser >= BROWSER_MIN;
}

static void note_kin(const struct view *v, const struct vflow *o)
{
	uint32_t *unlike = &v->n->notes[o->site].unlike;

	if (v->f[PAGE_KIN] || *unlike == v->me->site || is_broken(v->c, TERM_ALIKE))
		return;
	if (names_are_kin(v->n, o->site, v->me->site))
		v->f[PAGE_KIN] = 1;
	else
		*unlike = v->me->site;
}

static void flows_around(const struct view *v)
{
	const struct client *c = v->c;
	struct distinct before = { .n = 0 }, after = { .n = 0 }, embedded = { .n = 0 }, together = { .n = 0 };
	int64_t moment = v->burst == &c->bursts[v->me->first_burst] ? v->me->open_ns : v->t;
	uint32_t pair = 0;
	float own = 0;

	for (uint32_t i = first_flow_from(c, v->t - BEFORE_NS), k = 0; i < c->n_flows && k < WINDOW_MAX;
	     i++, k++) {
		const struct vflow *o = &c->flows[i];

		if (o->open_ns > v->t + AFTER_NS)
			break;
		if (o != v->me && o->name == v->me->name && llabs(o->open_ns - v->me->open_ns) < NS_PER_S / 2)
			pair++;
		if (!is_other(v, o))
			continue;
		if (llabs(o->open_ns - moment) < TOGETHER_NS)
			distinct_add(&together, o->site);
		if (o->open_ns < v->t)
			note_kin(v, o);
		if (o->open_ns < v->t - 20 * NS_PER_MS) {
			distinct_add(&before, o->site);
		} else if (o->open_ns > v->t) {
			distinct_add(&after, o->site);
			if (v->n->at[o->name].is_third)
				distinct_add(&embedded, o->site);
			own += posterior_of(o, v->me->site);
		}
	}
	v->f[PAGE_PAIR] = v->burst == &c->bursts[v->me->first_burst] ? (float)(pair > 3 ? 3 : pair) : 0;
	v->f[PAGE_TOGETHER] = many(&together);
	v->f[PAGE_FLOWS_BEFORE] = many(&before);
	v->f[PAGE_FLOWS_AFTER] = many(&after);
	v->f[PAGE_EMBEDDED_AFTER] = many(&embedded);
	v->f[PAGE_OWN_FLOWS] = log1pf(own);
}

static void rival(const struct view *v, const struct vburst *o)
{
	v->f[PAGE_RIVAL] = fmaxf(v->f[PAGE_RIVAL], o->page_before);
	if (o->b.start_ns > v->t - SOON_NS)
		v->f[PAGE_RIVAL_SOON] = fmaxf(v->f[PAGE_RIVAL_SOON], o->page_before);
}

static void bursts_before(const struct view *v)
{
	const struct client *c = v->c;
	struct distinct second = { .n = 0 }, moment = { .n = 0 };

	for (uint32_t i = v->at, k = 0; i-- > 0 && k < WINDOW_MAX; k++) {
		const struct vburst *o = &c->bursts[c->by_time[i]];
		const struct vflow *g = &c->flows[o->flow];

		if (o->b.start_ns < v->t - BEFORE_NS)
			break;
		if (g->site != v->me->site)
			rival(v, o);
		if (!is_other(v, g))
			continue;
		note_kin(v, g);
		if (o->b.start_ns < v->t - NS_PER_S)
			continue;
		if (o->b.start_ns < v->t - 10 * NS_PER_MS)
			distinct_add(&second, g->site);
		if (o->b.start_ns >= v->t - 3 * NS_PER_S / 10)
			distinct_add(&moment, g->site);
	}
	v->f[PAGE_JUST_BEFORE] = many(&moment);
	v->f[PAGE_BURSTS_BEFORE] = many(&second);
}

/* Was the flow silent before this burst for a while? */
static bool is_woken(const struct client *c, const struct vburst *b)
{
	return b->before != NONE && b->b.start_ns - c->bursts[b->before].b.end_ns > 2 * NS_PER_S;
}

static void bursts_after(const struct view *v)
{
	const struct client *c = v->c;
	struct distinct all = { .n = 0 }, own_sites = { .n = 0 };
	uint64_t down = v->burst->b.down, asked = v->burst->b.up_payload;
	float own = 0, n = 0, woken = 0;

	for (uint32_t i = v->at + 1, k = 0; i < c->n_bursts && k < WINDOW_MAX; i++, k++) {
		const struct vburst *o = &c->bursts[c->by_time[i]];
		const struct vflow *g = &c->flows[o->flow];
		float p;

		if (o->b.start_ns > v->t + AFTER_NS)
			break;
		if (g->site == v->me->site) {
			down += o->b.down;
			asked += o->b.up_payload;
		}
		if (!is_other(v, g))
			continue;
		distinct_add(&all, g->site);
		p = posterior_of(g, v->me->site);
		own += p;
		n += 1;
		if (p > 0.5f) {
			distinct_add(&own_sites, g->site);
			woken += is_woken(c, o);
		}
	}
	v->f[PAGE_BURSTS_AFTER] = many(&all);
	v->f[PAGE_OWN_SHARE] = n > 0 ? own / n : 0;
	v->f[PAGE_OWN_SITES] = many(&own_sites);
	v->f[PAGE_WOKEN] = log1pf(woken);
	v->f[PAGE_VOLUME] = fminf(4.0f, log1pf((float)down / 1000.0f));
	v->f[PAGE_REQUESTS] = fminf(3.0f, log1pf((float)asked / 300.0f));
}

static void dns_around(const struct view *v)
{
	const struct client *c = v->c;
	struct distinct before = { .n = 0 }, after = { .n = 0 };

	if (is_broken(c, TERM_DNS))
		return;
	for (uint32_t i = first_dns_from(c, v->t - 3 * NS_PER_S / 2), k = 0;
	     i < c->n_dns && k < 2 * WINDOW_MAX; i++, k++) {
		const struct vdns *d = &c->dns[i];

		if (d->ts_ns > v->t + AFTER_NS)
			break;
		if (d->name == v->me->name && d->ts_ns <= v->t)
			v->f[PAGE_ASKED] = 1;
		if (d->ts_ns < v->t - NS_PER_S / 4 && d->ts_ns >= v->t - NS_PER_S)
			distinct_add(&before, d->name);
		else if (d->ts_ns > v->t)
			distinct_add(&after, d->name);
	}
	v->f[PAGE_DNS_BEFORE] = many(&before);
	v->f[PAGE_DNS_AFTER] = many(&after);
}

/* Heartbeats come at even intervals. */
static bool is_periodic(const struct view *v)
{
	int64_t end[3];
	uint32_t n = 0;

	for (uint32_t i = v->at + 1, k = 0; i-- > 0 && k < 4 * WINDOW_MAX && n < 3; k++) {
		const struct vburst *o = &v->c->bursts[v->c->by_time[i]];

		if (v->c->flows[o->flow].name == v->me->name &&
		    (n == 0 || end[n - 1] - o->b.start_ns > NS_PER_S))
			end[n++] = o->b.start_ns;
	}
	if (n < 3 || end[0] - end[1] < 3 * NS_PER_S)
		return false;
	return llabs((end[0] - end[1]) - (end[1] - end[2])) < (end[0] - end[1]) / 12;
}

static void name_signs(const struct view *v)
{
	const struct name *host = &v->n->at[v->me->name], *site = &v->n->at[v->me->site];
	float *f = v->f;
	bool front = host->is_front;

	f[PAGE_FRONT] = front;
	f[front ? PAGE_FRONT_REACH : PAGE_REACH] = log1pf(1000.0f * host->reach);
	f[front ? PAGE_FRONT_EMBEDDED : PAGE_EMBEDDED] = host->is_third;
	f[front ? PAGE_FRONT_LISTED : PAGE_LISTED] = site->listed != NONE;
	f[PAGE_PARTS] = host->is_parts && !is_broken(v->c, TERM_ALIKE);
	f[PAGE_UNLISTED] = !host->is_third && site->listed == NONE;
}

/* The most likely page view of the site that is not this one. */
static float visited(const struct view *v)
{
	const struct site_pages *p = &v->n->notes[v->me->site].likely;

	for (int i = 0; i < 2; i++)
		if (llabs(p->at_ns[i] - v->t) > SAME_PAGE_NS)
			return p->p[i];
	return 0;
}

/* The site that the connection was opened for may begin a page view at this moment: then this is part of it.
 */
static float owner(const struct view *v)
{
	const struct client *c = v->c;
	uint32_t i = first_burst_from(c, v->t - AT_ONCE_NS);
	float p = 0;

	if (v->me->n_post == 0 || v->me->site_of[0] == v->me->site)
		return 0;
	for (uint32_t k = 0; i < c->n_bursts && k < WINDOW_MAX; i++, k++) {
		const struct vburst *o = &c->bursts[c->by_time[i]];

		if (o->b.start_ns > v->t + AT_ONCE_NS)
			break;
		if (c->flows[o->flow].site == v->me->site_of[0])
			p = fmaxf(p, o->page_before);
	}
	return p * v->me->post[0];
}

static void verdict_signs(const struct view *v)
{
	const struct vflow *me = v->me;
	float *f = v->f;

	f[PAGE_OWN] = posterior_of(me, me->site);
	f[PAGE_OTHER] = 1.0f - f[PAGE_OWN] - me->background;
	f[PAGE_EXPLAINED] = fmaxf(-4.0f, fminf(8.0f, me->explained));
	f[PAGE_EMBEDDED_SHARE] = me->embedded_share;
	f[PAGE_GAIN] = log1pf(v->burst->gain);
	f[PAGE_GAIN_MEAN] = v->burst->n_gain ? v->burst->gain / (float)v->burst->n_gain : 0;
	f[PAGE_VISITED] = visited(v);
	f[PAGE_RIVAL_ALONE] = !v->c->has_tabs && v->c->n_devices < 2 ? f[PAGE_RIVAL_SOON] : 0;
	f[PAGE_GAIN_CLEAR] = log1pf(v->burst->gain_own);
	f[PAGE_BEFORE] = logf((v->burst->page_before + 1e-3f) / (1.001f - v->burst->page_before));
}

void page_signs(const struct client *c, const struct names *n, uint32_t at, int64_t since_site_ns,
		int64_t since_any_ns, bool is_new_site, int pass, struct page_row *ret)
{
	const struct vburst *b = &c->bursts[c->by_time[at]];
	const struct vflow *me = &c->flows[b->flow];
	struct view v = { .c = c, .n = n, .burst = b, .me = me, .at = at, .t = b->b.start_ns, .f = ret->f };

	memset(ret, 0, sizeof(*ret));
	ret->kind = c->by_time[at] != me->first_burst ? PAGE_OLD_FLOW
		    : is_new_site                     ? PAGE_NEW_SITE
						      : PAGE_NEW_FLOW;
	ret->f[PAGE_BIAS] = 1;
	ret->f[PAGE_TICKET] = me->info->has_psk;
	ret->f[PAGE_SINCE_SITE] = fminf(5.0f, log1pf((float)since_site_ns / 1e9f));
	ret->f[PAGE_SINCE_ANY] = fminf(5.0f, log1pf((float)since_any_ns / 1e9f));
	ret->f[PAGE_PERIODIC] = is_periodic(&v);
	name_signs(&v);
	flows_around(&v);
	bursts_before(&v);
	bursts_after(&v);
	dns_around(&v);
	if (pass > 1)
		verdict_signs(&v);
	if (pass > 1 && ret->kind == PAGE_OLD_FLOW)
		ret->owner = owner(&v);
	if (pass == 1)
		for (int i = PAGE_OWN; i < PAGE_SIGNS; i++)
			ret->f[i] = 0;
}
