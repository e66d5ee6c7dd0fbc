#include "know/host.h"

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

const char *know_owner(const struct knowledge *know, const struct hostname *host)
{
	const struct company *c = know->companies ? companies_of(know->companies, host) : NULL;
	const char *body = "";

	if (know->sectors)
		sector_of(know->sectors, host->text, &body);
	if (*body)
		return body;
	return c && !(c->flags & COMPANY_INFRASTRUCTURE) ? c->company : "";
}
