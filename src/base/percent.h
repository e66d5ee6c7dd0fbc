/* Percent-encoded signs within a text that may have been encoded several times ("%40", "%2540", …).
 *
 * spec: RFC 3986 2.1
 */
#ifndef BASE_PERCENT_H
#define BASE_PERCENT_H

#include <stddef.h>

/* Is sign here, as it is or encoded? hex: its code, two small letters or digits. returns: the bytes that it
 * takes, 0 if it is not there.
 */
size_t percent_sign_len(const char *s, char sign, const char *hex);

/* Where a word begins that was looked for backwards from end to start, in text: the digits of an encoded sign
 * before it ("mail%3Djo" → "jo") are no part of it.
 */
const char *percent_word(const char *text, const char *start, const char *end);

#endif
