#include "base/time.h"

#include <stdio.h>
#include <time.h>

static char *put(char *at, int64_t number, int digits, char behind)
{
	for (int i = digits; i-- > 0; number /= 10)
		at[i] = (char)('0' + number % 10);
	at[digits] = behind;
	return at + digits + 1;
}

const char *time_text(int64_t ts_ns, bool nanoseconds, char buf[TIME_TEXT_MAX])
{
	int64_t s = ts_ns / NS_PER_S, ns = ts_ns % NS_PER_S;
	if (ns < 0) {
		s--;
		ns += NS_PER_S;
	}
	time_t t = (time_t)s;
	struct tm tm;
	if (!gmtime_r(&t, &tm)) {
		snprintf(buf, TIME_TEXT_MAX, "1970-01-01T00:00:00.000000Z");
		return buf;
	}
	/* The years that int64_t nanoseconds reach, 1677 to 2262, have four digits. */
	char *at = put(buf, tm.tm_year + 1900, 4, '-');
	at = put(at, tm.tm_mon + 1, 2, '-');
	at = put(at, tm.tm_mday, 2, 'T');
	at = put(at, tm.tm_hour, 2, ':');
	at = put(at, tm.tm_min, 2, ':');
	at = put(at, tm.tm_sec, 2, '.');
	at = nanoseconds ? put(at, ns, 9, 'Z') : put(at, ns / NS_PER_US, 6, 'Z');
	*at = '\0';
	return buf;
}
