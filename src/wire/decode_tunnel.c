/* Tunnels in GRE and UDP. */
#include "wire/decode_parts.h"

enum {
	PORT_L2TP = 1701,
	PORT_GTP_U = 2152,
	PORT_TEREDO = 3544,
	PORT_GRE = 4754,
	PORT_VXLAN = 4789,
	PORT_VXLAN_GPE = 4790,
	PORT_GENEVE = 6081,
	PORT_MPLS = 6635,
	PORT_VXLAN_LINUX = 8472,
	PORT_TZSP = 37008,
	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000,
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_ACK = 0x0080,
};

/* spec: draft-foschiano-erspan-03; type I has no header of its own and no sequence number in GRE's */
static enum decode erspan(struct walk *w, uint16_t type, bool has_sequence, struct bytes b)
{
	size_t head = 0;
	if (type == 0x22eb) {
		if (b.len < 12)
			return DECODE_BAD_LINK;
		head = b.at[11] & 1 ? 20 : 12; /* with a platform's subheader */
	} else if (has_sequence) {
		head = 8;
	}
	return walk_ethernet(w, behind(b, head));
}

/* spec: RFC 2784, RFC 2890, RFC 2637 4.1 (version 1, of PPTP), RFC 7637 (NVGRE: a key and Ethernet) */
enum decode walk_gre(struct walk *w, struct bytes b)
{
	if (b.len < 4)
		return DECODE_BAD_LINK;
	uint16_t flags = be16(b.at), type = be16(b.at + 2);
	uint8_t version = flags & 7;
	size_t head = 4;
	if (version > 1 || flags & GRE_ROUTING)
		return DECODE_SKIP;
	if (flags & GRE_CHECKSUM)
		head += 4;
	if (flags & GRE_KEY)
		head += 4;
	if (flags & GRE_SEQUENCE)
		head += 4;
	if (version == 1 && flags & GRE_ACK)
		head += 4;
	if (b.len < head)
		return DECODE_BAD_LINK;
	b = behind(b, head);
	if (b.len == 0) /* PPTP's acknowledgements, keep-alives */
		return DECODE_SKIP;
	if (type == 0x88be || type == 0x22eb)
		return erspan(w, type, flags & GRE_SEQUENCE, b);
	if (type >= 0x8200 && type <= 0x8210) /* Aruba's access points */
		return walk_wlan(w, b, false);
	return walk_ethertype(w, type, b);
}

/* spec: RFC 7348 5; the generic form: draft-ietf-nvo3-vxlan-gpe */
static enum decode vxlan(struct walk *w, struct bytes b, bool is_generic)
{
	if (b.len < 8 || !(b.at[0] & 0x08))
		return DECODE_BAD_LINK;
	uint8_t next = is_generic && b.at[0] & 0x04 ? b.at[3] : 3;
	return walk_next_protocol(w, next, behind(b, 8));
}

/* spec: RFC 8926 3.4 */
static enum decode geneve(struct walk *w, struct bytes b)
{
	if (b.len < 8 || b.at[0] >> 6 != 0)
		return DECODE_BAD_LINK;
	size_t head = 8 + (size_t)(b.at[0] & 0x3f) * 4;
	if (b.len < head)
		return DECODE_BAD_LINK;
	return walk_ethertype(w, be16(b.at + 2), behind(b, head));
}

/* A G-PDU. spec: 3GPP TS 29.281 5.1 */
static enum decode gtp(struct walk *w, struct bytes b)
{
	if (b.len < 8 || (b.at[0] & 0xf0) != 0x30 || b.at[1] != 0xff)
		return DECODE_BAD_LINK;
	uint8_t flags = b.at[0] & 7, next = 0;
	size_t head = 8;
	if (flags) {
		if (b.len < 12)
			return DECODE_BAD_LINK;
		next = flags & 4 ? b.at[11] : 0;
		head = 12;
	}
	while (next) {
		if (b.len <= head || b.at[head] == 0 || b.len < head + b.at[head] * 4u)
			return DECODE_BAD_LINK;
		head += b.at[head] * 4u;
		next = b.at[head - 1];
	}
	return walk_ip(w, behind(b, head));
}

