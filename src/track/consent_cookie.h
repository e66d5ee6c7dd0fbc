/* What the cookies of consent platforms, and the short signals in addresses, say. Pure functions on text. */
#ifndef TRACK_CONSENT_COOKIE_H
#define TRACK_CONSENT_COOKIE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

enum consent_choice {
	CONSENT_UNKNOWN,
	CONSENT_ACCEPT, /* everything that was asked for */
	CONSENT_REJECT, /* everything but what is necessary */
	CONSENT_PARTIAL,
};

enum consent_platform {
	PLATFORM_NONE,
	PLATFORM_ONETRUST,
	PLATFORM_COOKIEBOT,
	PLATFORM_CIVIC,
	PLATFORM_COOKIEYES,
	PLATFORM_COMPLIANZ,
	PLATFORM_KLARO,
	PLATFORM_OSANO,
	PLATFORM_DIDOMI,
	PLATFORM_USERCENTRICS,
	PLATFORM_SOURCEPOINT,
	PLATFORM_TRUSTARC,
	PLATFORM_SHOPIFY,
	PLATFORM_HUBSPOT,
	PLATFORM_INMOBI,
	PLATFORM_GOVUK, /* the pattern of GOV.UK's own banner */
	PLATFORM_OWN,   /* a cookie of the site's own that names consent */
};

/* "OneTrust", …; "" for PLATFORM_NONE and PLATFORM_OWN. */
const char *consent_platform_name(enum consent_platform p);

struct consent_cookie {
	enum consent_platform platform;
	enum consent_choice choice;
	bool is_made;   /* a person has chosen */
	bool is_unmade; /* it says that nobody has chosen yet */
	bool has_gpc;   /* it has noted Global Privacy Control */
	int64_t at_ns;  /* when the choice was made, by the client's clock; 0: not said */
};

/* One cookie, as sent. returns: false if it says nothing of consent (TC and GPP strings are read elsewhere).
 */
bool consent_cookie_read(struct bytes name, struct bytes value, struct consent_cookie *ret);

/* Puts together what several cookies of one request say: one may hold the groups, another the time. */
void consent_cookie_join(struct consent_cookie *all, const struct consent_cookie *more);

enum consent_grant {
	GRANT_NOT_SET,
	GRANT_DENIED,
	GRANT_GRANTED,
};

/* Google's consent mode. */
struct consent_mode {
	enum consent_grant ad_storage, analytics_storage;
	enum consent_grant ad_user_data, ad_personalization; /* gcd only */
	bool is_updated;                                     /* gcd: a choice has changed a default */
};

/* "G100": ad storage, then analytics storage. */
bool gcs_read(struct bytes text, struct consent_mode *ret);

/* "13l3l3l3l1l1": letters of the four kinds of storage. The digits are not documented and not interpreted; an
 * unknown letter is not set.
 */
bool gcd_read(struct bytes text, struct consent_mode *ret);

/* "1YNN": version, notice given, opted out of sale, LSPA covered; each Y, N or '-'. spec: IAB, "U.S. Privacy
 * String" 1. */
struct us_privacy {
	char notice, opt_out, lspa;
};

bool us_privacy_read(struct bytes text, struct us_privacy *ret);

/* Percent-decoding into out. returns: bytes written, at most max. */
size_t consent_decode(struct bytes text, char *out, size_t max);

#endif
