/* One HTTP/1 connection, read from both directions' bytes in order.
 *
 * Requests and responses with pipelining, chunked and counted bodies, 1xx answers, WebSocket after 101,
 * tunnels after CONNECT. After lost bytes it finds the next message again. spec: RFC 9112, RFC 6455, RFC
 * 9110 9.3.6
 */
#ifndef DECRYPT_HTTP1_CONN_H
#define DECRYPT_HTTP1_CONN_H

#include "decrypt/teller.h"

struct http1_conn;

/* What is carried after CONNECT was answered with success: neither HTTP nor any more looked at here. */
struct http1_tunnel {
	void (*data)(void *ctx, enum way w, struct bytes data, struct when at); /* NULL: dropped */
	void (*gap)(void *ctx, enum way w, uint64_t lost_bytes);                /* may be NULL */
	void *ctx;
};

enum http1_state {
	HTTP1_READING,
	HTTP1_WEBSOCKET, /* the handshake was answered with 101 */
	HTTP1_TUNNEL,    /* CONNECT was answered */
	HTTP1_NOT,       /* not HTTP/1, or another protocol after an upgrade: nothing is read any more */
};

/* is_secure: its bytes were decrypted. facts: of the connection; it and tunnel may be NULL. memory: keeps the
 * teller, borrows facts until http1_conn_free, copies the tunnel. returns: NULL if out of memory.
 */
struct http1_conn *http1_conn_new(struct teller *teller, uint64_t flow, bool is_secure,
				  struct conn_facts *facts, const struct http1_tunnel *tunnel);

/* Tells what was not complete, too. NULL is fine. */
void http1_conn_free(struct http1_conn *c);

/* zero_rtt: the bytes came as TLS early data. */
void http1_conn_data(struct http1_conn *c, enum way w, struct bytes data, struct when at, bool zero_rtt);

/* Bytes that the capture lost. lost_bytes: how many, 0 if that is not known. */
void http1_conn_gap(struct http1_conn *c, enum way w, uint64_t lost_bytes);

/* A direction was closed: ends a response that has no other end. */
void http1_conn_end(struct http1_conn *c, enum way w, struct when at);

/* Could HTTP/1 begin so, as far as the bytes go? */
bool http1_begins(enum way w, struct bytes bytes);

enum http1_state http1_conn_state(const struct http1_conn *c);

#endif
