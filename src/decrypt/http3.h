/* The HTTP/3 of one QUIC connection, from the bytes of its streams in order.
 * spec: RFC 9114, RFC 9220 (WebSocket)
 */
#ifndef DECRYPT_HTTP3_H
#define DECRYPT_HTTP3_H

#include "decrypt/teller.h"

struct http3_conn;
struct http3_stream;

/* facts: of the connection. memory: borrowed until http3_conn_free. returns: NULL if out of memory. */
struct http3_conn *http3_conn_new(struct teller *teller, uint64_t flow, struct conn_facts *facts);

/* It began before the capture: nothing is known of its tables. */
void http3_conn_mid(struct http3_conn *c);

/* Its streams are freed before it. NULL is fine. */
void http3_conn_free(struct http3_conn *c);

/* id: as in RFC 9000 2.1. returns: NULL if out of memory. */
struct http3_stream *http3_stream_new(struct http3_conn *c, uint64_t id);

/* Tells what is not complete, too. NULL is fine. */
void http3_stream_free(struct http3_conn *c, struct http3_stream *s);

void http3_stream_data(struct http3_conn *c, struct http3_stream *s, enum way w, struct bytes data,
		       struct when at, bool zero_rtt);
void http3_stream_gap(struct http3_conn *c, struct http3_stream *s, enum way w, uint64_t lost);

/* The end of a direction. is_reset: before all of it was sent. */
void http3_stream_end(struct http3_conn *c, struct http3_stream *s, enum way w, struct when at,
		      bool is_reset);

/* Nothing more can come on it that is of use. */
bool http3_stream_is_over(const struct http3_stream *s);

#endif
