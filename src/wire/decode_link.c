/* Link layers other than Ethernet. The numbers are those of https://www.tcpdump.org/linktypes.html. */
#include "wire/decode_parts.h"

/* spec: IEEE 802.2; RFC 1042 (SNAP) */
enum decode walk_llc(struct walk *w, struct bytes b)
{
	if (b.len < 3)
		return DECODE_BAD_LINK;
	if (b.at[0] == 0x06 && b.at[1] == 0x06)
		return walk_ip4(w, behind(b, 3));
	if (b.at[0] != 0xaa || b.at[1] != 0xaa || b.len < 8)
		return DECODE_SKIP;
	uint32_t organisation = be32(b.at + 2) & 0xffffff;
	if (organisation != 0 && organisation != 0xf8)
		return DECODE_SKIP;
	return walk_ethertype(w, be16(b.at + 6), behind(b, 8));
}

/* spec: RFC 3032; RFC 4448 (Ethernet pseudowires, with and without control word) */
enum decode walk_mpls(struct walk *w, struct bytes b)
{
	bool is_bottom = false;
	while (!is_bottom) {
		if (b.len < 4)
			return DECODE_BAD_LINK;
		is_bottom = b.at[2] & 1;
		b = behind(b, 4);
	}
	if (b.len == 0)
		return DECODE_BAD_LINK;
	if (++w->n_layers > WALK_LAYERS_MAX)
		return DECODE_BAD_LINK;
	switch (b.at[0] >> 4) {
	case 4:
		return walk_ip4(w, b);
	case 6:
		return walk_ip6(w, b);
	case 0:
		return walk_ethernet(w, behind(b, 4)) == DECODE_OK ? DECODE_OK : DECODE_SKIP;
	default:
		return walk_ethernet(w, b) == DECODE_OK ? DECODE_OK : DECODE_SKIP;
	}
}

/* spec: RFC 2516 4 */
enum decode walk_pppoe(struct walk *w, struct bytes b)
{
	if (b.len < 6 || b.at[0] != 0x11)
		return DECODE_BAD_LINK;
	return b.at[1] == 0 ? walk_ppp(w, behind(b, 6)) : DECODE_SKIP;
}

/* spec: RFC 1661 2, RFC 1662 3.1 (address and control), RFC 1990 3 (multilink: whole packets only) */
enum decode walk_ppp(struct walk *w, struct bytes b)
{
	if (++w->n_layers > WALK_LAYERS_MAX)
		return DECODE_BAD_LINK;
	if (b.len >= 2 && b.at[0] == 0xff && b.at[1] == 0x03)
		b = behind(b, 2);
	if (b.len < 2)
		return DECODE_BAD_LINK;
	bool is_short = b.at[0] & 1;
	uint16_t protocol = is_short ? b.at[0] : be16(b.at);
	b = behind(b, is_short ? 1 : 2);
	switch (protocol) {
	case 0x0021:
		return walk_ip4(w, b);
	case 0x0057:
		return walk_ip6(w, b);
	case 0x0281:
	case 0x0283:
		return walk_mpls(w, b);
	case 0x003d:
		if (b.len < 4 || (b.at[0] & 0xc0) != 0xc0)
			return DECODE_SKIP;
		return walk_ppp(w, behind(b, 4));
	default:
		return DECODE_SKIP;
	}
}

/* spec: RFC 8300 2 */
enum decode walk_nsh(struct walk *w, struct bytes b)
{
	size_t head = b.len < 8 ? SIZE_MAX : (size_t)(b.at[1] & 0x3f) * 4;
	if (head < 8 || head > b.len)
		return DECODE_BAD_LINK;
	if (++w->n_layers > WALK_LAYERS_MAX)
		return DECODE_BAD_LINK;
	return walk_next_protocol(w, b.at[3], behind(b, head));
}

enum decode walk_next_protocol(struct walk *w, uint8_t next, struct bytes b)
{
	switch (next) {
	case 1:
		return walk_ip4(w, b);
	case 2:
		return walk_ip6(w, b);
	case 3:
		return walk_ethernet(w, b);
	case 4:
		return walk_nsh(w, b);
	case 5:
		return walk_mpls(w, b);
	default:
		return DECODE_SKIP;
	}
}

