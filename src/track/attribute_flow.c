/* Which site a flow belongs to: the terms of each candidate, and the choice. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "track/attribute_parts.h"
#include "track/attribute_table.h"

#define REUSE_LEAK 0.12f               /* the share of flows opened beside a usable one of the same site */
#define PARALLEL_NS (4 * NS_PER_S / 5) /* flows opened so soon after each other are one pool filling */
#define USABLE_NS (120 * NS_PER_S)     /* a connection idle for less is still usable */
#define ANSWER_NS (300 * NS_PER_S)     /* DNS answers are kept about as long */
#define NEIGHBOUR_NS (3 * NS_PER_S / 10)
#define ASKED_BEFORE_NS (3 * NS_PER_S)
#define LATER_MAX 8

static const float LAG_EDGES_S[LAG_BINS - 1] = { 0.2f, 0.6f, 1.2f, 2, 3, 4.5f, 7, 12, 25, 60 };
static const float LATER_EDGES_S[LATER_BINS - 1] = { 0.3f, 1.2f, 3, 6, 12, 30, 90 };

static uint32_t bin_of(const float *edges, uint32_t n, float x)
{
	uint32_t i = 0;

	while (i < n && x >= edges[i])
		i++;
	return i;
}

/* Did the client ask for the name just before? */
static bool was_asked(const struct client *c, uint32_t name, int64_t t)
{
	uint32_t low = 0, high = c->n_dns;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (c->dns[mid].ts_ns <= t + 10 * NS_PER_MS)
			low = mid + 1;
		else
			high = mid;
	}
	for (uint32_t i = low, k = 0; i-- > 0 && k < 200 && t - c->dns[i].ts_ns <= ASKED_BEFORE_NS; k++)
		if (c->dns[i].name == name)
			return true;
	return false;
}

/* How likely the site had: a usable connection to the host, one just opened, any, an answer of DNS. */
struct history {
	float open, parallel, any, answer;
};

static void history_of(const struct work *w, const struct vflow *f, uint32_t site, struct history *ret)
{
	uint32_t k = f->same_host, n_lines = w->notes[site].n_lines;
	float open[LINES_MAX] = { 0 };

	*ret = (struct history){ 0 };
	for (int i = 0; i < 12 && k != NONE; i++, k = w->c->flows[k].same_host) {
		const struct vflow *o = &w->c->flows[k];
		int64_t age = f->open_ns - o->open_ns;
		float p = posterior_of(o, site);

		if (!is_same_program(w->c, o->class, f->class))
			continue;
		ret->any = fmaxf(ret->any, p);
		if (age < PARALLEL_NS) {
			ret->parallel = fmaxf(ret->parallel, p);
			continue;
		}
		if ((!o->has_totals || o->totals.end_ns > f->open_ns) && f->open_ns - o->last_ns < USABLE_NS)
			open[o->line] = fmaxf(open[o->line], p);
		if (age < ANSWER_NS)
			ret->answer = fmaxf(ret->answer, p);
	}
	ret->open = open[0];
	for (uint32_t i = 1; i < n_lines; i++) /* of several devices one that has none may open it */
		ret->open = fminf(ret->open, open[i]);
}

/* Of several devices behind one address: the site's connections to the same host whose ports another device
 * has taken. */
static void port_terms(const struct work *w, uint32_t site, const struct vflow *f, struct terms *t)
{
	const struct client *c = w->c;

	for (int way = 0; way < (w->pass > 1 ? 2 : 1); way++) {
		uint32_t k = way ? f->next_same_host : f->same_host;

		for (int i = 0; i < 12 && k != NONE; i++) {
			const struct vflow *o = &c->flows[k];
			enum same_device d = way ? device_by_ports(f, o) : device_by_ports(o, f);
			float p = posterior_of(o, site);

			if (d == DEVICE_OTHER)
				t->at[FLOW_PORT_OTHER] = fmaxf(t->at[FLOW_PORT_OTHER], p);
			else if (d == DEVICE_LIKELY_OTHER)
				t->at[FLOW_PORT_LIKELY_OTHER] = fmaxf(t->at[FLOW_PORT_LIKELY_OTHER], p);
			k = way ? o->next_same_host : o->same_host;
		}
	}
}

static void name_terms(const struct work *w, uint32_t site, const struct vflow *f, struct terms *t)
{
	const struct name *host = &w->n->at[f->name], *s = &w->n->at[site];

	if (f->site == site)
		t->at[FLOW_FIRST] = 1;
	else if (host->company && s->company && host->company == s->company)
		t->at[FLOW_COMPANY] = 1;
	else if (!is_broken(w->c, TERM_PROFILE))
		t->at[FLOW_NAME] = name_share(w, site, f, posterior_of(f, site));
}

