/* Readable requests out of flows: clear HTTP always, TLS and QUIC where session secrets are given. One a
 * shard.
 *
 * Takes what track/flow has put in order and tells requests to a sink (decrypt/request.h). Without secrets a
 * TLS or QUIC flow costs nothing here: decrypt_wants says no.
 */
#ifndef DECRYPT_DECRYPT_H
#define DECRYPT_DECRYPT_H

#include "decrypt/keylog.h"
#include "decrypt/limits.h"
#include "decrypt/request.h"
#include "decrypt/teller.h"
#include "decrypt/trials.h"

struct decrypt_spec {
	struct keylog *keys; /* NULL: none */
	bool is_live;        /* key lines may come a little after the flow: see decrypt_limits.held_ns */
	struct decrypt_limits limits;
	struct request_sink sink;
};

struct decrypt;
struct decrypt *decrypt_new(const struct decrypt_spec *spec); /* NULL if out of memory */
void decrypt_free(struct decrypt *d);
const struct decrypt_counts *decrypt_counts(const struct decrypt *d);

enum decrypt_kind {
	DECRYPT_HTTP1, /* in clear; after CONNECT the tunnel is looked into: TLS goes on as DECRYPT_TLS */
	DECRYPT_HTTP2, /* in clear, with prior knowledge */
	DECRYPT_TLS,
	DECRYPT_QUIC,
};

/* Is there anything that could be read of such a flow? False for TLS and QUIC where no secrets were given. */
bool decrypt_wants(const struct decrypt *d, enum decrypt_kind kind);

/* May a TLS connection be read whose client's first bytes these are, or a QUIC connection whose hello has
 * this random? Spare those whose secrets are surely not known. first: empty if they were not seen. */
bool decrypt_may_read(const struct decrypt *d, const struct decrypt_flow *flow, struct bytes first);
bool decrypt_may_read_hello(const struct decrypt *d, const struct decrypt_flow *flow, struct bytes random,
			    bool has_ech);

/* One TCP connection, from its bytes in order. is_mid: its beginning was not seen. returns: NULL if out of
 * memory or over the limit. */
struct decrypt_conn;
struct decrypt_conn *decrypt_conn_new(struct decrypt *d, const struct decrypt_flow *flow,
				      enum decrypt_kind kind, bool is_mid);
void decrypt_conn_data(struct decrypt_conn *c, enum way w, struct bytes data, struct when at);
void decrypt_conn_gap(struct decrypt_conn *c, enum way w, uint64_t lost, struct when at);
void decrypt_conn_end(struct decrypt_conn *c, enum way w, struct when at); /* FIN or RST */
void decrypt_conn_free(struct decrypt_conn *c); /* tells what is not complete; NULL is fine */

/* Nothing will be read of it any more (no keys, not HTTP): its stream need not be followed. */
bool decrypt_conn_is_done(const struct decrypt_conn *c);

/* QUIC: every datagram of a flow, whole, in order of arrival. Connections are found by flow and, when the
 * client's port changes, or its address to another of the same host, by connection ID. returns: false if
 * nothing will be read of the flow any more. */
bool decrypt_datagram(struct decrypt *d, const struct decrypt_flow *flow, enum way w, struct bytes datagram,
		      struct when at);
void decrypt_datagram_end(struct decrypt *d, uint64_t flow);

/* Packet time goes on: held bytes are given up, tables aged. */
void decrypt_tick(struct decrypt *d, int64_t now_ns);

#endif
