/* Which site a flow belongs to: the terms of each candidate, and the choice. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "track/attribute_parts.h"
#include "track/attribute_table.h"

#define ASKED_BEFORE_NS (3 * NS_PER_S)
#define LATER_MAX 8
#define EVIDENCE_MIN -6.0f

static const float LAG_EDGES_S[LAG_BINS - 1] = { 0.2f, 0.6f, 1.2f, 2, 3, 4.5f, 7, 12, 25, 60 };
static const float LATER_EDGES_S[LATER_BINS - 1] = { 0.3f, 1.2f, 3, 6, 12, 30, 90 };

/* Did the client ask for the name just before, and when? */
static bool was_asked(const struct client *c, uint32_t name, int64_t t, int64_t *ret_ns)
{
	uint32_t i = first_dns_from(c, t + 10 * NS_PER_MS + 1);

	for (uint32_t k = 0; i-- > 0 && k < 200 && t - c->dns[i].ts_ns <= ASKED_BEFORE_NS; k++)
		if (c->dns[i].name == name) {
			*ret_ns = c->dns[i].ts_ns;
			return true;
		}
	return false;
}

static void name_terms(const struct work *w, const struct candidates *cs, uint32_t candidate,
		       const struct vflow *f, struct terms *t)
{
	uint32_t site = cs->site[candidate];
	const struct name *host = &w->n->at[f->name], *s = &w->n->at[site];

	if (f->site == site)
		t->at[FLOW_FIRST] = 1;
	else if (host->company && s->company && host->company == s->company)
		t->at[FLOW_COMPANY] = 1;
	else if (!is_broken(w->c, TERM_ALIKE) && names_are_kin(w->n, f->site, site))
		t->at[FLOW_KIN] = 1;
	else if (!is_broken(w->c, TERM_PROFILE))
		t->at[FLOW_NAME] = name_share(w, cs, candidate, f);
	t->at[FLOW_FOR] = !is_broken(w->c, TERM_ALIKE) && names_is_for(w->n, f->name, site);
}

void terms_of_sites(const struct work *w, const struct vflow *f, const struct candidates *cs,
		    struct terms *ret)
{
	float part = partition_weight(w, f);

	memset(ret, 0, cs->n * sizeof(*ret));
	for (uint32_t s = 0; s < cs->n; s++) {
		float *at = ret[s].at;

		if (!is_broken(w->c, TERM_LAG)) {
			at[FLOW_PAGE_LAG + bin_of(LAG_EDGES_S, LAG_BINS - 1, cs->page_s[s])] = 1;
			at[FLOW_ANCHOR_LAG + bin_of(LAG_EDGES_S, LAG_BINS - 1, cs->anchor_s[s])] = 1;
		}
		if (s > 0)
			at[FLOW_RANK + (s < 3 ? s - 1 : 2)] = 1;
		if (w->pass > 1 && f->site != cs->site[s] && w->c->n_devices < 2)
			at[FLOW_BACK] = w->back[s < RANKS ? s : RANKS - 1];
		name_terms(w, cs, s, f, &ret[s]);
		if (w->c->n_devices > 1)
			port_terms(w, cs->site[s], f, &ret[s]);
	}
	if (part > UNPARTITIONED_MAX)
		partition_terms(w, cs, f, part, ret);
}

static const float *weights_of(const struct work *w)
{
	enum client_group group = client_group(w->c);

	if (w->c->probe && w->c->probe->flow_weights[w->pass > 1])
		return w->c->probe->flow_weights[w->pass > 1] + (size_t)group * FLOW_TERMS;
	return w->pass > 1 ? FLOW_WEIGHTS_2[group] : FLOW_WEIGHTS_1[group];
}

float score_of(const struct work *w, const struct terms *t)
{
	return weighed(weights_of(w), t->at, 0, FLOW_TERMS);
}

/* Logarithm of what all candidates come to. */
static float log_sum_of(const struct work *w, const struct terms *t, uint32_t n,
			const struct terms *background)
{
	float none = score_of(w, background), top = none, score[CANDIDATES_MAX], sum;

	for (uint32_t s = 0; s < n; s++)
		top = fmaxf(top, score[s] = score_of(w, &t[s]));
	sum = expf(none - top);
	for (uint32_t s = 0; s < n; s++)
		sum += expf(score[s] - top);
	return top + logf(sum);
}

static void background_terms(const struct work *w, const struct vflow *f, struct terms *t)
{
	const struct name *host = &w->n->at[f->name];
	float browser = w->c->classes[f->class].browser, all = w->notes[f->name].all - 1;

	memset(t, 0, sizeof(*t));
	t->at[FLOW_BACKGROUND] = 1;
	t->at[FLOW_TELEMETRY] = host->is_telemetry;
	t->at[FLOW_EMBEDDED] = host->is_third && !host->is_telemetry;
	if (!is_broken(w->c, TERM_JA4))
		t->at[FLOW_CLASS] = logf(fmaxf(0.002f, 1 - browser) / fmaxf(0.002f, browser));
	if (w->pass > 1 && all > 0)
		t->at[FLOW_LEARNT] =
		    logf((fmaxf(0, w->notes[f->name].background - f->background) + 0.5f) / (all + 1.0f));
}

