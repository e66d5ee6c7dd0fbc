/* Which site a flow belongs to, and which visit a burst. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "know/profiles.h"
#include "track/attribute_table.h"
#include "track/visit_parts.h"

#define ALIVE_NS (900 * NS_PER_S)
#define REUSE_LEAK 0.12f
#define PARALLEL_NS (4 * NS_PER_S / 5)
#define NEIGHBOUR_NS (3 * NS_PER_S / 10)

struct candidates {
	uint32_t visit[CANDIDATES_MAX], site[CANDIDATES_MAX], n;
};

/* What the resolution of one client keeps at hand. */
struct work {
	struct client *c;
	const struct names *n;
	int64_t **anchors; /* by name index: times */
	uint32_t *n_anchors;
	uint32_t *df; /* by name index */
	struct pair *pairs;
	uint32_t n_pairs, cap_pairs;
	uint32_t *visits_of; /* by name index: visits of the site */
	uint32_t *prev_class;
	int pass;
};

struct pair {
	uint32_t site, name;
	float weight;
};

static uint32_t lag_bin(float lag_s)
{
	uint32_t i = 0;

	while (i < LAG_BINS - 1 && lag_s >= LAG_EDGES_S[i])
		i++;
	return i;
}

/* Sites of the visits begun by t, latest first; visit: the latest of each. */
static void candidates_at(const struct client *c, int64_t t, struct candidates *ret)
{
	uint32_t low = 0, high = c->n_visits, steps = 0;

	ret->n = 0;
	while (low < high) {
		uint32_t mid = (low + high) / 2;
		if (c->visits[mid].start_ns <= t + 50 * NS_PER_MS)
			low = mid + 1;
		else
			high = mid;
	}
	for (uint32_t i = low; i-- > 0 && ret->n < CANDIDATES_MAX && steps < 64; steps++) {
		uint32_t k;

		if (t - c->visits[i].anchor_ns > ALIVE_NS && t - c->visits[i].start_ns > ALIVE_NS)
			continue;
		for (k = 0; k < ret->n && ret->site[k] != c->visits[i].site; k++)
			;
		if (k < ret->n)
			continue;
		ret->visit[ret->n] = i;
		ret->site[ret->n++] = c->visits[i].site;
	}
}

static float anchor_lag_s(const struct work *w, uint32_t site, int64_t t)
{
	const int64_t *a = w->anchors[site];
	uint32_t low = 0, high = w->n_anchors[site];

	while (low < high) {
		uint32_t mid = (low + high) / 2;
		if (a[mid] <= t + 30 * NS_PER_MS)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == 0)
		return 1e6f;
	return fmaxf(0, (float)(t - a[low - 1]) / 1e9f);
}

static float learnt(const struct work *w, uint32_t site, uint32_t name)
{
	uint32_t low = 0, high = w->n_pairs;

	while (low < high) {
		uint32_t mid = (low + high) / 2;
		const struct pair *p = &w->pairs[mid];
		if (p->site < site || (p->site == site && p->name < name))
			low = mid + 1;
		else
			high = mid;
	}
	if (low < w->n_pairs && w->pairs[low].site == site && w->pairs[low].name == name)
		return w->pairs[low].weight;
	return 0;
}

static float name_term(const struct work *w, uint32_t site, const struct vflow *f)
{
	const struct name *host = &w->n->at[f->name], *s = &w->n->at[site];
	float g = 0.02f + 0.5f * host->reach, n = 0, total = 0, share;

	if (f->site == site)
		return logf(0.97f);
	if (host->company && s->company == host->company)
		return logf(0.5f);
	if (w->n->know && s->listed != NONE && host->tracker != NONE) {
		share = profiles_share(w->n->know->profiles, s->listed, host->tracker);
		n += 1.0f * share;
		total += 1.0f;
	}
	n += learnt(w, site, f->site);
	total += (float)w->visits_of[site];
	return logf((n + g) / (total + 1.0f));
}

