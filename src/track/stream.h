/* The first bytes of one direction of a TCP connection, put together whatever order they came in. */
#ifndef TRACK_STREAM_H
#define TRACK_STREAM_H

#include "base/bytes.h"

enum {
	STREAM_MAX = 1 << 16,   /* bytes kept */
	STREAM_PIECES_MAX = 16, /* runs with holes between them */
};

/* All zero at the start. */
struct stream {
	uint8_t *data; /* heap, grown as needed */
	uint32_t capacity;
	uint32_t base;     /* sequence number of data[0] */
	bool has_base;     /* base is where the stream begins, or the lowest number seen so far */
	bool is_base_sure; /* where it begins */
	uint16_t n_pieces;
	struct {
		uint32_t from, to;
	} pieces[STREAM_PIECES_MAX]; /* ordered, apart */
};

void stream_fini(struct stream *s);

/* The stream begins with this sequence number. Without it the lowest that comes counts. */
void stream_begin(struct stream *s, uint32_t seq);

/* Where bytes overlap, those that came first stay. returns: false if they lie outside of what is kept, or are
 * too scattered, or there is no memory. */
bool stream_add(struct stream *s, uint32_t seq, struct bytes data);

/* What is there from the beginning to the first hole. Valid until the next call. */
struct bytes stream_head(const struct stream *s);

/* Are there bytes behind a hole? */
bool stream_has_hole(const struct stream *s);

/* Takes n bytes off the beginning, at most the head. */
void stream_skip(struct stream *s, size_t n);

#endif
