#include "base/time.h"

#include <inttypes.h>
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
	char text[64];
	int n = snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.", tm.tm_year + 1900,
			 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	if (nanoseconds)
		snprintf(text + n, sizeof(text) - (size_t)n, "%09" PRId64 "Z", ns);
	else
		snprintf(text + n, sizeof(text) - (size_t)n, "%06" PRId64 "Z", ns / NS_PER_US);
	snprintf(buf, TIME_TEXT_MAX, "%s", text);
	return buf;
}
