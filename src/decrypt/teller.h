/* Messages of HTTP as they are read, and telling them to a sink. One teller a shard, used by every connection
 * of it. */
#ifndef DECRYPT_TELLER_H
#define DECRYPT_TELLER_H

#include "base/hash.h"
#include "decrypt/buf.h"
#include "decrypt/limits.h"
#include "decrypt/request.h"

/* The packet that brought some bytes. */
struct when {
	int64_t ts_ns;
	uint64_t frame;
};

/* Which way bytes went. */
enum way {
	WAY_UP, /* client to server */
	WAY_DOWN,
	WAY_COUNT,
};

static inline enum way way_other(enum way w)
{
	return w == WAY_UP ? WAY_DOWN : WAY_UP;
}

struct teller;

/* memory: sink and limits are copied. returns: NULL if out of memory. */
struct teller *teller_new(const struct request_sink *sink, const struct decrypt_limits *limits);
void teller_free(struct teller *t);

const struct decrypt_limits *teller_limits(const struct teller *t);
struct decrypt_counts *teller_counts(struct teller *t);
struct budget *teller_budget(struct teller *t);

/* A request or a response, being read. All zero at the start. */
struct message {
	struct buf text;   /* names and values, one behind the other */
	struct buf fields; /* of struct field */
	struct buf body;   /* as sent; of requests, and of answers of DNS */
	struct when at;    /* its first byte */
	uint64_t body_len, framed_bytes;
	uint32_t status;
	bool is_begun, is_told, is_ended, is_body_cut, is_after_gap, is_zero_rtt, has_unknown;
	bool is_dns; /* its body is an answer of DNS */
};

void message_fini(struct message *m, struct teller *t);

/* Forgets what was read, keeps the memory. */
void message_clear(struct message *m);

/* Adds a header; pseudo-headers (":method") as well. A name in upper case is stored in lower case. Over the
 * limits it is left out and the message marked.
 */
void message_header(struct message *m, struct teller *t, struct bytes name, struct bytes value);

/* Adds bytes of a body. keep: false for responses, of which only the length is of use, but for is_dns. */
void message_body(struct message *m, struct teller *t, struct bytes body, bool keep);

/* The value of the first header of this name (lower case), or an empty view. */
struct bytes message_value(const struct message *m, const char *name);

/* The pseudo-header :status of HTTP/2 and 3; 0 if it is none. spec: RFC 9113 8.3.2, RFC 9114 4.3.2 */
uint32_t message_status(const struct message *m);

#define EARLY_REQUESTS_MAX 32

/* What the requests of one connection have in common. Those sent as early data are remembered: if the server
 * refuses it, they are sent again, and not told twice.
 */
struct conn_facts {
	bool has_inner_hello; /* ECH was accepted */
	bool is_early_rejected;
	uint32_t n_early;
	uint64_t early[EARLY_REQUESTS_MAX]; /* hashes */
};

/* The two messages of one stream, and where they came from. All zero at the start. */
struct exchange {
	uint64_t flow, stream;
	enum http_version version;
	bool is_secure;
	struct message message[WAY_COUNT];
	struct when last;
	struct conn_facts *facts; /* of its connection, NULL: none */
	bool is_lossy;            /* bytes of it were lost */
	bool is_again;            /* the request was told before, as early data */
};

/* Tells the request (or the response) of an exchange, once. A request without method, target and host is not
 * told: nothing is known of it. A response waits for the end of its request's body, and is told with it.
 */
void exchange_tell(struct exchange *e, struct teller *t, enum way w);

/* Tells what is left, then the end, if the request was told. Frees the messages. */
void exchange_end(struct exchange *e, struct teller *t);

void teller_socket_message(struct teller *t, const struct socket_message *m);

#endif
