/* Integers of QUIC, with their length in the first two bits. spec: RFC 9000 16 */
#ifndef WIRE_VARINT_H
#define WIRE_VARINT_H

#include "base/bytes.h"

static inline uint64_t reader_varint(struct reader *r)
{
	if (r->bad || !r->left) {
		r->bad = true;
		return 0;
	}
	struct bytes b = reader_take(r, (size_t)1 << (r->at[0] >> 6));
	uint64_t v = b.len ? b.at[0] & 0x3f : 0;
	for (size_t i = 1; i < b.len; i++)
		v = v << 8 | b.at[i];
	return v;
}

/* The bytes behind their own length. */
static inline struct bytes reader_varint_block(struct reader *r)
{
	uint64_t len = reader_varint(r);
	if (len > r->left) {
		r->bad = true;
		r->left = 0;
		return (struct bytes){ 0 };
	}
	return reader_take(r, (size_t)len);
}

#endif
