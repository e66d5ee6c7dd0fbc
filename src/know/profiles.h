/* What sites usually embed: priors compiled from open data (data/profiles.bin, made by
 * data/tools/make-profiles).
 *
 * The file: "OLPROF2\0", the version as a name, u8 number of categories, u16 of trackers, u32 of tracker
 * domains, u32 of sites; for each category a u16, the mean number of its trackers on a site in 1/256; for
 * each tracker u8 category (255: none) and u16 share of sites that embed it (65535: all); for each domain its
 * name and u16 tracker; for each site its name, u8 number of rows, u8 1 if counts follow the rows, rows of
 * u16 tracker and u8 share of page loads (255: all), and counts: a u8 for each category, the number of its
 * trackers. A name is a length byte and text; domains and sites are sorted; integers are little-endian.
 */
#ifndef KNOW_PROFILES_H
#define KNOW_PROFILES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hostname.h"

#define PROFILES_NO_SITE UINT32_MAX

struct profiles;

/* memory: the file is read once and kept, with an index of a word a name. returns: NULL with err set. */
struct profiles *profiles_load(const char *path, struct err *err);
void profiles_free(struct profiles *p);

/* What data it is made of; names in it. */
const char *profiles_version(const struct profiles *p);
uint32_t profiles_count(const struct profiles *p);

/* The site's number, PROFILES_NO_SITE if it is not listed or p is NULL. */
uint32_t profiles_site(const struct profiles *p, const char *site);

/* True if a listed tracker's domain is `host` or a suffix of it on a label boundary.
 * ret_reach: share of sites that embed it, 0 to 1; ret_tracker: its number.
 */
bool profiles_tracker(const struct profiles *p, const char *host, float *ret_reach, uint32_t *ret_tracker);

/* Share of the site's page loads that ask the tracker, 0 if none was seen. Of a site whose trackers were only
 * counted by category it is what the count lets expect.
 */
float profiles_share(const struct profiles *p, uint32_t site, uint32_t tracker);

#endif
