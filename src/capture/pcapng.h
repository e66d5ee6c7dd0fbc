/* The pcapng format: blocks, in sections of either byte order, from several interfaces.
 *
 * Read are the enhanced, the simple and the old packet block, interface descriptions (link type, snap length,
 * time resolution and offset), interface statistics (drops) and decryption secrets. Other blocks are passed
 * over. limits: PCAPNG_INTERFACES_MAX in a section (packets of further ones are counted as bad), secrets of
 * 16 MiB in a block. spec: draft-ietf-opsawg-pcapng
 */
#ifndef CAPTURE_PCAPNG_H
#define CAPTURE_PCAPNG_H

#include <stdbool.h>

#include "capture/walk.h"

#define PCAPNG_INTERFACES_MAX 4096U

struct pcapng_interface;

struct pcapng {
	bool is_swapped;     /* this section */
	bool is_nanoseconds; /* an interface counts finer than microseconds */
	uint64_t number;     /* of packets, as Wireshark counts */
	int64_t last_ns;     /* of the last packet: a simple packet block has no time */
	uint64_t dropped;    /* as statistics blocks of the sections before this one say */
	uint64_t bad_blocks;
	struct pcapng_interface *interfaces; /* of this section */
	uint32_t n_interfaces, interfaces_size;
	void (*secrets)(void *ctx, uint32_t type, struct bytes secrets); /* may be NULL */
	void *ctx;
};

/* returns: false if the bytes do not begin with a section header. Secrets and ctx are for the caller to set
 * after. */
bool pcapng_open(struct pcapng *p, struct bytes head);
void pcapng_close(struct pcapng *p);

/* b: from the begin of the file, or where the call before stopped. */
void pcapng_walk(struct pcapng *p, struct bytes b, struct packet *packets, size_t max, struct walk *ret_walk);

/* Packets that whoever captured lost, so far. */
uint64_t pcapng_dropped(const struct pcapng *p);

#endif
