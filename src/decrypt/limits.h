/* What reading requests may cost at most, and what it came to. One of each a shard. */
#ifndef DECRYPT_LIMITS_H
#define DECRYPT_LIMITS_H

#include <stddef.h>
#include <stdint.h>

struct decrypt_limits {
	size_t total_bytes;     /* all buffers of a shard together */
	size_t header_bytes;    /* names and values of one message */
	size_t header_block;    /* one compressed header block, with its continuations */
	uint32_t streams;       /* open requests of one connection */
	size_t handshake_bytes; /* one handshake message, or its pieces that wait for others */
	size_t held_bytes;      /* of a flow whose key lines may still come (live) */
	int64_t held_ns;        /* for so long */
	uint32_t trial_keys;    /* entries tried for a flow with ECH */
	uint32_t resync_trials; /* sequence numbers tried after a gap in one direction */
	uint32_t quic_packets;  /* that wait for the keys of one connection */
	size_t quic_ooo_bytes;  /* stream data of one connection that wait for earlier ones */
	uint32_t quic_cids;     /* connection ids in the table by which a moved connection is found */
	size_t table_bytes;     /* dynamic table of one direction of HPACK or QPACK */
};

#define DECRYPT_LIMITS_DEFAULT                                                                               \
	{                                                                                                    \
		.total_bytes = (size_t)512 << 20, .header_bytes = 128 << 10, .header_block = 128 << 10,      \
		.streams = 512, .handshake_bytes = 128 << 10, .held_bytes = 256 << 10,                       \
		.held_ns = INT64_C(3000000000), .trial_keys = 4096, .resync_trials = 65536,                  \
		.quic_packets = 256, .quic_ooo_bytes = 4 << 20, .quic_cids = 65536, .table_bytes = 256 << 10 \
	}

struct decrypt_counts {
	uint64_t requests_h1, requests_h2, requests_h3, responses, socket_messages, doh_answers;
	uint64_t unknown_headers; /* entries of HPACK or QPACK that were lost */
	uint64_t hpack_aligned;   /* tables of HPACK whose indices were made out again after lost blocks */
	uint64_t bad_http, bad_hpack, bad_qpack, qpack_blocked, bad_body;
	uint64_t evicted_streams, refused_bytes; /* over a limit */
	uint64_t evicted_quic;                   /* connections and their ids */
	uint64_t tls_flows, tls_with_keys, tls_by_trial, tls_mid_flow;
	uint64_t records_ok, records_bad, record_bytes;
	uint64_t hello_retries, key_updates, early_flows, early_rejected, renegotiations;
	uint64_t gaps, resyncs, resyncs_failed, trial_opens;
	uint64_t quic_flows, quic_with_keys, quic_moved, quic_retries, quic_retries_forged;
	uint64_t quic_packets_ok, quic_packets_bad, quic_stream_bytes, quic_unknown_frames, quic_held,
	    quic_dropped;
};

#endif
