/* What the parts of track/visit share: the timeline of a client, and the steps that resolve it.
 *
 * A client's timeline is kept as it is told. To resolve it: browser_classify says which programs are
 * browsers, page_detect finds page views, pages_to_visits keeps the books of visits, partition_test counts
 * whether connections are kept apart by site, attribute_flows gives each flow to a site and each burst to a
 * visit. Each further pass repeats it with what those before have found; the last ones seek no page views
 * any more.
 */
#ifndef TRACK_VISIT_PARTS_H
#define TRACK_VISIT_PARTS_H

#include <math.h>
#include <string.h>

#include "know/companies.h"
#include "track/visit.h"

#define NONE UINT32_MAX
#define CLASSES_MAX 32
#define RANKS 4                /* the last page views that are told apart by how many came since */
#define LINES_MAX 4            /* devices told apart at one site */
#define UNPARTITIONED_MAX 0.3f /* P(connections are kept apart) up to which they are taken as shared */
#define BROWSER_MIN 0.1f       /* below: its flows begin no page views */

/* What belongs to a visit may come so soon before the page view that began it. */
#define VISIT_SOON_NS (50 * NS_PER_MS)

struct name {
	struct hostname host;
	uint32_t site; /* index of its registrable domain, itself for a site */
	const struct company *company;
	const char *owner;                        /* "" if nobody is known */
	float reach;                              /* share of sites that embed it, as far as lists say */
	uint32_t tracker;                         /* number in know/profiles, NONE */
	uint32_t listed;                          /* number as a site in know/profiles, NONE */
	bool is_telemetry, is_resolver, is_third; /* third: a list says that pages embed it */
	uint8_t n_label; /* letters of a site before its suffix, of a host before its site */
	uint64_t runs;   /* of letters in it (names.c) */
	bool is_parts;   /* it calls itself a place for parts of pages: cdn, static, img */
	bool is_front;   /* a site itself, or its pages as such: www, m, en */
};

/* Times of one site, ascending. last: so many were over as it was looked at last. */
struct moments {
	int64_t *at;
	uint32_t n, last;
};

/* The two most likely page views of a site that are apart, by the pass before; the likelier first. */
struct site_pages {
	int64_t at_ns[2];
	float p[2];
};

/* Stretches of time around a burst (track/page_around). */
enum around_stretch {
	FLOWS_BEFORE,
	FLOWS_AFTER,
	EMBEDDED_AFTER,
	BURSTS_BEFORE, /* as long as a page may take to begin */
	BURSTS_SECOND, /* the second before */
	BURSTS_MOMENT,
	BURSTS_AFTER,
	DNS_ASKED,
	DNS_BEFORE,
	DNS_AFTER,
	AROUND_STRETCHES
};

/* How often a name is in each stretch, and where among its names; what the site's bursts in BURSTS_AFTER come
 * to. */
struct around_note {
	uint64_t down, asked;
	uint16_t times[AROUND_STRETCHES], place[AROUND_STRETCHES];
	uint32_t last; /* burst to the host, + 1 */
};

#define NAME_SENT_MAX 2 /* times that a site's name stands in a request */

/* What the resolution of a client notes beside a name; all zero if the client does not have it. */
struct name_note {
	struct moments pages, anchors; /* of a site: its page views, and its signs of life */
	uint32_t n_visits;             /* to the site */
	uint32_t chosen, candidate;    /* the choice that it was last looked at for; its place in it */
	float background, all;         /* flows of the host that were background, and all */
	uint32_t last_flow;            /* to the host, + 1 */
	int64_t last_burst_ns;         /* of the site */
	struct site_pages likely;      /* of the site */
	bool is_given;                 /* to the site: some flow, by the pass before */
	struct around_note around;     /* of what lies around a burst */
	uint32_t n_lines, opened_line; /* devices at the site; whose its newest connection is, */
	int64_t opened_ns, line_ns[LINES_MAX]; /* and since when; when each was last heard of */
	uint32_t line_class[LINES_MAX];        /* and its program */
	/* Of the site: what its page's name takes in requests, coded in Referer and Origin, and not coded. */
	uint16_t referer_len, origin_len, plain_len;
	/* To the host: pairs of requests that fit if a site's name is sent so often. */
	float sent[NAME_SENT_MAX + 1];
	/* Of the site: page views that went on with its visit, and those of them at whose beginning it said
	 * farewell. */
	float went_on, left_own;
	bool is_noted;
};

