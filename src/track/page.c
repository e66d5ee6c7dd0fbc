/* Page views: bursts that began a document, by what surrounds them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "track/page_table.h"
#include "track/visit_parts.h"

#define AFTER_NS (5 * NS_PER_S / 2)
#define BEFORE_NS (3 * NS_PER_S)
#define WINDOW_MAX 96u
#define DISTINCT_MAX 64u

struct page_probe page_probe;

struct distinct {
	uint32_t at[DISTINCT_MAX], n;
};

static bool distinct_add(struct distinct *d, uint32_t x)
{
	for (uint32_t i = 0; i < d->n; i++)
		if (d->at[i] == x)
			return false;
	if (d->n < DISTINCT_MAX)
		d->at[d->n++] = x;
	return true;
}

static float posterior_of(const struct vflow *f, uint32_t site)
{
	for (uint32_t i = 0; i < f->n_post; i++)
		if (f->site_of[i] == site)
			return f->post[i];
	return 0;
}

static uint32_t first_flow_from(const struct client *c, int64_t at)
{
	uint32_t low = 0, high = c->n_flows;

	while (low < high) {
		uint32_t mid = (low + high) / 2;
		if (c->flows[mid].open_ns < at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static uint32_t first_dns_from(const struct client *c, int64_t at)
{
	uint32_t low = 0, high = c->n_dns;

	while (low < high) {
		uint32_t mid = (low + high) / 2;
		if (c->dns[mid].ts_ns < at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void flows_around(const struct client *c, const struct names *n, const struct vflow *me, int64_t t,
			 float *f)
{
	struct distinct before = { .n = 0 }, after = { .n = 0 }, third = { .n = 0 };
	uint32_t pair = 0;
	float own = 0;

	for (uint32_t i = first_flow_from(c, t - BEFORE_NS), k = 0; i < c->n_flows && k < WINDOW_MAX;
	     i++, k++) {
		const struct vflow *o = &c->flows[i];

		if (o->open_ns > t + AFTER_NS)
			break;
		if (o != me && o->name == me->name && llabs(o->open_ns - me->open_ns) < NS_PER_S / 2)
			pair++;
		if (!o->site || o->site == me->site || c->classes[o->class].browser < 0.1f)
			continue;
		if (o->open_ns < t - 20 * NS_PER_MS)
			distinct_add(&before, o->site);
		else if (o->open_ns > t) {
			distinct_add(&after, o->site);
			if (n->at[o->name].is_third)
				distinct_add(&third, o->site);
			own += posterior_of(o, me->site);
		}
	}
	f[5] = (float)(pair > 3 ? 3 : pair);
	f[7] = log1pf((float)after.n);
	f[8] = log1pf((float)third.n);
	f[9] = log1pf((float)before.n);
	f[20] = log1pf(own);
}

static void bursts_around(const struct client *c, const struct names *n, uint32_t at, const struct vflow *me,
			  int64_t t, float *f)
{
	struct distinct before = { .n = 0 }, after = { .n = 0 }, own_sites = { .n = 0 };
	float own = 0, all = 0;

	for (uint32_t i = at, k = 0; i-- > 0 && k < WINDOW_MAX; k++) {
		const struct vburst *o = &c->bursts[c->by_time[i]];
		const struct vflow *g = &c->flows[o->flow];

		if (o->b.start_ns < t - NS_PER_S)
			break;
		if (g->site && g->site != me->site && o->b.start_ns < t - 10 * NS_PER_MS &&
		    c->classes[g->class].browser >= 0.1f)
			distinct_add(&before, g->site);
	}
	for (uint32_t i = at + 1, k = 0; i < c->n_bursts && k < WINDOW_MAX; i++, k++) {
		const struct vburst *o = &c->bursts[c->by_time[i]];
		const struct vflow *g = &c->flows[o->flow];
		float p;

		if (o->b.start_ns > t + AFTER_NS)
			break;
		if (!g->site || g->site == me->site || c->classes[g->class].browser < 0.1f)
			continue;
		distinct_add(&after, g->site);
		p = posterior_of(g, me->site);
		own += p;
		all += 1;
		if (p > 0.5f)
			distinct_add(&own_sites, g->site);
	}
	(void)n;
	f[10] = log1pf((float)after.n);
	f[11] = log1pf((float)before.n);
	f[21] = all > 0 ? own / all : 0;
	f[22] = log1pf((float)own_sites.n);
}

static void dns_around(const struct client *c, const struct vflow *me, int64_t t, float *f)
{
	struct distinct before = { .n = 0 }, after = { .n = 0 };

	for (uint32_t i = first_dns_from(c, t - 3 * NS_PER_S / 2), k = 0; i < c->n_dns && k < 2 * WINDOW_MAX;
	     i++, k++) {
		const struct vdns *d = &c->dns[i];

		if (d->ts_ns > t + AFTER_NS)
			break;
		if (d->name == me->name && d->ts_ns <= t)
			f[6] = 1;
		if (d->ts_ns < t - NS_PER_S / 4 && d->ts_ns >= t - NS_PER_S)
			distinct_add(&before, d->name);
		else if (d->ts_ns > t)
			distinct_add(&after, d->name);
	}
	f[13] = log1pf((float)before.n);
	f[14] = log1pf((float)after.n);
}

static bool is_front(const struct name *host, const struct name *site)
{
	return host == site ||
	       (host->host.len == site->host.len + 4 && memcmp(host->host.text, "www.", 4) == 0);
}

/* The most likely page view of another site just before, by the pass before. */
static float best_before(const struct client *c, uint32_t at, uint32_t site, int64_t t)
{
	float best = 0;

	for (uint32_t i = at, k = 0; i-- > 0 && k < WINDOW_MAX; k++) {
		const struct vburst *o = &c->bursts[c->by_time[i]];

		if (o->b.start_ns < t - BEFORE_NS)
			break;
		if (c->flows[o->flow].site != site && o->page_before > best)
			best = o->page_before;
	}
	return best;
}

