/* Country and autonomous system of an address. */
#ifndef KNOW_GEO_H
#define KNOW_GEO_H

#include "base/addr.h"
#include "base/err.h"

struct geo;

struct place {
	char country[3]; /* ISO 3166-1 alpha-2, "" if unknown */
	uint32_t asn;    /* 0 if unknown */
	char org[64];    /* of the AS, "" if unknown */
};

/* Either path may be NULL. GeoLite2, DB-IP and ip-location-db schemas. returns: NULL with err set. */
struct geo *geo_open(const char *country_path, const char *asn_path, struct err *err);
void geo_close(struct geo *g);

/* g may be NULL: then nothing is known. threads: may be called from several at once. */
void geo_lookup(const struct geo *g, const struct addr *a, struct place *ret_place);

#endif
