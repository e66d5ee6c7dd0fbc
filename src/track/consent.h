/* Consent in a visit: when a banner was there, when a choice was recorded, and who got traffic before, after,
 * and although the answer was no.
 *
 * Knows no packets. The caller takes a note of each readable request as it comes and keeps it with the
 * request; when the visit closes it hands over the contacts of the visit in order of time, each with its note
 * if it could be read. What cannot be known is unknown, never "no": a cookie that is absent says nothing,
 * since platforms also keep their state elsewhere.
 */
#ifndef TRACK_CONSENT_H
#define TRACK_CONSENT_H

#include "decrypt/request.h"
#include "track/consent_cookie.h"

enum consent_found {
	CONSENT_COOKIE = 1, /* a platform's or the site's own cookie that speaks of consent */
	CONSENT_CALL = 2,   /* a choice was told to the platform, or the click that made it to a tracker */
	CONSENT_LIKELY_CALL = 4, /* likewise, but such calls are made for other reasons too */
	CONSENT_TCF = 8,
	CONSENT_GPP = 16,
	CONSENT_US_PRIVACY = 32,
	CONSENT_GCS = 64,
	CONSENT_GCD = 128,
	CONSENT_GPC = 256,            /* Sec-GPC: 1 */
	CONSENT_DNT = 512,            /* DNT: 1 */
	CONSENT_GDPR_APPLIES = 1024,  /* gdpr=1 */
	CONSENT_GDPR_NOT = 2048,      /* gdpr=0 */
	CONSENT_HEADERS_KNOWN = 4096, /* all headers were read: an absent cookie was not sent */
	CONSENT_TCF_IN_COOKIE = 8192, /* the TC string is the site's own, not one handed to a third party */
	CONSENT_US_OPT_OUT = 16384,   /* us_privacy says: opted out of sale */
	CONSENT_COOKIES_SENT = 32768, /* some cookie went with it */
};

/* What one request says of consent. A value: copied by assignment. */
struct consent_fact {
	uint32_t found;
	struct consent_cookie cookie;         /* of all its cookies together */
	enum consent_choice call;             /* what the call says, if it does */
	uint32_t purposes, legitimate;        /* of the TC string; bit n - 1: purpose n */
	uint64_t vendors, vendors_legitimate; /* of the TC string: bits as in consent_vendors.h */
	uint16_t tcf_cmp;
	char gcs[5], gcd[16], us_privacy[5];
	uint16_t gpp_sections; /* bit n: section n, of the first 15 */
};

/* returns: whether the request is worth keeping: it says something, or it is a first sign that nothing is
 * said (a request with all its headers).
 */
bool consent_note(const struct request *r, struct consent_fact *ret);

/* One contact of the visit: a request, or where requests cannot be read a flow or burst. */
struct consent_event {
	int64_t ts_ns;
	const char *party;    /* company, or the domain of one that no list names */
	const char *host;     /* lower case */
	const char *platform; /* what the consent platform is called, NULL for every other company */
	bool is_first_party;
	bool is_document;                /* a page was asked for: its host gets the cookies of the page */
	bool is_infrastructure;          /* needed to show the page, or perhaps the site's own: a no does not
					    forbid it */
	const struct consent_fact *fact; /* NULL: it could not be read */
};

enum {
	CONSENT_PARTIES_MAX = 64,
	CONSENT_SIGNALS_MAX = 16,
	CONSENT_SIGNAL_TEXT = 80,
};

struct consent_parties {
	const char *at[CONSENT_PARTIES_MAX]; /* as in the events, in order of their first contact */
	size_t n, left_out;
};

/* memory: strings are the events' or constant. */
struct consent_result {
	const char *platform;       /* "" if none was seen */
	int64_t shown_ns;           /* the platform's first contact; 0: none */
	int64_t recorded_ns;        /* when a choice was recorded; 0: not known, or before the visit */
	int64_t unmade_ns, made_ns; /* the last moment at which surely none had been made, the first at which
				       one had; 0: unknown */
	enum consent_choice choice;
	bool is_kept; /* the choice was made before the visit */
	struct consent_parties before,
	    after; /* contacts before and after the choice; those in between two moments are in neither */
	struct consent_parties unclear; /* in neither, where something is known of the moment */
	struct consent_parties
	    before_platform; /* contacts before the platform's own first one: known without keys too */
	struct consent_parties
	    despite; /* contacts after a no, or that carried a string which says no to this company */
	char signals[CONSENT_SIGNALS_MAX][CONSENT_SIGNAL_TEXT];
	size_t n_signals;
};

/* events: in order of time. returns: false if nothing of consent was seen: no platform, no choice, no signal.
 */
bool consent_judge(const struct consent_event *events, size_t n, struct consent_result *ret);

/* "accept", "reject", "partial", "" */
const char *consent_choice_name(enum consent_choice c);

#endif
