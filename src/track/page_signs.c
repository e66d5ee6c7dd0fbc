/* What surrounds a burst: connections and questions before and after it, and whose they are. */
#include <math.h>
#include <stdlib.h>

#include "base/time.h"
#include "track/page_parts.h"

#define SOON_NS (3 * NS_PER_S / 2)
#define TOGETHER_NS (50 * NS_PER_MS)
#define PAIR_NS (NS_PER_S / 2)
#define PAIR_MAX 3
#define AT_ONCE_NS (3 * NS_PER_S / 10)
#define SAME_PAGE_NS (3 * NS_PER_S)
#define WOKEN_NS (2 * NS_PER_S)

/* One row in the making. */
struct view {
	const struct around *a;
	const struct client *c;
	const struct names *n;
	const struct vburst *burst;
	const struct vflow *me;
	uint32_t at; /* of the burst in by_time */
	int64_t t;
	float *f;
};

static struct view view_of(const struct around *a, uint32_t at, float *f)
{
	const struct vburst *b = &a->c->bursts[a->c->by_time[at]];

	return (struct view){ .a = a,
			      .c = a->c,
			      .n = a->n,
			      .burst = b,
			      .me = &a->c->flows[b->flow],
			      .at = at,
			      .t = b->b.start_ns,
			      .f = f };
}

static bool is_first(const struct view *v)
{
	return v->c->by_time[v->at] == v->me->first_burst;
}

/* ---- what stays the same from pass to pass ---- */

/* Other sites in a stretch of time. */
static float others(const struct view *v, enum around_stretch which)
{
	return log1pf((float)around_others(v->a, which, v->me->site));
}

static bool has_kin(const struct view *v, enum around_stretch which)
{
	const struct stretch *s = &v->a->stretches[which];

	for (uint32_t i = 0; i < s->n_names; i++)
		if (names_are_kin(v->n, s->name[i], v->me->site))
			return true;
	return false;
}

/* Was a site of like name heard of just before? */
static bool follows_kin(const struct view *v)
{
	const struct events *flows = &v->a->flows;

	if (is_broken(v->c, TERM_ALIKE))
		return false;
	if (has_kin(v, FLOWS_BEFORE) || has_kin(v, BURSTS_BEFORE))
		return true;
	for (uint32_t i = v->a->stretches[FLOWS_BEFORE].until;
	     i < v->a->stretches[FLOWS_AFTER].until && flows->at_ns[i] < v->t; i++)
		if (flows->name[i] && names_are_kin(v->n, flows->name[i], v->me->site))
			return true;
	return false;
}

/* Connections to the same name at the same time. */
static uint32_t pairs(const struct view *v)
{
	const struct client *c = v->c;
	uint32_t first = v->a->first_flow, end = v->a->stretches[FLOWS_AFTER].until, n = 0;

	for (uint32_t k = v->me->same_host;
	     n < PAIR_MAX && k != NONE && k >= first && v->me->open_ns - c->flows[k].open_ns < PAIR_NS;
	     k = c->flows[k].same_host)
		n += k < end;
	for (uint32_t k = v->me->next_same_host;
	     n < PAIR_MAX && k < end && c->flows[k].open_ns - v->me->open_ns < PAIR_NS;
	     k = c->flows[k].next_same_host)
		n += k >= first;
	return n;
}

/* Other sites whose connections were opened at the same moment as this one, or as something was asked on it.
 */
static uint32_t together(const struct view *v)
{
	const struct events *flows = &v->a->flows;
	uint32_t first = v->a->first_flow, end = v->a->stretches[FLOWS_AFTER].until;
	uint32_t i = is_first(v) ? v->burst->flow : v->a->stretches[FLOWS_AFTER].low;
	uint32_t seen[AROUND_NAMES_MAX], n = 0;
	int64_t moment = is_first(v) ? v->me->open_ns : v->t;

	while (i > first && flows->at_ns[i - 1] > moment - TOGETHER_NS)
		i--;
	for (i = i < first ? first : i; i < end && flows->at_ns[i] < moment + TOGETHER_NS; i++) {
		uint32_t k = 0;

		if (!flows->name[i] || flows->name[i] == v->me->site)
			continue;
		while (k < n && seen[k] != flows->name[i])
			k++;
		if (k == n && n < AROUND_NAMES_MAX)
			seen[n++] = flows->name[i];
	}
	return n;
}

