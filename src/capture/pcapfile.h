/* The pcap format: a header, then records of a fixed header and a frame.
 *
 * Read are all variants that libpcap reads (both byte orders, micro- and nanoseconds, Kuznetzov's "modified"
 * records of 24 bytes, old versions with swapped lengths) and those that Wireshark tells apart by trying:
 * Nokia (20 bytes), SuSE 6.3 (28 bytes), Red Hat 6.1 (24 bytes under the plain magic number), AIX.
 * spec: draft-ietf-opsawg-pcap
 */
#ifndef CAPTURE_PCAPFILE_H
#define CAPTURE_PCAPFILE_H

#include <stdbool.h>

#include "capture/walk.h"

#define PCAPFILE_HEADER 24

struct pcapfile {
	bool is_swapped, is_nanoseconds;
	enum { LENGTHS_PLAIN, LENGTHS_SWAPPED, LENGTHS_GUESS } lengths;
	uint16_t linktype;
	uint32_t record_header; /* bytes */
	uint32_t frac_ns;       /* nanoseconds of one unit of the fraction */
	uint64_t number;
};

/* head: the begin of the file, as much of it as is there (more helps to tell variants apart).
 * returns: false if it is no pcap file.
 */
bool pcapfile_open(struct pcapfile *p, struct bytes head);

/* b: from behind the header, or where the call before stopped. */
void pcapfile_walk(struct pcapfile *p, struct bytes b, struct packet *packets, size_t max,
		   struct walk *ret_walk);

#endif