static float posterior_of(const struct vflow *f, uint32_t site)
{
	for (uint32_t i = 0; i < f->n_post; i++)
		if (f->site_of[i] == site)
			return f->post[i];
	return 0;
}

static void dns_before(const struct client *c, uint32_t name, int64_t t, bool *ret_fresh, bool *ret_seen)
{
	uint32_t low = 0, high = c->n_dns;

	while (low < high) {
		uint32_t mid = (low + high) / 2;
		if (c->dns[mid].ts_ns <= t + 10 * NS_PER_MS)
			low = mid + 1;
		else
			high = mid;
	}
	*ret_fresh = *ret_seen = false;
	for (uint32_t i = low, k = 0; i-- > 0 && k < 200; k++) {
		if (t - c->dns[i].ts_ns > 3 * NS_PER_S)
			break;
		if (c->dns[i].name == name) {
			*ret_fresh = *ret_seen = true;
			return;
		}
	}
}

struct history {
	float open, parallel, any, recent;
};

static void history_of(const struct work *w, const struct vflow *f, uint32_t site, struct history *ret)
{
	uint32_t k = f->same_host;

	memset(ret, 0, sizeof(*ret));
	for (int i = 0; i < 8 && k != NONE; i++, k = w->c->flows[k].same_host) {
		const struct vflow *o = &w->c->flows[k];
		float p = posterior_of(o, site);

		if (o->class != f->class)
			continue;
		ret->any = fmaxf(ret->any, p);
		if (f->open_ns - o->open_ns < PARALLEL_NS) {
			ret->parallel = fmaxf(ret->parallel, p);
			continue;
		}
		if (!o->has_totals || o->totals.end_ns > f->open_ns)
			if (f->open_ns - o->last_ns < 120 * NS_PER_S)
				ret->open = fmaxf(ret->open, p);
		if (f->open_ns - o->open_ns < 300 * NS_PER_S)
			ret->recent = fmaxf(ret->recent, p);
	}
}

static float part_weight(const struct class_stat *s)
{
	return s->alpha / (s->alpha + s->beta);
}

static float background_term(const struct work *w, const struct vflow *f)
{
	const struct name *host = &w->n->at[f->name];
	float p = host->is_telemetry ? 0.9f
		  : host->is_third   ? 0.01f
				     : 0.03f,
	      b = w->c->classes[f->class].browser;

	return logf(0.06f) + logf(p) + logf(fmaxf(0.0004f, 1 - b) / fmaxf(0.0004f, b)) - 0.5f;
}

/* Flows opened at nearly the same time belong together more often than not. */
static void neighbours(const struct work *w, uint32_t me, const struct candidates *cs, float *score,
		       float *background)
{
	const struct client *c = w->c;
	const struct vflow *f = &c->flows[me];
	float sum[CANDIDATES_MAX] = { 0 }, bg = 0, total = 0;

	for (int way = -1; way <= 1; way += 2)
		for (uint32_t i = me + (uint32_t)way, k = 0; i < c->n_flows && k < 12;
		     i += (uint32_t)way, k++) {
			const struct vflow *o = &c->flows[i];
			float weight;

			if (llabs(o->open_ns - f->open_ns) > NEIGHBOUR_NS)
				break;
			if (o->name == f->name || o->n_post == 0 || o->class != f->class)
				continue;
			weight = o->site_of[0] == o->site ? 2.0f : 1.0f;
			for (uint32_t s = 0; s < cs->n; s++)
				sum[s] += weight * posterior_of(o, cs->site[s]);
			bg += weight * o->background;
			total += weight;
		}
	if (total <= 0)
		return;
	for (uint32_t s = 0; s < cs->n; s++)
		score[s] += logf(0.15f + 0.85f * sum[s] / total);
	*background += 0.5f * logf(0.15f + 0.85f * bg / total);
}

