/* A pcap filter, compiled once for each link type on which it is asked. */
#ifndef CAPTURE_FILTER_H
#define CAPTURE_FILTER_H

#include <stdbool.h>

#include "base/err.h"
#include "base/packet.h"

struct filter;

/* returns: NULL with err set if the filter makes no sense on any of the common link types. */
struct filter *filter_new(const char *text, struct err *err);
void filter_free(struct filter *f);

/* A packet of a link type on which the filter has no meaning does not match.
 * limits: 256 link types; those of further ones do not match.
 */
bool filter_matches(struct filter *f, const struct packet *p);

/* How many packets did not match because the filter has no meaning on their link type; *ret_linktype: the
 * first such one. */
uint64_t filter_meaningless(const struct filter *f, uint16_t *ret_linktype);

#endif
