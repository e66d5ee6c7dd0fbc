/* QUIC connections with secrets, from whole datagrams in order of arrival: versions 1 and 2, 0-RTT and 1-RTT.
 * spec: RFC 9000, RFC 9001, RFC 9369, RFC 9287 (greased bit)
 */
#ifndef DECRYPT_QUIC_CONN_H
#define DECRYPT_QUIC_CONN_H

#include "decrypt/shared.h"

/* All connections of a shard, found by flow and by connection ID. */
struct quic_table;

/* returns: NULL if out of memory. memory: keeps shared. */
struct quic_table *quic_table_new(struct shared *shared);
void quic_table_free(struct quic_table *t); /* tells what is not complete; NULL is fine */

/* returns: false if nothing will be read of the flow any more. */
bool quic_datagram(struct quic_table *t, const struct decrypt_flow *flow, enum way w, struct bytes datagram,
		   struct when at);
void quic_flow_end(struct quic_table *t, uint64_t flow);

/* Live: packets that wait for key lines are tried again. */
void quic_tick(struct quic_table *t, int64_t now_ns);

#endif
