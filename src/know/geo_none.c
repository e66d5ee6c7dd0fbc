#include <string.h>

#include "know/geo.h"

/* Built without libmaxminddb: nothing is known, and whoever names a database is told so. */
struct geo *geo_open(const char *country_path, const char *asn_path, struct err *err)
{
	(void)country_path;
	(void)asn_path;
	err_set(err, "this program was built without libmaxminddb: it reads no country or ASN database");
	return NULL;
}

void geo_close(struct geo *g)
{
	(void)g;
}

void geo_lookup(const struct geo *g, const struct addr *a, struct place *ret_place)
{
	(void)g;
	(void)a;
	memset(ret_place, 0, sizeof(*ret_place));
}

bool geo_is_built(void)
{
	return false;
}

bool geo_about(const struct geo *g, bool of_asn, struct geo_about *ret_about)
{
	(void)g;
	(void)of_asn;
	(void)ret_about;
	return false;
}