/* Sites asked in the last moments: a page view follows the user, what it embeds follows the page. */
static float sites_just_before(const struct client *c, uint32_t at, uint32_t site, int64_t t)
{
	struct distinct d = {.n = 0};

	for (uint32_t i = at, k = 0; i-- > 0 && k < WINDOW_MAX; k++) {
		const struct vburst *o = &c->bursts[c->by_time[i]];
		const struct vflow *f = &c->flows[o->flow];

		if (o->b.start_ns < t - 3 * NS_PER_S / 10)
			break;
		if (f->site != site && c->classes[f->class].browser >= 0.1f)
			distinct_add(&d, f->site);
	}
	return log1pf((float)d.n);
}

static void row_of(const struct client *c, const struct names *n, uint32_t at, int64_t since_site_ns,
		   int64_t since_any_ns, bool is_new_site, int pass, struct page_row *r)
{
	const struct vburst *b = &c->bursts[c->by_time[at]];
	const struct vflow *me = &c->flows[b->flow];
	const struct name *host = &n->at[me->name], *site = &n->at[me->site];
	int64_t t = b->b.start_ns;
	float *f = r->f;

	memset(r, 0, sizeof(*r));
	f[0] = 1;
	f[is_front(host, site) ? 26 : 1] = log1pf(1000.0f * host->reach);
	f[is_front(host, site) ? 27 : 2] = host->is_third;
	f[is_front(host, site) ? 28 : 3] = site->listed != NONE;
	f[34] = sites_just_before(c, at, me->site, t);
	f[29] = !host->is_third && site->listed == NONE;
	f[4] = c->by_time[at] == me->first_burst;
	f[12] = fminf(5.0f, log1pf((float)since_site_ns / 1e9f));
	f[15] = is_front(host, site);
	f[16] = me->info->has_psk;
	f[17] = is_new_site;
	f[18] = c->classes[me->class].browser;
	flows_around(c, n, me, t, f);
	bursts_around(c, n, at, me, t, f);
	dns_around(c, me, t, f);
	if (!f[4])
		f[5] = 0;
	f[23] = fminf(5.0f, log1pf((float)since_any_ns / 1e9f));
	if (pass > 1) {
		float own = posterior_of(me, me->site);
		f[19] = own;
		f[24] = 1.0f - own - me->background;
		f[25] = own > 0.5f ? f[22] * f[21] : 0;
		f[30] = logf((b->page_before + 1e-4f) / (1.0001f - b->page_before));
		f[31] = best_before(c, at, me->site, t);
		f[32] = log1pf(b->gain);
		f[33] = log1pf(b->gain_own);
	} else {
		f[20] = f[21] = f[22] = 0;
	}
}

static float judge(const struct page_row *r, int pass)
{
	const float *w = pass > 1 ? PAGE_WEIGHTS_2 : PAGE_WEIGHTS_1;
	float z = 0;

	for (int i = 0; i < PAGE_FEATURES; i++)
		z += w[i] * r->f[i];
	return 1.0f / (1.0f + expf(-z));
}

static void mark_documents(struct client *c)
{
	for (uint32_t i = 0; i < c->n_requests; i++) {
		const struct vrequest *r = &c->requests[i];

		for (uint32_t k = 0; k < c->n_flows; k++) {
			struct vflow *f = &c->flows[k];
			if (f->info->id != r->flow)
				continue;
			for (uint32_t b = f->first_burst; b != NONE; b = c->bursts[b].next)
				if (r->ts_ns >= c->bursts[b].b.start_ns && r->ts_ns <= c->bursts[b].b.end_ns)
					c->bursts[b].page = r->is_navigation ? 1.0f : 0.0f;
			break;
		}
	}
}

void page_detect(struct client *c, const struct names *n, int pass)
{
	int64_t *last_of = calloc(n->n, sizeof(*last_of)), last_any = 0;

	if (!last_of)
		return;
	for (uint32_t i = 0; i < c->n_bursts; i++)
		c->bursts[i].page_before = pass > 1 ? c->bursts[i].page : 0;
	for (uint32_t i = 0; i < c->n_bursts; i++) {
		struct vburst *b = &c->bursts[c->by_time[i]];
		const struct vflow *f = &c->flows[b->flow];
		struct page_row row;
		int64_t since, t = b->b.start_ns;

		b->page = 0;
		if (!f->site || c->classes[f->class].browser < 0.1f)
			continue;
		since = last_of[f->site] ? t - last_of[f->site] : 1000 * NS_PER_S;
		if (since > NS_PER_S / 2) {
			row_of(c, n, i, since, last_any ? t - last_any : 1000 * NS_PER_S,
			       last_of[f->site] == 0, pass, &row);
			b->page = judge(&row, pass);
			if (page_probe.row)
				page_probe.row(page_probe.ctx, c, c->by_time[i], &row, pass, b->page);
		}
		last_of[f->site] = t;
		last_any = t;
	}
	free(last_of);
	if (c->n_requests)
		mark_documents(c);
}
