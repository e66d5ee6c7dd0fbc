/* Why a set-up step failed, in words for the user. Only main() prints it. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

struct err {
	char text[512];
};

/* Both return false, so that a failing function ends in one line:
 *     return err_set(err, "cannot open '%s': %s", path, strerror(errno));
 * err_add puts context before what is there: "line 3: " + "no such company".
 */
bool err_set(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool err_add(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
