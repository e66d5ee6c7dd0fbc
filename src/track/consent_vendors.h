/* Vendors of the IAB's Global Vendor List that we know by their hosts. Compiled from data/tcf_vendors.tsv. */
#ifndef TRACK_CONSENT_VENDORS_H
#define TRACK_CONSENT_VENDORS_H

#include <stdint.h>

struct consent_vendor_host {
	const char *suffix; /* the host itself and what is below it */
	uint8_t vendor;     /* index in consent_vendor_ids: its bit in struct tcf */
};

extern const uint16_t consent_vendor_ids[]; /* ascending, at most TCF_VENDORS_MAX */
extern const unsigned consent_n_vendors;
extern const struct consent_vendor_host consent_vendor_hosts[];
extern const unsigned consent_n_vendor_hosts;

/* The vendors that a host belongs to, as bits; 0 if it is none that we know. */
uint64_t consent_vendors_of(const char *host);

#endif
