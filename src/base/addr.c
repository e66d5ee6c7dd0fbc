#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool addr_is_private(const struct addr *a)
{
	const uint8_t *b = a->b;
	if (addr_is_v4(a)) {
		const uint8_t *v = b + 12;
		return v[0] == 10 || v[0] == 127 || (v[0] == 172 && (v[1] & 0xf0) == 16) ||
		       (v[0] == 192 && v[1] == 168) || (v[0] == 169 && v[1] == 254) ||
		       (v[0] == 100 && (v[1] & 0xc0) == 64);
	}
	static const uint8_t loopback[16] = { [15] = 1 };
	return (b[0] & 0xfe) == 0xfc || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80) ||
	       memcmp(b, loopback, 16) == 0;
}

bool addr_is_multicast(const struct addr *a)
{
	static const uint8_t everybody[4] = { 255, 255, 255, 255 };
	if (addr_is_v4(a))
		return (a->b[12] & 0xf0) == 0xe0 || memcmp(a->b + 12, everybody, 4) == 0;
	return a->b[0] == 0xff;
}

bool net_has(const struct net *net, const struct addr *a)
{
	size_t whole = net->bits / 8, rest = net->bits % 8;
	if (memcmp(net->base.b, a->b, whole) != 0)
		return false;
	if (rest == 0)
		return true;
	uint8_t mask = (uint8_t)(0xff << (8 - rest));
	return ((net->base.b[whole] ^ a->b[whole]) & mask) == 0;
}

const char *addr_text(const struct addr *a, char buf[ADDR_TEXT_MAX])
{
	if (addr_is_v4(a))
		inet_ntop(AF_INET, a->b + 12, buf, ADDR_TEXT_MAX);
	else
		inet_ntop(AF_INET6, a->b, buf, ADDR_TEXT_MAX);
	return buf;
}

const char *net_text(const struct net *n, char buf[NET_TEXT_MAX])
{
	addr_text(&n->base, buf);
	size_t len = strlen(buf);
	int bits = addr_is_v4(&n->base) && n->bits >= 96 ? n->bits - 96 : n->bits;
	snprintf(buf + len, NET_TEXT_MAX - len, "/%d", bits);
	return buf;
}

bool addr_parse(const char *text, struct addr *ret_addr)
{
	uint8_t b[16];
	if (inet_pton(AF_INET, text, b) == 1) {
		*ret_addr = addr_v4(b);
		return true;
	}
	if (inet_pton(AF_INET6, text, b) == 1) {
		*ret_addr = addr_v6(b);
		return true;
	}
	return false;
}

bool net_parse(const char *text, struct net *ret_net)
{
	char buf[NET_TEXT_MAX];
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	if (len >= sizeof(buf))
		return false;
	memcpy(buf, text, len);
	buf[len] = '\0';

	struct net n = { .bits = 128 };
	if (!addr_parse(buf, &n.base))
		return false;
	if (slash) {
		char *end;
		unsigned long bits = strtoul(slash + 1, &end, 10);
		unsigned long most = strchr(buf, ':') ? 128 : 32;
		if (slash[1] < '0' || slash[1] > '9' || *end || bits > most)
			return false;
		n.bits = (uint8_t)(bits + 128 - most);
	}
	for (unsigned i = n.bits; i < 128; i++)
		if (n.base.b[i / 8] & (0x80 >> (i % 8)))
			return false;
	*ret_net = n;
	return true;
}
