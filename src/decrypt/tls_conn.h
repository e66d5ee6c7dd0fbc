/* One TLS connection with secrets, from both directions' bytes in order: TLS 1.2 and 1.3.
 *
 * After lost bytes the next record is looked for, and its number.
 * spec: RFC 8446, RFC 5246, RFC 7366 (encrypt-then-MAC), RFC 5746 (renegotiation), RFC 9850 (key logs)
 */
#ifndef DECRYPT_TLS_CONN_H
#define DECRYPT_TLS_CONN_H

#include "decrypt/shared.h"

struct tls_conn;

/* returns: NULL if out of memory. memory: keeps shared. */
struct tls_conn *tls_conn_new(struct shared *shared, const struct decrypt_flow *flow);
void tls_conn_free(struct tls_conn *c); /* tells what is not complete; NULL is fine */

void tls_conn_data(struct tls_conn *c, enum way w, struct bytes data, struct when at);
void tls_conn_gap(struct tls_conn *c, enum way w, uint64_t lost);
void tls_conn_end(struct tls_conn *c, enum way w, struct when at);

bool tls_conn_is_done(const struct tls_conn *c);

/* Live: connections that wait for their key lines are looked at again; those that waited too long go on
 * without. */
void tls_tick(struct shared *shared, int64_t now_ns);

#endif
