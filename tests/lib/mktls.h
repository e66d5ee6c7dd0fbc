/* A TLS 1.3 connection made up: both directions' bytes and the key log that opens them; and HTTP/2 to put
 * into it.
 */
#ifndef TESTS_LIB_MKTLS_H
#define TESTS_LIB_MKTLS_H

#include "base/bytes.h"
#include "decrypt/teller.h"

struct mktls;

/* suite: 0x1301 to 0x1303. */
struct mktls *mktls_new(uint16_t suite);
void mktls_free(struct mktls *m);

/* Its client random, by a number: connections of one capture need several. Before anything else. */
void mktls_set_random(struct mktls *m, uint32_t number);

/* Its lines of a key log. */
const char *mktls_keys(const struct mktls *m);

/* What follows is valid until the next call with the same connection. */
struct bytes mktls_client_hello(struct mktls *m);
struct bytes mktls_server_flight(struct mktls *m); /* ServerHello to Finished; ALPN h2 */
struct bytes mktls_client_finished(struct mktls *m);
struct bytes mktls_data(struct mktls *m, enum way w, struct bytes plain); /* one record */
struct bytes mktls_key_update(struct mktls *m, enum way w);

/* HTTP/2 as a browser writes it: headers in the dynamic table, paths not. */
struct mkhttp2 {
	uint8_t at[1 << 15];
	size_t len;
	uint32_t n_indexed; /* entries of the dynamic table, never so many that one leaves it */
	uint32_t index_of[64];
};

void mkhttp2_preface(struct mkhttp2 *h);
void mkhttp2_request(struct mkhttp2 *h, uint32_t stream, const char *authority, const char *path);
void mkhttp2_page(struct mkhttp2 *h, uint32_t stream, const char *authority, const char *path);
void mkhttp2_answer(struct mkhttp2 *h, uint32_t stream, size_t body_len);
void mkhttp2_data_head(struct mkhttp2 *h, uint32_t stream, size_t len); /* of a DATA frame */

#endif
