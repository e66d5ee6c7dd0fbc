/* The static table of RFC 9204, see qpack_static.c. */
#ifndef DECRYPT_QPACK_STATIC_H
#define DECRYPT_QPACK_STATIC_H

#include "decrypt/hpack_tables.h"

#define QPACK_STATIC_COUNT 99

extern const struct hpack_static QPACK_STATIC[QPACK_STATIC_COUNT]; /* index 0 is at 0 */

#endif
