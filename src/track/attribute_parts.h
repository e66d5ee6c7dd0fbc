/* What the parts of attribution share: what is known of a client's sites at a moment, and the terms of a
 * choice.
 *
 * A flow has a few candidates: the sites of the visits that had begun, and background. Each candidate gets a
 * row of terms; the sum of terms by weight is its score, the soft-max of the scores its probability. The
 * weights (track/attribute_table.h) are fitted by tests/score/refit as those of a conditional logit.
 */
#ifndef TRACK_ATTRIBUTE_PARTS_H
#define TRACK_ATTRIBUTE_PARTS_H

#include <math.h>

#include "track/visit_parts.h"

#define LAG_BINS 11
#define LATER_BINS 8
#define HEARD_BINS 10
#define CANDIDATES_MAX 20

enum flow_term {
	FLOW_PAGE_LAG,                              /* since the site's last page view, by bin */
	FLOW_ANCHOR_LAG = FLOW_PAGE_LAG + LAG_BINS, /* since its last first-party burst */
	FLOW_RANK =
	    FLOW_ANCHOR_LAG + LAG_BINS, /* how many other candidates had a page view since: 1, 2, more */
	FLOW_BACK = FLOW_RANK + 3,      /* log of the share of the client's flows that went so far back */
	FLOW_FIRST,                     /* the site's own name */
	FLOW_COMPANY,                   /* another name of the site's company */
	FLOW_KIN,                       /* a name like the site's */
	FLOW_FOR,                       /* a host that carries the site's name */
	FLOW_NAME,                      /* log of the share of the site's visits that ask this name */
	FLOW_REUSE,                     /* the site has an open connection that would have been used */
	FLOW_UPGRADE,                   /* over QUIC, to a host that the site has asked over TCP */
	FLOW_PARALLEL,                  /* the site has just opened another one */
	FLOW_TICKET,                    /* a ticket is shown: the site has been there before */
	FLOW_NO_TICKET,                 /* none is shown although the site has been there */
	FLOW_DNS_FRESH,                 /* the name was asked although the site had an answer */
	FLOW_DNS_KNOWN,                 /* it was not asked: the site had an answer */
	FLOW_NEAR,                      /* what was opened at the same time */
	FLOW_CLUSTER,                   /* what their names and the state of connections say together */
	FLOW_FAMILY, /* the site was the last to ask hosts of the flow's domain or company */
	FLOW_LATER,  /* later bursts, by the time since the site's last sign of life */
	FLOW_BACKGROUND = FLOW_LATER + LATER_BINS, /* these and the next only for background: a constant */
	FLOW_TELEMETRY,
	FLOW_EMBEDDED, /* a list says that pages embed it */
	FLOW_CLASS,    /* log odds that the program is no browser */
	FLOW_NEAR_BACKGROUND,
	FLOW_LATER_BACKGROUND,
	FLOW_LEARNT,   /* share of the host's flows that were background */
	FLOW_BEFORE,   /* these only for bursts alone: the burst before on the flow was the site's */
	FLOW_SEEN,     /* the site's visit has asked something on the flow */
	FLOW_FAREWELL, /* more is said than heard as a page view begins, and the site had one before: it is
			  left */
	FLOW_FAREWELL_SEEN, /* and its visit has asked something on the flow */
	FLOW_PORT_OTHER, /* of several devices: the site's connection to the host has a port of another one */
	FLOW_PORT_LIKELY_OTHER,
	FLOW_HEARD, /* since the site was last sent something, by bin; once no pages are sought any more */
	/* its first request is as long as others of the site's to the host */
	FLOW_SIZE_OWN = FLOW_HEARD + HEARD_BINS,
	FLOW_SIZE, /* and as the site's name and those of other sites make expect */
	FLOW_TERMS
};

struct terms {
	float at[FLOW_TERMS];
};

/* The bin of x: how many of n ascending edges it has reached. */
static inline uint32_t bin_of(const float *edges, uint32_t n, float x)
{
	uint32_t i = 0;

	while (i < n && x >= edges[i])
		i++;
	return i;
}

/* What happens so soon before or after is looked at together. */
#define NEIGHBOUR_NS (3 * NS_PER_S / 10)

