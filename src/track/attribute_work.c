/* What is known of a client's sites at a moment: visits, page views, signs of life, third parties learnt. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "know/profiles.h"
#include "track/attribute_parts.h"

#define VISITS_MAX 96  /* so many visits back a flow may belong to one */
#define RANKS_USUAL 10 /* flows that what is usual counts for */
#define ALIVE_NS (900 * NS_PER_S)

float posterior_of(const struct vflow *f, uint32_t site)
{
	for (uint32_t i = 0; i < f->n_post; i++)
		if (f->site_of[i] == site)
			return f->post[i];
	return 0;
}

uint32_t first_from(const void *things, uint32_t n, size_t size, size_t at, int64_t x)
{
	uint32_t low = 0, high = n;

	while (low < high) {
		uint32_t mid = (low + high) / 2;
		int64_t number;

		memcpy(&number, (const char *)things + mid * size + at, sizeof(number));
		if (number < x)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

uint32_t first_flow_from(const struct client *c, int64_t t)
{
	return first_from(c->flows, c->n_flows, sizeof(*c->flows), offsetof(struct vflow, open_ns), t);
}

uint32_t first_dns_from(const struct client *c, int64_t t)
{
	return first_from(c->dns, c->n_dns, sizeof(*c->dns), offsetof(struct vdns, ts_ns), t);
}

uint32_t first_page_from(const struct client *c, int64_t t)
{
	return first_from(c->pages, c->n_pages, sizeof(*c->pages), offsetof(struct vpage, at_ns), t);
}

static uint32_t first_visit_from(const struct client *c, int64_t t)
{
	return first_from(c->visits, c->n_visits, sizeof(*c->visits), offsetof(struct vvisit, start_ns), t);
}

uint32_t first_burst_from(const struct client *c, int64_t t)
{
	uint32_t low = 0, high = c->n_bursts;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (c->bursts[c->by_time[mid]].b.start_ns < t)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int pair_order(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->site != y->site)
		return x->site < y->site ? -1 : 1;
	if (x->name != y->name)
		return x->name < y->name ? -1 : 1;
	return x->visit < y->visit ? -1 : x->visit > y->visit;
}

/* As visit_at, but only among the last visits, where candidates come from. */
static uint32_t visit_about(const struct client *c, uint32_t site, uint32_t line, int64_t t)
{
	uint32_t i = first_visit_from(c, t + VISIT_SOON_NS + 1);

	for (uint32_t k = 0; i-- > 0 && k < VISITS_MAX; k++)
		if (c->visits[i].site == site && c->visits[i].line == line)
			return i;
	return NONE;
}

static struct pair pair_at(const struct client *c, uint32_t site, const struct vflow *f, int64_t t,
			   float weight)
{
	return (struct pair){ site, f->site, visit_about(c, site, f->line, t), weight };
}

/* Which third parties each site had, as far as the last pass was sure: what the next pass expects. */
static bool learn_pairs(struct work *w)
{
	struct client *c = w->c;
	uint32_t n = 0;

	w->pairs = malloc((4 * (size_t)c->n_flows + c->n_bursts + 1) * sizeof(*w->pairs));
	if (!w->pairs)
		return false;
	for (uint32_t i = 0; i < c->n_flows; i++) {
		const struct vflow *f = &c->flows[i];

		w->notes[f->name].all += 1;
		w->notes[f->name].background += f->background;
		for (uint32_t k = 0; k < f->n_post && partition_weight(w, f) > UNPARTITIONED_MAX; k++)
			if (f->post[k] > 0.05f && f->site && f->site != f->site_of[k])
				w->pairs[n++] = pair_at(c, f->site_of[k], f, f->open_ns, f->post[k]);
	}
	for (uint32_t i = 0; i < c->n_bursts; i++) {
		const struct vburst *b = &c->bursts[i];
		const struct vflow *f = &c->flows[b->flow];

		if (b->site && f->site && f->site != b->site && partition_weight(w, f) <= UNPARTITIONED_MAX)
			w->pairs[n++] = pair_at(c, b->site, f, b->b.start_ns, b->conf);
	}
	qsort(w->pairs, n, sizeof(*w->pairs), pair_order);
	for (uint32_t i = 0; i < n; i++) {
		struct pair *last = w->n_pairs ? &w->pairs[w->n_pairs - 1] : NULL;

		if (last && pair_order(last, &w->pairs[i]) == 0)
			last->weight = fminf(1, last->weight + w->pairs[i].weight);
		else
			w->pairs[w->n_pairs++] = w->pairs[i];
	}
	return true;
}

/* How far back the client's third-party flows went in the pass before: one page at a time, or several. */
static void learn_ranks(struct work *w)
{
	static const float usual[RANKS] = { 0.6f, 0.2f, 0.1f, 0.1f };
	float n[RANKS], all = RANKS_USUAL;

	for (int i = 0; i < RANKS; i++)
		n[i] = RANKS_USUAL * usual[i];
	for (uint32_t i = 0; i < w->c->n_flows; i++) {
		const struct vflow *f = &w->c->flows[i];

		for (uint32_t k = 0; k < f->n_post && !f->pinned_site; k++)
			if (f->site_of[k] != f->site) {
				n[f->rank_of[k]] += f->post[k];
				all += f->post[k];
			}
	}
	for (int i = 0; i < RANKS; i++)
		w->back[i] = logf(n[i] / all);
}

bool work_init(struct work *w, struct client *c, const struct names *n, const struct resolve *r)
{
	*w = (struct work){ .c = c,
			    .n = n,
			    .pass = r->pass,
			    .is_learning = r->is_learning,
			    .explain = r->explain,
			    .seeks_pages = r->seeks_pages };
	w->notes = n->notes;
	for (uint32_t i = 0; i < n->n_noted; i++) {
		struct name_note *m = &w->notes[n->noted[i]];

		m->pages = m->anchors = (struct moments){ .n = 0 };
		m->n_visits = m->chosen = 0;
		m->background = m->all = 0;
		memset(m->sent, 0, sizeof(m->sent));
	}
	for (uint32_t i = 0; i < c->n_pages; i++)
		w->notes[c->pages[i].site].n_visits += i == 0 || c->pages[i - 1].site != c->pages[i].site;
	if (r->pass > 1) {
		learn_ranks(w);
		learn_sizes(w);
	}
	return collect_moments(w) && (r->pass == 1 || !r->is_learning || learn_pairs(w));
}

void work_fini(struct work *w)
{
	free(w->moments);
	free(w->pairs);
}

uint32_t moments_until(const struct moments *m, uint32_t n, int64_t t)
{
	return n < m->n && m->at[n] <= t ? n + first_from(m->at + n, m->n - n, sizeof(*m->at), 0, t + 1) : n;
}

/* What is looked at goes on in time, so this is where it was looked at last or not far from it. */
static uint32_t moments_over(struct moments *m, int64_t t)
{
	if (m->last && m->at[m->last - 1] > t)
		m->last = 0;
	return m->last = moments_until(m, m->last, t);
}

static int64_t last_of(const struct moments *m, uint32_t n)
{
	return n ? m->at[n - 1] : INT64_MIN;
}

float lag_since(const struct moments *m, uint32_t n, int64_t t)
{
	return n ? fmaxf(0, (float)(t - m->at[n - 1]) / 1e9f) : 1e6f;
}

uint32_t candidate_of(const struct work *w, uint32_t site)
{
	return w->notes[site].chosen == w->n_choices ? w->notes[site].candidate : NONE;
}

/* Puts a site among the candidates, by its last page view, the latest first. page_ns: theirs. */
static void put_candidate(struct candidates *cs, int64_t *page_ns, uint32_t site, uint32_t visit,
			  int64_t seen_ns)
{
	uint32_t k = cs->n < CANDIDATES_MAX ? cs->n++ : CANDIDATES_MAX - 1;

	for (; k > 0 && page_ns[k - 1] < seen_ns; k--) {
		page_ns[k] = page_ns[k - 1];
		cs->site[k] = cs->site[k - 1];
		cs->visit[k] = cs->visit[k - 1];
	}
	page_ns[k] = seen_ns;
	cs->site[k] = site;
	cs->visit[k] = visit;
}

/* Sites that were alive lately, of the last visits of what may be the same program. returns: whether none was
 * another's. */
static bool choose(struct work *w, const struct vflow *f, int64_t t, struct candidates *ret)
{
	const struct client *c = w->c;
	int64_t page_ns[CANDIDATES_MAX];
	bool is_one = true;

	for (uint32_t i = first_visit_from(c, t + VISIT_SOON_NS + 1), steps = 0;
	     i-- > 0 && steps < VISITS_MAX; steps++) {
		struct name_note *site = &w->notes[c->visits[i].site];
		int64_t seen, alive;

		if (site->chosen == w->n_choices)
			continue;
		if (is_other_browser(c, c->visits[i].class, f->class)) {
			is_one = false;
			continue;
		}
		site->chosen = w->n_choices;
		site->candidate = NONE;
		seen = last_of(&site->pages, moments_over(&site->pages, t + VISIT_SOON_NS));
		alive = last_of(&site->anchors, moments_over(&site->anchors, t + VISIT_SOON_NS));
		if (t - (alive > seen ? alive : seen) <= ALIVE_NS &&
		    (ret->n < CANDIDATES_MAX || seen > page_ns[CANDIDATES_MAX - 1]))
			put_candidate(ret, page_ns, c->visits[i].site, i, seen);
	}
	return is_one;
}

void candidates_at(struct work *w, const struct vflow *f, int64_t t, struct candidates *ret)
{
	bool is_one;

	w->n_choices++;
	ret->n = 0;
	is_one = choose(w, f, t, ret);
	for (uint32_t s = 0; s < ret->n; s++) {
		struct name_note *site = &w->notes[ret->site[s]];

		site->candidate = s;
		ret->anchors[s] = site->anchors.last;
		ret->page_s[s] = lag_since(&site->pages, site->pages.last, t);
		ret->anchor_s[s] = lag_since(&site->anchors, site->anchors.last, t);
		ret->about[s] = is_one && w->c->visits[ret->visit[s]].line == f->line
				    ? ret->visit[s]
				    : visit_about(w->c, ret->site[s], f->line, t);
	}
}

void candidate_alone(struct work *w, const struct vflow *f, uint32_t site, float page_s,
		     struct candidates *ret)
{
	w->n_choices++;
	w->notes[site].chosen = w->n_choices;
	w->notes[site].candidate = 0;
	ret->n = 1;
	ret->site[0] = site;
	ret->page_s[0] = ret->anchor_s[0] = page_s;
	ret->about[0] = visit_about(w->c, site, f->line, f->open_ns);
}

/* In how many of the site's visits, but for one, the name was asked. */
static float learnt(const struct work *w, uint32_t site, uint32_t name, uint32_t but_visit)
{
	float sum = 0;
	uint32_t low = 0, high = w->n_pairs;

	while (low < high) {
		uint32_t mid = (low + high) / 2;
		const struct pair *p = &w->pairs[mid];

		if (p->site < site || (p->site == site && p->name < name))
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < w->n_pairs && w->pairs[low].site == site && w->pairs[low].name == name; low++)
		sum += w->pairs[low].visit != but_visit ? w->pairs[low].weight : 0;
	return sum;
}

float name_share(const struct work *w, const struct candidates *cs, uint32_t candidate, const struct vflow *f)
{
	uint32_t site = cs->site[candidate], visit = cs->about[candidate];
	const struct name *host = &w->n->at[f->name], *s = &w->n->at[site];
	float reach = 0.01f + 0.5f * host->reach, n = 0, total = 0;

	if (w->n->know && s->listed != NONE && host->tracker != NONE) {
		n += profiles_share(w->n->know->profiles, s->listed, host->tracker);
		total += 1.0f;
	}
	if (w->n_pairs) {
		n += learnt(w, site, f->site, visit);
		total += (float)(w->notes[site].n_visits - (visit != NONE));
	}
	return logf((n + reach) / (total + 1.0f));
}

float partition_weight(const struct work *w, const struct vflow *f)
{
	return is_broken(w->c, TERM_PARTITION) ? 0 : w->c->classes[f->class].share;
}