static void keep_best(struct vflow *f, const struct candidates *cs, const float *score, float background)
{
	float top = background, z, e[CANDIDATES_MAX], used = 0;
	bool is_taken[CANDIDATES_MAX] = { 0 };

	for (uint32_t s = 0; s < cs->n; s++)
		top = fmaxf(top, score[s]);
	z = expf(background - top);
	for (uint32_t s = 0; s < cs->n; s++)
		z += e[s] = expf(score[s] - top);
	f->background = expf(background - top) / z;
	f->log_sum = top + logf(z);
	f->n_post = 0;
	while (f->n_post < 4 && f->n_post < cs->n) {
		uint32_t best = NONE;

		for (uint32_t s = 0; s < cs->n; s++)
			if (!is_taken[s] && (best == NONE || e[s] > e[best]))
				best = s;
		is_taken[best] = true;
		f->site_of[f->n_post] = cs->site[best];
		f->post[f->n_post++] = e[best] / z;
		used += e[best] / z;
	}
}

static void later_bursts(const struct work *w, const struct vflow *f, const struct candidates *cs,
			 float *score, float *background)
{
	uint32_t b = w->c->bursts[f->first_burst].next;

	for (int i = 0; i < 8 && b != NONE; i++, b = w->c->bursts[b].next) {
		int64_t t = w->c->bursts[b].b.start_ns;
		struct candidates now;

		candidates_at(w->c, t, &now);
		*background -= 0.3f;
		for (uint32_t s = 0; s < cs->n; s++)
			for (uint32_t r = 0; r < now.n; r++)
				if (now.site[r] == cs->site[s]) {
					score[s] +=
					    0.6f * (LAG_BURST[lag_bin(anchor_lag_s(w, cs->site[s], t))] +
						    logf(w->c->rank_burst[r < 3 ? r : 3]) + 1.0f);
					break;
				}
	}
}

/* What speaks for a site as the cause of a new flow, but for the time. */
static float site_score(const struct work *w, const struct vflow *f, uint32_t site, float part, bool is_fresh)
{
	const struct client *c = w->c;
	float x = name_term(w, site, f);
	struct history h;

	history_of(w, f, site, &h);
	if (part <= 0.3f)
		return x;
	if (h.parallel > 0.3f)
		x += logf(1 + 2 * h.parallel);
	else
		x += part * logf(1 - h.open * (1 - REUSE_LEAK));
	if (f->info->has_psk)
		x += part * logf(0.03f + 0.97f * h.any);
	if (c->has_dns && is_fresh)
		x += part * logf(1 - 0.5f * (h.parallel < 0.3f ? h.recent : 0));
	else if (c->has_dns)
		x += part * logf(0.15f + 0.85f * h.recent);
	return x;
}

static void attribute_flow(struct work *w, uint32_t me)
{
	struct client *c = w->c;
	struct vflow *f = &c->flows[me];
	float part = part_weight(&c->classes[f->class]), score[CANDIDATES_MAX], background = background_term(w, f);
	struct candidates cs;
	bool is_fresh, has_dns;

	candidates_at(c, f->open_ns, &cs);
	dns_before(c, f->name, f->open_ns, &is_fresh, &has_dns);
	for (uint32_t s = 0; s < cs.n; s++)
		score[s] = LAG_OPEN[lag_bin(anchor_lag_s(w, cs.site[s], f->open_ns))] + logf(c->rank_open[s < 3 ? s : 3]) +
			   site_score(w, f, cs.site[s], part, is_fresh);
	if (part > 0.3f && f->n_bursts > 1)
		later_bursts(w, f, &cs, score, &background);
	if (w->pass > 1)
		neighbours(w, me, &cs, score, &background);
	keep_best(f, &cs, score, background);
}

