/* Packet time: nanoseconds since 1970-01-01 UTC, int64_t, named *_ns. */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_US INT64_C(1000)

#define TIME_TEXT_MAX 36 /* bytes, with the final NUL */

/* RFC 3339 in UTC: 2023-06-14T10:02:03.123456Z; nine digits if `nanoseconds`. Returns buf. */
const char *time_text(int64_t ts_ns, bool nanoseconds, char buf[TIME_TEXT_MAX]);

#endif