/* Names of all clients of a shard; index 0 is "no name". */
struct names {
	struct name *at;
	struct name_note *notes; /* of the client that is resolved, by index */
	uint32_t *noted;         /* indexes of its names */
	uint32_t n_noted;
	uint32_t n, capacity;
	uint32_t *slot;
	uint32_t n_slots;
	const struct knowledge *know;
	struct hash_key hash_key;
	uint64_t refused;
};

/* returns: false if out of memory. */
bool names_init(struct names *n, const struct knowledge *know, uint32_t capacity, struct hash_key key);
void names_fini(struct names *n);
void names_clear(struct names *n); /* forgets all; no number stays valid */
/* 0 for an empty name or when the table is full (counted). */
uint32_t names_of(struct names *n, const struct hostname *host);
/* The client that is resolved has this name. Costs as much as a client has names, not as there are names. */
void names_note(struct names *n, uint32_t name);
void names_unnote(struct names *n); /* all */
/* Have the names of two sites most of their letters in common, as those of a site and its content server? */
bool names_are_kin(const struct names *n, uint32_t site, uint32_t other);
/* Does a third party's host carry the site's name, as those do that are given out for each customer? */
bool names_is_for(const struct names *n, uint32_t host, uint32_t site);

struct class_stat {
	uint32_t class; /* ja4_class */
	uint8_t ttl;    /* that its system sends: 64, 128, 255; 0 unknown */
	uint32_t n_flows, n_dense, n_apart, n_ech, n_h2, n_psk, n_quic, n_pages;
	float browser; /* P(it is a browser) */
	float apart;   /* log odds that it keeps connections apart by site */
	float share;   /* P(likewise) */
};

struct vflow {
	struct flow_info *info;
	struct flow_totals totals;
	bool has_totals;
	uint32_t name, site, operator_name, outer_name; /* names */
	struct hostname *unlisted; /* its host, if the names have no room for it; else NULL */
	uint32_t client_index;
	uint32_t class; /* index into classes */
	int64_t open_ns, last_ns;
	uint64_t asked;                             /* bytes that may hold requests */
	uint32_t first_asked;                       /* length of its first request, 0: not known */
	uint32_t first_burst, last_burst, n_bursts; /* list through vburst.next */
	uint32_t n_forgotten;                       /* live: bursts before those that are still known */
	uint32_t same_host, next_same_host;         /* the flows to the same host before and after, NONE */
	uint32_t pinned_site, pins;                 /* told by readable requests, 0: none */
	uint32_t n_requests, n_own;                 /* read on it; those of them that are the browser's own */
	uint32_t at_burst;                          /* of the request looked at last */
	bool is_asked;                              /* a clear DNS question for its name came just before */
	/* verdict */
	uint32_t site_of[4]; /* best candidates; 0 is background */
	float post[4];
	float evidence[4];  /* what its name and the state of connections say of each, without time: log
			       probability */
	uint8_t rank_of[4]; /* how many others had a page view since theirs */
	uint32_t n_post;
	float background;
	uint8_t line;         /* which of the devices at its site it belongs to (track/device) */
	float doubt;          /* that a page view which was not made out caused it */
	float log_sum;        /* of all candidates' scores, by the moment of its opening alone */
	float explained;      /* the same without the flow's own site, against background */
	float embedded_share; /* of the other flows to its site, those that other sites caused */
	bool is_told;
	bool is_shared; /* sites share it: each burst is a choice of its own */
	uint8_t why[4]; /* terms that spoke most for the best site against the next, of enum flow_term */
	float why_gain[4];
	uint32_t n_why;
};

