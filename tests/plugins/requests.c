/* Tells every request that can be read: as a disclosure, to see the visit that it is found in, and as a line
 * of the file --requests.to=FILE, which does not depend on a visit: flow, frame, method, host and target,
 * tabs between.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out/plugin.h"

struct printer {
	const struct ol_host *host;
	FILE *to;
};

static void *printer_open(const struct ol_host *host, char err[OL_ERR_MAX])
{
	const char *path = host->option(host, "to");
	struct printer *p = calloc(1, sizeof(*p));
	FILE *to = p ? fopen(path, "a") : NULL;
	if (!to) {
		snprintf(err, OL_ERR_MAX, "--requests.to=%s: %s", path, strerror(errno));
		free(p);
		return NULL;
	}
	*p = (struct printer){ .host = host, .to = to };
	return p;
}

static void printer_request(void *extractor, const struct ol_request *r, void *to)
{
	struct printer *p = extractor;
	fprintf(p->to, "%llu\t%llu\t%s\t%s\t%s\n", (unsigned long long)r->flow, (unsigned long long)r->frame,
		r->method, r->host, r->target);
	const struct ol_item item = { .kind = "request", .name = r->method, .value = r->target };
	p->host->disclose(to, &(struct ol_disclosure){ .at_ns = r->at_ns,
						       .frame = r->frame,
						       .flow = r->flow,
						       .company = r->company,
						       .host = r->host,
						       .event = "a request",
						       .items = &item,
						       .n_items = 1 });
}

static void printer_close(void *extractor)
{
	struct printer *p = extractor;
	fclose(p->to);
	free(p);
}

static const struct ol_extractor extractor = { .open = printer_open,
					       .request = printer_request,
					       .close = printer_close };

const struct ol_plugin ol_plugin = {
	.abi = OL_PLUGIN_ABI,
	.name = "requests",
	.about = "every request",
	.extractor = &extractor,
};
