/* How far to believe that a flow's bursts belong to a visit: a logistic over a few signs, then a table. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "know/profiles.h"
#include "track/claim_parts.h"
#include "track/claim_table.h"

#define BEFORE_NS (4 * NS_PER_S)
#define AFTER_NS (NS_PER_S / 2)
#define TOGETHER_NS (3 * NS_PER_S / 10)
#define ACTIVE_NS NS_PER_S
#define QUIET_NS (30 * NS_PER_S)
#define BURSTS_MAX 512
#define ODDS_MOST 7.0f
#define WAKE_NS (3 * NS_PER_S)
#define BEGUN_BEFORE_MIN 2
#define OLDER_NS (60 * NS_PER_S)

/* What is said at most, whatever the signs are. */
#define SHADOWED_MOST 0.6f
#define SHARED_MOST 0.89f
#define OLDER_MOST 0.8f

static float odds_sign(float p)
{
	return fmaxf(-ODDS_MOST, fminf(ODDS_MOST, log_odds(p)));
}

/* Other sites with a page view about t; and whether one was begun since the site's own last one. */
static void rivals(const struct client *c, uint32_t site, int64_t t, struct claim *ret)
{
	uint32_t seen[8], n = 0;
	bool is_latest = true, is_last_seen = false;

	for (uint32_t i = first_page_from(c, t + AFTER_NS + 1); i-- > 0 && n < 8;) {
		const struct vpage *p = &c->pages[i];
		uint32_t k = 0;

		if (p->at_ns <= t + VISIT_SOON_NS && !is_last_seen) {
			is_last_seen = true;
			is_latest = p->site == site;
		}
		if (p->at_ns < t - BEFORE_NS)
			break;
		while (k < n && seen[k] != p->site)
			k++;
		if (k == n && p->site != site)
			seen[n++] = p->site;
	}
	ret->at[CLAIM_RIVALS] = log1pf((float)n);
	ret->at[CLAIM_LATEST] = is_latest;
}

/* Has the site a page view in whose wake a flow is that opened at t? */
static bool is_in_wake(const struct client *c, uint32_t site, int64_t t)
{
	for (uint32_t i = first_page_from(c, t - WAKE_NS);
	     i < c->n_pages && c->pages[i].at_ns <= t + VISIT_SOON_NS; i++)
		if (c->pages[i].site == site)
			return true;
	return false;
}

/* A connection whose name the client kept to itself (ECH, and no answer of DNS), just before t and not in
 * the wake of a page view of the site, may have been another site's page.
 */
static bool is_shadowed(const struct client *c, uint32_t site, int64_t t)
{
	for (uint32_t i = first_flow_from(c, t - BEFORE_NS), k = 0; i < c->n_flows && k < 128; i++, k++) {
		const struct vflow *o = &c->flows[i];

		if (o->open_ns > t + VISIT_SOON_NS)
			break;
		if (o->info->unnamed == UNNAMED_ECH && !is_in_wake(c, site, o->open_ns))
			return true;
	}
	return false;
}

/* The client was there before the capture: what is not in the wake of a page view may belong to one that was
 * not seen.
 */
static bool may_be_older(const struct client *c, const struct vflow *f, uint32_t site, int64_t first_ns)
{
	return c->n_begun_before >= BEGUN_BEFORE_MIN && f->open_ns - first_ns < OLDER_NS &&
	       !is_in_wake(c, site, f->open_ns);
}

/* Is it the name of a site, or www before it? */
static bool is_page_name(const struct names *n, const struct vflow *f)
{
	const struct name *host = &n->at[f->name];

	return f->name == f->site || (strncmp(host->host.text, "www.", 4) == 0 &&
				      strcmp(host->host.text + 4, n->at[f->site].host.text) == 0);
}

/* What was opened beside a flow, and just before it. */
static void surroundings(const struct client *c, const struct names *n, const struct vflow *f, uint32_t site,
			 struct claim *ret)
{
	float own = 0.5f, all = 1, strange = 0, unbegun = 0;

	for (uint32_t i = first_flow_from(c, f->open_ns - BEFORE_NS), k = 0; i < c->n_flows && k < 128;
	     i++, k++) {
		const struct vflow *o = &c->flows[i];
		const struct name *host = &n->at[o->name];

		if (o->open_ns > f->open_ns + TOGETHER_NS)
			break;
		if (o == f || c->classes[o->class].browser < BROWSER_MIN)
			continue;
		if (o->site != site && o->same_host == NONE && !host->is_third && !host->is_telemetry)
			strange++;
		if (o->site != site && o->n_post && o->site_of[0] != o->site && !host->is_third &&
		    !host->is_telemetry && is_page_name(n, o))
			unbegun++;
		if (o->open_ns < f->open_ns - TOGETHER_NS || o->name == f->name || !o->n_post)
			continue;
		all += 1;
		own += posterior_of(o, site);
	}
	ret->at[CLAIM_TOGETHER] = own / all;
	ret->at[CLAIM_RIVALS_NEW] = log1pf(strange);
	ret->at[CLAIM_UNBEGUN] = log1pf(unbegun);
}

