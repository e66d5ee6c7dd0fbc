#include "know/host.h"

#include <string.h>

#include "know/companies.h"
#include "know/sectors.h"
#include "know/suffix.h"

struct host_facts know_host(const struct knowledge *know, const struct hostname *host)
{
	return (struct host_facts){
		.site = know->suffixes ? suffix_site(know->suffixes, host) : host->text,
		.sector = know->sectors ? sector_of(know->sectors, host->text, NULL) : "",
	};
}

/* "" if nobody is known. */
static const char *owner(const struct knowledge *know, const struct hostname *host)
{
	const struct company *c = know->companies ? companies_of(know->companies, host) : NULL;
	const char *body = "";

	if (know->sectors)
		sector_of(know->sectors, host->text, &body);
	if (*body)
		return body;
	return c && !(c->flags & COMPANY_INFRASTRUCTURE) ? c->company : "";
}

bool know_same_owner(const struct knowledge *know, const struct hostname *a, const struct hostname *b)
{
	const char *of_a, *of_b;

	if (strcmp(know_host(know, a).site, know_host(know, b).site) == 0)
		return true;
	of_a = owner(know, a);
	of_b = owner(know, b);
	return *of_a && strcmp(of_a, of_b) == 0;
}
