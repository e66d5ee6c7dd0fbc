/* Tables of RFC 7541, see hpack_tables.c. */
#ifndef DECRYPT_HPACK_TABLES_H
#define DECRYPT_HPACK_TABLES_H

#include <stdint.h>

#define HPACK_STATIC_COUNT 61
#define HPACK_LONG_COUNT 17

struct hpack_static {
	const char *name, *value;
	uint8_t name_len, value_len;
};

struct hpack_short {
	uint8_t symbol, bits;
};

/* The codes of one length above 8. */
struct hpack_long {
	uint8_t bits, n;
	uint32_t first;  /* the least of them */
	uint16_t symbol; /* of that one, in HPACK_LONG_SYMBOLS */
};

extern const struct hpack_static HPACK_STATIC[HPACK_STATIC_COUNT]; /* index 1 is at 0 */
extern const struct hpack_short HPACK_SHORT[256];
extern const struct hpack_long HPACK_LONG[HPACK_LONG_COUNT];
extern const uint8_t HPACK_LONG_SYMBOLS[182];
extern const uint8_t HPACK_BITS[256]; /* of each symbol's code */

#endif