/* The address family of BSD's loopback, in the byte order of whoever wrote it. */
static enum decode loopback(struct walk *w, struct bytes b)
{
	if (b.len < 4)
		return DECODE_BAD_LINK;
	uint32_t family = be32(b.at);
	if (family > 0xffff)
		family = le32(b.at);
	switch (family) {
	case 2:
		return walk_ip4(w, behind(b, 4));
	case 10: /* AF_INET6 of Linux, Windows, OpenBSD and NetBSD, FreeBSD, macOS */
	case 23:
	case 24:
	case 28:
	case 30:
		return walk_ip6(w, behind(b, 4));
	default:
		return DECODE_SKIP;
	}
}

/* Linux "cooked" captures; 4: an 802.2 header follows. */
static enum decode cooked(struct walk *w, struct bytes b, size_t type_at, size_t head)
{
	if (b.len < head)
		return DECODE_BAD_LINK;
	uint16_t type = be16(b.at + type_at);
	if (type == 4)
		return walk_llc(w, behind(b, head));
	return type <= 1500 ? DECODE_SKIP : walk_ethertype(w, type, behind(b, head));
}

/* Cisco HDLC, or PPP in HDLC framing. spec: RFC 1547 4.3, RFC 1662 */
static enum decode hdlc(struct walk *w, struct bytes b)
{
	if (b.len < 4)
		return DECODE_BAD_LINK;
	if (b.at[0] != 0x0f && b.at[0] != 0x8f)
		return walk_ppp(w, b);
	return walk_ethertype(w, be16(b.at + 2), behind(b, 4));
}

/* spec: RFC 2427; Cisco's form has an ethertype in its place */
static enum decode frame_relay(struct walk *w, struct bytes b)
{
	size_t head = 0;
	while (head < 4 && head < b.len && !(b.at[head] & 1))
		head++;
	head++;
	if (head < 2 || b.len < head + 4)
		return DECODE_BAD_LINK;
	b = behind(b, head);
	if (b.at[0] != 0x03)
		return walk_ethertype(w, be16(b.at), behind(b, 2));
	size_t pad = b.at[1] == 0;
	switch (b.at[1 + pad]) { /* NLPID */
	case 0xcc:
		return walk_ip4(w, behind(b, 2 + pad));
	case 0x8e:
		return walk_ip6(w, behind(b, 2 + pad));
	case 0xcf:
		return walk_ppp(w, behind(b, 2 + pad));
	case 0x80:
		b = behind(b, 2 + pad);
		if (b.len < 5)
			return DECODE_BAD_LINK;
		if ((be32(b.at) >> 8) == 0) /* organisation */
			return walk_ethertype(w, be16(b.at + 3), behind(b, 5));
		return DECODE_SKIP;
	default:
		return DECODE_SKIP;
	}
}

/* A packet of Linux netfilter's log: attributes, in the byte order of the machine that took it. */
static enum decode nflog(struct walk *w, struct bytes b)
{
	b = behind(b, 4);
	while (b.len >= 4) {
		bool is_big = le16(b.at) > b.len; /* the first attribute is small */
		size_t len = is_big ? be16(b.at) : le16(b.at);
		uint16_t type = is_big ? be16(b.at + 2) : le16(b.at + 2);
		if (len < 4 || len > b.len)
			return DECODE_BAD_LINK;
		if ((type & 0x7fff) == 9)
			return walk_ip(w, (struct bytes){ b.at + 4, b.len - 4 });
		b = behind(b, (len + 3) & ~(size_t)3);
	}
	return DECODE_SKIP;
}

/* Headers of a length that they say, with the type of what follows, little-endian. */
static enum decode typed(struct walk *w, struct bytes b, size_t len_size, size_t type_at)
{
	if (b.len < type_at + 4 || ++w->n_layers > WALK_LAYERS_MAX)
		return DECODE_BAD_LINK;
	size_t head = len_size == 2 ? le16(b.at + 2) : le32(b.at);
	uint32_t type = le32(b.at + type_at);
	if (head < type_at + 4 || head > b.len)
		return DECODE_BAD_LINK;
	return type > 0xffff ? DECODE_UNKNOWN_LINKTYPE : walk_link(w, (uint16_t)type, behind(b, head));
}

