#include "run/stats.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "out/record.h"

/* What the summary says, in its order. */
static const struct {
	const char *group, *name;
	size_t at; /* of the counter in struct engine_counts */
} counters[] = {
#define AT(field) offsetof(struct engine_counts, field)
	{ "", "packets", AT(shards.packets) },
	{ "", "bytes", AT(shards.bytes) },
	{ "", "flows", AT(shards.flows) },
	{ "", "clients", AT(shards.visits.clients) },
	{ "", "visits", AT(delivery.visits) },

	{ "skipped", "no-ip", AT(shards.decode[DECODE_SKIP]) },
	{ "skipped", "unknown-linktype", AT(shards.decode[DECODE_UNKNOWN_LINKTYPE]) },
	{ "malformed", "link", AT(shards.decode[DECODE_BAD_LINK]) },
	{ "malformed", "ip", AT(shards.decode[DECODE_BAD_IP]) },
	{ "malformed", "transport", AT(shards.decode[DECODE_BAD_TRANSPORT]) },
	{ "malformed", "dns", AT(shards.bad_dns) },
	{ "malformed", "tls", AT(shards.bad_tls) },
	{ "malformed", "quic", AT(shards.bad_quic) },
	{ "malformed", "http", AT(shards.bad_http) },
	{ "fragments", "kept", AT(shards.fragments.kept) },
	{ "fragments", "assembled", AT(shards.fragments.assembled) },
	{ "fragments", "refused", AT(shards.fragments.refused) },
	{ "streams", "gaps", AT(shards.stream_gaps) },
	{ "streams", "refused", AT(shards.stream_refused) },
	{ "streams", "time-steps", AT(time_steps) },
	{ "evicted", "flows", AT(shards.evicted_flows) },
	{ "evicted", "named-flows", AT(shards.evicted_cold) },
	{ "evicted", "dns", AT(shards.evicted_dns) },
	{ "evicted", "dns-clients", AT(shards.evicted_dns_clients) },
	{ "evicted", "ech-names", AT(shards.evicted_ech) },
	{ "evicted", "dns-connections", AT(shards.evicted_dnstcp) },
	{ "evicted", "hosts", AT(shards.evicted_hosts) },
	{ "evicted", "streams", AT(shards.evicted_followed) },
	{ "evicted", "fragments", AT(shards.fragments.evicted) },
	{ "evicted", "clients", AT(shards.visits.evicted_clients) },
	{ "evicted", "addresses", AT(shards.visits.evicted_addresses) },
	{ "evicted", "client-flows", AT(shards.visits.evicted_flows) },
	{ "evicted", "bursts", AT(shards.visits.evicted_bursts) },
	{ "evicted", "questions", AT(shards.visits.evicted_questions) },
	{ "evicted", "requests", AT(shards.visits.evicted_requests) },
	{ "evicted", "names", AT(shards.visits.evicted_names) },
	{ "evicted", "disclosures", AT(untold_requests) },
	{ "evicted", "awaited-answers", AT(unanswered_requests) },
	{ "evicted", "quic-connections", AT(shards.decrypt.evicted_quic) },
	{ "evicted", "places", AT(evicted_places) },
	{ "dpi", "asked", AT(shards.dpi_asked) },

	{ "requests", "http1", AT(shards.decrypt.requests_h1) },
	{ "requests", "http2", AT(shards.decrypt.requests_h2) },
	{ "requests", "http3", AT(shards.decrypt.requests_h3) },
	{ "requests", "responses", AT(shards.decrypt.responses) },
	{ "requests", "websocket-messages", AT(shards.decrypt.socket_messages) },
	{ "requests", "doh-answers", AT(shards.decrypt.doh_answers) },
	{ "requests", "unknown-headers", AT(shards.decrypt.unknown_headers) },
	{ "requests", "tables-realigned", AT(shards.decrypt.hpack_aligned) },
	{ "requests", "bad-http", AT(shards.decrypt.bad_http) },
	{ "requests", "bad-hpack", AT(shards.decrypt.bad_hpack) },
	{ "requests", "bad-qpack", AT(shards.decrypt.bad_qpack) },
	{ "requests", "qpack-blocked", AT(shards.decrypt.qpack_blocked) },
	{ "requests", "bad-body", AT(shards.decrypt.bad_body) },
	{ "requests", "evicted-streams", AT(shards.decrypt.evicted_streams) },
	{ "requests", "refused-bytes", AT(shards.decrypt.refused_bytes) },
	{ "decrypt", "tls-flows", AT(shards.decrypt.tls_flows) },
	{ "decrypt", "tls-with-keys", AT(shards.decrypt.tls_with_keys) },
	{ "decrypt", "tls-by-trial", AT(shards.decrypt.tls_by_trial) },
	{ "decrypt", "tls-mid-flow", AT(shards.decrypt.tls_mid_flow) },
	{ "decrypt", "records", AT(shards.decrypt.records_ok) },
	{ "decrypt", "records-failed", AT(shards.decrypt.records_bad) },
	{ "decrypt", "record-bytes", AT(shards.decrypt.record_bytes) },
	{ "decrypt", "hello-retries", AT(shards.decrypt.hello_retries) },
	{ "decrypt", "key-updates", AT(shards.decrypt.key_updates) },
	{ "decrypt", "early-flows", AT(shards.decrypt.early_flows) },
	{ "decrypt", "early-rejected", AT(shards.decrypt.early_rejected) },
	{ "decrypt", "renegotiations", AT(shards.decrypt.renegotiations) },
	{ "decrypt", "gaps", AT(shards.decrypt.gaps) },
	{ "decrypt", "resynchronised", AT(shards.decrypt.resyncs) },
	{ "decrypt", "resync-failed", AT(shards.decrypt.resyncs_failed) },
	{ "decrypt", "quic-flows", AT(shards.decrypt.quic_flows) },
	{ "decrypt", "quic-with-keys", AT(shards.decrypt.quic_with_keys) },
	{ "decrypt", "quic-moved", AT(shards.decrypt.quic_moved) },
	{ "decrypt", "quic-retries", AT(shards.decrypt.quic_retries) },
	{ "decrypt", "quic-retries-forged", AT(shards.decrypt.quic_retries_forged) },
	{ "decrypt", "quic-packets", AT(shards.decrypt.quic_packets_ok) },
	{ "decrypt", "quic-packets-failed", AT(shards.decrypt.quic_packets_bad) },
	{ "decrypt", "quic-stream-bytes", AT(shards.decrypt.quic_stream_bytes) },
	{ "decrypt", "quic-unknown-frames", AT(shards.decrypt.quic_unknown_frames) },
	{ "decrypt", "quic-dropped", AT(shards.decrypt.quic_dropped) },
	{ "dropped", "by-queue", AT(dropped_by_queue) },
#undef AT
};

