/* What connections, tickets and answers of DNS a site had when a flow opened, since browsers keep them apart
 * by site. */
#include <math.h>
#include <string.h>

#include "base/time.h"
#include "track/attribute_parts.h"

#define REUSE_LEAK 0.12f               /* the share of flows opened beside a usable one of the same site */
#define PARALLEL_NS (4 * NS_PER_S / 5) /* flows opened so soon after each other are one pool filling */
#define USABLE_NS (120 * NS_PER_S)     /* a connection idle for less is still usable */
#define ANSWER_NS (300 * NS_PER_S)     /* DNS answers are kept about as long */

/* How likely the site had: a connection to the host that it would have used, one just opened, one that can
 * have left a ticket, one over TCP alone, an answer of DNS.
 */
struct history {
	float open, parallel, ticket, tcp, quic, answer;
};

/* HTTP/1.1 asks one thing at a time; and whoever learns over TCP that a host speaks HTTP/3 goes over to QUIC
 * once. */
static bool is_usable(const struct vflow *o, const struct vflow *f)
{
	bool is_alive =
	    (!o->has_totals || o->totals.end_ns > f->open_ns) && f->open_ns - o->last_ns < USABLE_NS;

	return is_alive && !speaks_http1(o) && (o->info->app == f->info->app || o->info->app == APP_QUIC);
}

static void more(float *x, float p)
{
	*x = fmaxf(*x, p);
}

/* Of each candidate, by the connections to the flow's host before it. */
static void histories(const struct work *w, const struct vflow *f, const struct candidates *cs,
		      struct history *ret)
{
	uint32_t k = f->same_host;
	float open[CANDIDATES_MAX][LINES_MAX];

	memset(ret, 0, cs->n * sizeof(*ret));
	memset(open, 0, cs->n * sizeof(*open));
	for (int i = 0; i < 12 && k != NONE; i++, k = w->c->flows[k].same_host) {
		const struct vflow *o = &w->c->flows[k];
		int64_t age = f->open_ns - o->open_ns;
		bool is_same = o->info->app == f->info->app, is_open;

		if (!is_same_program(w->c, o->class, f->class))
			continue;
		is_open = is_usable(o, f);
		for (uint32_t p = 0; p < o->n_post; p++) {
			uint32_t s = candidate_of(w, o->site_of[p]);
			struct history *h = s == NONE ? NULL : &ret[s];

			if (!h)
				continue;
			more(o->info->app == APP_QUIC ? &h->quic : &h->tcp, o->post[p]);
			if (is_same)
				more(&h->ticket, o->post[p]);
			if (age < PARALLEL_NS) {
				if (is_same)
					more(&h->parallel, o->post[p]);
				continue;
			}
			if (is_open)
				more(&open[s][o->line], o->post[p]);
			if (age < ANSWER_NS)
				more(&h->answer, o->post[p]);
		}
	}
	for (uint32_t s = 0; s < cs->n; s++) {
		ret[s].open = open[s][0];
		/* of several devices one that has none may open it */
		for (uint32_t i = 1; i < w->notes[cs->site[s]].n_lines; i++)
			ret[s].open = fminf(ret[s].open, open[s][i]);
	}
}

/* Of several devices behind one address: the site's connections to the same host whose ports another device
 * has taken. */
void port_terms(const struct work *w, uint32_t site, const struct vflow *f, struct terms *t)
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

static void put_history(const struct client *c, const struct vflow *f, float part, const struct history *h,
			float *at)
{
	bool is_parallel = h->parallel > 0.3f;

	at[is_parallel ? FLOW_PARALLEL : FLOW_REUSE] =
	    part * (is_parallel ? logf(1 + 2 * h->parallel) : logf(1 - h->open * (1 - REUSE_LEAK)));
	if (f->info->has_psk)
		at[FLOW_TICKET] = part * logf(0.03f + 0.97f * h->ticket);
	else if (c->classes[f->class].n_psk)
		at[FLOW_NO_TICKET] = part * h->ticket * (h->parallel < 0.3f);
	if (f->info->app == APP_QUIC)
		at[FLOW_UPGRADE] = part * h->tcp * (1 - h->quic);
	if (!c->has_dns || is_broken(c, TERM_DNS))
		return;
	if (f->is_asked)
		at[FLOW_DNS_FRESH] = part * (h->parallel < 0.3f ? h->answer : 0);
	else
		at[FLOW_DNS_KNOWN] = part * share_term(h->answer, 1);
}

void partition_terms(const struct work *w, const struct candidates *cs, const struct vflow *f, float part,
		     struct terms *t)
{
	struct history h[CANDIDATES_MAX];

	histories(w, f, cs, h);
	for (uint32_t s = 0; s < cs->n; s++)
		put_history(w->c, f, part, &h[s], t[s].at);
}
