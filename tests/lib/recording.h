/* Plays a pcap file to decrypt.h, as the flow layer would, in one shard. */
#ifndef TESTS_LIB_RECORDING_H
#define TESTS_LIB_RECORDING_H

#include "decrypt/decrypt.h"

struct recording_spec {
	const char *pcap, *keys; /* paths; keys NULL: none */
	/* Of the packets behind the first 30: how many of a thousand are dropped. */
	unsigned dropped_per_mille;
	/* The key log's text before it is used, to be changed. May be NULL. */
	void (*change_keys)(char *text);
	/* Live: its lines are there this many packets late. */
	bool is_live;
	unsigned keys_after;
	unsigned lost; /* the number of a packet that is dropped, 0: none */
	/* From this packet on the client has another port (QUIC). 0: never. */
	unsigned moved_after;
};

/* returns: what was counted. Fails the process if a file cannot be read. */
struct decrypt_counts recording_play(const struct recording_spec *spec, const struct request_sink *sink);

#endif
