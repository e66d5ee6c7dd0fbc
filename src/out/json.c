#include "out/json.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"

/* A comma is due unless the last byte opened something. */
static void comma(struct text *t)
{
	if (t->len == 0)
		return;
	char last = t->at[t->len - 1];
	if (last != '{' && last != '[' && last != ':')
		text_add(t, ",", 1);
}

/* The length of the UTF-8 sequence at s (RFC 3629 4), 0 if it is none. */
static size_t utf8_len(const unsigned char *s)
{
	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		return (s[1] & 0xc0) == 0x80 ? 2 : 0;
	if ((s[1] & 0xc0) != 0x80 || (s[2] & 0xc0) != 0x80)
		return 0;
	if ((s[0] & 0xf0) == 0xe0) {
		bool overlong = s[0] == 0xe0 && s[1] < 0xa0;
		bool surrogate = s[0] == 0xed && s[1] > 0x9f;
		return overlong || surrogate ? 0 : 3;
	}
	if (s[0] < 0xf0 || s[0] > 0xf4 || (s[3] & 0xc0) != 0x80)
		return 0;
	return (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f) ? 0 : 4;
}

static void escape(struct text *t, unsigned char c)
{
	switch (c) {
	case '"':
		text_add(t, "\\\"", 2);
		break;
	case '\\':
		text_add(t, "\\\\", 2);
		break;
	case '\n':
		text_add(t, "\\n", 2);
		break;
	case '\t':
		text_add(t, "\\t", 2);
		break;
	default:
		text_addf(t, "\\u%04x", c);
	}
}

/* Bytes that stand for themselves. */
static size_t plain_len(const char *s)
{
	const char *from = s;
	while (*s >= 0x20 && *s < 0x7f && *s != '"' && *s != '\\')
		s++;
	return (size_t)(s - from);
}

static void escaped(struct text *t, const char *value)
{
	const char *from = value, *s = value;
	text_add(t, "\"", 1);
	while (*(s += plain_len(s))) {
		size_t n = utf8_len((const unsigned char *)s);
		if (n > 1) {
			s += n;
			continue;
		}
		text_add(t, from, (size_t)(s - from));
		if (n == 0)
			text_adds(t, "\xef\xbf\xbd");
		else
			escape(t, (unsigned char)*s);
		from = ++s;
	}
	text_add(t, from, (size_t)(s - from));
	text_add(t, "\"", 1);
}

/* behind: a byte after the closing sign, or 0. */
static void quoted(struct text *t, const char *value, char behind)
{
	size_t len = plain_len(value), n = len + 2 + !!behind;
	char *at = value[len] ? NULL : text_room(t, n);
	if (!at) {
		escaped(t, value);
		text_add(t, &behind, behind != 0);
		return;
	}
	at[0] = '"';
	memcpy(at + 1, value, len);
	at[len + 1] = '"';
	at[len + 2] = behind;
	at[n] = '\0';
	t->len += n;
}

void json_key(struct text *t, const char *key)
{
	comma(t);
	quoted(t, key, ':');
}

void json_open(struct text *t, char bracket)
{
	comma(t);
	text_add(t, &bracket, 1);
}

void json_close(struct text *t, char bracket)
{
	text_add(t, &bracket, 1);
}

void json_string(struct text *t, const char *value)
{
	comma(t);
	quoted(t, value, 0);
}

void json_uint(struct text *t, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);
	do
		digits[--at] = (char)('0' + value % 10);
	while (value /= 10);
	comma(t);
	text_add(t, digits + at, sizeof(digits) - at);
}

void json_bool(struct text *t, bool value)
{
	comma(t);
	text_adds(t, value ? "true" : "false");
}

void json_fraction(struct text *t, double value)
{
	char buf[32];
	int n = snprintf(buf, sizeof(buf), "%.4f", value);
	while (n > 1 && buf[n - 1] == '0')
		n--;
	if (n > 1 && buf[n - 1] == '.')
		n--;
	comma(t);
	text_add(t, buf, (size_t)n);
}

void json_time(struct text *t, int64_t ts_ns)
{
	char buf[TIME_TEXT_MAX];
	json_string(t, time_text(ts_ns, ts_ns % NS_PER_US != 0, buf));
}

void json_put_string(struct text *t, const char *key, const char *value)
{
	if (!value || !*value)
		return;
	json_key(t, key);
	json_string(t, value);
}

void json_put_uint(struct text *t, const char *key, uint64_t value)
{
	if (value > 0)
		json_put_count(t, key, value);
}

void json_put_count(struct text *t, const char *key, uint64_t value)
{
	json_key(t, key);
	json_uint(t, value);
}

void json_put_fraction(struct text *t, const char *key, double value)
{
	if (value < 0)
		return;
	json_key(t, key);
	json_fraction(t, value);
}

void json_put_time(struct text *t, const char *key, int64_t ts_ns)
{
	if (ts_ns == 0)
		return;
	json_key(t, key);
	json_time(t, ts_ns);
}

void json_put_strings(struct text *t, const char *key, const char *const *values, size_t n)
{
	if (n == 0)
		return;
	json_key(t, key);
	json_open(t, '[');
	for (size_t i = 0; i < n; i++)
		json_string(t, values[i]);
	json_close(t, ']');
}

void json_put_true(struct text *t, const char *key, bool value)
{
	if (!value)
		return;
	json_key(t, key);
	json_bool(t, true);
}
