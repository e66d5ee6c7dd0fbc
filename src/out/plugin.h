/* The whole contract between the program and a plugin. A plugin includes this header and nothing else of
 * ours, and exports one object: `ol_plugin`.
 *
 * There are two kinds. A sink takes records out of the program. An extractor reads one readable request and
 * says what it discloses. One plugin may be both. (Which company owns a host is data, not code: see
 * data/companies.tsv.)
 *
 * memory : every pointer passed to a plugin is borrowed until the call returns. Strings are NUL-terminated
 * UTF-8 and never NULL: unknown is "" (a plugin may leave strings of a disclosure NULL). Numbers say below
 * what stands for unknown. threads: a sink is called from one thread. An extractor is opened once per shard,
 * and each instance is called from one thread only. errors : a plugin never exits and never prints; it
 * returns false or NULL and says why through `err`. version: the loader refuses a plugin whose `abi` is not
 * OL_PLUGIN_ABI. Any change to this header raises it. There is no other negotiation. meaning: of every field,
 * see doc/records.md; the names are the same.
 */
#ifndef OUT_PLUGIN_H
#define OUT_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OL_PLUGIN_ABI 6
#define OL_ERR_MAX 512 /* bytes, with the final NUL */

/* ---- records ---- */

struct ol_page {
	int64_t at_ns;
	uint64_t frame;
	const char *host, *url; /* url: only if it could be read */
	double conf;
	bool is_silent; /* came back without a document request */
};

struct ol_evidence {
	uint64_t flow;
	const char *community_id;
	uint32_t input;
	uint64_t first_frame, hello_frame, dns_frame; /* 0: none */
};

/* One third party in one visit. */
struct ol_party {
	const char *company, *product, *category, *domain;
	const char *operator_host; /* first-party name, third-party operator: the name in the CNAME chain that
				      tells it */
	const char
	    *infrastructure; /* what a shared CDN or cloud is called: says who carries it, not who gets it */
	const char *const *maybe_own; /* "name", "address", "connection": what suggests that it is the site's
					 own organisation */
	size_t n_maybe_own;
	const char *const *hosts;
	size_t n_hosts;
	const char *const *named_by;
	size_t n_named_by;
	uint32_t flows;
	uint64_t up, down;
	int64_t first_ns, last_ns;
	double conf;
	const char *const *countries;
	size_t n_countries;
	const uint32_t *asns;
	size_t n_asns;
	const struct ol_evidence *evidence;
	size_t n_evidence, n_evidence_left_out;
	const char *const *why; /* with --explain: the terms that decided */
	size_t n_why;
};

struct ol_item {
	const char *kind;    /* "page-url", "online-identifier", … the catalogue's categories */
	const char *name;    /* of the parameter, cookie or header */
	const char *value;   /* "" if it is withheld; then `digest` */
	const char *digest;  /* salted hash of a withheld value */
	const char *meaning; /* what the catalogue says of the parameter */
	const char *theme;   /* of a sensitive value: "offences", "health", … */
	const char *detail;  /* "your e-mail address, hashed (SHA-256)", … */
	uint32_t length;     /* of the value as sent */
	bool is_sensitive;
};

/* What one request gave away. */
struct ol_disclosure {
	int64_t at_ns;
	uint64_t frame, flow;
	const char *company, *product, *host, *event;
	const char *page;    /* address of the page as the request or its Referer says */
	const char *partner; /* id sync: the company that the identifier is handed on to */
	bool is_confirmed; /* the catalogue's entry rests on traffic that was seen, not on knowledge alone */
	const struct ol_item *items;
	size_t n_items;
};

struct ol_consent {
	const char *platform;
	int64_t shown_ns, recorded_ns; /* 0: unknown */
	int64_t unmade_ns, made_ns; /* the last moment at which surely no choice had been made, the first at
				       which one surely had; 0: unknown */
	const char *choice;         /* "accept", "reject", "partial", "" unknown */
	bool is_kept;               /* the choice was made before the visit */
	/* companies in order of their first contact, a domain where none is known; of a choice that lies
	 * between two requests, what came in between is in neither list; despite: although the choice or a
	 * consent string says no */
	const char *const *before, *const *after, *const *despite;
	size_t n_before, n_after, n_despite;
	const char *const
	    *unclear; /* in neither of before and after, where something is known of the moment */
	size_t n_unclear;
	const char *const *before_platform; /* contacted before the platform was: known without secrets too */
	size_t n_before_platform, n_left_out;
	const char *const *signals; /* "gpc", "dnt", "gcs=G100", "tcf purposes 1 3 4", … */
	size_t n_signals;
};

