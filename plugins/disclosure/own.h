/* The test person's own data, given with --my-data: recognised in what is sent, in clear and hashed. */
#ifndef OWN_H
#define OWN_H

#include <stddef.h>

#include "scratch.h"

struct own;

/* path: one value a line, "KIND: VALUE" or the value alone: an e-mail address, a phone number with or without
 * country code, a name, or anything else ("postcode: SW1A 1AA"). '#' begins a comment line. Forms kept of
 * each: as written, without blanks around, lower case; a phone number in its national and international
 * digits (a number that begins with 0 is taken as British); each in clear, in base64, and its SHA-256, SHA-1
 * and MD5 in hexadecimal, base64 and base64url.
 *
 * returns: NULL with err set. limits: 64 values.
 */
struct own *own_load(const char *path, char *err, size_t err_max);
void own_free(struct own *o); /* wipes it */

/* "your e-mail address, hashed (SHA-256)" if text holds one of the values; NULL if not. Percent-encoding
 * inside text is read. memory: in scratch.
 */
const char *own_find(const struct own *o, const char *text, struct scratch *scratch);

#endif
