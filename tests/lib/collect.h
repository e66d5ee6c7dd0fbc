/* Asks the extractor `disclosure` and holds what it says as text, one line a disclosure and one an item:
 *
 *	Meta | PageView | page https://… | partner … | unconfirmed
 *	  page-url dl=https://… {offences} (offence type: rape)
 *	  account-id c_user=#15 (…)            a withheld value: its length
 */
#ifndef TESTS_COLLECT_H
#define TESTS_COLLECT_H

#include <stdbool.h>

#include "out/plugin.h"

enum {
	COLLECTED_MAX = 16, /* disclosures of one request */
	COLLECTED_TEXT = 65536,
};

struct collected {
	char at[COLLECTED_MAX][COLLECTED_TEXT];
	size_t n, n_items;
};

/* settings: "name=value" and so on, NULL at the end; may be NULL. returns: NULL if it could not be opened;
 * then err. */
void *collect_open(const char *const *settings, char err[OL_ERR_MAX]);
void collect_close(void *extractor);

/* url: "https://host/path?query". The absent fields of r are filled in, company and domain by a small list.
 */
const struct collected *collect_request(void *extractor, const char *url, struct ol_request r);
const struct collected *collect_response(void *extractor, struct ol_response r);

/* A request with a page behind it, as a browser sends it. */
struct ol_request collect_asked_by(const char *page);

#endif