struct vburst {
	struct burst b;
	uint32_t flow, before, next; /* before, next: of the flow, NONE */
	uint32_t next_of_visit;      /* of the flow in the same visit, NONE */
	uint32_t visit;              /* index into visits, NONE: none caused it */
	uint32_t site;               /* site it was given to, 0: background */
	uint32_t pinned_site;        /* told by a readable request, 0: none */
	uint32_t site_before;        /* in the pass before */
	float conf_before;
	bool is_asking; /* something was asked on the flow by its end; connections are also opened ahead of
			   need */
	float conf;
	float claim, claim_part; /* P(it belongs to its visit; the visit has the party), before the table */
	float claim_most;        /* what is said of it at most */
	unsigned why;            /* of enum why */
	float page, page_before; /* P(it began a page view), now and in the pass before */
	float around;            /* what lies around it says of that, in all passes but the first */
	float around_first;      /* likewise, were it the first that is heard of the site */
	float gain, gain_own;    /* how much better flows are explained if it began one: all, and those that
				    others explain badly */
	uint32_t n_gain;         /* the flows that were looked at for it */
};

struct vdns {
	int64_t ts_ns;
	uint32_t name;
	uint16_t qtype;
};

struct vrequest {
	uint64_t flow, frame, stream;
	uint32_t flow_index; /* into flows */
	int64_t ts_ns;
	uint32_t host, top; /* top: site of the page it belongs to, 0 unknown */
	uint32_t top_else;  /* if what comes is no page */
	uint32_t from;      /* site of its Referer, 0: none */
	bool is_document, is_navigation, is_frame, is_style, is_redirect, is_read;
	bool needs_parts; /* it may be a page, and is one once it asks for something */
	bool is_guessed;  /* a page or frame by what it asks for: the answer decides */
	bool is_own;      /* the browser's: no page asked for it */
	uint64_t up, down;
	char *url;
	void *attachment;
	uint32_t burst, visit; /* NONE: none */
};

/* Why a burst is taken for a page view. */
enum why {
	WHY_PAIR = 1,
	WHY_FAN_OUT = 2,
	WHY_DNS = 4,
	WHY_TICKET = 8,
	WHY_WOKEN = 16,
	WHY_FRONT = 32,
	WHY_LISTED = 64,
	WHY_READ = 128,
};

struct vpage {
	int64_t at_ns;
	uint64_t ordinal, frame;
	uint32_t host, site;
	float conf;
	unsigned why;
	uint32_t request; /* that asked for it, NONE if it was not read */
	uint32_t asked,
	    asked_as;    /* length of its request, and of what kind (track/page_length); 0: not known */
	float same_else; /* P(it goes on with the visit before), by the other signs; below 0: not asked for */
	uint32_t visit;
	uint32_t next_of_visit; /* NONE */
	float of_visit;         /* P(it is of its visit, whose pages before it are) */
	uint32_t class;         /* program that asked for it */
	uint8_t line;
	bool is_again; /* so soon after the one before that it is the same */
};

struct vvisit {
	uint64_t id;
	uint32_t site, class;
	uint8_t line;
	int64_t start_ns, anchor_ns; /* anchor: its last page view */
	uint32_t first_page, last_page;
	float conf;
	unsigned why;
	enum part_as { PART_NOT, PART_LOGIN, PART_BOUNCE } part_as;
	uint32_t part_of; /* the visit that it is a login for, or leads on to */
	bool is_shadowed; /* a page whose name cannot be seen may stand behind it */
};

/* Visits by site, line and time. */
struct site_visit {
	uint32_t site, line, visit;
};

/* A visit that was told, and as what. */
struct vtold {
	uint64_t id, mark;
	bool is_closed, is_there; /* there: the client's timeline still has it */
};

