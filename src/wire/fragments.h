/* IP fragments put together, in a bounded table. spec: RFC 791 3.2, RFC 8200 4.5, RFC 5722 (overlaps are
 * refused)
 */
#ifndef WIRE_FRAGMENTS_H
#define WIRE_FRAGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/bytes.h"
#include "base/hash.h"

enum {
	FRAGMENTS_WAIT_S = 30,   /* a datagram not whole by then is forgotten */
	FRAGMENTS_GAPS_MAX = 64, /* pieces that do not touch, of one datagram */
};

struct fragments;

struct fragments_counts {
	uint64_t kept, assembled, evicted, refused; /* refused: overlaps, over 64 KiB; evicted: also by age */
};

struct fragment {
	struct addr src, dst;
	uint32_t id;
	bool is_v6;
	uint8_t proto;   /* of the datagram */
	uint32_t offset; /* bytes */
	bool has_more;
	struct bytes header; /* IP header, kept of the first fragment */
	struct bytes data;   /* whole: a cut fragment is of no use */
	uint32_t wire_len;   /* of the fragment with its headers, for accounting */
	int64_t ts_ns;
};

/* memory: borrowed from the table until its next datagram is whole. */
struct fragments_whole {
	struct bytes datagram; /* with its IP header, whose length and fragment fields are set anew */
	size_t header_len;
	uint8_t proto;
	uint32_t wire_len; /* of all fragments together */
};

/* max: datagrams at once. limits: memory grows with what came, up to 64 KiB a datagram. returns: NULL if out
 * of memory.
 */
struct fragments *fragments_new(size_t max, struct hash_key key);
void fragments_free(struct fragments *f);
void fragments_counts(const struct fragments *f, struct fragments_counts *ret_counts);

/* returns: true when this one made a datagram whole. */
bool fragments_add(struct fragments *f, const struct fragment *piece, struct fragments_whole *ret_whole);

#endif
