/* One interface that is captured from, by libpcap's ring.
 *
 * An interface that goes down and comes back is the same ring. One that is deleted and made again is bound to
 * the ring anew, which needs no privilege, unlike opening.
 */
#ifndef CAPTURE_LIVE_INTERFACE_H
#define CAPTURE_LIVE_INTERFACE_H

#include <net/if.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/packet.h"
#include "capture/live.h"

#define LIVE_FRAMES (2U << 20) /* bytes of the frames of one batch */

struct live_interface {
	char name[IFNAMSIZ];
	pcap_t *pcap;
	int fd; /* pcap's */
	int index;
	int dropped_fds[2]; /* the kernel's files with the interface's own drops; -1: none */
	uint16_t input, linktype;
	bool is_promiscuous, is_down,
	    is_lost; /* lost: the interface is deleted, the ring is bound to nothing */
	uint32_t snaplen;
	uint64_t number, dropped_by_kernel;
	uint64_t dropped_before; /* by the interface, before we came */
	uint32_t downs;
};

/* The packets of one call, and where their frames are copied to. */
struct live_batch {
	struct packet *packets;
	size_t n, max;
	uint8_t *frames;
	size_t frames_len;
	struct live_interface *from; /* while it is read */
};

bool live_interface_open(struct live_interface *in, const struct live_spec *spec, size_t i, struct err *err);
void live_interface_close(struct live_interface *in);

/* Takes what is there, at most `share` packets. */
void live_interface_read(struct live_interface *in, struct live_batch *batch, size_t share);

/* Looks whether it is up; binds it again if it has come back. */
void live_interface_look(struct live_interface *in);

void live_interface_stats(struct live_interface *in, struct live_stats *ret_stats);

#endif