/* A share as a term: one of none is unlikely, not impossible. */
#define SHARE_OF_NONE -0x1.e5a9a8p+0f /* logf(0.15f) */
static inline float share_term(float part, float total)
{
	return part > 0 ? logf(0.15f + 0.85f * part / total) : SHARE_OF_NONE;
}

/* The sites that may have caused something, at its moment. */
struct candidates {
	uint32_t visit[CANDIDATES_MAX], site[CANDIDATES_MAX], n;
	uint32_t about[CANDIDATES_MAX];   /* the last visit on the line of its flow, NONE */
	uint32_t anchors[CANDIDATES_MAX]; /* signs of life up to then */
	float page_s[CANDIDATES_MAX], anchor_s[CANDIDATES_MAX]; /* since the last page view, sign of life */
};

struct pair {
	uint32_t site, name, visit; /* name: of the third party's registrable domain */
	float weight;
};

/* What the resolution of one client keeps at hand. */
struct work {
	struct client *c;
	const struct names *n;
	struct name_note *notes; /* by name index */
	int64_t *moments;        /* all of them */
	float back[RANKS];  /* log of the share of flows to the site of the last page view, that before */
	struct pair *pairs; /* ordered by site, name, visit: what sites embed, by the pass before */
	uint32_t n_pairs, n_choices;
	float sent[NAME_SENT_MAX + 1]; /* as of a host: of all */
	int pass;
	bool is_learning, explain, seeks_pages;
};

bool work_init(struct work *w, struct client *c, const struct names *n, const struct resolve *r);
void work_fini(struct work *w);

/* Lays out the moments of all sites in one array: page views, then signs of life, which page views are too.
 * returns: false if out of memory. */
bool collect_moments(struct work *w);

/* Sites of the visits begun by t by what may be the program of f, latest page view first; visit: the latest
 * of each. */
void candidates_at(struct work *w, const struct vflow *f, int64_t t, struct candidates *ret);

/* One site alone, as if it had had a page view so long before f opened. */
void candidate_alone(struct work *w, const struct vflow *f, uint32_t site, float page_s,
		     struct candidates *ret);

/* The site's place among the candidates looked at last, NONE. */
uint32_t candidate_of(const struct work *w, uint32_t site);

/* How many of a site's moments were over at t, if at least n were; seconds since the last of them, 1e6 if
 * there was none. */
uint32_t moments_until(const struct moments *m, uint32_t n, int64_t t);
float lag_since(const struct moments *m, uint32_t n, int64_t t);

/* Logarithm of the share of a candidate's visits that ask this flow's name: of the others, for what was given
 * to the visit at hand would bear itself out. */
float name_share(const struct work *w, const struct candidates *cs, uint32_t candidate,
		 const struct vflow *f);

/* How much of connection partitioning to believe, 0 to 1. */
float partition_weight(const struct work *w, const struct vflow *f);

/* The terms of each candidate as the cause of a flow that opened at f->open_ns. */
void terms_of_sites(const struct work *w, const struct vflow *f, const struct candidates *cs,
		    struct terms *ret);
float score_of(const struct work *w, const struct terms *t);

/* The terms that the sites' connections, tickets and answers of DNS give; part: how much to believe of
 * partitioning. */
void partition_terms(const struct work *w, const struct candidates *cs, const struct vflow *f, float part,
		     struct terms *t);
void port_terms(const struct work *w, uint32_t site, const struct vflow *f, struct terms *t);

/* The terms that other connections at the moment of opening give. */
void near_terms(const struct work *w, uint32_t flow, const struct candidates *cs, struct terms *t,
		struct terms *background);

/* The terms that answers of servers just before t give, of what a program of that class does, once no pages
 * are sought any more; me: the flow, which has no say in it. */
void heard_terms(const struct work *w, uint32_t me, uint32_t class, int64_t t, const struct candidates *cs,
		 struct terms *ret);

/* The terms that the length of the first request gives, and what they rest on. */
void learn_sizes(struct work *w);
void size_terms(const struct work *w, const struct vflow *f, const struct candidates *cs, struct terms *t);

void attribute_flow(struct work *w, uint32_t flow);
void attribute_bursts(struct work *w);

/* Of flows that sites share: one burst (its index in by_time), and what its bursts make of a flow. */
void attribute_alone(struct work *w, uint32_t at);
void attribute_shared(struct work *w, uint32_t flow);

#endif
