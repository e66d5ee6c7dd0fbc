#include "track/consent_text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/time.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t consent_decode(struct bytes text, char *out, size_t max)
{
	size_t n = 0;
	for (size_t i = 0; i < text.len && n < max; i++) {
		uint8_t c = text.at[i];
		if (c == '%' && text.len - i > 2 && hex_digit(text.at[i + 1]) >= 0 &&
		    hex_digit(text.at[i + 2]) >= 0) {
			c = (uint8_t)(hex_digit(text.at[i + 1]) * 16 + hex_digit(text.at[i + 2]));
			i += 2;
		}
		out[n++] = (char)(c ? c : ' ');
	}
	return n;
}

void consent_decode_fully(struct bytes value, char text[CONSENT_TEXT_MAX])
{
	size_t n = consent_decode(value, text, CONSENT_TEXT_MAX - 1);
	if (memchr(text, '%', n))
		n = consent_decode((struct bytes){ (const uint8_t *)text, n }, text, CONSENT_TEXT_MAX - 1);
	text[n] = '\0';
}

enum consent_choice tally_choice(const struct tally *t)
{
	if (t->on > 0 && t->off > 0)
		return CONSENT_PARTIAL;
	if (t->on > 0)
		return CONSENT_ACCEPT;
	return t->off > 0 ? CONSENT_REJECT : CONSENT_UNKNOWN;
}

/* Is it one of the words, which are separated by blanks and have one at either end? Case does not count. */
static bool is_one_of(const char *word, size_t len, const char *words)
{
	char padded[CONSENT_WORD_MAX + 3];
	if (len == 0 || len > CONSENT_WORD_MAX || memchr(word, ' ', len))
		return false;
	snprintf(padded, sizeof(padded), " %.*s ", (int)len, word);
	return strcasestr(words, padded);
}

int word_truth(const char *word, size_t len)
{
	static const char yes[] = " 1 true yes y on all accept accepted allow allowed granted grant agree "
				  "agreed ok opt-in optin permit "
				  "enabled allow_all accept_all acceptall ";
	static const char no[] = " 0 false no n off none reject rejected deny denied decline declined "
				 "disagree refuse refused necessary "
				 "essential opt-out optout revoked disabled deny_all reject_all rejectall "
				 "necessary_only essential_only ";
	if (is_one_of(word, len, yes))
		return 1;
	return is_one_of(word, len, no) ? 0 : -1;
}

void tally_word(struct tally *t, const char *word, size_t len)
{
	int truth = word_truth(word, len);
	t->on += truth == 1;
	t->off += truth == 0;
}

size_t word_len(const char *s)
{
	size_t n = 0;
	while (isalnum((unsigned char)s[n]) || (s[n] && strchr("_-.", s[n])))
		n++;
	return n;
}

bool pair_next(const char **at, const char *end, struct pair *ret)
{
	for (const char *colon = *at; colon < end; colon++) {
		if (*colon != ':')
			continue;
		const char *stop = colon;
		while (stop > *at && strchr("\"' ", stop[-1]))
			stop--;
		const char *name = stop;
		while (name > *at && (isalnum((unsigned char)name[-1]) || strchr("_-. ", name[-1])) &&
		       stop - name < CONSENT_WORD_MAX)
			name--;
		const char *value = colon + 1;
		while (value < end && strchr("\"' ", *value))
			value++;
		size_t len = word_len(value);
		if ((size_t)(end - value) < len)
			len = (size_t)(end - value);
		*at = value + len > colon ? value + len : colon + 1;
		*ret = (struct pair){ name, value, (size_t)(stop - name), len };
		return true;
	}
	return false;
}

bool pair_is(const struct pair *p, const char *name)
{
	return strlen(name) == p->name_len && strncasecmp(p->name, name, p->name_len) == 0;
}

bool is_necessary(const char *name, size_t len)
{
	return is_one_of(
	    name, len, " necessary strictly_necessary essential functional_always c0001 required technical ");
}

/* All pairs whose value is a yes or a no, without the necessary ones. */
struct tally tally_pairs(const char *text, size_t len)
{
	struct tally t = { 0 };
	struct pair p;
	for (const char *at = text; pair_next(&at, text + len, &p);)
		if (!is_necessary(p.name, p.name_len))
			tally_word(&t, p.value, p.value_len);
	return t;
}

/* The text between the bracket behind "name": and the one that closes it. returns: its length; 0 if it is not
 * there. */
size_t text_inside(const char *text, const char *name, const char **ret_at)
{
	const char *at = strstr(text, name);
	if (!at)
		return 0;
	at += strlen(name);
	at += strspn(at, "\"': ");
	if (*at != '{' && *at != '[')
		return 0;
	unsigned depth = 0;
	for (const char *s = at; *s; s++) {
		depth += *s == '{' || *s == '[';
		if (*s == '}' || *s == ']') {
			if (--depth == 0) {
				*ret_at = at + 1;
				return (size_t)(s - at) - 1;
			}
		}
	}
	return 0;
}

int64_t time_ms_after(const char *text, const char *name)
{
	const char *at = strstr(text, name);
	if (!at)
		return 0;
	at += strlen(name);
	at += strspn(at, "\"': ");
	long long ms = strtoll(at, NULL, 10);
	/* Between 2001 and 2096, else it is no time of a visit. */
	return ms > 1000000000000LL && ms < 4000000000000LL ? (int64_t)ms * NS_PER_MS : 0;
}

static int two(const char *s)
{
	return (s[0] - '0') * 10 + (s[1] - '0');
}

/* "2026-11-24T10:00:00.123Z". returns: 0 if it is none. */
int64_t time_iso(const char *s)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd";
	for (size_t i = 0; form[i]; i++)
		if (form[i] == 'd' ? !isdigit((unsigned char)s[i]) : s[i] != form[i])
			return 0;
	int year = two(s) * 100 + two(s + 2), month = two(s + 5), day = two(s + 8);
	if (year < 2001 || year > 2099 || month < 1 || month > 12)
		return 0;
	/* Days from civil, Howard Hinnant's algorithm: March begins the year. */
	int y = year - (month <= 2), m = (month + 9) % 12;
	int64_t days = 365LL * y + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
	int64_t seconds = days * 86400 + two(s + 11) * 3600 + two(s + 14) * 60 + two(s + 17);
	int64_t ns = seconds * NS_PER_S;
	if (s[19] == '.' && isdigit((unsigned char)s[20]) && isdigit((unsigned char)s[21]) &&
	    isdigit((unsigned char)s[22]))
		ns += (two(s + 20) * 10 + (s[22] - '0')) * NS_PER_MS;
	return ns;
}
