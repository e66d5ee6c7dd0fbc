/* Is a first request as long as those for pages?
 *
 * A browser asks for a page with other header fields than for what pages hold (Fetch: no Referer,
 * Sec-Fetch-User, a long Accept), nearly the same each time. So beside the host's name, whose code is of
 * known length, first requests for pages are of like length: of what length, the client's likely pages tell.
 */
#include "track/page_length.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "decrypt/hpack.h"

#define NEAR 24 /* bytes that paths make it longer or shorter */
#define NEAR_WEIGHT 0.1f
#define ROUNDED_WEIGHT 0.5f /* a byte off */
#define MOST 4.0f

#define KIND_APART ((int64_t)1 << 32)

struct length {
	int64_t key; /* bytes; those of each kind KIND_APART from those of the next */
	uint32_t kind;
	float page; /* P(for a page) by the pass before */
};

/* How many there are, by the pass before, for pages and for other things. */
struct tally {
	float page, other;
};

struct page_lengths {
	struct length *at; /* by key */
	uint32_t n;
	struct tally all[LENGTH_KINDS];
};

uint32_t request_length(const struct client *c, const struct names *n, const struct vburst *b,
			uint32_t *ret_kind)
{
	const struct vflow *f = &c->flows[b->flow];
	bool is_first = b == &c->bursts[f->first_burst];
	uint32_t asked = is_first ? f->first_asked : b->b.first_asked, host;

	*ret_kind = 2 * f->class + is_first;
	if (!asked || c->classes[f->class].browser < BROWSER_MIN || speaks_http1(f))
		return 0;
	host = is_first ? (uint32_t)huffman_length(n->at[f->name].host.text) : 0;
	return asked > host ? asked - host : 0;
}

/* Connections that sites share are old ones where a page is asked for: there later requests count as well.
 *
 * returns: false if it is not known, or not of a browser.
 */
static bool length_of(const struct client *c, const struct names *n, const struct vburst *b,
		      struct length *ret)
{
	uint32_t bytes = request_length(c, n, b, &ret->kind);

	if (!bytes || (!c->is_shared && b != &c->bursts[c->flows[b->flow].first_burst]))
		return false;
	ret->key = ret->kind * KIND_APART + bytes;
	ret->page = b->page_before;
	return true;
}

static int order(const void *a, const void *b)
{
	const struct length *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

static void tally_add(struct tally *t, const struct length *l, float weight)
{
	t->page += weight * l->page;
	t->other += weight * (1 - l->page);
}

struct page_lengths *page_lengths_new(const struct client *c, const struct names *n)
{
	struct page_lengths *p = calloc(1, sizeof(*p));

	if (p)
		p->at = malloc((c->n_bursts + 1) * sizeof(*p->at));
	if (!p || !p->at) {
		free(p);
		return NULL;
	}
	for (uint32_t i = 0; i < c->n_bursts; i++)
		p->n += length_of(c, n, &c->bursts[i], &p->at[p->n]);
	for (uint32_t i = 0; i < p->n; i++)
		tally_add(&p->all[p->at[i].kind], &p->at[i], 1);
	qsort(p->at, p->n, sizeof(*p->at), order);
	return p;
}

void page_lengths_free(struct page_lengths *p)
{
	if (p)
		free(p->at);
	free(p);
}

static float nearness(int64_t more)
{
	more = llabs(more);
	return more == 0 ? 1 : more == 1 ? ROUNDED_WEIGHT : more <= NEAR ? NEAR_WEIGHT : 0;
}

float page_length(const struct page_lengths *p, const struct client *c, const struct names *n,
		  const struct vburst *b)
{
	struct tally all, near = { 0, 0 };
	struct length me;

	if (!p || !length_of(c, n, b, &me))
		return 0;
	all = p->all[me.kind];
	for (uint32_t i =
		 first_from(p->at, p->n, sizeof(*p->at), offsetof(struct length, key), me.key - NEAR);
	     i < p->n && p->at[i].key <= me.key + NEAR; i++)
		tally_add(&near, &p->at[i], nearness(p->at[i].key - me.key));
	tally_add(&near, &me, -1);
	tally_add(&all, &me, -1);
	return fmaxf(-MOST, fminf(MOST, logf(share_of_fits(near.page, all.page) /
					     share_of_fits(near.other, all.other))));
}
