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

	return is_alive && strcmp(o->info->alpn, "http/1.1") != 0 &&
	       (o->info->app == f->info->app || o->info->app == APP_QUIC);
}

static void history_of(const struct work *w, const struct vflow *f, uint32_t site, struct history *ret)
{
	uint32_t k = f->same_host, n_lines = w->notes[site].n_lines;
	float open[LINES_MAX] = { 0 };

	*ret = (struct history){ 0 };
	for (int i = 0; i < 12 && k != NONE; i++, k = w->c->flows[k].same_host) {
		const struct vflow *o = &w->c->flows[k];
		int64_t age = f->open_ns - o->open_ns;
		float p = posterior_of(o, site), *way = o->info->app == APP_QUIC ? &ret->quic : &ret->tcp;

		if (!is_same_program(w->c, o->class, f->class))
			continue;
		if (o->info->app == f->info->app)
			ret->ticket = fmaxf(ret->ticket, p);
		*way = fmaxf(*way, p);
		if (age < PARALLEL_NS) {
			if (o->info->app == f->info->app)
				ret->parallel = fmaxf(ret->parallel, p);
			continue;
		}
		if (is_usable(o, f))
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

void partition_terms(const struct work *w, uint32_t site, const struct vflow *f, float part, struct terms *t)
{
	const struct client *c = w->c;
	struct history h;

	history_of(w, f, site, &h);
	t->at[h.parallel > 0.3f ? FLOW_PARALLEL : FLOW_REUSE] =
	    part * (h.parallel > 0.3f ? logf(1 + 2 * h.parallel) : logf(1 - h.open * (1 - REUSE_LEAK)));
	if (f->info->has_psk)
		t->at[FLOW_TICKET] = part * logf(0.03f + 0.97f * h.ticket);
	else if (c->classes[f->class].n_psk)
		t->at[FLOW_NO_TICKET] = part * h.ticket * (h.parallel < 0.3f);
	if (f->info->app == APP_QUIC)
		t->at[FLOW_UPGRADE] = part * h.tcp * (1 - h.quic);
	if (!c->has_dns || is_broken(c, TERM_DNS))
		return;
	if (f->is_asked)
		t->at[FLOW_DNS_FRESH] = part * (h.parallel < 0.3f ? h.answer : 0);
	else
		t->at[FLOW_DNS_KNOWN] = part * share_term(h.answer, 1);
}
