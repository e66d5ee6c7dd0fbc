/* Community ID, a hash of the five-tuple that Zeek, Suricata and Wireshark write too. spec:
 * corelight/community-id-spec, version 1, seed 0
 */
#ifndef WIRE_COMMUNITY_ID_H
#define WIRE_COMMUNITY_ID_H

#include <stdint.h>

#include "base/addr.h"

#define COMMUNITY_ID_MAX 32 /* bytes, with the final NUL */

/* The same for both directions. Of ICMP a_port is the type and b_port the code, as a sent it; protocols
 * without ports have 0. threads: may be called from several.
 */
void community_id(const struct addr *a, const struct addr *b, uint16_t a_port, uint16_t b_port, uint8_t proto,
		  char ret_text[COMMUNITY_ID_MAX]);

#endif
