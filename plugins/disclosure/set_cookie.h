/* Cookies that an answer sets: whose, what for, and for how long. */
#ifndef SET_COOKIE_H
#define SET_COOKIE_H

#include "reading.h"

/* One Set-Cookie header. spec: RFC 6265, 5.2. memory: views into the header. */
struct set_cookie {
	const char *name, *value;
	size_t name_len, value_len;
	int64_t life_s;     /* 0: until the browser closes; below 0: it is deleted */
	bool is_cross_site; /* SameSite=None: it is sent from other sites' pages too */
	bool is_partitioned;
};

/* now_s: seconds since 1970, of the answer. returns: false if it holds no name. */
bool set_cookie_parse(const char *header, int64_t now_s, struct set_cookie *ret);

/* A date as servers write it. spec: RFC 6265, 5.1.1. returns: false if it is none. */
bool cookie_date_parse(const char *text, size_t len, int64_t *ret_s);

/* Tells the cookies that a third party sets; remembers those of the site itself. */
void set_cookies_tell(struct reading *g, const struct ol_response *response, void *to);

#endif
