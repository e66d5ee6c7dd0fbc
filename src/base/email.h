/* E-mail addresses within a text.
 *
 * spec: RFC 5322 3.4.1, but a plausible form of it (a local part without quotes, '@', a domain whose last
 * label is of letters), not all that it allows
 */
#ifndef BASE_EMAIL_H
#define BASE_EMAIL_H

#include <stddef.h>

/* The first one in text. Its '@' may be percent-encoded, however often that was encoded again. Names of
 * pictures and scripts ("icon@2x.png") are none. returns: its length, 0 if there is none, *ret_at untouched.
 * memory: *ret_at points into text.
 */
size_t email_find(const char *text, const char **ret_at);

#endif
