/* A QUIC connection made up: both directions' packets and the key log that opens them. */
#ifndef TESTS_LIB_MKQUIC_H
#define TESTS_LIB_MKQUIC_H

#include "base/bytes.h"
#include "decrypt/teller.h"

#define MKQUIC_V1 1
#define MKQUIC_V2 0x6b3343cfU
#define MKQUIC_V2_DRAFT 0x709a50c4U

struct mkquic_spec {
	uint32_t version, server_version; /* server: 0: the same */
	uint16_t suite;                   /* 0x1301 to 0x1303 */
	bool has_early, has_ech, is_early_accepted;
	bool is_greased; /* the fixed bit is 0 */
};

struct mkquic;

struct mkquic *mkquic_new(const struct mkquic_spec *spec);
void mkquic_free(struct mkquic *m);

/* Its lines of a key log. */
const char *mkquic_keys(const struct mkquic *m);

/* Whole datagrams, valid until the next call with the same connection. */
struct bytes mkquic_client_hello(struct mkquic *m); /* an Initial */
struct bytes mkquic_retry(struct mkquic *m);        /* the next hello goes to another connection ID */
struct bytes
mkquic_forged_retry(struct mkquic *m); /* by somebody who has not seen the hello: nothing changes */
struct bytes mkquic_server_hello(struct mkquic *m); /* an Initial, and a Handshake packet behind it */
struct bytes mkquic_early(struct mkquic *m, struct bytes frames);
struct bytes mkquic_data(struct mkquic *m, enum way w, struct bytes frames);

/* From the next packet of this way on. */
void mkquic_update_keys(struct mkquic *m, enum way w);
void mkquic_set_cid(struct mkquic *m, enum way w, struct bytes cid); /* that packets go to */
void mkquic_skip(struct mkquic *m, enum way w, uint32_t packets);    /* their numbers are not used */

#endif
