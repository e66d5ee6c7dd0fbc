/* Names that suggest that one organisation stands behind a site and another host. What is alike in name is a
 * hint, never a proof: it is told as such, and decides nothing.
 */
#ifndef KNOW_KIN_H
#define KNOW_KIN_H

#include "base/hostname.h"
#include "know/knowledge.h"

#define KIN_MIN 4 /* letters in a row that two names have in common */

/* Do two labels share a piece of KIN_MIN letters and of two thirds of the shorter one? */
bool kin_labels(struct bytes a, struct bytes b);

/* May the host, which is none of the site's own names, belong to who runs the site? domain: the host's
 * registrable one; site is one itself.
 * The lists name a company, and the site is called like it; or they know the host as the shared name of a
 * cloud, and the customer's part of it holds the site's name; or they do not know it, and its domain is
 * called like the site, or both are names below one public suffix of which the site is the owner's own
 * (www.SUFFIX). A host that open data knows as embedded by many sites is not called kin by its name.
 */
bool kin_host(const struct knowledge *know, const struct hostname *site, const struct hostname *host,
	      const char *domain);

#endif
