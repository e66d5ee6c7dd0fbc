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

#endif
