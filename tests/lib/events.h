/* Event lines for tests of track/visit: a text file of what the packet path would tell, one event a line.
 *
 *   flow ID CLIENT PORT SERVER PORT PROTO TTL IPID MAC TSVAL START HELLO HOST NAMED_BY CLASS PSK ALPN APP
 * COMPLETE OPERATOR ECH [UNNAMED NAME_CONF USER_AGENT] begin FLOW TS ORDINAL burst FLOW START END UP DOWN
 * PAYLOAD ORDINAL [HEARD [ASKED]] dns CLIENT TS IS_RESPONSE QTYPE NAME TTL end FLOW TS UP DOWN PACKETS_UP
 * PACKETS_DOWN tick TS
 *
 * HEARD: FROM-TO,... in microseconds since START. '-' stands for what is not known; times are nanoseconds.
 */
#ifndef TESTS_LIB_EVENTS_H
#define TESTS_LIB_EVENTS_H

#include "track/visit.h"

/* returns: false if the line is no event. */
bool events_line(struct visits *v, char *line);

#endif