/* Juniper's own header before Ethernet: magic, flags, and extensions if the flags say so. */
static enum decode juniper_ethernet(struct walk *w, struct bytes b)
{
	if (b.len < 6 || be32(b.at) >> 8 != 0x4d4743)
		return DECODE_BAD_LINK;
	uint8_t flags = b.at[3];
	b = behind(b, flags & 0x80 ? 6u + be16(b.at + 4) : 4u);
	return flags & 0x02 ? walk_ip(w, behind(b, 4)) : walk_ethernet(w, b);
}

/* spec: IEEE 802.5; a source route follows the addresses if the first bit of the source is set */
static enum decode token_ring(struct walk *w, struct bytes b)
{
	if (b.len < 15)
		return DECODE_BAD_LINK;
	size_t route = b.at[8] & 0x80 ? b.at[14] & 0x1fu : 0;
	return walk_llc(w, behind(b, 14 + route));
}

/* A switch chip's tag between the addresses and the type. */
static enum decode tagged_ethernet(struct walk *w, struct bytes b, size_t tag)
{
	if (b.len < 14 + tag)
		return DECODE_BAD_LINK;
	w->seg->has_mac = true;
	memcpy(w->seg->dst_mac, b.at, 6);
	memcpy(w->seg->src_mac, b.at + 6, 6);
	return walk_ethertype(w, be16(b.at + 12 + tag), behind(b, 14 + tag));
}

static enum decode clip(struct walk *w, struct bytes b)
{
	return b.len > 0 && b.at[0] == 0xaa ? walk_llc(w, b) : walk_ip(w, b);
}

/* Point to point and radio. */
static enum decode serial_link(struct walk *w, uint16_t linktype, struct bytes b)
{
	switch (linktype) {
	case 9:
		return walk_ppp(w, b);
	case 166: /* with a direction in place of the address */
	case 204: /* with a direction in front */
		return walk_ppp(w, behind(b, linktype == 166 && b.len >= 2 && b.at[1] == 0x03 ? 2 : 1));
	case 50:
	case 104:
		return hdlc(w, b);
	case 205:
		return hdlc(w, behind(b, 1));
	case 51:
		return walk_pppoe(w, b);
	case 107:
		return frame_relay(w, b);
	case 206:
		return frame_relay(w, behind(b, 1));
	case 105:
		return walk_wlan(w, b, false);
	case 119:
	case 163:
		return walk_prism(w, b);
	case 127:
		return walk_radiotap(w, b);
	case 192: /* PPI */
		return typed(w, b, 2, 4);
	default:
		return DECODE_UNKNOWN_LINKTYPE;
	}
}

/* Something in front of, or inside, Ethernet's header; and other networks of that kind. */
static enum decode lan_link(struct walk *w, uint16_t linktype, struct bytes b)
{
	switch (linktype) {
	case 6:
		return token_ring(w, b);
	case 10: /* FDDI */
		return walk_llc(w, behind(b, 13));
	case 11: /* RFC 1483 */
	case 100:
		return walk_llc(w, b);
	case 19: /* classical IP over ATM */
	case 106:
		return clip(w, b);
	case 123: /* SunATM */
		return clip(w, behind(b, 4));
	case 178:
		return juniper_ethernet(w, b);
	case 240: /* netANALYZER */
	case 282: /* Broadcom's tag in front */
		return walk_ethernet(w, behind(b, 4));
	case 274: /* mPackets */
		return walk_ethernet(w, behind(b, 8));
	case 281: /* tags of Broadcom and Marvell switches */
	case 284:
		return tagged_ethernet(w, b, 4);
	case 285:
		return tagged_ethernet(w, b, 8);
	default:
		return serial_link(w, linktype, b);
	}
}

enum decode walk_link(struct walk *w, uint16_t linktype, struct bytes b)
{
	switch (linktype) {
	case 1:
	case 259: /* EPON */
		return walk_ethernet(w, b);
	case 0:
	case 108:
		return loopback(w, b);
	case 12: /* raw IP, as some systems number it in files */
	case 14:
	case 101:
		return walk_ip(w, b);
	case 113:
		return cooked(w, b, 14, 16);
	case 276:
		return cooked(w, b, 0, 20);
	case 219:
		return walk_mpls(w, b);
	case 228:
		return walk_ip4(w, b);
	case 229:
		return walk_ip6(w, b);
	case 239:
		return nflog(w, b);
	case 258: /* macOS */
		return typed(w, b, 4, 8);
	default:
		return lan_link(w, linktype, b);
	}
}
