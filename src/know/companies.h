/* Which company, product and category a host belongs to. Loaded once, constant after, so that every shard
 * reads it without a lock.
 */
#ifndef KNOW_COMPANIES_H
#define KNOW_COMPANIES_H

#include "base/err.h"
#include "base/hostname.h"

enum company_flags {
	COMPANY_AMBIGUOUS = 1,      /* the same name is also a site that people visit: the visit decides */
	COMPANY_INFRASTRUCTURE = 2, /* a shared CDN or cloud name: says who carries it, not who gets it */
	COMPANY_CONSENT = 4,        /* a consent platform */
	COMPANY_REPLAY = 8,         /* session replay */
	COMPANY_CNAME = 16,         /* met as destination of cloaked CNAME chains */
	COMPANY_TELEMETRY =
	    32, /* asked by systems and programs without any page: update and telemetry services */
};

/* memory: strings live as long as the list, never NULL, "" if unknown. */
struct company {
	const char *suffix; /* the line's host suffix that matched, the longest */
	const char *company, *product, *category, *country; /* country: of the head office */
	unsigned flags;
	const char *list; /* file name and line of the winning entry, for `lists lookup` */
	uint32_t line;
};

struct companies;

/* paths: lists, a later one over an earlier one where the suffixes are equal: of the same company it adds to
 * the earlier line, of another it replaces it. The form is told in data/README.md. limits: 2^20 suffixes.
 * returns: NULL with err set; err names file and line.
 */
struct companies *companies_load(const char *const *paths, size_t n_paths, struct err *err);
void companies_free(struct companies *c);

/* The entry of the longest listed suffix of host, on label boundaries; NULL if none. Pointers may be
 * compared: same pointer, same entry.
 */
const struct company *companies_of(const struct companies *c, const struct hostname *host);

#endif
