/* What an opened TLS connection carries: HTTP/1 or HTTP/2, by ALPN or by its first bytes. */
#ifndef DECRYPT_APP_H
#define DECRYPT_APP_H

#include "decrypt/teller.h"

struct app_conn;

/* facts: of the connection. memory: borrowed until app_conn_free. returns: NULL if out of memory. */
struct app_conn *app_conn_new(struct teller *t, uint64_t flow, struct conn_facts *facts);
void app_conn_free(struct app_conn *a); /* tells what is not complete; NULL is fine */

/* The protocol that the server chose, "h2" say. */
void app_conn_alpn(struct app_conn *a, struct bytes protocol);

void app_conn_data(struct app_conn *a, enum way w, struct bytes data, struct when at, bool zero_rtt);
void app_conn_gap(struct app_conn *a, enum way w, uint64_t lost); /* 0: not known how many */
void app_conn_end(struct app_conn *a, enum way w, struct when at);

bool app_conn_is_done(const struct app_conn *a); /* not HTTP */

#endif
