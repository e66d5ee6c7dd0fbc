/* What http1_conn.c and http1_head.c share. */
#ifndef DECRYPT_HTTP1_PARTS_H
#define DECRYPT_HTTP1_PARTS_H

#include "decrypt/http1_conn.h"

/* How the body behind a head ends, RFC 9112 6.3. */
enum http1_body {
	HTTP1_BODY_NONE,
	HTTP1_BODY_COUNTED,
	HTTP1_BODY_CHUNKED,
	HTTP1_BODY_UNTIL_CLOSE, /* or nothing said of it */
};

struct http1_framing {
	enum http1_body body;
	uint64_t len; /* of a counted one */
};

/* The length of the head at the beginning of text with its blank line, which may be of bare LFs; 0 if it is
 * not whole. from: bytes looked at before.
 */
size_t http1_head_len(struct bytes text, size_t from);

/* Reads a whole head into *m, with the pseudo-headers of HTTP/2. returns: false if it is none. */
bool http1_read_head(enum way w, struct bytes head, struct message *m, struct teller *t);

/* What its headers say of the body behind it. */
struct http1_framing http1_framing_of(const struct message *m);

/* The size in the first line of a chunk, RFC 9112 7.1. returns: false if it is none. */
bool http1_chunk_size(struct bytes line, uint64_t *ret_size);

bool http1_is_value(struct bytes value, const char *lower_case); /* in any case */

#endif
