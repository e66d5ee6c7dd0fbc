#include "wire/community_id.h"

#include <string.h>

#include <netinet/in.h>

#include "wire/digest.h"

static size_t put(uint8_t *at, const struct addr *a, bool is_v4)
{
	size_t len = is_v4 ? 4 : 16;
	memcpy(at, a->b + 16 - len, len);
	return len;
}

static void base64(const uint8_t *in, size_t len, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < len; i += 3) {
		uint32_t v = (uint32_t)in[i] << 16;
		if (i + 1 < len)
			v |= (uint32_t)in[i + 1] << 8;
		if (i + 2 < len)
			v |= in[i + 2];
		*out++ = digits[v >> 18];
		*out++ = digits[v >> 12 & 63];
		*out++ = i + 1 < len ? digits[v >> 6 & 63] : '=';
		*out++ = i + 2 < len ? digits[v & 63] : '=';
	}
	*out = 0;
}

static bool has_ports(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP ||
	       proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

/* The type that answers this one and so stands as the other side's port; -1: there is none, the flow has one
 * way. */
static int icmp_answer(uint8_t proto, uint16_t type)
{
	static const struct {
		uint8_t proto, a, b;
	} pairs[] = {
		{ IPPROTO_ICMP, 8, 0 },       { IPPROTO_ICMP, 13, 14 },     { IPPROTO_ICMP, 15, 16 },
		{ IPPROTO_ICMP, 10, 9 },      { IPPROTO_ICMP, 17, 18 },     { IPPROTO_ICMPV6, 128, 129 },
		{ IPPROTO_ICMPV6, 130, 131 }, { IPPROTO_ICMPV6, 133, 134 }, { IPPROTO_ICMPV6, 135, 136 },
		{ IPPROTO_ICMPV6, 144, 145 }, { IPPROTO_ICMPV6, 139, 140 },
	};
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (pairs[i].proto != proto)
			continue;
		if (pairs[i].a == type)
			return pairs[i].b;
		if (pairs[i].b == type)
			return pairs[i].a;
	}
	return -1;
}

void community_id(const struct addr *a, const struct addr *b, uint16_t a_port, uint16_t b_port, uint8_t proto,
		  char ret_text[COMMUNITY_ID_MAX])
{
	bool is_one_way = false;
	if (proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6) {
		int answer = icmp_answer(proto, a_port);
		is_one_way = answer < 0;
		if (!is_one_way)
			b_port = (uint16_t)answer;
	}
	int order = memcmp(a->b, b->b, sizeof(a->b));
	if (!is_one_way && (order > 0 || (order == 0 && a_port > b_port))) {
		const struct addr *t = a;
		a = b;
		b = t;
		uint16_t port = a_port;
		a_port = b_port;
		b_port = port;
	}
	bool is_v4 = addr_is_v4(a) && addr_is_v4(b);
	uint8_t data[2 + 32 + 2 + 4] = { 0 }; /* the seed is 0 */
	size_t n = 2;
	n += put(data + n, a, is_v4);
	n += put(data + n, b, is_v4);
	data[n++] = proto;
	data[n++] = 0;
	if (has_ports(proto)) {
		data[n++] = (uint8_t)(a_port >> 8);
		data[n++] = (uint8_t)a_port;
		data[n++] = (uint8_t)(b_port >> 8);
		data[n++] = (uint8_t)b_port;
	}
	uint8_t digest[SHA1_LEN];
	digest_sha1((struct bytes){ data, n }, digest);
	memcpy(ret_text, "1:", 2);
	base64(digest, sizeof(digest), ret_text + 2);
}
