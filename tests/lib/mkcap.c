#include "mkcap.h"

#include <assert.h>
#include <string.h>

void mkcap_uint(struct mkcap *c, uint64_t v, size_t n)
{
	assert(c->len + n <= MKCAP_MAX);
	for (size_t i = 0; i < n; i++) {
		size_t shift =
		    8 * (c->is_swapped ? n - 1 - i : i); /* this machine's order is little-endian */
		c->at[c->len++] = (uint8_t)(v >> shift);
	}
}

void mkcap_bytes(struct mkcap *c, const void *data, size_t len)
{
	assert(c->len + len <= MKCAP_MAX);
	if (len > 0)
		memcpy(c->at + c->len, data, len);
	c->len += len;
}

static void fill_with(struct mkcap *c, uint8_t fill, size_t len)
{
	assert(c->len + len <= MKCAP_MAX);
	memset(c->at + c->len, fill, len);
	c->len += len;
}

static void pad(struct mkcap *c, size_t from)
{
	while ((c->len - from) % 4)
		mkcap_uint(c, 0, 1);
}

void mkcap_pcap(struct mkcap *c, uint32_t magic, uint32_t version, uint32_t network)
{
	mkcap_uint(c, magic, 4);
	mkcap_uint(c, version >> 16, 2);
	mkcap_uint(c, version & 0xffff, 2);
	mkcap_uint(c, 0, 8);
	mkcap_uint(c, 65535, 4);
	mkcap_uint(c, network, 4);
}

void mkcap_record(struct mkcap *c, uint32_t s, uint32_t fraction, uint32_t caplen, uint32_t wire_len,
		  size_t extra, uint8_t fill)
{
	mkcap_uint(c, s, 4);
	mkcap_uint(c, fraction, 4);
	mkcap_uint(c, caplen, 4);
	mkcap_uint(c, wire_len, 4);
	fill_with(c, 0, extra);
	fill_with(c, fill, caplen);
}

size_t mkcap_begin(struct mkcap *c, uint32_t type)
{
	size_t begin = c->len;
	mkcap_uint(c, type, 4);
	mkcap_uint(c, 0, 4);
	return begin;
}

void mkcap_end(struct mkcap *c, size_t begin)
{
	pad(c, begin);
	uint64_t len = c->len - begin + 4;
	mkcap_uint(c, len, 4);
	size_t end = c->len;
	c->len = begin + 4;
	mkcap_uint(c, len, 4);
	c->len = end;
}

void mkcap_option(struct mkcap *c, uint16_t code, const void *value, uint16_t len)
{
	size_t from = c->len;
	mkcap_uint(c, code, 2);
	mkcap_uint(c, len, 2);
	mkcap_bytes(c, value, len);
	pad(c, from);
}

void mkcap_section(struct mkcap *c)
{
	size_t b = mkcap_begin(c, 0x0a0d0d0a);
	mkcap_uint(c, 0x1a2b3c4d, 4);
	mkcap_uint(c, 1, 2);
	mkcap_uint(c, 0, 2);
	mkcap_uint(c, UINT64_MAX, 8);
	mkcap_end(c, b);
}

void mkcap_interface(struct mkcap *c, uint16_t linktype, uint32_t snaplen, int tsresol, int64_t offset_s)
{
	size_t b = mkcap_begin(c, 1);
	mkcap_uint(c, linktype, 2);
	mkcap_uint(c, 0, 2);
	mkcap_uint(c, snaplen, 4);
	if (tsresol >= 0) {
		uint8_t value = (uint8_t)tsresol;
		mkcap_option(c, 9, &value, 1);
	}
	if (offset_s != 0) {
		mkcap_uint(c, 14, 2);
		mkcap_uint(c, 8, 2);
		mkcap_uint(c, (uint64_t)offset_s, 8);
	}
	mkcap_option(c, 0, NULL, 0);
	mkcap_end(c, b);
}

void mkcap_enhanced(struct mkcap *c, uint32_t interface, uint64_t units, uint32_t caplen, uint32_t wire_len,
		    uint8_t fill)
{
	size_t b = mkcap_begin(c, 6);
	mkcap_uint(c, interface, 4);
	mkcap_uint(c, units >> 32, 4);
	mkcap_uint(c, units & 0xffffffff, 4);
	mkcap_uint(c, caplen, 4);
	mkcap_uint(c, wire_len, 4);
	fill_with(c, fill, caplen);
	mkcap_end(c, b);
}

struct bytes mkcap_view(const struct mkcap *c)
{
	return (struct bytes){ c->at, c->len };
}
