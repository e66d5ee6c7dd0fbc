/* What sort of body runs a site: "police", "health", "government", … by suffix, the longest wins. */
#ifndef KNOW_SECTORS_H
#define KNOW_SECTORS_H

#include <stddef.h>

#include "base/err.h"

struct sectors;

struct sectors *sectors_load(const char *const *paths, size_t n_paths, struct err *err);
void sectors_free(struct sectors *s);

/* "" if none. ret_company: who runs the site ("Metropolitan Police"), "" if not listed; may be NULL. */
const char *sector_of(const struct sectors *s, const char *host, const char **ret_company);

#endif
