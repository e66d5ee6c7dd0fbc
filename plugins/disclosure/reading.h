/* One request while it is read: what the extractor's parts share. */
#ifndef READING_H
#define READING_H

#include "catalogue.h"
#include "digest.h"
#include "memory.h"
#include "out/plugin.h"
#include "own.h"
#include "params.h"
#include "scratch.h"
#include "sensitive.h"

enum {
	ITEMS_MAX = 256, /* of one disclosure */
};

/* One extractor, as opened. threads: one at a time. */
struct extractor {
	const struct ol_host *host;
	struct matcher matcher;
	struct scratch scratch;
	struct params params, cookies;
	struct ol_item items[ITEMS_MAX]; /* of the disclosure at hand */
	struct memory *memory;
	struct sensitive *sensitive; /* NULL: nothing is marked */
	struct own *own;             /* NULL: no data given */
	struct digester *digester;
	bool reveal;
	unsigned char *inflated; /* room for a body */
};

struct reading {
	struct extractor *x;
	const struct ol_request *r;
	const struct cat_endpoint *endpoint; /* NULL: no entry knows it */
	const struct cat_vendor *vendor;
	const char *company, *product; /* of the receiver */
	char page_host[254];           /* of the page that caused it, "" if unknown */
	bool is_third_party;
	struct ol_item *items; /* the extractor's */
	size_t n_items;
	const char *event, *page, *partner;
	bool is_personal; /* an item is more than a key of the site, a consent flag or a mere unknown */
};

/* Whose page it was, and whether the host belongs to another site than the page. relation: Sec-Fetch-Site, ""
 * if unknown. */
void reading_find_page(struct reading *g, const char *relation);

/* Starts a disclosure of the same request. */
void reading_restart(struct reading *g);

/* Adds what a parameter gives away. name: as it is to be told; meaning: "" if nothing is known of it. Nothing
 * is added for technical parameters and for values that tell nothing.
 */
void reading_add(struct reading *g, enum category c, struct param *p, const char *name, const char *meaning);

/* What the person's own data that stand in the value are called ("your e-mail address, hashed"); "" if there
 * are none. */
const char *reading_own(struct reading *g, struct param *p);

/* The Referer header, if it tells more than the origin and no item has told that address. */
void reading_add_referer(struct reading *g);

/* Hands it to the program. is_confirmed: as in struct ol_disclosure. */
void reading_tell(struct reading *g, bool is_confirmed, void *to);

/* ---- the rules ---- */

/* Which company an identifier is handed on to by a parameter that holds an address, or that names a partner.
 * The address of the page itself, and other names of the receiver, are none. returns: its name, or its host
 * where no list knows it; NULL if it is handed on to nobody.
 */
const char *sync_partner(const struct reading *g, const char *name, const char *value);

/* Whose identifier an id sync brings ("dpid=771" at demdex.net). returns: NULL if that is not known. */
const char *sync_origin(const struct reading *g, const char *name, const char *value);

/* What a parameter is by its value and name alone, where no entry knows it. CATEGORY_UNKNOWN: nothing to be
 * told. */
enum category generic_category(const struct reading *g, const struct param *p);

/* Does name say that the value is a secret of a session? */
bool is_secret_name(const char *name);

#endif
