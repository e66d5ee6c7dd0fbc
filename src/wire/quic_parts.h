/* What the parts of wire/quic share. */
#ifndef WIRE_QUIC_PARTS_H
#define WIRE_QUIC_PARTS_H

#include "wire/quic.h"

/* Sets keys of c->version from the destination of the client's first Initial. */
bool quic_client_keys(struct bytes cid, struct quic_crypto *c);

/* Takes the protection off. ret_plain: the frames, in memory of cipher, until its next use. returns: false if
 * the tag is wrong; a cut packet has none, and anything comes out. */
bool quic_open_initial(struct quic_cipher *cipher, const struct quic_crypto *c, const struct quic_header *h,
		       struct bytes *ret_plain);

/* The SNI of the first CHLO in bytes, wherever it begins. returns: PARSE_OK, PARSE_MORE if there is none. */
enum parse quic_chlo_server_name(struct bytes bytes, struct bytes *ret_name);

#endif