struct ol_verdict {
	const char *rule, *result, *company;
};

struct ol_visit {
	uint64_t id;
	const char *client, *site, *sector;
	const char *client_note; /* "one of 2 or more devices" */
	int64_t start_ns, end_ns;
	double conf;
	bool is_open; /* live: not closed yet */
	const char *part_as,
	    *part_site; /* "login", "bounce": of the visit part_of, to part_site; "" if it stands alone */
	uint64_t part_of;
	const char *const *why;
	size_t n_why;
	const struct ol_page *pages;
	size_t n_pages, n_pages_left_out;
	const char *const *first_hosts;
	size_t n_first_hosts;
	uint32_t first_flows;
	uint64_t first_up, first_down;
	const struct ol_party *parties; /* ordered by first_ns, then domain */
	size_t n_parties;
	const struct ol_disclosure *disclosures; /* in the order seen */
	size_t n_disclosures, n_disclosures_left_out;
	const struct ol_consent *consent; /* NULL: nothing of it was seen */
	const struct ol_verdict *verdicts;
	size_t n_verdicts;
};

struct ol_activity {
	int64_t start_ns, end_ns;
	uint64_t up, down;
	uint64_t visit; /* 0: none */
	double conf;
};

struct ol_candidate {
	const char *site;
	double conf;
};

struct ol_flow {
	uint64_t id;
	const char *client, *server, *proto, *community_id;
	uint16_t client_port, server_port;
	int64_t start_ns, end_ns;
	const char *host, *named_by, *unnamed, *app, *alpn, *ja4, *domain, *company, *product, *operator_host,
	    *outer_host, *label, *category;
	const char *country;
	bool resumes; /* its hello offers to resume an earlier session */
	uint32_t asn; /* 0: unknown */
	uint64_t up, down;
	uint32_t packets_up, packets_down;
	const char *role, *site;
	double conf, name_conf;       /* below 0: not said */
	const char *const *coalesced; /* hosts asked on it beside `host` */
	size_t n_coalesced;
	const struct ol_activity *activity;
	size_t n_activity, n_activity_left_out;
	const struct ol_candidate *candidates;
	size_t n_candidates;
	uint32_t input;
	uint64_t first_frame, hello_frame, dns_frame;
};

struct ol_input {
	const char *name; /* without folders, or the interface */
	const char *sha256, *format, *note;
	uint64_t bytes, packets, dropped;
	int64_t first_ns, last_ns;
	bool is_truncated;
};

/* An output file that was put aside (live). */
struct ol_output {
	const char *name, *sha256; /* name: without folders */
	uint64_t bytes;
};

struct ol_list {
	const char *name, *version, *sha256;
	uint64_t entries;
};

struct ol_run {
	const char *version; /* of the program */
	const struct ol_input *inputs;
	size_t n_inputs;
	const struct ol_list *knowledge;
	size_t n_knowledge;
	const struct ol_header *options; /* those that change the output, as given */
	size_t n_options;
	bool has_secrets; /* session secrets are loaded: what follows may show what was encrypted */
};

struct ol_count {
	const char *group; /* "" or what the counters are about: "malformed", "evicted", ... */
	const char *name;
	uint64_t n;
};

struct ol_coverage {
	uint64_t named_flows, unnamed_flows, named_up, unnamed_up;
	const struct ol_count *by_name, *by_cause; /* flows */
	size_t n_by_name, n_by_cause;
	uint64_t unattributed_flows, unattributed_up, background_flows, background_up;
	uint64_t out_of_scope_visits; /* not kept: see --site and --sector */
};

struct ol_summary {
	const struct ol_count *counts; /* ordered by group */
	size_t n_counts;
	const struct ol_input *inputs; /* as at the end, see ol_run */
	size_t n_inputs;
	const struct ol_output *outputs; /* put aside since the run began */
	size_t n_outputs, n_outputs_left_out;
	bool is_incomplete; /* something that was there was not read or not written: the notes say what */
	const char *const *notes;
	size_t n_notes;
};

