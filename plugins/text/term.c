#include "term.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)

void term_style(const struct term *t, enum style s)
{
	static const char *const codes[] = { "\033[0m",  "\033[1m",  "\033[2m",
					     "\033[31m", "\033[33m", "\033[36m" };
	if (t->colour)
		fputs(codes[s], t->out);
}

/* The bytes of the character at s; 0 if it must not reach a terminal: a control character (also those that
 * UTF-8 makes of 0x80 to 0x9f) or no UTF-8.
 */
static int shown(const char *s)
{
	const unsigned char *c = (const unsigned char *)s;
	if (c[0] < 0x80)
		return c[0] >= 0x20 && c[0] != 0x7f;
	int n = c[0] >= 0xf0 && c[0] < 0xf5 ? 4 : c[0] >= 0xe0 ? 3 : c[0] >= 0xc2 ? 2 : 0;
	if (c[0] >= 0xf5 || (c[0] == 0xc2 && c[1] < 0xa0))
		return 0;
	for (int i = 1; i < n; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

/* Blanks are written when something follows them, so that no line ends in any. */
static void blanks(struct term *t, int n)
{
	if (n <= 0)
		return;
	t->blanks += n;
	t->at += n;
}

/* One character, a column. returns: what follows it. */
static const char *put_one(struct term *t, const char *s)
{
	if (*s == ' ') {
		blanks(t, 1);
		return s + 1;
	}
	int n = shown(s);
	for (; t->blanks > 0; t->blanks--)
		fputc(' ', t->out);
	if (n == 0)
		fputc('?', t->out);
	else
		fwrite(s, 1, (size_t)n, t->out);
	t->at++;
	return s + (n ? n : 1);
}

static int columns(const char *s)
{
	int n = 0;
	for (; *s; n++) {
		int len = shown(s);
		s += len ? len : 1;
	}
	return n;
}

void term_put(struct term *t, const char *s)
{
	while (*s)
		s = put_one(t, s);
}

void term_putf(struct term *t, const char *format, ...)
{
	char text[512];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	term_put(t, text);
}

void term_end(struct term *t)
{
	fputc('\n', t->out);
	t->at = t->blanks = 0;
}

void term_cut(struct term *t, const char *s, int width)
{
	int n = columns(s);
	for (int i = 0; i < (n > width ? width - 1 : n); i++)
		s = put_one(t, s);
	if (n > width)
		put_one(t, "~");
}

size_t term_fit(const char *s, int width)
{
	const char *at = s;
	for (int n = 0; *at && n < width; n++) {
		int len = shown(at);
		at += len ? len : 1;
	}
	return (size_t)(at - s);
}

void term_cell(struct term *t, const char *s, int width)
{
	int n = columns(s);
	if (width <= 0)
		return;
	term_cut(t, s, width);
	blanks(t, width - n);
}

void term_cell_right(struct term *t, const char *s, int width)
{
	blanks(t, width - columns(s));
	term_cut(t, s, width);
}

void term_wrap(struct term *t, int indent, const char *s)
{
	while (*s) {
		size_t len = strcspn(s, " ");
		int word = 0;
		for (const char *c = s; c < s + len; word++) {
			int n = shown(c);
			c += n ? n : 1;
		}
		if (t->at + word > t->width && t->at > indent) {
			term_end(t);
			blanks(t, indent);
		}
		for (const char *end = s + len; s < end;) {
			if (t->at >= t->width) {
				term_end(t);
				blanks(t, indent);
			}
			s = put_one(t, s);
		}
		if (*s == ' ') {
			s++;
			if (t->at < t->width)
				blanks(t, 1);
		}
	}
}

const char *size_text(uint64_t n, char buf[SIZE_TEXT_MAX])
{
	if (n < 1000)
		snprintf(buf, SIZE_TEXT_MAX, "%" PRIu64 " B", n);
	else if (n < 999950)
		snprintf(buf, SIZE_TEXT_MAX, "%.1f kB", (double)n / 1e3);
	else if (n < UINT64_C(999950000))
		snprintf(buf, SIZE_TEXT_MAX, "%.1f MB", (double)n / 1e6);
	else
		snprintf(buf, SIZE_TEXT_MAX, "%.1f GB", (double)n / 1e9);
	return buf;
}

int64_t day_of(int64_t ts_ns)
{
	int64_t day_ns = 86400 * NS_PER_S;
	return ts_ns / day_ns - (ts_ns % day_ns < 0);
}

const char *clock_text(int64_t ts_ns, const char *format, char buf[CLOCK_TEXT_MAX])
{
	time_t t = (time_t)(ts_ns / NS_PER_S);
	struct tm tm;
	if (!gmtime_r(&t, &tm) || strftime(buf, CLOCK_TEXT_MAX, format, &tm) == 0)
		snprintf(buf, CLOCK_TEXT_MAX, "?");
	return buf;
}
