/* One packet's whole way: decode, flow, naming, decryption, visits. The page to read first is shard.c.
 *
 * A shard holds all state of its clients and is used by one thread.
 */
#ifndef RUN_SHARD_H
#define RUN_SHARD_H

#include "decrypt/decrypt.h"
#include "know/knowledge.h"
#include "track/visit.h"
#include "wire/decode.h"
#include "wire/fragments.h"

struct shard_spec {
	const struct knowledge *know;
	struct keylog *keys;    /* NULL: none */
	const struct net *home; /* networks whose hosts are clients; n_home 0: private addresses */
	size_t n_home;
	bool is_live, is_learning, explain, dpi;
	struct hash_key hash_key; /* random; does not influence the output */
	uint32_t flows_max, cold_max, clients_max, client_flows_max, dns_max, fragments_max;
	/* set by the engine */
	uint32_t index; /* of the shard, from 0 */
	void (*visit)(void *ctx, const struct visit_result *v);
	void (*flow)(void *ctx, const struct flow_verdict *f);
	void *(*request)(void *ctx, const struct request *r);  /* an attachment or NULL */
	void (*response)(void *ctx, const struct response *r); /* of every response, after visits have it */
	void (*drop_attachment)(void *ctx, void *attachment);
	void *ctx;
};

/* MAC addresses remembered: by every shard and by what hands packets to them, for both must know the same. */
static inline uint32_t shard_hosts_max(const struct shard_spec *s)
{
	return s->clients_max < 16 ? 64 : s->clients_max * 4;
}

/* Everything that is counted; every field is a sum over packets, so that counts of shards add up. */
struct shard_counts {
	uint64_t packets, bytes; /* bytes: as on the wire, of frames */
	uint64_t decode[DECODE_COUNT];
	struct fragments_counts fragments;
	/* flows by outcome, as in the coverage record: clients' flows only */
	uint64_t flows, named_flows, unnamed_flows, named_up, unnamed_up;
	uint64_t by_name[6], by_cause[UNNAMED_COUNT]; /* by enum named_by, enum unnamed */
	uint64_t evicted_flows, evicted_cold, evicted_dns, evicted_dnstcp, evicted_hosts, evicted_followed,
	    evicted_ech, evicted_dns_clients;
	uint64_t stream_gaps, stream_refused;
	uint64_t bad_tls, bad_quic, bad_http, bad_dns;
	uint64_t dpi_asked;
	struct visits_counts visits;
	struct decrypt_counts decrypt;
};

struct shard;
struct shard *shard_new(const struct shard_spec *spec); /* NULL if out of memory */
void shard_free(struct shard *s);

/* In order of capture: packets, where there is one shard; */
void shard_packets(struct shard *s, const struct packet *packets, size_t n);

/* or segments that were decoded for several, until shard_pass borrowed. is_copy: another shard's, of use here
 * is only what it says of hosts and names.
 */
void shard_segment(struct shard *s, const struct segment *g, bool is_copy);
void shard_pass(struct shard *s);

/* is_set_back: the clock was, by more than packets are out of order. Live, all that was going on is told
 * then, and what goes on begins anew. */
void shard_tick(struct shard *s, int64_t now_ns, bool is_set_back);

/* The end: every flow and visit is told. */
void shard_finish(struct shard *s);

/* Adds this shard's counts to *counts. */
void shard_add_counts(const struct shard *s, struct shard_counts *counts);

/* What is no sum: bytes of the timeline of the largest client, and of those of all of a shard at most. */
void shard_memory(const struct shard *s, struct visits_memory *ret_memory);

#endif
