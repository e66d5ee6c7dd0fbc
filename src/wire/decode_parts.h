/* The steps of decode(): each takes the bytes of one layer, fills in what it knows and calls the next. */
#ifndef WIRE_DECODE_PARTS_H
#define WIRE_DECODE_PARTS_H

#include <string.h>

#include "wire/decode.h"
#include "wire/fragments.h"

enum {
	WALK_LAYERS_MAX = 32, /* headers of all kinds; bounds the recursion */
	WALK_IP_MAX = 8,      /* IP headers */
};

struct walk {
	struct segment *seg;
	struct fragments *fragments;
	uint32_t cut; /* bytes of this layer that are behind its view: the snap length took them */
	uint8_t n_layers, n_ip;
};

static inline uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t be32(const uint8_t *p)
{
	return (uint32_t)be16(p) << 16 | be16(p + 2);
}

static inline uint16_t le16(const uint8_t *p)
{
	return (uint16_t)(p[1] << 8 | p[0]);
}

static inline uint32_t le32(const uint8_t *p)
{
	return (uint32_t)le16(p + 2) << 16 | le16(p);
}

/* b without its first n bytes; empty if it has fewer. */
static inline struct bytes behind(struct bytes b, size_t n)
{
	if (n > b.len)
		n = b.len;
	return n ? (struct bytes){ b.at + n, b.len - n } : b; /* NULL and 0 is no sum */
}

/* Any link layer, by its LINKTYPE_* number. */
enum decode walk_link(struct walk *w, uint16_t linktype, struct bytes b);

enum decode walk_ethernet(struct walk *w, struct bytes b);
enum decode walk_ethertype(struct walk *w, uint16_t type, struct bytes b); /* b: behind the type */
enum decode walk_llc(struct walk *w, struct bytes b);
enum decode walk_mpls(struct walk *w, struct bytes b);
enum decode walk_pppoe(struct walk *w, struct bytes b);
enum decode walk_ppp(struct walk *w, struct bytes b);
enum decode walk_nsh(struct walk *w, struct bytes b);
enum decode walk_next_protocol(struct walk *w, uint8_t next,
			       struct bytes b); /* as NSH and VXLAN-GPE number it */
enum decode walk_wlan(struct walk *w, struct bytes b, bool is_padded);
enum decode walk_radiotap(struct walk *w, struct bytes b);
enum decode walk_prism(struct walk *w, struct bytes b); /* or AVS: they are told apart */

enum decode walk_ip(struct walk *w, struct bytes b); /* by its version nibble */
enum decode walk_ip4(struct walk *w, struct bytes b);
enum decode walk_ip6(struct walk *w, struct bytes b);

/* What an IP packet carries. wire_len: of b, before the snap length. */
enum decode walk_transport(struct walk *w, uint8_t proto, struct bytes b, uint32_t wire_len);

enum decode walk_gre(struct walk *w, struct bytes b);

/* The tunnel in a UDP datagram, told by its ports. returns: DECODE_OK also when there is none: then the
 * segment is the datagram itself.
 */
enum decode walk_udp_tunnel(struct walk *w);

#endif
