/* What is known of a host name beside its company. */
#ifndef KNOW_HOST_H
#define KNOW_HOST_H

#include "base/hostname.h"
#include "know/knowledge.h"

struct host_facts {
	const char *site;   /* registrable domain, a view into host->text */
	const char *sector; /* "" if none; as long as the lists live */
};

struct host_facts know_host(const struct knowledge *know, const struct hostname *host);

/* Who owns host: the body of a sector, else the company that the lists name. A shared CDN or cloud name says
 * nothing of whose content it carries, so it makes no owner.
 * returns: "" if nobody is known. memory: as long as the lists live.
 */
const char *know_owner(const struct knowledge *know, const struct hostname *host);

#endif
