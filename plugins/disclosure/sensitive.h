/* Words that reveal what somebody needs, suffers, believes or did: data/sensitive.tsv, which users may edit.
 */
#ifndef SENSITIVE_H
#define SENSITIVE_H

#include <stdbool.h>
#include <stddef.h>

struct sensitive;

/* path: lines of theme, subject and patterns, separated by tabs; patterns by commas. A pattern is words in
 * their order; a word that ends in '*' stands for all that begin with it. '#' begins a comment line.
 *
 * returns: NULL with err set, which names the line.
 */
struct sensitive *sensitive_load(const char *path, char *err, size_t err_max);
void sensitive_free(struct sensitive *s);

struct theme {
	const char *theme;   /* "offences" */
	const char *subject; /* "offence type" */
	const char *at;      /* the words that were found, in the text */
	size_t len;
};

/* The first sensitive words in text. Anything but letters and digits separates words; '%' escapes are read.
 * limits: the first 4096 bytes. returns: false if there are none.
 */
bool sensitive_find(const struct sensitive *s, const char *text, struct theme *ret_theme);

/* The part of an address's path that holds the words found ("rape-sexual-assault"); the words alone in other
 * texts. returns: its length.
 */
size_t sensitive_segment(const char *text, const struct theme *t, const char **ret_at);

#endif
