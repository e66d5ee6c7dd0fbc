/* TCP, UDP and the IP protocols that carry packets. spec: RFC 9293 3.1, RFC 7323 3 (timestamps), RFC 768, RFC
 * 4302 (AH), RFC 3378 (EtherIP)
 */
#include <netinet/in.h>

#include "wire/decode_parts.h"

/* The timestamp option, 10 bytes with kind 8. */
static void options(struct segment *s, const uint8_t *at, size_t len)
{
	if (len >= 12 && be32(at) == 0x0101080a) { /* how everybody sends it */
		s->has_tsval = true;
		s->tcp_tsval = be32(at + 4);
		return;
	}
	while (len > 0 && at[0] != 0) {
		if (at[0] == 1) {
			at++, len--;
			continue;
		}
		if (len < 2 || at[1] < 2 || at[1] > len)
			return;
		if (at[0] == 8 && at[1] == 10) {
			s->has_tsval = true;
			s->tcp_tsval = be32(at + 2);
			return;
		}
		len -= at[1];
		at += at[1];
	}
}

static enum decode tcp(struct walk *w, struct bytes b, uint32_t wire_len)
{
	if (b.len < 20)
		return DECODE_BAD_TRANSPORT;
	uint32_t head = (uint32_t)(b.at[12] >> 4) * 4;
	if (head < 20 || head > wire_len)
		return DECODE_BAD_TRANSPORT;
	struct segment *s = w->seg;
	s->src_port = be16(b.at);
	s->dst_port = be16(b.at + 2);
	s->tcp_seq = be32(b.at + 4);
	s->tcp_ack = be32(b.at + 8);
	s->tcp_flags = b.at[13];
	if (head > 20)
		options(s, b.at + 20, (head < b.len ? head : b.len) - 20);
	s->payload = behind(b, head);
	s->payload_len = wire_len - head;
	s->is_cut = s->payload.len < s->payload_len;
	return DECODE_OK;
}

static enum decode udp(struct walk *w, struct bytes b, uint32_t wire_len)
{
	if (b.len < 8)
		return DECODE_BAD_TRANSPORT;
	uint32_t len = be16(b.at + 4);
	if (len == 0 || len > wire_len) /* a jumbogram; or a first fragment without the rest */
		len = wire_len;
	if (len < 8)
		return DECODE_BAD_TRANSPORT;
	struct segment *s = w->seg;
	s->src_port = be16(b.at);
	s->dst_port = be16(b.at + 2);
	if (b.len > len)
		b.len = len;
	s->payload = behind(b, 8);
	s->payload_len = len - 8;
	s->is_cut = s->payload.len < s->payload_len;
	return walk_udp_tunnel(w);
}

static enum decode other(struct walk *w, struct bytes b, uint32_t wire_len)
{
	w->seg->payload = b;
	w->seg->payload_len = wire_len;
	w->seg->is_cut = b.len < wire_len;
	return DECODE_OK;
}

static enum decode authentication_header(struct walk *w, struct bytes b, uint32_t wire_len)
{
	uint32_t head = b.len < 12 ? UINT32_MAX : (b.at[1] + 2u) * 4;
	if (head > b.len)
		return DECODE_BAD_IP;
	return walk_transport(w, b.at[0], behind(b, head), wire_len - head);
}

enum decode walk_transport(struct walk *w, uint8_t proto, struct bytes b, uint32_t wire_len)
{
	w->seg->ip_proto = proto;
	if (proto == IPPROTO_TCP)
		return tcp(w, b, wire_len);
	if (proto == IPPROTO_UDP)
		return udp(w, b, wire_len);
	if (++w->n_layers > WALK_LAYERS_MAX)
		return DECODE_BAD_IP;
	switch (proto) {
	case IPPROTO_IPIP:
		return walk_ip4(w, b);
	case IPPROTO_IPV6:
		return walk_ip6(w, b);
	case IPPROTO_GRE:
		return walk_gre(w, b);
	case IPPROTO_AH:
		return authentication_header(w, b, wire_len);
	case IPPROTO_MPLS:
		return walk_mpls(w, b);
	case 97: /* EtherIP */
		return walk_ethernet(w, behind(b, 2));
	case 143: /* Ethernet */
		return walk_ethernet(w, b);
	default:
		return other(w, b, wire_len);
	}
}
