/* What visit detection and attribution see: named flows, their bursts, DNS questions and readable requests.
 * No packets.
 *
 * Flow ids and visit ids are ordinals of packets (base/packet.h): a flow's is that of its first packet, a
 * visit's that of the packet that began it. So they are the same for every number of shards, and a reader
 * finds them in the capture.
 */
#ifndef TRACK_EVENTS_H
#define TRACK_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/hostname.h"
#include "decrypt/request.h"

enum named_by {
	NAMED_NONE,
	NAMED_REQUEST, /* decrypted or clear authority */
	NAMED_SNI,
	NAMED_QUIC,
	NAMED_HTTP,
	NAMED_DNS,
};

/* Why a flow has no name. */
enum unnamed {
	UNNAMED_NOT, /* it has one */
	UNNAMED_ECH,
	UNNAMED_NO_SNI,
	UNNAMED_MID_FLOW, /* began before the capture */
	UNNAMED_TRUNCATED,
	UNNAMED_LOST,
	UNNAMED_LITERAL, /* an address instead of a name */
	UNNAMED_NOT_WEB,
	UNNAMED_COUNT,
};

enum app {
	APP_UNKNOWN,
	APP_TLS,
	APP_QUIC,
	APP_HTTP,
	APP_DNS,
	APP_OTHER,
};

enum ech {
	ECH_NONE,
	ECH_GREASE, /* or not told apart from it */
	ECH_REAL,   /* the SNI is the provider's public name */
};

#define JA4_TEXT_MAX 37  /* bytes, with the final NUL */
#define ALPN_TEXT_MAX 12 /* the first protocol offered or, if seen, the chosen one */
#define LABEL_TEXT_MAX 24

/* A flow as known when its name is settled (or given up), but for its names. */
struct flow_info {
	uint64_t id;
	struct addr client, server;
	uint16_t client_port, server_port;
	uint8_t proto; /* IPPROTO_TCP or IPPROTO_UDP */
	uint8_t ttl;   /* of the client's first packet */
	uint16_t input;
	uint16_t ip_id; /* of the client's first packet */
	bool has_tsval, has_mac;
	uint32_t tcp_tsval;         /* of the client's first packet */
	uint8_t client_mac[6];      /* as seen on the client's packets */
	bool is_mac_shared;         /* that MAC address is a router's: it was seen with several hosts */
	int64_t start_ns, hello_ns; /* first packet; first byte of what named it, 0 if none */
	uint64_t first_frame, hello_frame, dns_frame; /* numbers in the input, 0: none */
	bool is_complete;                             /* its beginning was seen */
	enum app app;
	enum named_by named_by;
	enum unnamed unnamed;
	float name_conf;        /* that the name is right: 1 for SNI, less for DNS with several candidates */
	char ja4[JA4_TEXT_MAX]; /* "" if no ClientHello was seen */
	uint32_t ja4_class; /* hash of the hello without PSK, padding and GREASE: same browser, same class; 0:
			       none */
	char alpn[ALPN_TEXT_MAX];
	bool has_psk, has_early_data;
	enum ech ech;
	uint64_t user_agent; /* hash of a clear User-Agent, 0: none */
	char label[LABEL_TEXT_MAX],
	    label_category[LABEL_TEXT_MAX]; /* of a protocol that libndpi knows; "" if not asked */
};

/* The same with its names. */
struct named_flow {
	struct flow_info info;
	struct hostname host;          /* len 0: unnamed */
	struct hostname operator_host; /* a name further down the CNAME chain that a list names, when `host`
					  itself is not; len 0: none */
	struct hostname outer_host;    /* with ECH_REAL: the public name in the outer hello */
};

/* The names of a flow that is told, as in named_flow. */
struct flow_names {
	const struct hostname *host, *operator_host, *outer_host; /* NULL: not known whether there is one */
};

/* A stretch of a burst in which the server's answers came without a gap of 10 ms: microseconds since it
 * began, saturating. */
struct heard {
	uint32_t from_us, to_us;
};

#define BURST_HEARD_MAX 12

/* Client bytes on a flow without a gap of 1 s (pure acknowledgements do not count, nor do datagrams and
 * records that can hold nothing else), with the server's answers up to the next burst.
 */
struct burst {
	uint64_t flow;
	int64_t start_ns, end_ns; /* first and last client payload */
	uint64_t up, down;        /* IP bytes */
	uint32_t
	    up_payload; /* payload bytes of the client that may hold requests: handshakes and HTTP/2's preface
			 * do not count, so a connection opened ahead of need has 0; saturating */
	uint32_t first_asked; /* length of what held the first request (a TLS record, a QUIC datagram), 0: not
				 known */
	uint64_t first_ordinal; /* of its first packet: a visit that it begins has this id */
	uint64_t first_frame;
	uint32_t n_heard;
	struct heard
	    heard[BURST_HEARD_MAX]; /* in order of time; of more, those with the least between them are one */
};

/* A clear DNS message to or from this client. */
struct dns_event {
	struct addr client;
	int64_t ts_ns;
	uint64_t ordinal, frame;
	bool is_response;
	uint16_t qtype; /* 1 A, 28 AAAA, 65 HTTPS */
	struct hostname name;
	uint32_t ttl_s; /* least of the answer; 0 for questions */
};

/* What a flow came to in the end. */
struct flow_totals {
	uint64_t flow;
	int64_t end_ns;
	uint64_t up, down;
	uint32_t packets_up, packets_down;
	uint32_t gaps; /* holes in its streams, as far as followed */
};

#endif
