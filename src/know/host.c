#include "know/host.h"

#include <idn2.h>
#include <string.h>

#include "know/companies.h"
#include "know/sectors.h"
#include "know/suffix.h"

bool know_hostname(const char *text, struct hostname *ret_host)
{
	char *ascii = NULL;
	bool ok = idn2_lookup_u8((const uint8_t *)text, (uint8_t **)&ascii, IDN2_NONTRANSITIONAL) == IDN2_OK;
	const char *name = ok ? ascii : text;

	ok = hostname_parse((struct bytes){ (const uint8_t *)name, strlen(name) }, ret_host);
	idn2_free(ascii);
	return ok;
}

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
