/* What a SOCKS client says before its proxy lets it through. spec: RFC 1928, RFC 1929 (user and password),
 * SOCKS 4 and 4a
 */
#ifndef WIRE_SOCKS_H
#define WIRE_SOCKS_H

#include <stddef.h>

#include "base/bytes.h"
#include "wire/parse.h"

/* stream: the start of a client's TCP stream, up to the request to connect; what follows is the tunnel.
 * ret_len: its bytes, set with PARSE_OK. returns: PARSE_OK, PARSE_MORE, PARSE_BAD.
 */
enum parse socks_client(struct bytes stream, size_t *ret_len);

#endif
