/* What decrypt tells its sink, as text, one line each:
 *
 *	h2 GET host /target [0rtt] [gap] [unknown] [websocket] [body "…"]
 *	answer 200 text/html
 *	end complete            or "end", if not all of it was read
 *	socket up 1 5           direction, opcode, length
 *	doh "…"                 an answer of DNS over HTTPS
 */
#ifndef TESTS_LIB_TOLD_H
#define TESTS_LIB_TOLD_H

#include "decrypt/decrypt.h"

struct message;

struct told {
	char text[1 << 16];
	size_t len;
	unsigned n_requests, n_answers, n_ends, n_complete, n_zero_rtt;
};

/* A sink that writes into *t. */
struct request_sink told_sink(struct told *t);

/* A teller with usual limits, for tests of what is below decrypt.h. */
struct teller *told_teller(struct told *t);

/* "name: value|" of each header. Borrowed until the next call. */
const char *told_headers(const struct message *m);

static inline struct bytes told_bytes(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, __builtin_strlen(text) };
}

#endif
