/* Text for a terminal, or a file that looks like one: styles, cells, lines that are wrapped. What comes from
 * the wire cannot steer the terminal: every control character is shown as '?'.
 */
#ifndef PLUGINS_TEXT_TERM_H
#define PLUGINS_TEXT_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct term {
	FILE *out;
	bool colour;
	int width;
	int at;     /* columns used of the line */
	int blanks; /* of them at its end, not written yet */
};

enum style { PLAIN, BOLD, DIM, RED, YELLOW, CYAN };

void term_style(const struct term *t, enum style s);

void term_put(struct term *t, const char *s);
void term_putf(struct term *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void term_end(struct term *t); /* of the line */

/* Text in just so many columns: cut with a final '~', or filled with blanks. */
void term_cell(struct term *t, const char *s, int width);
void term_cut(struct term *t, const char *s, int width); /* likewise, not filled */
size_t term_fit(const char *s, int width);               /* bytes of it that so many columns hold */
void term_cell_right(struct term *t, const char *s, int width);

/* Goes on where the line is, breaks it at blanks (a longer word is cut anywhere), and begins the next with
 * indent blanks. */
void term_wrap(struct term *t, int indent, const char *s);

/* "2.9 kB" */
#define SIZE_TEXT_MAX 16
const char *size_text(uint64_t n, char buf[SIZE_TEXT_MAX]);

/* Days since 1970, in UTC. */
int64_t day_of(int64_t ts_ns);

/* By strftime, in UTC. */
#define CLOCK_TEXT_MAX 32
const char *clock_text(int64_t ts_ns, const char *format, char buf[CLOCK_TEXT_MAX]);

#endif
