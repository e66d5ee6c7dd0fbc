/* What a value looks like: an address, an e-mail address, a hash, nothing at all. Pure functions on text. */
#ifndef VALUES_H
#define VALUES_H

#include <stdbool.h>
#include <stddef.h>

/* An absolute address, as views into its text. */
struct url {
	const char *host; /* in the case it was written */
	size_t host_len;
	const char *path; /* with query, without fragment; may be empty */
	size_t path_len;
};

/* returns: false if text is no http, https or "//host" address with a plausible host name. */
bool url_parse(const char *text, struct url *ret_url);

/* Does the address hold more than its origin (a path other than "/", or a query)? */
bool url_has_more(const struct url *u);

/* Is host (of host_len bytes) site itself or below it? Case does not count. */
bool host_is_below(const char *host, size_t host_len, const char *site);

/* "SHA-256", "SHA-1" or "MD5" if text is a hash of that length in hexadecimal, or SHA-256 in base64; NULL if
 * not. */
const char *hash_form(const char *text);

/* Does the text hold a run of letters and digits long enough for a hash, as a whole or beside other things?
 */
bool may_be_hash(const char *text);

/* Is a parameter of this name likely to hold (a hash of) an e-mail address or phone number? */
bool is_contact_name(const char *name);

/* "", "null", "undefined" and the like: nothing was told. */
bool is_nothing(const char *text);

/* Is part somewhere in name? Case does not count. For short names, where strcasestr's preparations cost more
 * than the search. */
bool name_holds(const char *name, const char *part);

/* Is name one of n words? Case does not count. */
bool is_one_of(const char *name, const char *const *words, size_t n);

/* base64 and base64url, padding or not. returns: bytes written to out, 0 if text[0..len) is none of it. */
size_t base64_decode(const char *text, size_t len, unsigned char *out, size_t out_max);

#endif