/* How many other sites are at work about t, and for how long none was. */
static void others_at_work(const struct client *c, uint32_t site, int64_t t, struct claim *ret)
{
	uint32_t seen[8], n = 0, i = first_burst_from(c, t + TOGETHER_NS);
	int64_t quiet_ns = QUIET_NS;

	for (uint32_t k = 0; i-- > 0 && k < BURSTS_MAX; k++) {
		const struct vburst *b = &c->bursts[c->by_time[i]];
		uint32_t s = 0;

		if (b->b.start_ns < t - QUIET_NS || (n && b->b.start_ns < t - ACTIVE_NS))
			break;
		if (!b->site || b->site == site || !b->is_asking)
			continue;
		if (quiet_ns == QUIET_NS)
			quiet_ns = b->b.end_ns < t ? t - b->b.end_ns : 0;
		while (s < n && seen[s] != b->site)
			s++;
		if (s == n && n < 8 && b->b.start_ns >= t - ACTIVE_NS)
			seen[n++] = b->site;
		else if (b->b.start_ns < t - ACTIVE_NS)
			break;
	}
	ret->at[CLAIM_ACTIVE] = log1pf((float)n);
	ret->at[CLAIM_QUIET] = log1pf((float)quiet_ns / 1e9f);
}

static void name_signs(const struct names *n, const struct vflow *f, uint32_t site, struct claim *ret)
{
	const struct name *host = &n->at[f->name], *s = &n->at[site];

	ret->at[CLAIM_OWN] = f->site == site;
	ret->at[CLAIM_EMBEDDED] = host->is_third;
	ret->at[CLAIM_SITE] = f->site != site && !host->is_third && n->at[f->site].listed != NONE;
	if (n->know && s->listed != NONE && host->tracker != NONE)
		ret->at[CLAIM_PROFILE] = sqrtf(profiles_share(n->know->profiles, s->listed, host->tracker));
}

static int64_t first_seen(const struct client *c)
{
	int64_t first = c->n_flows ? c->flows[0].open_ns : 0;

	return c->n_dns && c->dns[0].ts_ns < first ? c->dns[0].ts_ns : first;
}

/* Of the bursts from `first` on, of one flow in one visit: the chance that the page views of the visit up to
 * them are of one visit.
 */
static float joined(const struct client *c, const struct vvisit *v, uint32_t first)
{
	const struct vpage *p = &c->pages[v->first_page];
	float sum = 0, n = 0;

	for (uint32_t i = first; i != NONE; i = c->bursts[i].next_of_visit) {
		while (p->next_of_visit != NONE &&
		       c->pages[p->next_of_visit].at_ns <= c->bursts[i].b.start_ns + VISIT_SOON_NS)
			p = &c->pages[p->next_of_visit];
		sum += p->of_visit;
		n++;
	}
	return logf(fmaxf(0.02f, sum / n));
}

/* Of the bursts from `first` on. conf: of them in the visit, before calibration. */
static void claim_signs(const struct client *c, const struct names *n, const struct vflow *f, uint32_t first,
			float conf, float n_bursts, struct claim *ret)
{
	const struct vvisit *v = &c->visits[c->bursts[first].visit];
	float next = fmaxf(f->background, f->n_post > 1 ? f->post[1] : 0);

	memset(ret, 0, sizeof(*ret));
	ret->at[CLAIM_BIAS] = 1;
	ret->at[CLAIM_POST] = odds_sign(conf);
	ret->at[CLAIM_MARGIN] =
	    fmaxf(0, fminf(ODDS_MOST, logf((f->post[0] + 1e-6f) / (next + 1e-6f)))) * !f->is_shared;
	ret->at[CLAIM_VISIT] = odds_sign(v->conf);
	ret->at[CLAIM_DOUBT] = logf(f->doubt + 0.003f) - logf(0.003f);
	rivals(c, v->site, f->open_ns, ret);
	ret->at[CLAIM_TABS] = c->has_tabs;
	ret->at[CLAIM_DEVICES] = c->n_devices > 1;
	ret->at[CLAIM_SHARED] = f->is_shared;
	ret->at[CLAIM_BURSTS] = log1pf(n_bursts);
	ret->at[CLAIM_LAG] = log1pf(fmaxf(0, (float)(f->open_ns - v->start_ns) / 1e9f));
	ret->at[CLAIM_JOINED] = joined(c, v, first);
	ret->at[CLAIM_EARLY] = expf(-(float)(f->open_ns - first_seen(c)) / 5e9f);
	name_signs(n, f, v->site, ret);
	surroundings(c, n, f, v->site, ret);
	others_at_work(c, v->site, f->open_ns, ret);
}

