/* IP headers and what they carry. spec: RFC 791, RFC 8200 4, RFC 2675 (jumbograms), RFC 9293 3.1 (TCP), RFC
 * 768 (UDP)
 */
#include <netinet/in.h>

#include "wire/decode_parts.h"

static void set_ip(struct segment *s, struct bytes b)
{
	s->ip = b.at;
	s->ip_captured = (uint32_t)b.len;
}

static enum decode fragment(struct walk *w, const struct fragment *piece, uint32_t wire_len)
{
	/* What a cut first fragment has of its transport header is worth more than waiting for the rest. */
	bool is_alone = !w->fragments || piece->data.len < wire_len;
	if (is_alone && piece->offset == 0)
		return walk_transport(w, piece->proto, piece->data, wire_len);
	struct fragments_whole whole;
	if (is_alone || !fragments_add(w->fragments, piece, &whole)) {
		w->seg->ip_proto = piece->proto;
		return DECODE_FRAGMENT;
	}
	w->cut = 0;
	set_ip(w->seg, whole.datagram);
	w->seg->ip_len = whole.wire_len;
	struct bytes data = behind(whole.datagram, whole.header_len);
	return walk_transport(w, whole.proto, data, (uint32_t)data.len);
}

static enum decode fragment4(struct walk *w, struct bytes ip, size_t head, uint32_t wire_len)
{
	uint16_t field = be16(ip.at + 6);
	return fragment(w,
			&(struct fragment){
			    .src = w->seg->src,
			    .dst = w->seg->dst,
			    .id = be16(ip.at + 4),
			    .proto = ip.at[9],
			    .offset = (uint32_t)(field & 0x1fff) * 8,
			    .has_more = field & 0x2000,
			    .header = { ip.at, head },
			    .data = behind(ip, head),
			    .wire_len = w->seg->ip_len,
			    .ts_ns = w->seg->ts_ns,
			},
			wire_len);
}

enum decode walk_ip4(struct walk *w, struct bytes b)
{
	if (b.len < 20 || b.at[0] >> 4 != 4 || ++w->n_ip > WALK_IP_MAX)
		return DECODE_BAD_IP;
	size_t head = (size_t)(b.at[0] & 15) * 4;
	uint32_t total = be16(b.at + 2);
	if (total == 0) /* the network card was to cut it into segments */
		total = (uint32_t)b.len + w->cut;
	if (head < 20 || total < head || b.len < head)
		return DECODE_BAD_IP;
	if (b.len > total)
		b.len = total; /* what is behind it is padding */
	w->cut = total - (uint32_t)b.len;

	struct segment *s = w->seg;
	set_ip(s, b);
	s->ip_len = total;
	s->ip_id = be16(b.at + 4);
	s->ttl = b.at[8];
	s->src = addr_v4(b.at + 12);
	s->dst = addr_v4(b.at + 16);
	if (be16(b.at + 6) & 0x3fff)
		return fragment4(w, b, head, total - (uint32_t)head);
	return walk_transport(w, b.at[9], behind(b, head), total - (uint32_t)head);
}

/* b: from the fragment header on. */
static enum decode fragment6(struct walk *w, struct bytes ip, struct bytes b, uint32_t wire_len)
{
	uint16_t field = be16(b.at + 2);
	return fragment(w,
			&(struct fragment){
			    .src = w->seg->src,
			    .dst = w->seg->dst,
			    .id = be32(b.at + 4),
			    .is_v6 = true,
			    .proto = b.at[0],
			    .offset = field & 0xfff8u,
			    .has_more = field & 1,
			    .header = { ip.at, 40 },
			    .data = behind(b, 8),
			    .wire_len = w->seg->ip_len,
			    .ts_ns = w->seg->ts_ns,
			},
			wire_len - 8);
}

static bool is_extension(uint8_t proto)
{
	return proto == IPPROTO_HOPOPTS || proto == IPPROTO_ROUTING || proto == IPPROTO_DSTOPTS ||
	       proto == 135 /* mobility */ || proto == 139 /* HIP */ || proto == 140 /* shim6 */;
}

static enum decode extensions(struct walk *w, struct bytes ip, uint32_t total)
{
	uint8_t proto = ip.at[6];
	uint32_t at = 40;
	while (is_extension(proto)) {
		if (ip.len < at + 8)
			return DECODE_BAD_IP;
		proto = ip.at[at];
		at += (ip.at[at + 1] + 1u) * 8;
	}
	if (at > ip.len)
		return DECODE_BAD_IP;
	struct bytes b = behind(ip, at);
	if (proto != IPPROTO_FRAGMENT)
		return walk_transport(w, proto, b, total - at);
	if (b.len < 8)
		return DECODE_BAD_IP;
	if ((be16(b.at + 2) & 0xfff9) == 0) /* an atomic fragment, RFC 6946 */
		return walk_transport(w, b.at[0], behind(b, 8), total - at - 8);
	return fragment6(w, ip, b, total - at);
}

enum decode walk_ip6(struct walk *w, struct bytes b)
{
	if (b.len < 40 || b.at[0] >> 4 != 6 || ++w->n_ip > WALK_IP_MAX)
		return DECODE_BAD_IP;
	uint32_t total = 40u + be16(b.at + 4);
	if (total == 40 && b.at[6] != IPPROTO_NONE) /* a jumbogram, or as in IPv4 */
		total = (uint32_t)b.len + w->cut;
	if (b.len > total)
		b.len = total;
	w->cut = total - (uint32_t)b.len;

	struct segment *s = w->seg;
	set_ip(s, b);
	s->ip_len = total;
	s->ip_id = 0;
	s->ttl = b.at[7];
	s->src = addr_v6(b.at + 8);
	s->dst = addr_v6(b.at + 24);
	if (b.at[6] == IPPROTO_TCP || b.at[6] == IPPROTO_UDP)
		return walk_transport(w, b.at[6], behind(b, 40), total - 40);
	return extensions(w, b, total);
}

enum decode walk_ip(struct walk *w, struct bytes b)
{
	if (b.len == 0)
		return DECODE_BAD_IP;
	return b.at[0] >> 4 == 6 ? walk_ip6(w, b) : walk_ip4(w, b);
}
