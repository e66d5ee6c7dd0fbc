/* An IP address as a value. IPv4 is kept as ::ffff:a.b.c.d (RFC 4291 2.5.5.2),
 * so that there is one kind of address to hash, compare and store.
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct addr {
	uint8_t b[16];
};

struct net {
	struct addr base;
	uint8_t bits; /* 0 to 128, of the 16-byte form: 10.0.0.0/8 has 104 */
};

#define ADDR_TEXT_MAX 46 /* bytes, with the final NUL */
#define NET_TEXT_MAX (ADDR_TEXT_MAX + 4)

static inline struct addr addr_v4(const uint8_t b[4])
{
	struct addr a = { { [10] = 0xff, [11] = 0xff } };
	memcpy(a.b + 12, b, 4);
	return a;
}

static inline struct addr addr_v6(const uint8_t b[16])
{
	struct addr a;
	memcpy(a.b, b, 16);
	return a;
}

static inline bool addr_is_v4(const struct addr *a)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };
	return memcmp(a->b, prefix, 12) == 0;
}

static inline bool addr_equal(const struct addr *a, const struct addr *b)
{
	return memcmp(a->b, b->b, 16) == 0;
}

/* Addresses that no router of the Internet carries: RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291 2.5.6,
 * loopback. */
bool addr_is_private(const struct addr *a);
bool addr_is_multicast(const struct addr *a); /* with the IPv4 broadcast address */

bool net_has(const struct net *net, const struct addr *a);

/* The form of RFC 5952; returns buf. */
const char *addr_text(const struct addr *a, char buf[ADDR_TEXT_MAX]);
const char *net_text(const struct net *n, char buf[NET_TEXT_MAX]);

/* "192.0.2.1", "2001:db8::1"; net_parse also "10.0.0.0/8"; an address alone is a net of one.
 * returns: false, and the result unchanged, if the text is neither, or a net has bits set behind its length.
 */
bool addr_parse(const char *text, struct addr *ret_addr);
bool net_parse(const char *text, struct net *ret_net);

#endif
