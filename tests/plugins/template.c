/* A plugin to begin with: copy it, rename it, keep what is needed. It is both kinds.
 *
 * As a sink it writes a line for each closed visit, "SITE COMPANY COMPANY …", and how many there were. As an
 * extractor it tells requests that carry an e-mail address in their target.
 *
 *   cc -std=c11 -D_GNU_SOURCE -shared -fPIC -fvisibility=hidden -I src -o template.so
 * tests/plugins/template.c onlooker read --plugin ./template.so -o template:visits.txt --template.most=3 FILE
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out/plugin.h"

struct list {
	FILE *out;
	size_t most; /* companies of a visit */
	unsigned n_visits;
};

static void *list_open(const struct ol_host *host, const char *target, char err[OL_ERR_MAX])
{
	struct list *l = calloc(1, sizeof(*l));
	FILE *out = !*target || strcmp(target, "-") == 0 ? stdout : fopen(target, "w");
	if (!l || !out) {
		snprintf(err, OL_ERR_MAX, "%s: %s", target, strerror(errno));
		free(l);
		return NULL;
	}
	const char *most = host->option(host, "most");
	*l = (struct list){ .out = out, .most = *most ? strtoul(most, NULL, 10) : 100 };
	return l;
}

static bool list_record(void *sink, const struct ol_record *record, char err[OL_ERR_MAX])
{
	struct list *l = sink;
	if (record->type != OL_VISIT || record->visit->is_open)
		return true;
	l->n_visits++;
	fputs(record->visit->site, l->out);
	for (size_t i = 0; i < record->visit->n_parties && i < l->most; i++)
		fprintf(l->out, " %s", record->visit->parties[i].company);
	if (fputc('\n', l->out) != EOF)
		return true;
	snprintf(err, OL_ERR_MAX, "cannot write: %s", strerror(errno));
	return false;
}

static bool list_close(void *sink, char err[OL_ERR_MAX])
{
	struct list *l = sink;
	fprintf(l->out, "%u visits\n", l->n_visits);
	bool ok = l->out == stdout ? fflush(l->out) == 0 : fclose(l->out) == 0;
	if (!ok)
		snprintf(err, OL_ERR_MAX, "cannot write: %s", strerror(errno));
	free(l);
	return ok;
}

static void *mail_open(const struct ol_host *host, char err[OL_ERR_MAX])
{
	(void)err;
	return (void *)(uintptr_t)host; /* all that this one needs */
}

static void mail_request(void *extractor, const struct ol_request *request, void *to)
{
	const struct ol_host *host = extractor;
	if (!strstr(request->target, "%40"))
		return;
	const struct ol_item item = { .kind = "contact", .name = "target", .detail = "an e-mail address" };
	host->disclose(to, &(struct ol_disclosure){ .at_ns = request->at_ns,
						    .frame = request->frame,
						    .company = request->company,
						    .host = request->host,
						    .items = &item,
						    .n_items = 1 });
}

static void mail_close(void *extractor)
{
	(void)extractor;
}

static const struct ol_sink sink = { .open = list_open, .record = list_record, .close = list_close };
static const struct ol_extractor extractor = { .open = mail_open,
					       .request = mail_request,
					       .close = mail_close };

const struct ol_plugin ol_plugin = {
	.abi = OL_PLUGIN_ABI,
	.name = "template",
	.about = "a plugin to begin with",
	.sink = &sink,
	.extractor = &extractor,
};
