/* Header blocks of HTTP/3, one direction of one connection, over libnghttp3's decoder (no other file sees
 * it). spec: RFC 9204
 */
#ifndef DECRYPT_QPACK_H
#define DECRYPT_QPACK_H

#include "decrypt/teller.h"

struct qpack;

/* A header block on its way: it may wait for table entries. All zero at the start. */
struct qpack_block {
	struct buf block;
	size_t used;
	struct nghttp3_qpack_stream_context *context;
};

enum qpack_status {
	QPACK_READ,
	QPACK_BLOCKED, /* until qpack_encoder_data brings what it refers to */
	QPACK_BAD,
};

struct qpack *qpack_new(struct teller *t); /* NULL if out of memory */
void qpack_free(struct qpack *q);

/* What the reader of this direction allows in its SETTINGS. Blocks that use the dynamic table wait for it. */
void qpack_settings(struct qpack *q, uint64_t capacity);

/* Bytes of the encoder stream, in order. returns: false if it is broken, from now on. */
bool qpack_encoder_data(struct qpack *q, struct bytes data);

/* Bytes of the encoder stream were lost: the table is not known any more. */
void qpack_lose(struct qpack *q);

/* Adds the headers of a whole block to *m; after QPACK_BLOCKED it goes on where it stopped. */
enum qpack_status qpack_read(struct qpack *q, struct qpack_block *b, uint64_t stream, struct message *m);
void qpack_block_fini(struct qpack_block *b, struct teller *t);

#endif
