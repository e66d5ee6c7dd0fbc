/* What of a client and of a visit may be told: scope, pseudonyms, masks. */
#ifndef OUT_PRIVACY_H
#define OUT_PRIVACY_H

#include <stddef.h>

#include "base/addr.h"
#include "base/err.h"

struct privacy_spec {
	const char *const *sites, *const *sectors; /* scope; both empty: everything */
	size_t n_sites, n_sectors;
	const char *key_path; /* --pseudonymise */
	const char *mask;     /* --mask: "/16" or "/16,/48" */
};

struct privacy;

/* memory: borrows sites and sectors until privacy_free. returns: NULL with err set. */
struct privacy *privacy_new(const struct privacy_spec *spec, struct err *err);
void privacy_free(struct privacy *p); /* wipes the key */

/* The address of a client as it may be told.
 *
 * Pseudonyms keep prefixes: two addresses with n leading bits in common have n leading bits in common after
 * it, and the same key gives the same pseudonyms. IPv4 stays IPv4. spec: Xu, Fan, Ammar, Moon,
 * "Prefix-Preserving IP Address Anonymization", ICNP 2002, with AES-128. threads: may be called from several
 * at once.
 */
struct addr privacy_addr(const struct privacy *p, const struct addr *client);

/* Are addresses told as they are? If not, nothing that could be computed from one may be told either. */
bool privacy_is_open(const struct privacy *p);

/* Is a visit to site, of sector ("" if unknown), to be kept? A site is in scope with its sub-domains. */
bool privacy_keeps(const struct privacy *p, const char *site, const char *sector);

#endif
