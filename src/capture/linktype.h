/* Link type numbers: those in files (LINKTYPE_*) and those libpcap uses in memory (DLT_*), which differ.
 * spec: draft-ietf-opsawg-pcaplinktype
 */
#ifndef CAPTURE_LINKTYPE_H
#define CAPTURE_LINKTYPE_H

#include <stdint.h>

#define LINKTYPE_UNKNOWN 0xffff /* none of the registry: larger than the field */

/* field: the 32-bit field of a pcap header (its upper bits speak of the checksum), or the 16 bits of a
 * pcapng interface. Numbers of old files, which held the DLT of the system that wrote them, become
 * LINKTYPE_*.
 */
uint16_t linktype_of_field(uint32_t field);

uint16_t linktype_of_dlt(int dlt);
int linktype_to_dlt(uint16_t linktype);

#endif
