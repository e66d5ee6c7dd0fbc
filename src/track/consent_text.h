/* Parts of the text of consent cookies: words, pairs, times. Pure functions on NUL-terminated text. */
#ifndef TRACK_CONSENT_TEXT_H
#define TRACK_CONSENT_TEXT_H

#include "track/consent_cookie.h"

enum {
	CONSENT_TEXT_MAX = 4096, /* of a cookie, decoded; the rest is cut */
	CONSENT_WORD_MAX = 64,
};

/* Decoded until no escape is left, at most twice: some platforms encode what is encoded. */
void consent_decode_fully(struct bytes value, char text[CONSENT_TEXT_MAX]);

/* What the optional categories come to. */
struct tally {
	unsigned on, off;
};

enum consent_choice tally_choice(const struct tally *t);
void tally_word(struct tally *t, const char *word, size_t len);

/* All pairs whose value is a yes or a no, without the necessary ones. */
struct tally tally_pairs(const char *text, size_t len);

/* 1 yes, 0 no, -1 neither. */
int word_truth(const char *word, size_t len);
size_t word_len(const char *s);

/* Categories that every platform has switched on for good. */
bool is_necessary(const char *name, size_t len);

/* One "name: value" of loose JSON or of a script's object: names with or without quotes, values up to a comma
 * or bracket. */
struct pair {
	const char *name, *value;
	size_t name_len, value_len;
};

/* The next pair in [*at, end). returns: false at the end. */
bool pair_next(const char **at, const char *end, struct pair *ret);
bool pair_is(const struct pair *p, const char *name);

/* The text between the bracket behind "name": and the one that closes it. returns: its length; 0 if it is not
 * there. */
size_t text_inside(const char *text, const char *name, const char **ret_at);

/* Milliseconds since 1970 behind name, as nanoseconds. returns: 0 if it is none, or no time of a visit. */
int64_t time_ms_after(const char *text, const char *name);

/* "2026-11-24T10:00:00.123Z". returns: 0 if it is none. */
int64_t time_iso(const char *s);

#endif
