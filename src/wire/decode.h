/* One captured frame to one transport segment.
 *
 * Pure, but for the bounded table of fragments that is handed in.
 */
#ifndef WIRE_DECODE_H
#define WIRE_DECODE_H

#include "base/addr.h"
#include "base/bytes.h"
#include "base/packet.h"

enum tcp_flags {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
};

/* Two lines of the cache; the first tells which flow it is of. */
struct segment {
	int64_t ts_ns;
	uint64_t number, ordinal; /* of the packet, see base/packet.h */
	uint16_t input;
	struct addr src, dst;        /* of the innermost IP header */
	uint16_t src_port, dst_port; /* host order, as every number outside src/wire; 0 if not TCP or UDP */
	uint8_t ip_proto;            /* IPPROTO_TCP, IPPROTO_UDP, or what else the IP header says */
	uint8_t ttl;                 /* or hop limit */
	uint16_t ip_id;              /* IPv4 */
	uint8_t tcp_flags;
	bool has_mac : 1, has_tsval : 1;
	bool is_cut : 1; /* the snap length took a part of the payload: payload.len < payload_len */
	uint8_t src_mac[6], dst_mac[6]; /* of the outermost Ethernet or 802.11 header, if has_mac */
	uint32_t tcp_seq, tcp_ack, tcp_tsval;
	uint32_t ip_len;      /* bytes by the IP header, as on the wire, for accounting */
	uint32_t payload_len; /* bytes of payload as on the wire */
	uint32_t ip_captured; /* bytes at `ip` */
	const uint8_t *ip;    /* from the innermost IP header on, as captured; borrowed */
	struct bytes payload; /* of TCP or UDP, as captured; borrowed until the next decode */
};

/* The number of the first byte of payload: a SYN takes one itself (and may carry data, RFC 7413). */
static inline uint32_t segment_seq(const struct segment *s)
{
	return s->tcp_seq + ((s->tcp_flags & TCP_SYN) != 0);
}

enum decode {
	DECODE_OK,
	DECODE_SKIP,     /* carries no IP: ARP, STP, a beacon, an encrypted 802.11 frame, … */
	DECODE_FRAGMENT, /* kept, waiting for the rest */
	DECODE_UNKNOWN_LINKTYPE,
	DECODE_BAD_LINK, /* lengths that contradict each other, by layer */
	DECODE_BAD_IP,
	DECODE_BAD_TRANSPORT,
	DECODE_COUNT,
};

struct fragments; /* wire/fragments.h; may be NULL: then fragments are not put together */

/* Link types: Ethernet (VLAN, QinQ, MPLS with pseudowires, PPPoE, PBB, NSH, switch tags), PPP, Cisco HDLC,
 * Frame Relay, loopback, raw IP, Linux SLL and SLL2, NFLOG, 802.11 (radiotap, Prism, AVS, PPI), PKTAP, FDDI,
 * token ring, LLC over ATM. Tunnels: IP in IP, GRE (PPTP, NVGRE, ERSPAN), AH, EtherIP, VXLAN, GENEVE, GTP-U,
 * Teredo, L2TP, TZSP. They are followed to the innermost IP header, 8 of them at most. A UDP tunnel is told
 * by its port and believed only if what is in it decodes.
 *
 * An assembled datagram is told with its last fragment; its ip_len is that of all fragments. Without a table,
 * and if cut by the snap length, a first fragment is a segment that is cut, and the others are
 * DECODE_FRAGMENT.
 *
 * returns: DECODE_OK with *ret_segment set; DECODE_FRAGMENT with its addresses and ip_proto set, ports 0;
 * else what is in *ret_segment says nothing.
 */
enum decode decode(const struct packet *packet, struct fragments *fragments, struct segment *ret_segment);

#endif
