/* One HTTP request that could be read: from clear HTTP/1, or decrypted. What it gives away is told by
 * extractors, what it says of its page (Referer, Origin, Sec-Fetch) by track/visit.
 */
#ifndef DECRYPT_REQUEST_H
#define DECRYPT_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/hostname.h"

struct header {
	struct bytes name, value; /* name in lower case */
};

enum http_version {
	HTTP_1 = 1,
	HTTP_2 = 2,
	HTTP_3 = 3,
};

/* memory: every view is borrowed until the call that hands it out returns. An absent header is an empty view
 * (at NULL). */
struct request {
	uint64_t flow;   /* id of the flow that carried it, see track/events.h */
	uint64_t client; /* the same for one client; set by who knows the flow */
	uint64_t stream; /* HTTP/2 and HTTP/3 stream; for HTTP/1 the number of the request, from 0 */
	int64_t ts_ns;   /* of the packet that held the first byte of its headers */
	uint64_t frame;  /* number of that packet in its input */
	enum http_version version;
	bool is_secure;       /* it was decrypted: https */
	struct hostname host; /* of :authority, an absolute URI or Host; without port */
	struct bytes method, authority, target, referer, origin, cookie, user_agent, content_type,
	    content_encoding, sec_fetch_site, sec_fetch_mode, sec_fetch_dest, sec_fetch_user, sec_gpc, dnt,
	    purpose; /* purpose: Sec-Purpose or Purpose */
	const struct header
	    *headers; /* all of them but pseudo-headers, in order; cookie crumbs joined in `cookie` as well */
	uint32_t n_headers;
	struct bytes body; /* decoded (gzip, br, zstd, deflate), at most REQUEST_BODY_MAX bytes */
	uint64_t body_len; /* as sent, encoded */
	bool is_body_cut;
	bool is_after_gap; /* read after bytes that the capture lost: other requests may be missing before it
			    */
	bool is_zero_rtt;  /* sent as early data */
	bool has_inner_hello;     /* ECH was accepted: the name in the flow's hello is that of the provider */
	bool has_unknown_headers; /* some refer to table entries that were lost: they are left out, never
				     guessed */
	bool is_websocket;        /* the handshake of one */
	uint32_t up_bytes, down_bytes; /* of HTTP, as framed, as far as seen when it is handed out */
};

#define REQUEST_BODY_MAX 65536

/* The answer to a request, told after it and as soon as its headers are read, if it was seen. */
struct response {
	uint64_t flow, stream, client; /* as of its request */
	int64_t ts_ns;
	uint64_t frame;
	uint32_t status;
	struct bytes location, content_type;
	const struct header *headers; /* with every Set-Cookie */
	uint32_t n_headers;
	bool is_after_gap, has_unknown_headers; /* as of a request */
};

/* The end of a request and its answer: what both came to, as framed. Told once for each request told. */
struct exchange_end {
	uint64_t flow, stream;
	int64_t ts_ns; /* of the last byte seen */
	uint64_t up_bytes, down_bytes;
	bool is_complete; /* both were read to their ends, with no byte lost */
};

/* A WebSocket message after the handshake (RFC 6455): its size, never its content. */
struct socket_message {
	uint64_t flow, stream; /* as of the handshake's request */
	int64_t ts_ns;         /* of its first byte */
	uint64_t frame;
	bool is_up;
	uint8_t opcode; /* 1 text, 2 binary; control frames are not told */
	uint64_t len;   /* payload as sent */
};

/* What DNS over HTTPS answered (RFC 8484), told when the answer was read to its end. */
struct doh_answer {
	uint64_t flow;
	int64_t ts_ns; /* of the first byte of its headers */
	uint64_t frame;
	struct bytes message;
};

/* Where a decoder hands what it has read. */
struct request_sink {
	void (*request)(void *ctx, const struct request *r);
	void (*response)(void *ctx, const struct response *r); /* this and what follows may be NULL */
	void (*ended)(void *ctx, const struct exchange_end *e);
	void (*socket_message)(void *ctx, const struct socket_message *m);
	void (*doh_answer)(void *ctx, const struct doh_answer *a);
	void *ctx;
};

#endif
