/* Is a first request as long as those for pages?
 *
 * A browser asks for a page with other header fields than for what pages hold (Fetch: no Referer,
 * Sec-Fetch-User, a long Accept), nearly the same each time. So beside the host's name, whose code is of
 * known length, first requests for pages are of like length: of what length, the client's likely pages tell.
 */
#include "track/page_length.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decrypt/hpack.h"

#define NEAR 24 /* bytes that paths make it longer or shorter */
#define NEAR_WEIGHT 0.1f
#define ROUNDED_WEIGHT 0.5f /* a byte off */
#define BY_CHANCE 0.05f     /* so often one is so near another if nothing is known */
#define CHANCE_FLOWS 2.0f   /* flows that this counts for */
#define MOST 4.0f

struct length {
	uint32_t class;
	int32_t bytes;
	float page; /* P(for a page) by the pass before */
};

/* How many there are, by the pass before, for pages and for other things. */
struct tally {
	float page, other;
};

struct page_lengths {
	struct length *at; /* by class, then by length */
	uint32_t n;
	struct tally all[CLASSES_MAX];
};

/* returns: false if it is not known, or not of a browser. */
static bool length_of(const struct client *c, const struct names *n, const struct vflow *f,
		      struct length *ret)
{
	if (!f->first_asked || c->classes[f->class].browser < BROWSER_MIN ||
	    strcmp(f->info->alpn, "http/1.1") == 0)
		return false;
	*ret = (struct length){ .class = f->class,
				.bytes = (int32_t)f->first_asked -
					 (int32_t)huffman_length(n->at[f->name].host.text),
				.page = c->bursts[f->first_burst].page_before };
	return true;
}

static int order(const void *a, const void *b)
{
	const struct length *x = a, *y = b;

	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	return x->bytes < y->bytes ? -1 : x->bytes > y->bytes;
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
		p->at = malloc((c->n_flows + 1) * sizeof(*p->at));
	if (!p || !p->at) {
		free(p);
		return NULL;
	}
	for (uint32_t i = 0; i < c->n_flows; i++)
		p->n += length_of(c, n, &c->flows[i], &p->at[p->n]);
	for (uint32_t i = 0; i < p->n; i++)
		tally_add(&p->all[p->at[i].class], &p->at[i], 1);
	qsort(p->at, p->n, sizeof(*p->at), order);
	return p;
}

void page_lengths_free(struct page_lengths *p)
{
	if (p)
		free(p->at);
	free(p);
}

static float nearness(int32_t more)
{
	more = abs(more);
	return more == 0 ? 1 : more == 1 ? ROUNDED_WEIGHT : more <= NEAR ? NEAR_WEIGHT : 0;
}

/* The first that is not shorter. */
static uint32_t first_from(const struct page_lengths *p, uint32_t class, int32_t bytes)
{
	struct length wanted = { .class = class, .bytes = bytes };
	uint32_t low = 0, high = p->n;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (order(&p->at[mid], &wanted) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

float page_length(const struct page_lengths *p, const struct client *c, const struct names *n,
		  const struct vburst *b)
{
	const struct vflow *f = &c->flows[b->flow];
	struct tally all, near = { 0, 0 };
	struct length me;

	if (!p || &c->bursts[f->first_burst] != b || !length_of(c, n, f, &me))
		return 0;
	all = p->all[me.class];
	for (uint32_t i = first_from(p, me.class, me.bytes - NEAR);
	     i < p->n && p->at[i].class == me.class && p->at[i].bytes <= me.bytes + NEAR; i++)
		tally_add(&near, &p->at[i], nearness(p->at[i].bytes - me.bytes));
	tally_add(&near, &me, -1);
	tally_add(&all, &me, -1);
	near.page = (near.page + CHANCE_FLOWS * BY_CHANCE) / (all.page + CHANCE_FLOWS);
	near.other = (near.other + CHANCE_FLOWS * BY_CHANCE) / (all.other + CHANCE_FLOWS);
	return fmaxf(-MOST, fminf(MOST, logf(near.page / near.other)));
}