static float weigh(const float weights[CLAIM_SIGNS], const struct claim *claim)
{
	return fminf(CERTAIN_MOST, logistic(weighed(weights, claim->at, 0, CLAIM_SIGNS)));
}

/* All bursts of a flow in one visit, from the first of them. */
static void judge(struct client *c, const struct names *n, const struct vflow *f, uint32_t first)
{
	uint32_t visit = c->bursts[first].visit;
	float weight = 0, all = 0, count = 0, burst, part, most = 1;
	struct claim claim;

	for (uint32_t i = first; i != NONE; i = c->bursts[i].next_of_visit) {
		weight += c->bursts[i].conf * (float)(c->bursts[i].b.up + 1);
		all += (float)(c->bursts[i].b.up + 1);
		count++;
	}
	claim_signs(c, n, f, first, weight / all, count, &claim);
	if (c->probe && c->probe->claim)
		c->probe->claim(c->probe->ctx, c, first, n, &claim);
	burst = weigh(CLAIM_BURST_WEIGHTS, &claim);
	part = weigh(CLAIM_PART_WEIGHTS, &claim);
	if (f->is_shared)
		most = SHARED_MOST;
	if (may_be_older(c, f, c->visits[visit].site, first_seen(c)))
		most = OLDER_MOST;
	if (c->visits[visit].is_shadowed || is_shadowed(c, c->visits[visit].site, f->open_ns))
		most = SHADOWED_MOST;
	if (is_broken(c, TERM_CLAIM))
		burst = weight / all, part = burst * c->visits[visit].conf;
	for (uint32_t i = first; i != NONE; i = c->bursts[i].next_of_visit) {
		c->bursts[i].claim = c->bursts[i].pinned_site ? 1 : burst;
		c->bursts[i].claim_part = c->bursts[i].pinned_site ? 1 : part;
		c->bursts[i].claim_most = c->bursts[i].pinned_site ? 1 : most;
	}
}

/* A flow's bursts of one visit are linked. last: of each visit, its last burst so far. */
static void link_of_visits(struct client *c, const struct vflow *f, uint32_t *last)
{
	for (uint32_t b = f->first_burst; b != NONE; b = c->bursts[b].next)
		if (c->bursts[b].visit != NONE)
			last[c->bursts[b].visit] = NONE;
	for (uint32_t b = f->first_burst; b != NONE; b = c->bursts[b].next) {
		uint32_t visit = c->bursts[b].visit;

		if (visit == NONE)
			continue;
		if (last[visit] != NONE)
			c->bursts[last[visit]].next_of_visit = b;
		last[visit] = b;
	}
}

void claims_judge(struct client *c, const struct names *n)
{
	uint32_t *last = malloc((c->n_visits + 1) * sizeof(*last));

	for (uint32_t i = 0; i < c->n_bursts; i++) {
		c->bursts[i].claim = -1;
		c->bursts[i].claim_most = 1;
		c->bursts[i].next_of_visit = NONE;
	}
	for (uint32_t i = 0; i < c->n_flows && last; i++)
		link_of_visits(c, &c->flows[i], last);
	free(last);
	c->n_begun_before = 0;
	for (uint32_t i = 0; i < c->n_flows; i++)
		c->n_begun_before += !c->flows[i].info->is_complete && c->flows[i].n_bursts > 0;
	for (uint32_t i = 0; i < c->n_visits; i++)
		c->visits[i].is_shadowed = !(c->visits[i].why & WHY_READ) &&
					   is_shadowed(c, c->visits[i].site, c->visits[i].start_ns);
	for (uint32_t i = 0; i < c->n_flows; i++)
		for (uint32_t b = c->flows[i].first_burst; b != NONE; b = c->bursts[b].next)
			if (c->bursts[b].visit != NONE && c->bursts[b].claim < 0)
				judge(c, n, &c->flows[i], b);
}

float claim_visit(const struct client *c, const struct vvisit *v, float conf)
{
	conf = calibrate(c, CALIBRATE_VISIT, conf);
	return v->is_shadowed ? fminf(conf, SHADOWED_MOST) : conf;
}