/* How much better the flows that follow a burst are explained if it began a page view. */
static void page_gain(const struct work *w, struct vburst *b)
{
	const struct client *c = w->c;
	uint32_t site = c->flows[b->flow].site, low = 0, high = c->n_flows;
	int64_t t = b->b.start_ns;

	b->gain = b->gain_own = 0;
	while (low < high) {
		uint32_t mid = (low + high) / 2;
		if (c->flows[mid].open_ns < t)
			low = mid + 1;
		else
			high = mid;
	}
	for (uint32_t k = 0; low < c->n_flows && k < 64; low++, k++) {
		const struct vflow *f = &c->flows[low];
		float with, without, gain;
		bool is_fresh, has_dns;

		if (f->open_ns > t + 4 * NS_PER_S)
			break;
		if (!f->site || f->site == site || !f->n_bursts || c->classes[f->class].browser < 0.1f)
			continue;
		dns_before(c, f->name, f->open_ns, &is_fresh, &has_dns);
		without = fmaxf(-9.0f, f->log_sum + logf(fmaxf(1e-6f, 1 - posterior_of(f, site))));
		with = LAG_OPEN[lag_bin((float)(f->open_ns - t) / 1e9f)] + logf(w->c->rank_open[0]) +
		       site_score(w, f, site, part_weight(&c->classes[f->class]), is_fresh);
		gain = log1pf(expf(fminf(8.0f, with - without)));
		b->gain += gain;
		if (gain > 2)
			b->gain_own += 1;
	}
}

