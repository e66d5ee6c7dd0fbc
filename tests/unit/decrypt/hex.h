/* Bytes written in hexadecimal, blanks ignored. */
#ifndef TESTS_UNIT_DECRYPT_HEX_H
#define TESTS_UNIT_DECRYPT_HEX_H

#include <assert.h>
#include <string.h>

#include "base/bytes.h"

/* Into a buffer of its own; the result of the last 8 calls stays. */
static inline struct bytes hex(const char *text)
{
	static uint8_t rooms[8][4096];
	static unsigned turn;
	uint8_t *out = rooms[turn++ % 8];
	size_t n = 0;
	for (; *text; text++) {
		static const char digits[] = "0123456789abcdef";
		const char *d = strchr(digits, *text);
		if (!d)
			continue;
		uint8_t v = (uint8_t)(d - digits);
		assert(n / 2 < sizeof(rooms[0]));
		out[n / 2] = n % 2 ? (uint8_t)(out[n / 2] << 4 | v) : v;
		n++;
	}
	return (struct bytes){ out, n / 2 };
}

#endif
