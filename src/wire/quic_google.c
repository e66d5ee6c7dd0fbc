/* Google QUIC before it spoke TLS: a CHLO with tags. spec: "QUIC Crypto", Langley and Chang, 2016; QUIC wire
 * layouts Q025 to Q046 */
#include <string.h>

#include "wire/quic_parts.h"

enum {
	TAGS_MAX = 128,
	SEARCH_MAX = 160, /* bytes from a packet's begin in which a CHLO begins: header, packet number, hash,
			     stream frame */
};

static uint32_t little(struct reader *r, size_t n)
{
	struct bytes b = reader_take(r, n);
	uint32_t v = 0;
	for (size_t i = b.len; i-- > 0;)
		v = v << 8 | b.at[i];
	return v;
}

/* b begins with "CHLO". */
static enum parse read_tags(struct bytes b, struct bytes *ret_name)
{
	struct reader r = reader_of(b);
	reader_take(&r, 4);
	uint32_t n = little(&r, 2), from = 0;
	reader_take(&r, 2);
	if (r.bad || n > TAGS_MAX)
		return PARSE_MORE;
	struct bytes values = { b.at + 8 + n * 8, b.len >= 8 + n * 8 ? b.len - 8 - n * 8 : 0 };
	for (uint32_t i = 0; i < n && !r.bad; i++) {
		struct bytes tag = reader_take(&r, 4);
		uint32_t to = little(&r, 4);
		if (r.bad || to < from || to > values.len)
			return PARSE_MORE;
		if (memcmp(tag.at, "SNI\0", 4) == 0 && to > from) {
			*ret_name = (struct bytes){ values.at + from, to - from };
			return PARSE_OK;
		}
		from = to;
	}
	return PARSE_MORE;
}

enum parse quic_chlo_server_name(struct bytes b, struct bytes *ret_name)
{
	for (size_t at = 0; at + 8 <= b.len && at < SEARCH_MAX; at++)
		if (memcmp(b.at + at, "CHLO", 4) == 0)
			return read_tags((struct bytes){ b.at + at, b.len - at }, ret_name);
	return PARSE_MORE;
}

/* Is "Q0xx" where a header has its version: Q046 has a long header, those before a public header with the
 * version flag. */
static bool has_google_version(struct bytes b)
{
	size_t at = 1;
	if (b.len < 16)
		return false;
	if (!(b.at[0] & 0x80)) {
		if (!(b.at[0] & 0x01))
			return false;
		at += b.at[0] & 0x08 ? 8 : 0;
	}
	return b.at[at] == 'Q' && b.at[at + 1] == '0' && b.at[at + 2] >= '0' && b.at[at + 2] <= '4' &&
	       b.at[at + 3] >= '0' && b.at[at + 3] <= '9';
}

enum parse quic_google_server_name(struct bytes datagram, struct bytes *ret_name)
{
	return has_google_version(datagram) ? quic_chlo_server_name(datagram, ret_name) : PARSE_BAD;
}