struct client {
	struct addr addr;
	uint32_t place; /* in visits */
	bool has_mac;   /* by_mac finds it by this one */
	uint8_t mac[6];
	struct vflow *flows;
	struct vburst *bursts;
	struct vdns *dns;
	struct vrequest *requests;
	struct vpage *pages;
	struct vvisit *visits;
	struct site_visit *by_site; /* NULL if out of memory */
	uint32_t n_flows, n_bursts, n_dns, n_requests, n_pages, n_visits;
	uint32_t cap_flows, cap_bursts, cap_dns, cap_requests, cap_pages, cap_visits;
	uint32_t *by_time; /* bursts in order of start */
	struct class_stat classes[CLASSES_MAX];
	uint32_t n_classes;
	struct vtold *told; /* live; by id */
	uint32_t n_told, cap_told;
	int64_t looked_ns;
	bool has_sec_fetch; /* its browser says of each request what asked for it */
	bool has_dns, has_tabs, is_dirty;
	int pass;                /* of the resolution that goes on */
	bool is_shared;          /* its browser does not keep connections apart by site */
	uint32_t n_begun_before; /* flows that had begun before the capture */
	uint32_t n_devices;      /* behind its address, as far as they can be told apart */
	char note[48];
	const struct visits_probe *probe; /* NULL but in tests */
	struct client *older, *newer;
};

/* What is at work behind an address: its flows are weighed, and what is said of it believed, accordingly. */
enum client_group { GROUP_ONE, GROUP_TABS, GROUP_DEVICES, CLIENT_GROUPS };

static inline enum client_group client_group(const struct client *c)
{
	return c->n_devices > 1 ? GROUP_DEVICES : c->has_tabs ? GROUP_TABS : GROUP_ONE;
}

struct candidates;
struct claim;
struct terms;
struct page_row;
struct join_row;

/* For tests/score: sees the rows that decide, and breaks single terms to show what they are worth. */
enum term {
	TERM_PARTITION = 1,
	TERM_PROFILE = 2,
	TERM_LAG = 4,
	TERM_DNS = 8,
	TERM_JA4 = 16,
	TERM_CALIBRATION = 32,
	TERM_CLAIM = 64,
	TERM_ALIKE = 128,
	TERM_NEAR = 256,
	TERM_JOIN = 512,
	TERM_HEARD = 1024,
	TERM_SIZE = 2048,
};

struct visits_probe {
	unsigned broken; /* of enum term */
	void (*row)(void *ctx, const struct client *c, const struct names *n, uint32_t burst,
		    const struct page_row *row, int pass, float p);
	void (*choice)(void *ctx, const struct client *c, uint32_t flow, int pass, const struct names *n,
		       const struct candidates *cs, const struct terms *sites,
		       const struct terms *background);
	void (*alone)(void *ctx, const struct client *c, uint32_t burst, int pass, const struct names *n,
		      const struct candidates *cs, const struct terms *sites);
	void (*claim)(void *ctx, const struct client *c, uint32_t burst, const struct names *n,
		      const struct claim *claim);
	void (*join)(void *ctx, const struct client *c, const struct vvisit *v, const struct vpage *p,
		     const struct join_row *row, float z);
	float (*page)(void *ctx,
		      const struct vburst *b); /* says what is a page view, to see attribution alone */
	/* Weights instead of those built in, for the first pass and those after it (of flows those of all
	 * groups, one after another); NULL: none. */
	const float *page_weights[2], *flow_weights[2], *alone_weights[2], *join_weights;
	void *ctx;
};

/* probe lives as long as v. */
void visits_probe(struct visits *v, const struct visits_probe *probe);

static inline bool is_broken(const struct client *c, enum term term)
{
	return c->probe && (c->probe->broken & term);
}

/* Grows an array of a client's timeline by one. returns: NULL if out of memory; the array is as it was then.
 */
void *grown(void *array, uint32_t n, uint32_t *capacity, size_t size);

/* What the signs from `from` on, and before `until`, come to: in four sums, so that one addition need not
 * wait for the one before. */
static inline float weighed(const float *weights, const float *signs, int from, int until)
{
	float x[4] = { 0 };
	int i = from;

	for (; i + 4 <= until; i += 4)
		for (int k = 0; k < 4; k++)
			x[k] += weights[i + k] * signs[i + k];
	for (; i < until; i++)
		x[0] += weights[i] * signs[i];
	return (x[0] + x[1]) + (x[2] + x[3]);
}

static inline float logistic(float x)
{
	return 1 / (1 + expf(-x));
}