/* Heartbeats come at even intervals. */
static bool is_periodic(const struct view *v)
{
	int64_t end[3];
	uint32_t n = 0;

	for (uint32_t i = v->at; i != NONE && v->at - i < AROUND_HOST_MAX && n < 3; i = v->a->before[i])
		if (n == 0 || end[n - 1] - v->a->bursts.at_ns[i] > NS_PER_S)
			end[n++] = v->a->bursts.at_ns[i];
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

static void dns_signs(const struct view *v)
{
	if (is_broken(v->c, TERM_DNS))
		return;
	v->f[PAGE_ASKED] = around_asked(v->a, v->me->name);
	v->f[PAGE_DNS_BEFORE] = log1pf((float)around_names(v->a, DNS_BEFORE));
	v->f[PAGE_DNS_AFTER] = log1pf((float)around_names(v->a, DNS_AFTER));
}

void page_surroundings(struct around *a, uint32_t at, int64_t since_site_ns, int64_t since_any_ns,
		       struct page_row *ret)
{
	struct view v = view_of(a, at, ret->f);
	const struct around_note *own = &v.n->notes[v.me->site].around;
	float *f = ret->f;

	around_move(a, at);
	f[PAGE_BIAS] = 1;
	f[PAGE_TICKET] = v.me->info->has_psk;
	f[PAGE_SINCE_SITE] = fminf(PAGE_SINCE_MOST, log1pf((float)since_site_ns / 1e9f));
	f[PAGE_SINCE_ANY] = fminf(PAGE_SINCE_MOST, log1pf((float)since_any_ns / 1e9f));
	f[PAGE_PERIODIC] = is_periodic(&v);
	name_signs(&v);
	f[PAGE_KIN] = follows_kin(&v);
	f[PAGE_PAIR] = is_first(&v) ? (float)pairs(&v) : 0;
	f[PAGE_TOGETHER] = log1pf((float)together(&v));
	f[PAGE_FLOWS_BEFORE] = others(&v, FLOWS_BEFORE);
	f[PAGE_FLOWS_AFTER] = others(&v, FLOWS_AFTER);
	f[PAGE_EMBEDDED_AFTER] = others(&v, EMBEDDED_AFTER);
	f[PAGE_JUST_BEFORE] = others(&v, BURSTS_MOMENT);
	f[PAGE_BURSTS_BEFORE] = others(&v, BURSTS_SECOND);
	f[PAGE_BURSTS_AFTER] = others(&v, BURSTS_AFTER);
	f[PAGE_VOLUME] = fminf(4.0f, log1pf((float)(v.burst->b.down + own->down) / 1000.0f));
	f[PAGE_REQUESTS] = fminf(3.0f, log1pf((float)(v.burst->b.up_payload + own->asked) / 300.0f));
	dns_signs(&v);
}

/* ---- what the pass before found ---- */

/* Was the flow silent before this burst for a while? */
static bool is_woken(const struct client *c, const struct vburst *b)
{
	return b->before != NONE && b->b.start_ns - c->bursts[b->before].b.end_ns > WOKEN_NS;
}

/* Connections opened after it that are given to its site. */
static float flows_given(const struct view *v)
{
	const struct client *c = v->c;
	float own = 0;

	for (uint32_t i = first_flow_from(c, v->t - AROUND_BEFORE_NS), k = 0;
	     i < c->n_flows && k < AROUND_MAX; i++, k++) {
		const struct vflow *o = &c->flows[i];

		if (o->open_ns > v->t + AROUND_AFTER_NS)
			break;
		if (o->open_ns > v->t && o->site && o->site != v->me->site &&
		    c->classes[o->class].browser >= BROWSER_MIN)
			own += posterior_of(o, v->me->site);
	}
	return own;
}

/* What other sites' hosts are heard of after it on connections that are given to its site. */
static void bursts_given(const struct view *v)
{
	const struct around *a = v->a;
	uint32_t seen[AROUND_NAMES_MAX], n_seen = 0;
	float own = 0, n = 0, woken = 0;

	for (uint32_t i = v->at + 1, k = 0; i < a->bursts.n && k < AROUND_MAX; i++, k++) {
		uint32_t site = a->bursts.name[i], s = 0;
		const struct vburst *o;
		float p;

		if (a->bursts.at_ns[i] > v->t + AROUND_AFTER_NS)
			break;
		if (!site || site == v->me->site)
			continue;
		o = &v->c->bursts[v->c->by_time[i]];
		p = posterior_of(&v->c->flows[o->flow], v->me->site);
		own += p;
		n += 1;
		if (p <= 0.5f)
			continue;
		while (s < n_seen && seen[s] != site)
			s++;
		if (s == n_seen && n_seen < AROUND_NAMES_MAX)
			seen[n_seen++] = site;
		woken += is_woken(v->c, o);
	}
	v->f[PAGE_OWN_SHARE] = n > 0 ? own / n : 0;
	v->f[PAGE_OWN_SITES] = log1pf((float)n_seen);
	v->f[PAGE_WOKEN] = log1pf(woken);
}

/* The likeliest page views of other sites just before. */
static void rivals(const struct view *v)
{
	const struct around *a = v->a;
	float most = 0, soon = 0;

	for (uint32_t i = v->at, k = 0; i-- > 0 && k < AROUND_MAX; k++) {
		if (a->bursts.at_ns[i] < v->t - AROUND_BEFORE_NS)
			break;
		if (a->site[i] == v->me->site || a->page[i] <= most)
			continue;
		most = a->page[i];
		if (a->bursts.at_ns[i] > v->t - SOON_NS)
			soon = most;
	}
	v->f[PAGE_RIVAL] = most;
	v->f[PAGE_RIVAL_SOON] = soon;
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
	const struct around *a = v->a;
	float p = 0;

	if (v->me->n_post == 0 || v->me->site_of[0] == v->me->site)
		return 0;
	for (uint32_t i = first_burst_from(v->c, v->t - AT_ONCE_NS), k = 0; i < a->bursts.n && k < AROUND_MAX;
	     i++, k++) {
		if (a->bursts.at_ns[i] > v->t + AT_ONCE_NS)
			break;
		if (a->site[i] == v->me->site_of[0])
			p = fmaxf(p, a->page[i]);
	}
	return p * v->me->post[0];
}

void page_verdicts(const struct around *a, uint32_t at, struct page_row *ret)
{
	struct view v = view_of(a, at, ret->f);
	const struct vflow *me = v.me;
	float *f = ret->f;

	f[PAGE_OWN] = posterior_of(me, me->site);
	f[PAGE_OTHER] = 1.0f - f[PAGE_OWN] - me->background;
	f[PAGE_EXPLAINED] = fmaxf(-4.0f, fminf(8.0f, me->explained));
	f[PAGE_EMBEDDED_SHARE] = me->embedded_share;
	if (v.n->notes[me->site].is_given) {
		f[PAGE_OWN_FLOWS] = log1pf(flows_given(&v));
		bursts_given(&v);
	}
	rivals(&v);
	f[PAGE_RIVAL_ALONE] = !v.c->has_tabs && v.c->n_devices < 2 ? f[PAGE_RIVAL_SOON] : 0;
	f[PAGE_VISITED] = visited(&v);
	f[PAGE_GAIN] = log1pf(v.burst->gain);
	f[PAGE_GAIN_MEAN] = v.burst->n_gain ? v.burst->gain / (float)v.burst->n_gain : 0;
	f[PAGE_GAIN_CLEAR] = log1pf(v.burst->gain_own);
	f[PAGE_BEFORE] = logf((v.burst->page_before + 1e-3f) / (1.001f - v.burst->page_before));
	if (ret->kind == PAGE_OLD_FLOW)
		ret->owner = owner(&v);
}
