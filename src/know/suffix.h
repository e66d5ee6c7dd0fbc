/* Registrable domains by the public suffix list, both of its parts (as browsers do it). */
#ifndef KNOW_SUFFIX_H
#define KNOW_SUFFIX_H

#include "base/err.h"
#include "base/hostname.h"

struct suffixes;

/* path: a list in the form of publicsuffix.org; NULL takes the system's, else the one built into libpsl. */
struct suffixes *suffixes_load(const char *path, struct err *err);
void suffixes_free(struct suffixes *s);

/* The registrable domain of host as a view into host->text; host itself if it is a public suffix or an
 * address. threads: may be called from several at once.
 */
const char *suffix_site(const struct suffixes *s, const struct hostname *host);

/* The file it was read from, NULL if it is the one built into libpsl; the number of rules, 0 if the form of
 * the file does not tell.
 */
const char *suffixes_path(const struct suffixes *s);
uint64_t suffixes_count(const struct suffixes *s);

#endif