/* A partitioned connection belongs to one site for life: its later bursts have a say. They are no independent
 * witnesses: their weight grows with the root of their number.
 */
static void later_bursts(const struct work *w, const struct vflow *f, const struct candidates *cs,
			 struct terms *t, struct terms *background)
{
	uint32_t b = w->c->bursts[f->first_burst].next, n = f->n_bursts - 1, anchors[CANDIDATES_MAX];
	float weight = 1 / sqrtf((float)(n < LATER_MAX ? n : LATER_MAX));

	memcpy(anchors, cs->anchors, sizeof(anchors));
	for (int i = 0; i < LATER_MAX && b != NONE; i++, b = w->c->bursts[b].next) {
		int64_t at = w->c->bursts[b].b.start_ns;

		background->at[FLOW_LATER_BACKGROUND] += weight;
		for (uint32_t s = 0; s < cs->n && !is_broken(w->c, TERM_LAG); s++) {
			const struct moments *m = &w->notes[cs->site[s]].anchors;
			float lag;

			anchors[s] = moments_until(m, anchors[s], at + VISIT_SOON_NS);
			lag = lag_since(m, anchors[s], at);
			t[s].at[FLOW_LATER + bin_of(LATER_EDGES_S, LATER_BINS - 1, lag)] += weight;
		}
	}
}

/* The part of a score that does not come of time: first what names say, then the state of connections. */
static float evidence_of(const struct work *w, const struct terms *t)
{
	return weighed(weights_of(w), t->at, FLOW_FIRST, FLOW_NEAR);
}

/* As log probability among the candidates. */
static void keep_evidence(const struct work *w, struct vflow *f, const struct candidates *cs,
			  const struct terms *t)
{
	float e[CANDIDATES_MAX], top = -1e9f, z = 0;

	for (uint32_t s = 0; s < cs->n; s++)
		top = fmaxf(top, e[s] = evidence_of(w, &t[s]));
	for (uint32_t s = 0; s < cs->n; s++)
		z += expf(e[s] - top);
	for (uint32_t i = 0; i < f->n_post; i++)
		for (uint32_t s = 0; s < cs->n; s++)
			if (cs->site[s] == f->site_of[i])
				f->evidence[i] = fmaxf(EVIDENCE_MIN, e[s] - top - logf(z));
}

static void keep_best(struct vflow *f, const struct candidates *cs, const float *score, float background)
{
	float top = background, z, e[CANDIDATES_MAX];
	bool is_taken[CANDIDATES_MAX] = { 0 };

	for (uint32_t s = 0; s < cs->n; s++)
		top = fmaxf(top, score[s]);
	z = expf(background - top);
	for (uint32_t s = 0; s < cs->n; s++)
		z += e[s] = expf(score[s] - top);
	f->background = fminf(CERTAIN_MOST, expf(background - top) / z);
	f->n_post = 0;
	while (f->n_post < 4 && f->n_post < cs->n) {
		uint32_t best = NONE;

		for (uint32_t s = 0; s < cs->n; s++)
			if (!is_taken[s] && (best == NONE || e[s] > e[best]))
				best = s;
		is_taken[best] = true;
		f->rank_of[f->n_post] = (uint8_t)(best < RANKS ? best : RANKS - 1);
		f->site_of[f->n_post] = cs->site[best];
		f->post[f->n_post++] = fminf(CERTAIN_MOST, e[best] / z);
	}
}

/* How well other sites than its own explain a flow, against background. */
static float explained_of(const struct vflow *f, const struct candidates *cs, const float *score,
			  float background)
{
	float others = 1e-6f;

	for (uint32_t s = 0; s < cs->n; s++)
		if (cs->site[s] != f->site)
			others += expf(fminf(10.0f, score[s] - background));
	return logf(others);
}

/* Which terms spoke most for the best candidate, against the next best. */
static void explain(const struct work *w, struct vflow *f, const struct candidates *cs, const struct terms *t,
		    const struct terms *background)
{
	const float *weights = weights_of(w);
	const struct terms *best = background, *next = background;

	for (uint32_t s = 0; s < cs->n && f->n_post; s++) {
		if (cs->site[s] == f->site_of[0])
			best = &t[s];
		if (f->n_post > 1 && cs->site[s] == f->site_of[1] && f->post[1] > f->background)
			next = &t[s];
	}
	f->n_why = 0;
	while (f->n_why < 4) {
		float most = 0.2f;
		uint8_t term = FLOW_TERMS;

		for (uint8_t i = 0; i < FLOW_TERMS; i++) {
			float gain = weights[i] * (best->at[i] - next->at[i]);
			bool is_taken = false;

			for (uint32_t k = 0; k < f->n_why; k++)
				is_taken = is_taken || f->why[k] == i;
			if (!is_taken && gain > most) {
				most = gain;
				term = i;
			}
		}
		if (term == FLOW_TERMS)
			break;
		f->why[f->n_why] = term;
		f->why_gain[f->n_why++] = most;
	}
}

