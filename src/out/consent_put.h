/* The consent of a visit, as a part of its record. */
#ifndef OUT_CONSENT_PUT_H
#define OUT_CONSENT_PUT_H

#include "out/record.h"

/* Fills in r->visit.consent: from the requests that could be read, and from the flows of the others. Stays
 * NULL where nothing of consent was seen.
 */
void consent_put(const struct record_spec *spec, struct record *r, const struct visit_result *v);

#endif