static void partition_terms(const struct work *w, uint32_t site, const struct vflow *f, float part,
			    struct terms *t)
{
	const struct client *c = w->c;
	struct history h;

	history_of(w, f, site, &h);
	t->at[h.parallel > 0.3f ? FLOW_PARALLEL : FLOW_REUSE] =
	    part * (h.parallel > 0.3f ? logf(1 + 2 * h.parallel) : logf(1 - h.open * (1 - REUSE_LEAK)));
	if (f->info->has_psk)
		t->at[FLOW_TICKET] = part * logf(0.03f + 0.97f * h.any);
	else if (c->classes[f->class].n_psk)
		t->at[FLOW_NO_TICKET] = part * h.any * (h.parallel < 0.3f);
	if (!c->has_dns || is_broken(c, TERM_DNS))
		return;
	if (f->is_asked)
		t->at[FLOW_DNS_FRESH] = part * (h.parallel < 0.3f ? h.answer : 0);
	else
		t->at[FLOW_DNS_KNOWN] = part * logf(0.15f + 0.85f * h.answer);
}

void terms_of_site(const struct work *w, const struct vflow *f, uint32_t site, uint32_t rank,
		   float page_lag_s, struct terms *ret)
{
	float part = partition_weight(w, f), page_s = page_lag_s, anchor_s = page_lag_s;

	if (page_lag_s < 0) {
		page_s = lag_of(&w->notes[site].pages, f->open_ns);
		anchor_s = lag_of(&w->notes[site].anchors, f->open_ns);
	}
	memset(ret, 0, sizeof(*ret));
	if (!is_broken(w->c, TERM_LAG)) {
		ret->at[FLOW_PAGE_LAG + bin_of(LAG_EDGES_S, LAG_BINS - 1, page_s)] = 1;
		ret->at[FLOW_ANCHOR_LAG + bin_of(LAG_EDGES_S, LAG_BINS - 1, anchor_s)] = 1;
	}
	if (rank > 0)
		ret->at[FLOW_RANK + (rank < 3 ? rank - 1 : 2)] = 1;
	name_terms(w, site, f, ret);
	if (w->c->n_devices > 1)
		port_terms(w, site, f, ret);
	if (part > UNPARTITIONED_MAX)
		partition_terms(w, site, f, part, ret);
}

