/* Writing JSON (RFC 8259) into a text: keys and values in order, commas put where they belong. */
#ifndef OUT_JSON_H
#define OUT_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* Each puts one value, in an array or after json_key. Bytes that are no UTF-8 become U+FFFD. */
void json_key(struct text *t, const char *key);
void json_open(struct text *t, char bracket); /* '{' or '[' */
void json_close(struct text *t, char bracket);
void json_string(struct text *t, const char *value);
void json_uint(struct text *t, uint64_t value);
void json_bool(struct text *t, bool value);
void json_fraction(struct text *t, double value); /* four digits, no trailing zeros */
void json_time(struct text *t,
	       int64_t ts_ns); /* RFC 3339; nanoseconds only if there are any below a microsecond */

/* The same with a key, left out where the value is unknown: "", 0, below 0. */
void json_put_string(struct text *t, const char *key, const char *value);
void json_put_uint(struct text *t, const char *key, uint64_t value);
void json_put_fraction(struct text *t, const char *key, double value);
void json_put_time(struct text *t, const char *key, int64_t ts_ns);
void json_put_strings(struct text *t, const char *key, const char *const *values, size_t n);
void json_put_true(struct text *t, const char *key, bool value);

/* A count is always said, 0 too. */
void json_put_count(struct text *t, const char *key, uint64_t value);

#endif
