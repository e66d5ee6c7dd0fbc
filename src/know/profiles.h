/* What sites usually embed: priors compiled from open data (data/profiles.bin, made by
 * data/tools/make-profiles).
 *
 * The file: "OLPROF1\0", u32 number of tracker domains, u32 number of sites, then for each domain its name,
 * u16 tracker and u16 share of sites that embed it (65535: all), then for each site its name, u8 number of
 * rows, and rows of u16 tracker and u8 share of page loads (255: all). A name is a length byte and text; both
 * lists are sorted; integers are little-endian.
 */
#ifndef KNOW_PROFILES_H
#define KNOW_PROFILES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hostname.h"

#define PROFILES_NO_SITE UINT32_MAX

struct profiles;

/* memory: the file is read once and kept, with an index of two words a name. returns: NULL with err set. */
struct profiles *profiles_load(const char *path, struct err *err);
void profiles_free(struct profiles *p);

/* The site's number, PROFILES_NO_SITE if it is not listed or p is NULL. */
uint32_t profiles_site(const struct profiles *p, const char *site);

/* True if a listed tracker's domain is `host` or a suffix of it on a label boundary.
 * ret_reach: share of sites that embed it, 0 to 1; ret_tracker: its number.
 */
bool profiles_tracker(const struct profiles *p, const char *host, float *ret_reach, uint32_t *ret_tracker);

/* Share of the site's page loads that ask the tracker, 0 if none was seen. */
float profiles_share(const struct profiles *p, uint32_t site, uint32_t tracker);

#endif
