/* What http2.c and http2_stream.c share. */
#ifndef DECRYPT_HTTP2_PARTS_H
#define DECRYPT_HTTP2_PARTS_H

#include "decrypt/hpack.h"
#include "decrypt/http2.h"
#include "decrypt/websocket.h"

#define HTTP2_BUCKETS 64

struct http2_stream {
	struct http2_stream *next_in_bucket, *newer, *older;
	uint32_t id;
	bool is_websocket, is_reset; /* is_reset: by the server */
	struct exchange exchange;
	struct websocket socket[WAY_COUNT];
};

/* The frame at hand of one direction. */
struct http2_way {
	uint8_t head[9];
	uint8_t n_head;
	uint8_t type, flags;
	bool in_frame, is_holed; /* a part of the frame was lost */
	bool in_block;           /* a HEADERS or PUSH_PROMISE without END_HEADERS came */
	bool has_end_stream;     /* of the block */
	bool is_promise;
	bool is_lost, is_after_gap, is_zero_rtt;
	uint32_t stream, left, padding;
	bool has_padding_read;
	uint32_t block_stream;
	struct when frame_at, block_at; /* their first bytes */
	uint64_t block_framed;
	struct buf payload, block;
	struct hpack *hpack;
};

struct http2_conn {
	struct teller *teller;
	uint64_t flow;
	bool is_secure, had_preface;
	struct conn_facts *facts;
	struct http2_way way[WAY_COUNT];
	struct http2_stream *buckets[HTTP2_BUCKETS], *newest, *oldest;
	uint32_t n_streams, highest; /* highest: stream id seen */
	struct message dropped;      /* takes the headers of what is not told: trailers, promises */
};

struct http2_stream *http2_stream_find(struct http2_conn *c, uint32_t id);

/* NULL if out of memory. Ends the oldest one if there are too many. */
struct http2_stream *http2_stream_make(struct http2_conn *c, uint32_t id);

/* Tells it, and forgets it. */
void http2_stream_end(struct http2_conn *c, struct http2_stream *s);

/* A whole header block. */
void http2_stream_headers(struct http2_conn *c, enum way w);

/* RST_STREAM. */
void http2_stream_reset(struct http2_conn *c, enum way w);

/* Bytes of a body, without padding; gap: they were lost. */
void http2_stream_body(struct http2_conn *c, enum way w, struct bytes data, struct when at);
void http2_stream_body_lost(struct http2_conn *c, enum way w, uint32_t lost);

/* END_STREAM of one direction. */
void http2_stream_half_closed(struct http2_conn *c, struct http2_stream *s, enum way w, struct when at);

#endif
