#include <netinet/in.h>

#include "run/shard_parts.h"

static void tell_visits(struct shard *s, const struct flow *f, const struct segment *g)
{
	const struct dns_message *m = s->message;
	struct dns_event e = { .client = *flow_client(f),
			       .ts_ns = g->ts_ns,
			       .ordinal = g->ordinal,
			       .frame = g->number,
			       .is_response = m->is_response,
			       .qtype = m->qtype,
			       .name = m->name };
	for (uint32_t i = 0; i < m->n_answers; i++)
		if (i == 0 || m->answers[i].ttl_s < e.ttl_s)
			e.ttl_s = m->answers[i].ttl_s;
	visits_dns(s->visits, &e);
}

static void message(struct shard *s, const struct flow *f, struct bytes bytes, const struct segment *g,
		    enum way way, enum dns_for who)
{
	if (dns_parse(bytes, s->message) != PARSE_OK) {
		s->counts.bad_dns++;
		return;
	}
	if (s->message->is_response != (way == WAY_DOWN) || !s->message->name.len)
		return;
	if (way == WAY_DOWN)
		dnscache_learn(s->dns, flow_client(f), s->message, g->ts_ns, g->number, who);
	if (s->spec.n_home == 0 || side_is_home(&s->sides, flow_client(f)))
		tell_visits(s, f, g);
}

/* Answers over TCP are put together by the client's shard alone, so only the client profits from them. */
static void on_tcp_message(void *ctx, struct bytes bytes, const struct segment *g, enum way way)
{
	struct shard *s = ctx;
	message(s, s->current, bytes, g, way, DNS_FOR_CLIENT);
}

void shard_dns(struct shard *s, struct flow *f, const struct segment *g, enum way way)
{
	f->app = APP_DNS;
	f->is_settled = 1;
	if (g->payload.len == 0)
		return;
	if (f->proto == IPPROTO_UDP)
		message(s, f, g->payload, g, way, DNS_FOR_ALL);
	else
		dnstcp_segment(s->dnstcp, f, g, way, on_tcp_message, s);
}

void shard_dns_foreign(struct shard *s, const struct segment *g)
{
	if (dns_parse(g->payload, s->message) == PARSE_OK && s->message->is_response)
		dnscache_learn(s->dns, &g->dst, s->message, g->ts_ns, g->number, DNS_FOR_OTHERS);
}

/* Only where session secrets are given can it be read. */
void shard_dns_https(struct shard *s, const struct flow *f, const struct doh_answer *a)
{
	if (dns_parse(a->message, s->message) != PARSE_OK)
		s->counts.bad_dns++;
	else if (s->message->is_response && s->message->name.len)
		dnscache_learn(s->dns, flow_client(f), s->message, a->ts_ns, a->frame, DNS_FOR_CLIENT);
}