enum ol_record_type {
	OL_RUN,
	OL_VISIT,
	OL_FLOW,
	OL_COVERAGE,
	OL_SUMMARY,
	OL_STATUS, /* live, once a second, for views: `summary` so far; nothing to store */
};

/* One record. `json` is its line of JSON without the newline, the same for every sink. */
struct ol_record {
	enum ol_record_type type;
	const char *json;
	size_t json_len;
	const struct ol_run *run; /* the one of the type; the others are NULL */
	const struct ol_visit *visit;
	const struct ol_flow *flow;
	const struct ol_coverage *coverage;
	const struct ol_summary *summary;
};

/* ---- extractors ---- */

struct ol_header {
	const char *name, *value;
};

/* One request that could be read. */
struct ol_request {
	int64_t at_ns;
	uint64_t frame, flow;
	uint64_t client; /* the same for all requests of one client; says nothing else */
	const char *host, *method, *target, *referer, *origin, *cookie, *user_agent, *content_type;
	const struct ol_header *headers;
	size_t n_headers;
	const char *body; /* decoded; holds any bytes, NUL behind the last */
	size_t body_len;
	bool is_body_cut, is_secure,
	    is_document; /* is_document: a navigation, by Sec-Fetch or what is known without it */
	const char *company, *product, *category, *domain; /* what the lists say of the host */
};

/* The answer to one, if it sets cookies. */
struct ol_response {
	int64_t at_ns;
	uint64_t frame, flow;
	uint64_t client; /* as of the request */
	uint32_t status;
	const char *host, *page, *relation; /* of the request: its host, Referer or Origin, Sec-Fetch-Site */
	bool is_document;                   /* as of the request */
	const struct ol_header *headers;
	size_t n_headers;
	const char *company, *product, *category, *domain; /* what the lists say of the host */
};

/* What the program offers a plugin. It stays valid until the plugin is closed. */
struct ol_host {
	/* VALUE of --PLUGIN.NAME=VALUE for this plugin, "" if not set: host->option(host, "salt") */
	const char *(*option)(const struct ol_host *host, const char *name);
	/* company that the lists name for a host name, "" if none; as long as the program runs */
	const char *(*company)(const struct ol_host *host, const char *name);
	/* The first e-mail address in a text, its '@' percent-encoded or not: as it is taken out of addresses
	 * and titles. returns: its length, 0 if there is none. */
	size_t (*email)(const char *text, const char **ret_at);
	void (*disclose)(void *to, const struct ol_disclosure *what);
	const char *data_dir; /* folder of data files */
	bool use_colour;      /* standard output is a terminal that shows colours */
	unsigned width;       /* columns of that terminal, 0: none */
	const void *own;      /* the program's */
};

struct ol_sink {
	/* target: what stood behind "-o NAME:", "-" or "" is standard output */
	void *(*open)(const struct ol_host *host, const char *target, char err[OL_ERR_MAX]);
	bool (*record)(void *sink, const struct ol_record *record, char err[OL_ERR_MAX]);
	bool (*flush)(void *sink, char err[OL_ERR_MAX]); /* live: about once a second; may be NULL */
	bool (*close)(void *sink, char err[OL_ERR_MAX]); /* frees sink in any case */
};

struct ol_extractor {
	void *(*open)(const struct ol_host *host, char err[OL_ERR_MAX]);
	void (*request)(void *extractor, const struct ol_request *request,
			void *to); /* calls host->disclose(to, …) */
	void (*response)(void *extractor, const struct ol_response *response, void *to); /* may be NULL */
	void (*close)(void *extractor);
};

struct ol_plugin {
	uint32_t abi; /* OL_PLUGIN_ABI */
	const char *name, *about;
	const struct ol_sink *sink;           /* NULL if it is none */
	const struct ol_extractor *extractor; /* NULL if it is none */
};

/* The declaration makes it visible: everything else in a plugin is hidden. */
extern __attribute__((visibility("default"))) const struct ol_plugin ol_plugin;

#endif
