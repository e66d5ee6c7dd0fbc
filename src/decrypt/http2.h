/* One HTTP/2 connection, read from both directions' bytes in order, also after lost bytes.
 * spec: RFC 9113, RFC 8441 (WebSocket)
 */
#ifndef DECRYPT_HTTP2_H
#define DECRYPT_HTTP2_H

#include "decrypt/teller.h"

struct http2_conn;

/* facts: of the connection. memory: borrowed until http2_conn_free. returns: NULL if out of memory. */
struct http2_conn *http2_conn_new(struct teller *teller, uint64_t flow, bool is_secure,
				  struct conn_facts *facts);

/* Tells what was not complete, too. NULL is fine. */
void http2_conn_free(struct http2_conn *c);

/* The bytes of one TLS record, or of one segment in clear: after a gap, a frame is looked for at the
 * beginning. */
void http2_conn_data(struct http2_conn *c, enum way w, struct bytes data, struct when at, bool zero_rtt);

/* lost: bytes lost, 0 if not known. */
void http2_conn_gap(struct http2_conn *c, enum way w, uint64_t lost);

#endif