static int time_order(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static bool build_anchors(struct work *w)
{
	struct client *c = w->c;
	uint32_t n = 0;
	int64_t *at;

	for (uint32_t i = 0; i < c->n_visits; i++)
		w->visits_of[c->visits[i].site]++;
	for (uint32_t i = 0; i < c->n_bursts; i++)
		if (w->visits_of[c->flows[c->bursts[i].flow].site])
			w->n_anchors[c->flows[c->bursts[i].flow].site]++;
	for (uint32_t i = 0; i < c->n_pages; i++)
		w->n_anchors[c->pages[i].site]++;
	for (uint32_t i = 0; i < w->n->n; i++)
		n += w->n_anchors[i];
	at = c->anchor_ns = malloc((n + 1) * sizeof(*at));
	if (!at)
		return false;
	for (uint32_t i = 0; i < w->n->n; i++) {
		w->anchors[i] = at;
		at += w->n_anchors[i];
		w->n_anchors[i] = 0;
	}
	for (uint32_t i = 0; i < c->n_bursts; i++) {
		const struct vflow *f = &c->flows[c->bursts[i].flow];
		if (w->visits_of[f->site] && c->classes[f->class].browser >= 0.1f &&
		    (f->n_post == 0 || posterior_of(f, f->site) > 0.5f))
			w->anchors[f->site][w->n_anchors[f->site]++] = c->bursts[i].b.start_ns;
	}
	for (uint32_t i = 0; i < c->n_pages; i++)
		if (w->visits_of[c->pages[i].site])
			w->anchors[c->pages[i].site][w->n_anchors[c->pages[i].site]++] = c->pages[i].at_ns;
	for (uint32_t i = 0; i < w->n->n; i++)
		if (w->n_anchors[i] > 1)
			qsort(w->anchors[i], w->n_anchors[i], sizeof(int64_t), time_order);
	return true;
}

static int pair_order(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->site != y->site)
		return x->site < y->site ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

/* Which third parties each site had, as far as the last pass was sure: what the next pass expects. */
static void learn(struct work *w)
{
	struct client *c = w->c;
	uint32_t n = 0;

	w->pairs = malloc((c->n_flows + 1) * sizeof(*w->pairs));
	if (!w->pairs)
		return;
	for (uint32_t i = 0; i < c->n_flows; i++) {
		const struct vflow *f = &c->flows[i];
		if (f->n_post && f->post[0] > 0.7f && f->site && f->site != f->site_of[0])
			w->pairs[n++] = (struct pair){ f->site_of[0], f->site, f->post[0] };
	}
	qsort(w->pairs, n, sizeof(*w->pairs), pair_order);
	for (uint32_t i = 0; i < n; i++) {
		struct pair *last = w->n_pairs ? &w->pairs[w->n_pairs - 1] : NULL;
		if (last && last->site == w->pairs[i].site && last->name == w->pairs[i].name)
			last->weight += w->pairs[i].weight;
		else
			w->pairs[w->n_pairs++] = w->pairs[i];
	}
	for (uint32_t i = 0; i < w->n_pairs; i++) {
		float most = (float)w->visits_of[w->pairs[i].site];
		w->pairs[i].weight = fminf(w->pairs[i].weight, most);
	}
}

static void burst_alone(const struct work *w, const struct vflow *f, struct vburst *b)
{
	struct candidates cs;
	struct vflow one = *f;
	float score[CANDIDATES_MAX];
	uint32_t r = 0;

	candidates_at(w->c, b->b.start_ns, &cs);
	for (uint32_t s = 0; s < cs.n; s++)
		score[s] = LAG_BURST[lag_bin(anchor_lag_s(w, cs.site[s], b->b.start_ns))] +
			   logf(w->c->rank_burst[s < 3 ? s : 3]) + name_term(w, cs.site[s], f);
	keep_best(&one, &cs, score, background_term(w, f));
	b->site = one.n_post && one.post[0] > one.background ? one.site_of[0] : 0;
	b->conf = b->site ? one.post[0] : one.background;
	for (; r < cs.n && cs.site[r] != b->site; r++)
		;
	b->visit = r < cs.n ? cs.visit[r] : NONE;
}

static uint32_t visit_at(const struct client *c, uint32_t site, int64_t t)
{
	uint32_t found = NONE;

	for (uint32_t i = 0; i < c->n_visits && c->visits[i].start_ns <= t + 50 * NS_PER_MS; i++)
		if (c->visits[i].site == site)
			found = i;
	return found;
}

static void give_bursts(struct work *w)
{
	struct client *c = w->c;

	for (uint32_t i = 0; i < c->n_bursts; i++) {
		struct vburst *b = &c->bursts[i];
		const struct vflow *f = &c->flows[b->flow];

		b->visit = NONE;
		b->site = 0;
		if (part_weight(&c->classes[f->class]) <= 0.3f && b != &c->bursts[f->first_burst]) {
			burst_alone(w, f, b);
			continue;
		}
		if (f->n_post == 0 || f->background >= f->post[0]) {
			b->conf = f->n_post ? f->background : f->background;
			continue;
		}
		b->site = f->site_of[0];
		b->conf = f->post[0];
		b->visit = visit_at(c, b->site, b->b.start_ns);
	}
}

void attribute_flows(struct client *c, const struct names *n, int pass, bool is_learning)
{
	struct work w = { .c = c, .n = n, .pass = pass };

	w.anchors = calloc(n->n, sizeof(*w.anchors));
	w.n_anchors = calloc(n->n, sizeof(*w.n_anchors));
	w.visits_of = calloc(n->n, sizeof(*w.visits_of));
	memcpy(c->rank_open, RANK_OPEN, sizeof(c->rank_open));
	memcpy(c->rank_burst, RANK_BURST, sizeof(c->rank_burst));
	if (w.anchors && w.n_anchors && w.visits_of && build_anchors(&w)) {
		if (pass > 1 && is_learning)
			learn(&w);
		for (uint32_t i = 0; i < c->n_flows; i++)
			if (c->flows[i].n_bursts)
				attribute_flow(&w, i);
		give_bursts(&w);
		for (uint32_t i = 0; i < c->n_bursts; i++)
			if (c->bursts[i].page > 0.003f)
				page_gain(&w, &c->bursts[i]);
			else
				c->bursts[i].gain = c->bursts[i].gain_own = 0;
	}
	free(w.pairs);
	free(w.anchors);
	free(w.n_anchors);
	free(w.visits_of);
	free(c->anchor_ns);
	c->anchor_ns = NULL;
}
