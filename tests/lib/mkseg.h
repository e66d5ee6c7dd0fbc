/* Segments as the decoder would give them, for tests of what comes behind it. */
#ifndef TESTS_LIB_MKSEG_H
#define TESTS_LIB_MKSEG_H

#include <netinet/in.h>
#include <string.h>

#include "wire/decode.h"

static inline struct addr mkaddr(const char *text)
{
	struct addr a = { { 0 } };
	addr_parse(text, &a);
	return a;
}

/* From a client's port to a server's, or back. All numbers that a test does not care for are set to something
 * fitting. */
static inline struct segment mkseg(uint8_t proto, const char *src, uint16_t src_port, const char *dst,
				   uint16_t dst_port)
{
	struct segment g = { .ip_proto = proto,
			     .src = mkaddr(src),
			     .dst = mkaddr(dst),
			     .src_port = src_port,
			     .dst_port = dst_port,
			     .ttl = 64,
			     .ip_len = proto == IPPROTO_TCP ? 40 : 28,
			     .tcp_flags = TCP_ACK };
	return g;
}

static inline void mkseg_payload(struct segment *g, const void *data, size_t len)
{
	g->ip_len += (uint32_t)len;
	g->payload_len = (uint32_t)len;
	g->payload = (struct bytes){ data, len };
}

#endif
