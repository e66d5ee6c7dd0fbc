#include "base/time.h"

#include <stdio.h>
#include <time.h>

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
	snprintf(buf, TIME_TEXT_MAX, "%04u-%02u-%02uT%02u:%02u:%02u.%0*uZ",
		 (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)(tm.tm_mon + 1) % 100,
		 (unsigned)tm.tm_mday % 100, (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
		 (unsigned)tm.tm_sec % 100, nanoseconds ? 9 : 6,
		 (unsigned)(nanoseconds ? ns : ns / NS_PER_US) % 1000000000u);
	return buf;
}