/* spec: RFC 4380 5.1.1 */
static enum decode teredo(struct walk *w, struct bytes b)
{
	if (b.len >= 4 && be16(b.at) == 1) /* authentication */
		b = behind(b, 13u + b.at[2] + b.at[3]);
	if (b.len >= 2 && be16(b.at) == 0) /* origin */
		b = behind(b, 8);
	return walk_ip6(w, b);
}

/* Version 2, data. spec: RFC 2661 3.1 */
static enum decode l2tp(struct walk *w, struct bytes b)
{
	if (b.len < 6)
		return DECODE_BAD_LINK;
	uint16_t flags = be16(b.at);
	if (flags & 0x8000 || (flags & 15) != 2)
		return DECODE_BAD_LINK;
	size_t head = 6;
	if (flags & 0x4000) /* length */
		head += 2;
	if (flags & 0x0800) /* sequence numbers */
		head += 4;
	if (flags & 0x0200) { /* offset */
		if (b.len < head + 2)
			return DECODE_BAD_LINK;
		head += 2u + be16(b.at + head);
	}
	return walk_ppp(w, behind(b, head));
}

/* Frames that an access point sends to whoever analyses them: fields of type and length up to an end mark. */
static enum decode tzsp(struct walk *w, struct bytes b)
{
	if (b.len < 5 || b.at[0] != 1 || b.at[1] > 1)
		return DECODE_BAD_LINK;
	uint16_t protocol = be16(b.at + 2);
	b = behind(b, 4);
	while (b.len >= 2 && b.at[0] != 1)
		b = behind(b, b.at[0] == 0 ? 1 : 2u + b.at[1]);
	b = behind(b, 1);
	if (protocol == 1)
		return walk_ethernet(w, b);
	return protocol == 18 ? walk_wlan(w, b, false) : DECODE_BAD_LINK;
}

static enum decode by_port(struct walk *w, uint16_t port, struct bytes b)
{
	switch (port) {
	case PORT_VXLAN:
	case PORT_VXLAN_LINUX:
		return vxlan(w, b, false);
	case PORT_VXLAN_GPE:
		return vxlan(w, b, true);
	case PORT_GENEVE:
		return geneve(w, b);
	case PORT_GTP_U:
		return gtp(w, b);
	case PORT_TEREDO:
		return teredo(w, b);
	case PORT_L2TP:
		return l2tp(w, b);
	case PORT_GRE:
		return walk_gre(w, b);
	case PORT_MPLS:
		return walk_mpls(w, b);
	default:
		return tzsp(w, b);
	}
}

/* Which of the ports names the tunnel; 0: none. The source's does only where both sides use it. */
static uint16_t tunnel_port(const struct segment *s)
{
	switch (s->dst_port) {
	case PORT_VXLAN:
	case PORT_VXLAN_LINUX:
	case PORT_VXLAN_GPE:
	case PORT_GENEVE:
	case PORT_GTP_U:
	case PORT_TEREDO:
	case PORT_L2TP:
	case PORT_GRE:
	case PORT_MPLS:
	case PORT_TZSP:
		return s->dst_port;
	default:
		break;
	}
	bool is_symmetric =
	    s->src_port == PORT_TEREDO || s->src_port == PORT_L2TP || s->src_port == PORT_GTP_U;
	return is_symmetric ? s->src_port : 0;
}

enum decode walk_udp_tunnel(struct walk *w)
{
	uint16_t port = tunnel_port(w->seg);
	if (port == 0 || w->seg->payload.len == 0 || ++w->n_layers > WALK_LAYERS_MAX)
		return DECODE_OK;
	/* A port is no proof: what does not decode to the end is a datagram like others. */
	const struct segment outer = *w->seg;
	w->cut = outer.payload_len - (uint32_t)outer.payload.len;
	enum decode inner = by_port(w, port, outer.payload);
	if (inner == DECODE_OK || inner == DECODE_SKIP || inner == DECODE_FRAGMENT)
		return inner;
	*w->seg = outer;
	return DECODE_OK;
}
