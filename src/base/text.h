/* A string that grows, for output. Running out of memory makes it `bad`; the caller asks once, at the end. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
	char *at; /* NUL-terminated once something was added; NULL before */
	size_t len, capacity;
	bool bad;
};

void text_add(struct text *t, const char *bytes, size_t len);
void text_adds(struct text *t, const char *string);

/* Room for n bytes behind the text, and for a NUL behind them: the caller writes them all and adds n to len.
 * returns: NULL if out of memory. */
char *text_room(struct text *t, size_t n);
void text_addf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Empties it, keeps the memory. */
void text_clear(struct text *t);
void text_fini(struct text *t);

#endif
