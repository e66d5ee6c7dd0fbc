/* SHA-256 of bytes as they come, by OpenSSL. */
#ifndef CAPTURE_DIGEST_H
#define CAPTURE_DIGEST_H

#include <stddef.h>

#define DIGEST_TEXT_MAX 65 /* bytes, with the final NUL */

struct digest;

struct digest *digest_new(void); /* NULL if out of memory */
void digest_free(struct digest *d);
void digest_add(struct digest *d, const void *data, size_t len);

/* Ends it: nothing may be added after. */
void digest_text(struct digest *d, char ret_text[DIGEST_TEXT_MAX]);

#endif
