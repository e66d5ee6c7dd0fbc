/* One HTTP request that could be read: from clear HTTP/1, or decrypted. What it gives away is told by extractors,
 * what it says of its page (Referer, Origin, Sec-Fetch) by track/visit.
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

/* memory: every view is borrowed until the call that hands it out returns. An absent header is an empty view (at NULL). */
struct request {
	uint64_t flow;   /* id of the flow that carried it, see track/events.h */
	uint64_t stream; /* HTTP/2 and HTTP/3 stream; for HTTP/1 the number of the request, from 0 */
	int64_t ts_ns;   /* of the packet that held the first byte of its headers */
	uint64_t frame;  /* number of that packet in its input */
	enum http_version version;
	bool is_secure; /* it was decrypted: https */
	struct hostname host; /* of :authority, an absolute URI or Host; without port */
	struct bytes method, authority, target, referer, origin, cookie, user_agent, content_type, content_encoding,
	    sec_fetch_site, sec_fetch_mode, sec_fetch_dest, sec_fetch_user, sec_gpc, dnt, purpose; /* purpose: Sec-Purpose or Purpose */
	const struct header *headers; /* all of them, in order, cookies crumbs joined in `cookie` as well */
	uint32_t n_headers;
	struct bytes body; /* decoded (gzip, br, zstd, deflate), at most REQUEST_BODY_MAX bytes */
	uint64_t body_len; /* as sent, encoded */
	bool is_body_cut;
	bool is_after_gap;        /* read after bytes that the capture lost: other requests may be missing before it */
	bool is_zero_rtt;         /* sent as early data */
	bool has_unknown_headers; /* some refer to table entries that were lost: they are left out, never guessed */
	bool is_websocket;        /* the handshake of one */
	uint32_t up_bytes, down_bytes; /* of HTTP, as framed, as far as seen when it is handed out */
};

#define REQUEST_BODY_MAX 65536

/* The answer to a request, told after it, if it was seen. */
struct response {
	uint64_t flow, stream; /* as of its request */
	int64_t ts_ns;
	uint64_t frame;
	uint32_t status;
	struct bytes location, content_type;
	const struct header *headers; /* with every Set-Cookie */
	uint32_t n_headers;
};

/* Where a decoder hands what it has read. */
struct request_sink {
	void (*request)(void *ctx, const struct request *r);
	void (*response)(void *ctx, const struct response *r); /* may be NULL */
	void *ctx;
};

#endif
