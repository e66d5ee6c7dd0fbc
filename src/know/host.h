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

/* A name as a person writes it: in capitals too, and with the letters that DNS has no way to write.
 * returns: false if it is no host name. spec: RFC 5891 (IDNA), RFC 5895
 */
bool know_hostname(const char *text, struct hostname *ret_host);

struct host_facts know_host(const struct knowledge *know, const struct hostname *host);

/* Who owns host: the body of a sector, else the company that the lists name. A shared CDN or cloud name says
 * nothing of whose content it carries, so it makes no owner.
 * returns: "" if nobody is known. memory: as long as the lists live.
 */
const char *know_owner(const struct knowledge *know, const struct hostname *host);

#endif
