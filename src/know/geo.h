/* Country and autonomous system of an address. */
#ifndef KNOW_GEO_H
#define KNOW_GEO_H

#include "base/addr.h"
#include "base/err.h"

struct geo;

struct place {
	char country[3]; /* ISO 3166-1 alpha-2, "" if unknown */
	uint32_t asn;    /* 0 if unknown */
	char org[64];    /* of the AS, "" if unknown; UTF-8, cut at a character */
};

/* Either path may be NULL; both may name the same file. GeoLite2, DB-IP and ip-location-db schemas.
 * returns: NULL with err set.
 */
struct geo *geo_open(const char *country_path, const char *asn_path, struct err *err);
void geo_close(struct geo *g);

/* g may be NULL: then nothing is known. threads: may be called from several at once. */
void geo_lookup(const struct geo *g, const struct addr *a, struct place *ret_place);

/* What a database says of itself. */
struct geo_about {
	uint64_t built_s; /* since 1970-01-01 UTC, 0 if it does not say */
	uint64_t nodes;   /* of its tree */
	char text[256];   /* its description in English, or of any language, "" if none */
};

bool geo_about(const struct geo *g, bool of_asn, struct geo_about *ret_about);

/* Was libmaxminddb there when the program was built? */
bool geo_is_built(void);

#endif
