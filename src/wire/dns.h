/* A DNS message: its question and the answers that name hosts. spec: RFC 1035 4.1, RFC 9460 (SVCB, HTTPS) */
#ifndef WIRE_DNS_H
#define WIRE_DNS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/hostname.h"
#include "wire/parse.h"

enum {
	DNS_A = 1,
	DNS_CNAME = 5,
	DNS_AAAA = 28,
	DNS_SVCB = 64,
	DNS_HTTPS = 65,
	DNS_ANSWERS_MAX = 64, /* of one message; further ones are counted */
};

struct dns_answer {
	uint16_t type; /* DNS_A, DNS_AAAA, DNS_CNAME, DNS_HTTPS, DNS_SVCB */
	uint32_t ttl_s;
	struct hostname owner;
	struct addr addr;       /* A and AAAA; of HTTPS and SVCB the first hint, all zero if none */
	struct hostname target; /* CNAME, and the target name of HTTPS and SVCB (len 0: the owner itself) */
	bool has_ech;           /* HTTPS and SVCB */
	struct hostname ech_public_name; /* of its first ECHConfig that could be read */
};

struct dns_message {
	uint16_t id;
	bool is_response, is_truncated;
	uint8_t rcode;
	bool has_question;
	uint16_t qtype;
	struct hostname name; /* of the first question; len 0 if it is no host name */
	uint32_t n_answers, n_left_out;
	struct dns_answer
	    answers[DNS_ANSWERS_MAX]; /* hints beyond the first come as further answers of type A and AAAA */
};

/* message: one whole message (of a datagram, or of a TCP stream without its length field). ret: large (about
 * 50 kB), so the caller keeps one; only its first n_answers answers are set. returns: PARSE_OK or PARSE_BAD.
 * A message cut short gives what came before the cut if its question was whole.
 */
enum parse dns_parse(struct bytes message, struct dns_message *ret);

#endif
