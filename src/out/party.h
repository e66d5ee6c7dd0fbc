/* The third parties of a visit: parts of flows put together by company, product and registrable domain. */
#ifndef OUT_PARTY_H
#define OUT_PARTY_H

#include "know/companies.h"
#include "out/record.h"

/* Who is named for a host. Strings live as long as the lists. */
struct owner {
	const char *company, *product, *category;
	const char *infrastructure; /* of a shared CDN or cloud name; then company is "" */
};

struct owner owner_of(const struct knowledge *know, const struct hostname *host);
struct owner owner_named(const struct company *c); /* NULL is nobody */

/* Whose name tells who got what was sent to host: behind a name of the site itself may stand another, whom
 * the CNAME chain of the flow's own name tells. info: of the flow; NULL is fine. */
const struct hostname *party_receiver(const struct flow_names *names, const struct hostname *host);

/* Fills in the first-party figures and the parties of r->visit. */
void party_put_all(const struct record_spec *spec, struct record *r, const struct visit_result *v);

#endif
