/* What the files of HTTP/1 share. */
#ifndef DECRYPT_HTTP1_PARTS_H
#define DECRYPT_HTTP1_PARTS_H

#include "decrypt/http1_conn.h"
#include "decrypt/websocket.h"

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

enum http1_reading {
	READING_HEAD,
	READING_COUNTED,
	READING_CHUNK_SIZE,
	READING_CHUNK,
	READING_CHUNK_END,
	READING_TRAILER,
	READING_UNTIL_CLOSE,
	READING_LOST, /* after a gap: the next head is looked for */
};

struct http1_pair {
	struct http1_pair *next; /* newer */
	struct exchange exchange;
	bool is_head, is_connect, is_websocket;
};

struct http1_way {
	enum http1_reading reading;
	uint64_t left;           /* of a counted body or a chunk */
	struct buf text;         /* a head or a line that is not whole */
	size_t scanned;          /* of it, for its end */
	struct when at;          /* its first byte */
	struct http1_pair *pair; /* being read; of answers NULL when the request was not seen */
	bool is_after_gap;
};

struct http1_conn {
	struct teller *teller;
	uint64_t flow, n_requests;
	bool is_secure, is_zero_rtt;
	struct conn_facts *facts;
	struct http1_tunnel tunnel;
	enum http1_state state;
	struct http1_way way[WAY_COUNT];
	struct http1_pair *oldest, *newest;
	uint32_t n_pairs;
	struct message stray; /* takes the heads of answers whose request was not seen */
	struct websocket socket[WAY_COUNT];
	struct http1_pair *socket_pair;
};

/* http1_message.c: tells and forgets the oldest request. */
void http1_end_oldest(struct http1_conn *c);

/* The message at hand is whole. */
void http1_end_message(struct http1_conn *c, enum way w, struct when at);

/* Whole heads. */
void http1_request_head(struct http1_conn *c, struct bytes head, struct when at);
void http1_answer_head(struct http1_conn *c, struct bytes head, struct when at);

/* Bytes at which no message begins. */
void http1_not_http(struct http1_conn *c, enum way w);

#endif
