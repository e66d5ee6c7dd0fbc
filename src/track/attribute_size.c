/* How long the first request on a new connection is, against those on other connections to the same host.
 *
 * Requests are encrypted, their length is not. What pages ask a third party for is much alike, and what
 * differs from site to site is the site's name in Referer (https://HOST/ by the default policy of browsers:
 * W3C Referrer Policy, strict-origin-when-cross-origin) and, where it is a request across origins (Fetch), in
 * Origin. On a new connection both are sent whole, in HPACK's Huffman code (RFC 7541, appendix B; QPACK has
 * the same). So two sites' first requests differ by what their names' codes do, and one site's are equal.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decrypt/hpack.h"
#include "track/attribute_parts.h"

#define FLOWS_MAX 32 /* looked at before, and after */
#define PAIRS_MAX 4  /* of flows to a host that are compared, to learn how often the name is sent */
#define SURE_MIN 0.5f
#define ROUNDED 0.2f      /* a byte off: lengths of codes are rounded, numbers have more digits or fewer */
#define CLIENT_PAIRS 4.0f /* pairs that what holds for the client's other hosts counts for */

/* Of pairs of flows, how many lengths fit if the name is sent so often. */
static const float SENT_USUAL[NAME_SENT_MAX + 1] = { 0.5f, 2, 1 };

/* What the name of a site's page takes in a request. */
static void learn_lengths(struct name_note *site, const struct hostname *page)
{
	char text[sizeof(page->text) + sizeof("https:///")];

	if (site->referer_len)
		return;
	snprintf(text, sizeof(text), "https://%s/", page->text);
	site->referer_len = (uint16_t)huffman_length(text);
	text[strlen(text) - 1] = 0;
	site->origin_len = (uint16_t)huffman_length(text);
	site->plain_len = page->len;
}

/* How much more site a's name takes than b's on f, sent so often. */
static int more_of(const struct work *w, const struct vflow *f, uint32_t a, uint32_t b, int times)
{
	const struct name_note *x = &w->notes[a], *y = &w->notes[b];

	if (speaks_http1(f))
		return times * (x->plain_len - y->plain_len);
	return (times > 0 ? x->referer_len - y->referer_len : 0) +
	       (times > 1 ? x->origin_len - y->origin_len : 0);
}

static bool is_comparable(const struct vflow *a, const struct vflow *b)
{
	return a->first_asked && b->first_asked && a->class == b->class && a->info->app == b->info->app &&
	       strcmp(a->info->alpn, b->info->alpn) == 0;
}

static float fit(int more)
{
	return more == 0 ? 1 : more == 1 || more == -1 ? ROUNDED : 0;
}

static bool is_sure(const struct work *w, const struct vflow *f)
{
	return f->n_post && f->post[0] > SURE_MIN && f->site_of[0] != f->site &&
	       w->notes[f->site_of[0]].referer_len;
}

/* What a pair of flows of different sites says of how often names are sent to their host. */
static void learn_pair(struct work *w, const struct vflow *a, const struct vflow *b)
{
	uint32_t x = a->site_of[0], y = b->site_of[0];

	if (abs(more_of(w, a, x, y, 1)) < 2)
		return;
	for (int times = 0; times <= NAME_SENT_MAX; times++) {
		float p = a->post[0] * b->post[0] *
			  fit((int)a->first_asked - (int)b->first_asked - more_of(w, a, x, y, times));

		w->notes[a->name].sent[times] += p;
		w->sent[times] += p;
	}
}

void learn_sizes(struct work *w)
{
	const struct client *c = w->c;

	memcpy(w->sent, SENT_USUAL, sizeof(w->sent));
	for (uint32_t i = 0; i < c->n_pages; i++)
		learn_lengths(&w->notes[c->pages[i].site], &w->n->at[c->pages[i].host].host);
	for (uint32_t i = 0; i < c->n_flows; i++) {
		const struct vflow *f = &c->flows[i];
		uint32_t k = f->same_host;

		for (int n = 0; n < PAIRS_MAX && k != NONE && is_sure(w, f); n++, k = c->flows[k].same_host)
			if (is_comparable(f, &c->flows[k]) && is_sure(w, &c->flows[k]))
				learn_pair(w, f, &c->flows[k]);
	}
}

/* How likely a host's requests hold the name so often. */
static void times_sent(const struct work *w, uint32_t host, float ret[NAME_SENT_MAX + 1])
{
	float all = 0, here = 0;

	for (int i = 0; i <= NAME_SENT_MAX; i++) {
		all += w->sent[i];
		here += w->notes[host].sent[i];
	}
	for (int i = 0; i <= NAME_SENT_MAX; i++)
		ret[i] = (w->notes[host].sent[i] + CLIENT_PAIRS * w->sent[i] / all) / (here + CLIENT_PAIRS);
}

/* Flows that were looked at, and those of them that fit. */
struct fits {
	float n, fit;
};

struct sizes {
	struct fits all, own[CANDIDATES_MAX], other[CANDIDATES_MAX];
	float sent[NAME_SENT_MAX + 1];
};

static void look(const struct work *w, const struct vflow *f, const struct vflow *o,
		 const struct candidates *cs, struct sizes *x)
{
	int more = (int)f->first_asked - (int)o->first_asked;
	float same = fit(more);
	bool counts = is_sure(w, o);

	x->all.n += 1;
	x->all.fit += same;
	for (uint32_t p = 0; p < o->n_post; p++) {
		uint32_t s = candidate_of(w, o->site_of[p]);

		if (s != NONE) {
			x->own[s].n += o->post[p];
			x->own[s].fit += o->post[p] * same;
		}
	}
	for (uint32_t s = 0; s < cs->n && counts; s++) {
		if (cs->site[s] == o->site_of[0] || !w->notes[cs->site[s]].referer_len)
			continue;
		x->other[s].n += o->post[0];
		for (int i = 0; i <= NAME_SENT_MAX; i++)
			x->other[s].fit += o->post[0] * x->sent[i] *
					   fit(more - more_of(w, f, cs->site[s], o->site_of[0], i));
	}
}

/* Log of how many times as often the site's requests are so long as others' are. */
static float own_term(const struct fits *all, const struct fits *own)
{
	float others = share_of_fits(all->fit - own->fit, all->n - own->n);

	return logf((own->fit + others) / (own->n + 1) / others);
}

void size_terms(const struct work *w, const struct vflow *f, const struct candidates *cs, struct terms *t)
{
	const struct client *c = w->c;
	struct sizes x = { .all = { 0, 0 } };

	if (!f->first_asked)
		return;
	times_sent(w, f->name, x.sent);
	for (int way = 0; way < 2; way++) {
		uint32_t k = way ? f->next_same_host : f->same_host;

		for (int i = 0; i < FLOWS_MAX && k != NONE; i++) {
			const struct vflow *o = &c->flows[k];

			if (is_comparable(o, f))
				look(w, f, o, cs, &x);
			k = way ? o->next_same_host : o->same_host;
		}
	}
	for (uint32_t s = 0; s < cs->n; s++) {
		t[s].at[FLOW_SIZE_OWN] = own_term(&x.all, &x.own[s]);
		t[s].at[FLOW_SIZE] = logf(share_of_fits(x.other[s].fit, x.other[s].n));
	}
}
