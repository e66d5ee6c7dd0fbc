/* 802.11 data frames, with what capture drivers put in front. spec: IEEE 802.11-2020 9.2, 9.3.2;
 * https://www.radiotap.org
 */
#include "wire/decode_parts.h"

enum {
	FC_TYPE = 0x000c,
	FC_DATA = 0x0008,
	FC_NO_DATA = 0x0040,
	FC_QOS = 0x0080,
	FC_TO_DS = 0x0100,
	FC_FROM_DS = 0x0200,
	FC_MORE_FRAGMENTS = 0x0400,
	FC_PROTECTED = 0x4000,
	FC_ORDER = 0x8000,
	QOS_AMSDU = 0x0080,
	PRISM_LEN = 144,
};

static void addresses(struct segment *s, uint16_t control, const uint8_t *at, const uint8_t *fourth)
{
	const uint8_t *dst = control & FC_TO_DS ? at + 16 : at + 4;
	const uint8_t *src = at + 10;
	if (control & FC_FROM_DS)
		src = control & FC_TO_DS ? fourth : at + 16;
	s->has_mac = true;
	memcpy(s->dst_mac, dst, 6);
	memcpy(s->src_mac, src, 6);
}

/* is_padded: the header is filled up to a multiple of four bytes. */
enum decode walk_wlan(struct walk *w, struct bytes b, bool is_padded)
{
	if (b.len < 2)
		return DECODE_BAD_LINK;
	uint16_t control = le16(b.at);
	if ((control & 3) != 0 || (control & FC_TYPE) != FC_DATA || control & FC_NO_DATA)
		return DECODE_SKIP;
	size_t head = 24;
	bool has_fourth = (control & FC_TO_DS) && (control & FC_FROM_DS);
	if (has_fourth)
		head += 6;
	size_t qos_at = head;
	if (control & FC_QOS)
		head += control & FC_ORDER ? 6 : 2; /* with HT control */
	if (is_padded)
		head = (head + 3) & ~(size_t)3;
	if (b.len < head + 3)
		return DECODE_BAD_LINK;
	bool is_fragment = control & FC_MORE_FRAGMENTS || (b.at[22] & 15) != 0;
	struct bytes body = behind(b, head);
	if (control & FC_QOS && b.at[qos_at] & QOS_AMSDU) /* the first of several: addresses and length */
		body = behind(body, 14);
	/* Some drivers leave the bit set on frames that they have decrypted. */
	bool is_clear = body.len >= 3 && body.at[0] == 0xaa && body.at[1] == 0xaa && body.at[2] == 3;
	if (is_fragment || (control & FC_PROTECTED && !is_clear))
		return DECODE_SKIP;
	if (!w->seg->has_mac)
		addresses(w->seg, control, b.at, b.at + 24);
	return walk_llc(w, body);
}

enum decode walk_radiotap(struct walk *w, struct bytes b)
{
	if (b.len < 8 || b.at[0] != 0)
		return DECODE_BAD_LINK;
	size_t head = le16(b.at + 2), at = 8;
	if (head < 8 || head > b.len)
		return DECODE_BAD_LINK;
	uint32_t first = le32(b.at + 4), present = first;
	while (present & UINT32_C(1) << 31 && at + 4 <= head) {
		present = le32(b.at + at);
		at += 4;
	}
	if (first & 1) /* TSFT, aligned */
		at = ((at + 7) & ~(size_t)7) + 8;
	bool is_padded = first & 2 && at < head && b.at[at] & 0x20;
	return walk_wlan(w, behind(b, head), is_padded);
}

enum decode walk_prism(struct walk *w, struct bytes b)
{
	if (b.len < 8)
		return DECODE_BAD_LINK;
	bool is_avs = be32(b.at) >> 12 == 0x80211;
	size_t head = is_avs ? be32(b.at + 4) : PRISM_LEN;
	if (head < 8 || head > b.len)
		return DECODE_BAD_LINK;
	return walk_wlan(w, behind(b, head), false);
}
