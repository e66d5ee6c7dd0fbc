/* Visits of clients to sites, and which flow and burst belongs to which: the program's heart.
 *
 * Takes events (track/events.h) of all clients of one shard in order of packet time and tells, when it is
 * sure, flows and visits. Knows no packets, files or clocks.
 */
#ifndef TRACK_VISIT_H
#define TRACK_VISIT_H

#include "base/hash.h"
#include "know/knowledge.h"
#include "track/events.h"

enum role {
	ROLE_NONE, /* not web, or without a name that would tell whose it is */
	ROLE_FIRST_PARTY,
	ROLE_THIRD_PARTY,
	ROLE_BACKGROUND,
	ROLE_UNATTRIBUTED,
};

struct activity {
	struct burst burst;
	uint64_t visit; /* 0: none caused it */
	float conf;
};

struct candidate {
	struct hostname site;
	float conf;
};

/* A flow with its verdict. memory: borrowed during the call. */
struct flow_verdict {
	const struct flow_info *info;
	struct flow_names names;
	const struct flow_totals *totals;
	enum role role;
	struct hostname site; /* len 0: none */
	float conf;           /* below 0: not said */
	const struct activity *activity;
	uint32_t n_activity, n_activity_left_out;
	struct candidate candidates[4];
	uint32_t n_candidates;
	struct hostname asked[8]; /* hosts of requests read on it that differ from its own name */
	uint32_t n_asked;
};

struct page_view {
	int64_t at_ns;
	uint64_t frame;
	struct hostname host;
	const char *url; /* NULL: not read */
	float conf;
	bool is_silent;
};

/* What one flow did in one visit, under one name. With readable requests there is one for each host asked. */
struct visit_part {
	uint64_t flow;
	const struct flow_info *info; /* never NULL */
	struct flow_names names;      /* of the flow */
	struct hostname host;         /* the name it is reported under, never empty */
	const char *domain;           /* the registrable one of it */
	enum named_by named_by;
	bool is_first_party;
	bool is_new_flow; /* the first part told of this flow in this visit: count the flow once */
	uint64_t up, down;
	int64_t first_ns, last_ns;
	float conf;
	const char *why[6]; /* terms that decided, strongest first; only if asked for */
	char why_text[6][48];
	uint32_t n_why;
};

struct visit_request {
	int64_t ts_ns;
	uint64_t frame, flow;
	struct hostname host;
	bool is_first_party, is_document;
	struct flow_names names; /* of its flow */
	void *attachment;        /* as given to visits_request */
};

struct visit_result {
	uint64_t id;
	struct addr client;
	struct hostname site;
	const char *client_note; /* NULL or "one of 2 or more devices" */
	int64_t start_ns, end_ns;
	float conf;
	bool is_open;        /* told while it goes on (live); it will be told again */
	const char *part_as; /* NULL or "login", "bounce": of part_of, a visit to part_of_site */
	uint64_t part_of;
	struct hostname part_of_site;
	const char *why[8];
	uint32_t n_why;
	const struct page_view *pages;
	uint32_t n_pages, n_pages_left_out;
	const struct visit_part *parts; /* ordered by first_ns, flow, host */
	uint32_t n_parts;
	const struct visit_request
	    *requests; /* in order of time; only those with an attachment or of a document */
	uint32_t n_requests;
};

struct visits_spec {
	const struct knowledge *know;
	bool is_live;     /* fewer passes over a bounded look-back, open visits are told */
	bool is_learning; /* profiles and background learnt from the traffic itself */
	bool explain;
	uint32_t clients_max, flows_max, bursts_max; /* limits of one shard */
	struct hash_key hash_key;                    /* random; does not influence what is told */
	/* What a flow that goes on has come to so far; false if that is not known. May be NULL. */
	bool (*so_far)(void *so_far_ctx, const struct flow_info *info, struct flow_totals *ret_totals);
	void *so_far_ctx;
	void (*flow)(void *ctx, const struct flow_verdict *f);
	void (*visit)(void *ctx, const struct visit_result *v);
	void (*drop_attachment)(void *ctx, void *attachment);
	void *ctx;
};

struct visits_counts {
	uint64_t clients, visits, evicted_clients, evicted_flows, evicted_bursts, evicted_questions,
	    evicted_requests, evicted_names, evicted_addresses;
	uint64_t up_by_role[5], flows_by_role[5];
};

/* Bytes of clients' timelines: of the largest there was, and of all of a shard at most. */
struct visits_memory {
	uint64_t largest_client, most;
};

struct visits;

struct visits *visits_new(const struct visits_spec *spec); /* NULL if out of memory */
void visits_free(struct visits *v);

/* A flow whose name is settled: told once, before its first burst. Told again with the same id if the name
 * got better. */
void visits_flow(struct visits *v, const struct named_flow *named);

/* A burst began (so that live visits show at once), and was completed. Bursts of a flow come in order. Live,
 * its last one is told so far, and again, with the same first_ordinal, once more is known. */
void visits_burst_begin(struct visits *v, uint64_t flow, int64_t ts_ns, uint64_t ordinal, uint64_t frame);
void visits_burst_end(struct visits *v, const struct burst *burst);

void visits_flow_end(struct visits *v, const struct flow_totals *totals);
void visits_dns(struct visits *v, const struct dns_event *e);

/* attachment: what the request gave away; handed back in visit_result, and freed by drop_attachment. May be
 * NULL. */
void visits_request(struct visits *v, const struct request *r, void *attachment);
void visits_response(struct visits *v, const struct response *r);

/* The table of names is full: the next tick tells everything and begins anew. What goes on is to be ended
 * first, or the rest of it is not told. */
bool visits_is_full(const struct visits *v);

/* Packet time goes on; tells what is sure by now. Called about once a second of packet time. */
void visits_tick(struct visits *v, int64_t now_ns);

/* Live, the clock was set back: what was told of as going on lies in the future now, and would never be over.
 * It is told as it is; what comes then is begun anew. */
void visits_set_back(struct visits *v, int64_t now_ns);

/* The end of the input: tells everything that is left. */
void visits_finish(struct visits *v);

void visits_counts(const struct visits *v, struct visits_counts *ret_counts);
void visits_memory(const struct visits *v, struct visits_memory *ret_memory);

#endif