float score_of(const struct work *w, const struct terms *t)
{
	const float *weights = w->pass > 1 ? FLOW_WEIGHTS_2 : FLOW_WEIGHTS_1;
	float x = 0;

	for (int i = 0; i < FLOW_TERMS; i++)
		x += weights[i] * t->at[i];
	return x;
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

/* Flows opened at nearly the same time belong together more often than not. */
static void neighbours(const struct work *w, uint32_t me, const struct candidates *cs, struct terms *t,
		       struct terms *background)
{
	const struct client *c = w->c;
	const struct vflow *f = &c->flows[me];
	float sum[CANDIDATES_MAX] = { 0 }, none = 0, total = 0;

	for (int way = -1; way <= 1; way += 2)
		for (uint32_t i = me + (uint32_t)way, k = 0; i < c->n_flows && k < 16;
		     i += (uint32_t)way, k++) {
			const struct vflow *o = &c->flows[i];
			float weight;

			if (llabs(o->open_ns - f->open_ns) > NEIGHBOUR_NS)
				break;
			if (o->name == f->name || o->n_post == 0 || !is_same_program(c, o->class, f->class))
				continue;
			weight = o->site_of[0] == o->site ? 2.0f : 1.0f;
			for (uint32_t s = 0; s < cs->n; s++)
				sum[s] += weight * posterior_of(o, cs->site[s]);
			none += weight * o->background;
			total += weight;
		}
	if (total <= 0)
		return;
	for (uint32_t s = 0; s < cs->n; s++)
		t[s].at[FLOW_NEAR] = logf(0.15f + 0.85f * sum[s] / total);
	background->at[FLOW_NEAR_BACKGROUND] = logf(0.15f + 0.85f * none / total);
}

/* A partitioned connection belongs to one site for life: its later bursts have a say. */
static void later_bursts(const struct work *w, const struct vflow *f, const struct candidates *cs,
			 struct terms *t, struct terms *background)
{
	uint32_t b = w->c->bursts[f->first_burst].next;

	for (int i = 0; i < LATER_MAX && b != NONE; i++, b = w->c->bursts[b].next) {
		int64_t at = w->c->bursts[b].b.start_ns;

		background->at[FLOW_LATER_BACKGROUND] += 1;
		for (uint32_t s = 0; s < cs->n && !is_broken(w->c, TERM_LAG); s++) {
			float lag = lag_of(&w->notes[cs->site[s]].anchors, at);

			t[s].at[FLOW_LATER + bin_of(LATER_EDGES_S, LATER_BINS - 1, lag)] += 1;
		}
	}
}

static void keep_best(struct vflow *f, const struct candidates *cs, const float *score, float background)
{
	float top = background, z, e[CANDIDATES_MAX], others = 1e-6f;
	bool is_taken[CANDIDATES_MAX] = { 0 };

	for (uint32_t s = 0; s < cs->n; s++)
		top = fmaxf(top, score[s]);
	z = expf(background - top);
	for (uint32_t s = 0; s < cs->n; s++)
		z += e[s] = expf(score[s] - top);
	f->background = expf(background - top) / z;
	f->log_sum = top + logf(z);
	for (uint32_t s = 0; s < cs->n; s++)
		if (cs->site[s] != f->site)
			others += expf(fminf(10.0f, score[s] - background));
	f->explained = logf(others);
	f->n_post = 0;
	while (f->n_post < 4 && f->n_post < cs->n) {
		uint32_t best = NONE;

		for (uint32_t s = 0; s < cs->n; s++)
			if (!is_taken[s] && (best == NONE || e[s] > e[best]))
				best = s;
		is_taken[best] = true;
		f->site_of[f->n_post] = cs->site[best];
		f->post[f->n_post++] = e[best] / z;
	}
}

/* Which terms spoke most for the best candidate, against the next best. */
static void explain(const struct work *w, struct vflow *f, const struct candidates *cs, const struct terms *t,
		    const struct terms *background)
{
	const float *weights = w->pass > 1 ? FLOW_WEIGHTS_2 : FLOW_WEIGHTS_1;
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
	{ FLOW_PORT_OTHER, "ports of one device" },
	{ FLOW_LEARNT, "host is often background" },
	{ FLOW_LATER_BACKGROUND, "later activity" },
	{ FLOW_NEAR_BACKGROUND, "opened beside background" },
	{ FLOW_CLASS, "program is no browser" },
	{ FLOW_EMBEDDED, "name is embedded by pages" },
	{ FLOW_TELEMETRY, "name is telemetry" },
	{ FLOW_BACKGROUND, "no site fits" },
	{ FLOW_LATER, "later bursts follow the site" },
	{ FLOW_NEAR, "opened with others of the site" },
	{ FLOW_DNS_KNOWN, "site knew the address" },
	{ FLOW_DNS_FRESH, "site had not asked for the name" },
	{ FLOW_NO_TICKET, "no session ticket yet" },
	{ FLOW_TICKET, "session ticket of the site" },
	{ FLOW_PARALLEL, "beside another of the site" },
	{ FLOW_REUSE, "others had an open connection" },
	{ FLOW_NAME, "site asks this name" },
	{ FLOW_COMPANY, "same company" },
	{ FLOW_FIRST, "site's own name" },
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
	float score[CANDIDATES_MAX];
	struct candidates cs;

	if (f->pinned_site) {
		pin(f);
		return;
	}
	if (f->n_requests && f->n_own == f->n_requests) { /* all that was asked is the browser's own */
		f->background = 1;
		f->n_post = 0;
		return;
	}
	candidates_at(w, f, f->open_ns, &cs);
	f->is_asked = was_asked(c, f->name, f->open_ns);
	for (uint32_t s = 0; s < cs.n; s++)
		terms_of_site(w, f, cs.site[s], s, -1, &t[s]);
	background_terms(w, f, &background);
	if (f->n_bursts > 1 && partition_weight(w, f) > UNPARTITIONED_MAX)
		later_bursts(w, f, &cs, t, &background);
	if (w->pass > 1)
		neighbours(w, me, &cs, t, &background);
	for (uint32_t s = 0; s < cs.n; s++)
		score[s] = score_of(w, &t[s]);
	if (c->probe && c->probe->choice)
		c->probe->choice(c->probe->ctx, c, me, w->pass, w->n, &cs, t, &background);
	keep_best(f, &cs, score, score_of(w, &background));
	if (w->explain)
		explain(w, f, &cs, t, &background);
}
