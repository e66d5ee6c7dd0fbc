/* A list as a text file: an entry a line, its fields separated by tabs. A line that begins with '#' is a
 * comment; one of the form "# key: value" at the head says something of the list itself (version, licence,
 * source).
 */
#ifndef KNOW_TABLE_H
#define KNOW_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define TABLE_BYTES_MAX (64u << 20)
#define TABLE_FIELDS_MAX 8u

struct table {
	char *text; /* the whole file, cut into fields as it is read */
	size_t len;
	char *path;       /* a copy */
	const char *name; /* of the file, without folders: a view into path */
	size_t at;        /* of the next line */
	uint32_t line;    /* of the fields last given, from 1 */
};

/* returns: false with err set, which names the file.
 * limits: TABLE_BYTES_MAX; only UTF-8 text without control characters but tab and line ends.
 */
bool table_read(struct table *t, const char *path, struct err *err);
void table_fini(struct table *t);

/* The fields of the next line that is neither empty nor a comment, without blanks at their ends; those that
 * the line lacks are "". memory: as long as the text. returns: false at the end, and (err->text not empty) on
 * a line of too many fields.
 */
bool table_next(struct table *t, const char *fields[TABLE_FIELDS_MAX], struct err *err);

/* Puts "path:line: " before err. returns: false. */
bool table_fail(const struct table *t, struct err *err);

/* The value of the comment line "# key: value", cut to size. returns: false if there is none. */
bool table_says(const char *text, size_t len, const char *key, char *ret_value, size_t size);

#endif
