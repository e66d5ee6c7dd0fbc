/* One captured frame, as the capture layer hands it out and the decoder takes it. */
#ifndef BASE_PACKET_H
#define BASE_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

struct packet {
	int64_t ts_ns;      /* since 1970-01-01 UTC, from the capture */
	struct bytes frame; /* as captured; borrowed from the source until its next call */
	uint32_t wire_len;  /* before the snap length cut it; at least frame.len */
	uint16_t linktype;  /* LINKTYPE_* as in capture files (draft-ietf-opsawg-pcaplinktype) */
	uint16_t input;     /* which input of the run, from 0 */
	uint64_t number;    /* in its input, from 1: what Wireshark shows */
	uint64_t ordinal;   /* in the run, in merged order, from 1 */
};

#endif
