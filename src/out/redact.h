/* Takes out of a text what is told only on demand: e-mail addresses, and what stands behind names that say
 * password, token, session, account id and the like ("?token=…", "\"token\":\"…\""), also percent-encoded.
 *
 * For texts as a whole, such as the address of a page; single values are withheld by who knows what they are.
 */
#ifndef OUT_REDACT_H
#define OUT_REDACT_H

#include "base/arena.h"

#define REDACTED_EMAIL "[e-mail]"
#define REDACTED_VALUE "[withheld]"

/* returns: text with those parts replaced, at most max bytes of it. memory: the arena's. */
const char *redact(struct arena *a, const char *text, size_t max);

#endif
