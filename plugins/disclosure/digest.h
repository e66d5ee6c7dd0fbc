/* What stands for a value that is not shown. */
#ifndef DIGEST_H
#define DIGEST_H

#include "scratch.h"

/* Eight hexadecimal digits of HMAC-SHA-256 of value, keyed with salt: the same value gives the same digest
 * wherever the salt is the same. 32 bits tell the values of a report apart, and are too few to find a long
 * value by trying all that it may be: for every digest there are thousands. Who knows the salt can still test
 * a value that he guesses. memory: in scratch.
 */
const char *digest_of(const char *salt, const char *value, size_t len, struct scratch *scratch);

#endif
