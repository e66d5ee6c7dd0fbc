#include "know/suffix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpsl.h>

#include "base/addr.h"

struct suffixes {
	psl_ctx_t *list;
	bool is_ours; /* to free: the one built into libpsl is not */
	char path[4096];
};

struct suffixes *suffixes_load(const char *path, struct err *err)
{
	struct suffixes *s = calloc(1, sizeof(*s));
	const char *system = psl_dist_filename();

	if (!s) {
		err_set(err, "out of memory");
		return NULL;
	}
	if (path || (system && *system))
		s->list = psl_load_file(path ? path : system);
	s->is_ours = s->list != NULL;
	if (s->is_ours)
		snprintf(s->path, sizeof(s->path), "%s", path ? path : system);
	if (!s->list && path) {
		err_set(err, "cannot read '%s' as a public suffix list", path);
	} else if (!s->list) {
		s->list = (psl_ctx_t *)(uintptr_t)psl_builtin(); /* const as all that is asked of it here */
		if (!s->list)
			err_set(err, "there is no public suffix list: install one, or name one with --psl");
	}
	if (!s->list) {
		free(s);
		return NULL;
	}
	return s;
}

void suffixes_free(struct suffixes *s)
{
	if (!s)
		return;
	if (s->is_ours)
		psl_free(s->list);
	free(s);
}

const char *suffix_site(const struct suffixes *s, const struct hostname *host)
{
	struct addr ignored;
	const char *site;

	/* A name of one label is its own site; so is an address, which ends in a digit as no top-level domain
	 * does. */
	if (host->len == 0 || !memchr(host->text, '.', host->len))
		return host->text;
	if (host->text[host->len - 1] >= '0' && host->text[host->len - 1] <= '9' &&
	    addr_parse(host->text, &ignored))
		return host->text;
	site = psl_registrable_domain(s->list, host->text);
	return site ? site : host->text;
}

const char *suffixes_path(const struct suffixes *s)
{
	return *s->path ? s->path : NULL;
}

uint64_t suffixes_count(const struct suffixes *s)
{
	int n = psl_suffix_count(s->list) + psl_suffix_exception_count(s->list);

	return n > 0 ? (uint64_t)n : 0;
}