/* How often something fits, of n times: BY_CHANCE if nothing is known, which counts for CHANCE_TIMES. */
#define BY_CHANCE 0.05f
#define CHANCE_TIMES 2.0f
static inline float share_of_fits(float fit, float n)
{
	return (fit + CHANCE_TIMES * BY_CHANCE) / (n + CHANCE_TIMES);
}

static inline bool speaks_http1(const struct vflow *f)
{
	return strcmp(f->info->alpn, "http/1.1") == 0;
}

/* All that was asked on it is the browser's own. */
static inline bool is_own_business(const struct vflow *f)
{
	return f->n_requests && f->n_own == f->n_requests;
}

/* memory: as long as the names and the flow. */
struct flow_names flow_names(const struct names *n, const struct vflow *f);

/* P(the site caused the flow), by the pass before. */
float posterior_of(const struct vflow *f, uint32_t site);

/* The site that a burst was given to; in the first pass, when nothing is known but names, that of its name.
 */
uint32_t site_of_burst(const struct client *c, const struct vburst *b);

/* The first of n things, in order of a number (as a time), whose number is not below x: each of `size` bytes,
 * its number `at` bytes in. */
uint32_t first_from(const void *things, uint32_t n, size_t size, size_t at, int64_t x);

/* The first flow that was opened at t or after it: flows lie in order of opening. */
uint32_t first_flow_from(const struct client *c, int64_t t);

/* Likewise the first burst that began then, as a place in by_time. */
uint32_t first_burst_from(const struct client *c, int64_t t);

/* Likewise the first question of DNS, and the first page view. */
uint32_t first_dns_from(const struct client *c, int64_t t);
uint32_t first_page_from(const struct client *c, int64_t t);

/* Hellos over TCP and QUIC of one browser fall into two classes. */
bool is_same_program(const struct client *c, uint32_t a, uint32_t b);

/* Are both browsers that people use, and not the same one? */
bool is_other_browser(const struct client *c, uint32_t a, uint32_t b);

void browser_classify(struct client *c, const struct names *n);
void page_detect(struct client *c, const struct names *n, int pass);
void pages_to_visits(struct client *c, const struct names *n);
void visits_relate(struct client *c, const struct names *n); /* which are part of others */
void partition_test(struct client *c, const struct names *n);

struct resolve {
	int pass;
	bool is_learning, explain; /* explain: keep which terms decided */
	bool seeks_pages;          /* page views are sought once more after it */
	bool keeps_sure;           /* flows of which the pass before was sure are left as they are */
};

void attribute_flows(struct client *c, const struct names *n, const struct resolve *r);
const char *flow_term_words(uint8_t term);

/* Finds the devices at each site; which of them a third party's connection belongs to. */
void device_lines(struct client *c, const struct names *n);
/* a was opened before b. */
enum same_device { DEVICE_UNKNOWN, DEVICE_SAME, DEVICE_OTHER, DEVICE_LIKELY_OTHER };
enum same_device device_by_ports(const struct vflow *a, const struct vflow *b);
void device_of_flow(struct client *c, const struct names *n, uint32_t flow);

/* Of several devices: does a connection to the site's own host belong to one that was not there before? Those
 * that were have one which they would have used. */
bool is_new_device(const struct client *c, const struct vflow *f);

/* The last visit of a device to the site that had begun at t, NONE. */
uint32_t visit_at(const struct client *c, uint32_t site, uint32_t line, int64_t t);

/* The confidence that holds, from the score's own. part: of a third party in a visit, from how sure its
 * bursts and the visit are. */
enum calibrated { CALIBRATE_FLOW, CALIBRATE_BURST, CALIBRATE_VISIT, CALIBRATE_PART };
float calibrate(const struct client *c, enum calibrated what, float raw);

/* The scores' own certainty at most: 1 is for what was read, and is passed on as it is. */
#define CERTAIN_MOST 0.999999f

float log_odds(float p); /* finite: at most those of one in a million */

/* How far to believe each burst's visit; what is said of a visit. */
void claims_judge(struct client *c, const struct names *n);
float claim_visit(const struct client *c, const struct vvisit *v, float conf);

#endif
