/* The head of an HTTP/1 request, without any state of a connection. spec: RFC 9112 2 to 5 */
#ifndef WIRE_HTTP1_H
#define WIRE_HTTP1_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/hostname.h"
#include "wire/parse.h"

enum {
	HTTP1_HEAD_MAX = 65536, /* bytes; a longer head is PARSE_BAD */
};

/* memory: views are into the bytes parsed. */
struct http1_head {
	struct bytes method, target, user_agent;
	struct hostname
	    host; /* of an absolute URI, of CONNECT's target, else of Host; without port; len 0: none */
	struct bytes literal; /* an address stood in its place; empty otherwise */
	uint16_t port;        /* as given there, 0: not */
	bool is_connect, is_absolute;
	size_t len; /* of the whole head with its blank line */
};

/* returns: PARSE_OK when the blank line was seen, or Host was and the rest is cut off by is_cut; PARSE_MORE;
 * PARSE_BAD as soon as the bytes cannot begin a request with a known method.
 */
enum parse http1_head(struct bytes stream, bool is_cut, struct http1_head *ret);

#endif
