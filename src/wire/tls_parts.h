/* What the hellos of both ends are made of. */
#ifndef WIRE_TLS_PARTS_H
#define WIRE_TLS_PARTS_H

#include "wire/tls.h"

enum {
	EXT_SERVER_NAME = 0,
	EXT_GROUPS = 10,
	EXT_SIGNATURE_ALGORITHMS = 13,
	EXT_ALPN = 16,
	EXT_PADDING = 21,
	EXT_ENCRYPT_THEN_MAC = 22,
	EXT_EXTENDED_MASTER_SECRET = 23,
	EXT_TICKET = 35,
	EXT_PRE_SHARED_KEY = 41,
	EXT_EARLY_DATA = 42,
	EXT_VERSIONS = 43,
	EXT_COOKIE = 44,
	EXT_ECH = 0xfe0d,
	EXT_ESNI = 0xffce, /* draft-ietf-tls-esni, 2 to 6 */
};

/* The body of a message of that type, as far as it is here. */
enum parse tls_message_body(struct bytes message, uint8_t type, struct reader *ret_body);

/* The first handshake message of a stream, as far as it is here: a view into its record or, if it takes
 * several, into scratch.
 */
enum parse tls_first_message(struct bytes stream, uint8_t *scratch, struct bytes *ret_message,
			     size_t *ret_used);

#endif
