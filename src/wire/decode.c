#include "wire/decode.h"

#include "wire/decode_parts.h"

_Static_assert(sizeof(struct segment) == 128, "a segment is two cache lines");

enum decode walk_ethernet(struct walk *w, struct bytes b)
{
	if (b.len < 14)
		return DECODE_BAD_LINK;
	if (!w->seg->has_mac) {
		w->seg->has_mac = true;
		memcpy(w->seg->dst_mac, b.at, 6);
		memcpy(w->seg->src_mac, b.at + 6, 6);
	}
	return walk_ethertype(w, be16(b.at + 12), behind(b, 14));
}

static bool is_vlan(uint16_t type)
{
	return type == 0x8100 || type == 0x88a8 || type == 0x9100 || type == 0x9200 || type == 0x9300;
}

enum decode walk_ethertype(struct walk *w, uint16_t type, struct bytes b)
{
	if (++w->n_layers > WALK_LAYERS_MAX)
		return DECODE_BAD_LINK;
	while (is_vlan(type)) {
		if (b.len < 4)
			return DECODE_BAD_LINK;
		type = be16(b.at + 2);
		b = behind(b, 4);
	}
	switch (type) {
	case 0x0800:
		return walk_ip4(w, b);
	case 0x86dd:
		return walk_ip6(w, b);
	case 0x8847:
	case 0x8848:
		return walk_mpls(w, b);
	case 0x8864:
		return walk_pppoe(w, b);
	case 0x880b: /* PPP in GRE */
		return walk_ppp(w, b);
	case 0x6558: /* Ethernet in something that carries ethertypes */
		return walk_ethernet(w, b);
	case 0x88e7: /* provider backbone bridge: the service's tag, then the customer's frame */
		return walk_ethernet(w, behind(b, 4));
	case 0x894f:
		return walk_nsh(w, b);
	case 0x8926: /* VN-Tag */
		return b.len < 6 ? DECODE_BAD_LINK : walk_ethertype(w, be16(b.at + 4), behind(b, 6));
	case 0x8909: /* Cisco metadata: version, length, one option */
		return b.len < 8 ? DECODE_BAD_LINK : walk_ethertype(w, be16(b.at + 6), behind(b, 8));
	default:
		return type <= 1500 ? walk_llc(w, b) : DECODE_SKIP;
	}
}

/* Field by field: to zero the whole struct takes as long as to decode a packet. Left as they are: the
 * addresses, which every IP header sets, and what a has_ field says is not there.
 */
static void start(struct segment *s, const struct packet *packet)
{
	s->ts_ns = packet->ts_ns;
	s->number = packet->number;
	s->ordinal = packet->ordinal;
	s->input = packet->input;
	s->src_port = s->dst_port = s->ip_id = 0;
	s->ip_proto = s->ttl = s->tcp_flags = 0;
	s->has_mac = s->has_tsval = s->is_cut = false;
	s->tcp_seq = s->tcp_ack = s->tcp_tsval = s->ip_len = s->payload_len = s->ip_captured = 0;
	s->ip = NULL;
	s->payload = (struct bytes){ 0 };
}

enum decode decode(const struct packet *packet, struct fragments *fragments, struct segment *ret_segment)
{
	start(ret_segment, packet);
	struct walk w = { .seg = ret_segment, .fragments = fragments };
	if (packet->wire_len > packet->frame.len)
		w.cut = packet->wire_len - (uint32_t)packet->frame.len;
	if (packet->linktype == 1)
		return walk_ethernet(&w, packet->frame);
	return walk_link(&w, packet->linktype, packet->frame);
}
