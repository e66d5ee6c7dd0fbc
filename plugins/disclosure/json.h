/* Values in a JSON text as parameters with dotted paths: {"a":[{"b":1}]} gives a[0].b = 1. */
#ifndef JSON_H
#define JSON_H

#include "params.h"

/* prefix: put in front of each path, "" for none. limits: 32 levels; strings, numbers and truth values are
 * told, null is not. A text that is cut or wrong is read as far as it goes.
 *
 * returns: whether the text was JSON to its end.
 */
bool json_params(struct params *p, const char *prefix, const char *text, size_t len);

#endif
