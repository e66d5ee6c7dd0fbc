/* What stands for a value that is not shown. */
#ifndef DIGEST_H
#define DIGEST_H

#include "scratch.h"

/* A salt, and the digests made with it last: the same cookies go with every request. threads: one at a time.
 */
struct digester;

struct digester *digester_new(const char *salt); /* NULL if out of memory */
void digester_free(struct digester *d);

/* Eight hexadecimal digits of HMAC-SHA-256 of value, keyed with the salt: the same value gives the same
 * digest wherever the salt is the same. 32 bits tell the values of a report apart, and are too few to find a
 * long value by trying all that it may be: for every digest there are thousands. Who knows the salt can still
 * test a value that he guesses. memory: in scratch.
 */
const char *digest_of(struct digester *d, const char *value, size_t len, struct scratch *scratch);

#endif