void stats_init(struct stats *s)
{
	memset(s, 0, sizeof(*s));
}

void stats_fini(struct stats *s)
{
	arena_fini(&s->arena);
}

void stats_count(struct stats *s, const char *group, const char *name, uint64_t n)
{
	if ((n == 0 && *group && !s->keeps_zeros) || s->n_counts == STATS_COUNTS_MAX)
		return;
	s->counts[s->n_counts++] = (struct ol_count){ group, name, n };
}

void stats_note(struct stats *s, const char *format, ...)
{
	char text[512];
	va_list args;
	if (s->n_notes == STATS_NOTES_MAX)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	s->notes[s->n_notes++] = arena_string(&s->arena, text, strlen(text));
}

static void coverage(struct stats *s, const struct engine_counts *c)
{
	const struct shard_counts *n = &c->shards;
	const struct visits_counts *v = &n->visits;
	s->coverage = (struct ol_coverage){
		.named_flows = n->named_flows,
		.unnamed_flows = n->unnamed_flows,
		.named_up = n->named_up,
		.unnamed_up = n->unnamed_up,
		.by_name = s->by_name,
		.by_cause = s->by_cause,
		.unattributed_flows = v->flows_by_role[ROLE_UNATTRIBUTED],
		.unattributed_up = v->up_by_role[ROLE_UNATTRIBUTED],
		.background_flows = v->flows_by_role[ROLE_BACKGROUND],
		.background_up = v->up_by_role[ROLE_BACKGROUND],
		.out_of_scope_visits = c->out_of_scope_visits,
	};
	for (unsigned i = NAMED_NONE + 1; i < sizeof(n->by_name) / sizeof(n->by_name[0]); i++)
		if (n->by_name[i])
			s->by_name[s->coverage.n_by_name++] =
			    (struct ol_count){ "", named_by_text((enum named_by)i), n->by_name[i] };
	for (unsigned i = UNNAMED_NOT + 1; i < UNNAMED_COUNT; i++)
		if (n->by_cause[i])
			s->by_cause[s->coverage.n_by_cause++] =
			    (struct ol_count){ "", unnamed_text((enum unnamed)i), n->by_cause[i] };
}

void stats_engine(struct stats *s, const struct engine_counts *c)
{
	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		stats_count(s, counters[i].group, counters[i].name,
			    *(const uint64_t *)(const void *)((const char *)c + counters[i].at));
	coverage(s, c);
}
