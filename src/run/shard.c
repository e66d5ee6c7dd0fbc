#include "run/shard.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "run/shard_parts.h"

enum { DNS_PORT = 53 };

static bool is_dns(const struct flow *f)
{
	return flow_server_port(f) == DNS_PORT && (f->proto == IPPROTO_UDP || f->proto == IPPROTO_TCP);
}

/* Flows that are nobody's visit: of hosts that are not at home, to groups, and of other protocols. */
static bool is_followed_up(const struct shard *s, const struct flow *f)
{
	return (f->proto == IPPROTO_TCP || f->proto == IPPROTO_UDP) &&
	       (s->spec.n_home == 0 || side_is_home(&s->sides, flow_client(f))) &&
	       !addr_is_multicast(flow_server(f));
}

static void note_host(struct shard *s, struct flow *f, const struct segment *g, enum way way)
{
	if (way != WAY_UP || !g->has_mac ||
	    (f->packets[WAY_UP] > 1 && memcmp(f->mac, g->src_mac, sizeof(f->mac)) == 0 && f->ttl == g->ttl))
		return;
	hosts_note(s->hosts, g);
}

/* A packet's whole way through the program, from top to bottom. Before: decode (run/intake.h). After: the
 * verdicts on flows and visits come from visits_tick and visits_finish.
 */
static void pass(struct shard *s, const struct segment *g, uint32_t hash)
{
	enum way way;
	struct flow *f = flows_of(s->flows, g, hash, &way);
	s->current = f;
	note_host(s, f, g, way);

	if (is_dns(f)) {
		shard_dns(s, f, g, way);
		return;
	}
	if (g->payload_len > 0 && !f->is_settled) {
		if (is_followed_up(s, f))
			way = naming_segment(s->naming, f, g, way);
		else
			f->is_settled = 1;
	}
	if (f->is_settled && !f->is_told)
		return;

	if (g->payload_len > 0 && way == WAY_UP) {
		uint32_t i = flows_index(s->flows, f);
		if (f->is_active && !f->is_told && bursts_is_next(s->bursts, i, g))
			naming_tell(s->naming, f);
		bursts_segment(s->bursts, i, f, g);
	} else if (g->payload_len > 0 && f->is_active) {
		bursts_heard(s->bursts, flows_index(s->flows, f), f, g);
	}
	if (f->is_followed || (g->payload_len > 0 && !f->was_considered))
		follow_segment(s->follow, f, g, way);
	if (f->cold != FLOW_NONE && f->was_considered && !f->is_followed)
		naming_unread(s->naming, f);
}

/* ---- batches: while one packet is worked on, the lines of the next are on their way into the cache ---- */

/* What another shard counts. */
static void pass_copy(struct shard *s, const struct segment *g)
{
	if (side_is_from_client(&s->sides, g))
		hosts_note(s->hosts, g);
	else if (g->ip_proto == IPPROTO_UDP && g->src_port == DNS_PORT)
		shard_dns_foreign(s, g);
}

void shard_pass(struct shard *s)
{
	for (size_t i = 0; i < s->n_batch; i++)
		if (!s->batch[i].is_copy)
			flows_prefetch_flow(s->flows, s->batch[i].hash);
	for (size_t i = 0; i < s->n_batch; i++)
		if (s->batch[i].is_copy)
			pass_copy(s, s->batch[i].segment);
		else
			pass(s, s->batch[i].segment, s->batch[i].hash);
	s->n_batch = 0;
	s->current = NULL;
}

void shard_segment(struct shard *s, const struct segment *g, bool is_copy)
{
	struct waiting *w = &s->batch[s->n_batch++];
	*w = (struct waiting){ .segment = g, .is_copy = is_copy };
	if (!is_copy) {
		w->hash = flows_hash(s->flows, g);
		flows_prefetch(s->flows, w->hash);
	}
	if (s->n_batch == SHARD_BATCH)
		shard_pass(s);
}

void shard_packets(struct shard *s, const struct packet *packets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct segment *g = &s->segments[s->n_batch];
		if (!intake_packet(&s->intake, &packets[i], g))
			continue;
		shard_segment(s, g, false);
		if (!intake_is_in_frame(&packets[i], g))
			shard_pass(s);
	}
	shard_pass(s);
}

void shard_tick(struct shard *s, int64_t now_ns, bool is_set_back)
{
	if (s->spec.is_live && is_set_back) {
		shard_finish(s);
		visits_set_back(s->visits, now_ns);
	}
	flows_expire(s->flows, now_ns);
	decrypt_tick(s->decrypt, now_ns);
	if (s->spec.is_live)
		bursts_tick(s->bursts, now_ns);
	if (visits_is_full(s->visits))
		flows_end_all(s->flows);
	visits_tick(s->visits, now_ns);
}

void shard_finish(struct shard *s)
{
	flows_end_all(s->flows);
	visits_finish(s->visits);
}