static const struct {
	enum flow_term first;
	const char *words;
} TERM_WORDS[] = {
	{ FLOW_SIZE_OWN, "its first request is as long as the site's would be" },
	{ FLOW_HEARD, "the site had just been sent something" },
	{ FLOW_PORT_OTHER, "ports of one device" },
	{ FLOW_LEARNT, "host is often background" },
	{ FLOW_LATER_BACKGROUND, "later activity" },
	{ FLOW_NEAR_BACKGROUND, "opened beside background" },
	{ FLOW_CLASS, "program is no browser" },
	{ FLOW_EMBEDDED, "name is embedded by pages" },
	{ FLOW_TELEMETRY, "name is telemetry" },
	{ FLOW_BACKGROUND, "no site fits" },
	{ FLOW_LATER, "later bursts follow the site" },
	{ FLOW_FAMILY, "the site had just asked hosts of the same domain" },
	{ FLOW_CLUSTER, "names opened beside it are the site's" },
	{ FLOW_NEAR, "opened with others of the site" },
	{ FLOW_DNS_KNOWN, "site knew the address" },
	{ FLOW_DNS_FRESH, "site had not asked for the name" },
	{ FLOW_NO_TICKET, "no session ticket yet" },
	{ FLOW_TICKET, "session ticket of the site" },
	{ FLOW_PARALLEL, "beside another of the site" },
	{ FLOW_UPGRADE, "site had learnt that the host speaks HTTP/3" },
	{ FLOW_REUSE, "others had an open connection" },
	{ FLOW_NAME, "site asks this name" },
	{ FLOW_FOR, "host carries the site's name" },
	{ FLOW_KIN, "a name like the site's" },
	{ FLOW_COMPANY, "same company" },
	{ FLOW_FIRST, "site's own name" },
	{ FLOW_BACK, "the client's pages go on so long" },
	{ FLOW_RANK, "latest page view" },
	{ FLOW_ANCHOR_LAG, "soon after activity of the site" },
	{ FLOW_PAGE_LAG, "soon after the page view" },
};

const char *flow_term_words(uint8_t term)
{
	for (size_t i = 0; i < sizeof(TERM_WORDS) / sizeof(*TERM_WORDS); i++)
		if (term >= TERM_WORDS[i].first)
			return TERM_WORDS[i].words;
	return "";
}

static void pin(struct vflow *f)
{
	f->background = 0;
	f->n_post = 1;
	f->site_of[0] = f->pinned_site;
	f->post[0] = 1;
	f->log_sum = f->explained = 0;
}

void attribute_flow(struct work *w, uint32_t me)
{
	struct client *c = w->c;
	struct vflow *f = &c->flows[me];
	struct terms t[CANDIDATES_MAX], background;
	float score[CANDIDATES_MAX], none;
	int64_t wanted_ns = f->open_ns;
	struct candidates cs;

	if (f->pinned_site) {
		pin(f);
		return;
	}
	if (is_own_business(f)) {
		f->background = 1;
		f->n_post = 0;
		return;
	}
	candidates_at(w, f, f->open_ns, &cs);
	f->is_asked = was_asked(c, f->name, f->open_ns, &wanted_ns);
	terms_of_sites(w, f, &cs, t);
	background_terms(w, f, &background);
	if (w->seeks_pages)
		f->log_sum = log_sum_of(w, t, cs.n, &background);
	if (f->n_bursts > 1 && partition_weight(w, f) > UNPARTITIONED_MAX)
		later_bursts(w, f, &cs, t, &background);
	if (!is_broken(c, TERM_NEAR))
		near_terms(w, me, &cs, t, &background);
	if (w->pass > 1 && !is_broken(c, TERM_SIZE) && partition_weight(w, f) > UNPARTITIONED_MAX)
		size_terms(w, f, &cs, t);
	heard_terms(w, me, f->class, wanted_ns < f->open_ns ? wanted_ns : f->open_ns, &cs, t);
	for (uint32_t s = 0; s < cs.n; s++)
		score[s] = score_of(w, &t[s]);
	none = score_of(w, &background);
	if (c->probe && c->probe->choice)
		c->probe->choice(c->probe->ctx, c, me, w->pass, w->n, &cs, t, &background);
	keep_best(f, &cs, score, none);
	if (w->seeks_pages)
		f->explained = explained_of(f, &cs, score, none);
	keep_evidence(w, f, &cs, t);
	if (w->explain)
		explain(w, f, &cs, t, &background);
}
