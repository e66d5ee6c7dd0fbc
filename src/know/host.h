/* What is known of a host name beside its company. */
#ifndef KNOW_HOST_H
#define KNOW_HOST_H

#include <stdbool.h>

#include "base/hostname.h"
#include "know/knowledge.h"

struct host_facts {
	const char *site;   /* registrable domain, a view into host->text */
	const char *sector; /* "" if none; as long as the lists live */
};

struct host_facts know_host(const struct knowledge *know, const struct hostname *host);

/* Are both of one owner: the same site, or the lists name the same company for both (or, for bodies of a
 * sector, the same body)? A shared CDN or cloud name says nothing of whose content it carries, so it makes no
 * owner.
 */
bool know_same_owner(const struct knowledge *know, const struct hostname *a, const struct hostname *b);

#endif
