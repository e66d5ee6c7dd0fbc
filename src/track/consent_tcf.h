/* Consent strings of the IAB: the TC string of the Transparency and Consent Framework v2, and the Global
 * Privacy Platform.
 *
 * Pure functions on text. What cannot be read is said, never guessed.
 */
#ifndef TRACK_CONSENT_TCF_H
#define TRACK_CONSENT_TCF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

#define TCF_VENDORS_MAX 64 /* of those asked for */

/* What one string says, with the state of the vendors asked for as bits in the order in which they were
 * asked. */
struct tcf {
	int64_t created_ns, updated_ns;
	uint16_t cmp_id, cmp_version, vendor_list;
	uint8_t policy;
	char language[3], publisher[3];
	bool is_service_specific, is_purpose_one_treated;
	uint16_t special_features;     /* bit n - 1: feature n */
	uint32_t purposes, legitimate; /* consent, legitimate interest; bit n - 1: purpose n */
	uint16_t n_consents;           /* vendors with consent */
	uint16_t n_restrictions;       /* of the publisher */
	uint64_t vendors, vendors_legitimate, vendors_disclosed;
	bool has_disclosed; /* the segment is there: without it, vendors_disclosed says nothing */
	bool is_cut;        /* it ended early: what was read up to there holds, the other fields are 0 */
};

/* text: a TC string, not percent-encoded. ids: of vendors, ascending.
 * returns: false if it is no string of version 2 with its purposes complete.
 * spec: IAB Tech Lab, "Transparency and Consent String with Global Vendor & CMP List Formats", 2.3.
 */
bool tcf_read(struct bytes text, const uint16_t *ids, unsigned n_ids, struct tcf *ret);

#define GPP_SECTIONS_MAX 32

struct gpp {
	uint16_t
	    id[GPP_SECTIONS_MAX]; /* 2 TCF EU, 5 TCF Canada, 6 US privacy, 7 and up US national and states */
	struct bytes text[GPP_SECTIONS_MAX];
	unsigned n;
};

/* returns: false if it is no GPP string, or its header is cut. A section whose text is missing is empty.
 * spec: IAB Tech Lab, "Global Privacy Platform", Consent String Specification 1.1.
 */
bool gpp_read(struct bytes text, struct gpp *ret);

#endif
