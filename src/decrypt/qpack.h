/* Header blocks of HTTP/3, one direction of one connection, also after lost bytes of the encoder stream.
 *
 * The entries that were there before stay known, for they have numbers that never change; what refers to any
 * other is left out, and counted. Nothing is guessed. limits: a dynamic table of decrypt_limits.table_bytes;
 * with a larger one none of its entries is known. spec: RFC 9204
 */
#ifndef DECRYPT_QPACK_H
#define DECRYPT_QPACK_H

#include "decrypt/teller.h"

struct qpack;

enum qpack_status {
	QPACK_READ,
	QPACK_BLOCKED, /* until qpack_encoder_data brings what it refers to, or it is lost */
	QPACK_BAD,
};

struct qpack *qpack_new(struct teller *t); /* NULL if out of memory */
void qpack_free(struct qpack *q);

/* What the reader of this direction allows in its SETTINGS. Blocks that use the dynamic table wait for it. */
void qpack_settings(struct qpack *q, uint64_t capacity);

/* Bytes of the encoder stream, in order. returns: false if it is broken or lost, from now on. */
bool qpack_encoder_data(struct qpack *q, struct bytes data);

#define QPACK_LOST_UNKNOWN UINT64_MAX

/* So many bytes of the encoder stream were lost: what comes behind them cannot be read. */
void qpack_lose(struct qpack *q, uint64_t bytes);

/* Adds the headers of a whole block to *m. is_last: it is not waited for what it refers to. After QPACK_BAD
 * the headers before what is broken are added. */
enum qpack_status qpack_read(struct qpack *q, struct bytes block, bool is_last, struct message *m);

#endif
