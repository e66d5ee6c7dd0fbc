/* Bodies as they were before Content-Encoding, with bounded output. */
#ifndef DECRYPT_BODY_H
#define DECRYPT_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* encoding: the value of Content-Encoding, or empty; then a gzip header is looked for, as several scripts
 * send gzip without saying so. Codings: gzip, x-gzip, deflate (zlib and raw), br, zstd, identity; one at a
 * time.
 *
 * returns: false if the body is not encoded in a way known here: use it as it is. Else ret_len bytes are in
 * out, and *ret_cut says that there would be more, or that the rest does not decode. spec: RFC 9110 8.4, RFC
 * 1950, RFC 1951, RFC 1952, RFC 7932, RFC 8878
 */
bool body_decode(struct bytes encoding, struct bytes body, uint8_t *out, size_t max, size_t *ret_len,
		 bool *ret_cut);

#endif
