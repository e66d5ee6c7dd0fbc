/* What the parts of tracegen share: it makes captures for the benchmark from a seed: browsing, many tiny
 * flows, a flood of SYNs. Deterministic for a given set of options: own random numbers, no wall clock. A tool
 * of the bench alone; it shares nothing with the program.
 */
#ifndef TRACEGEN_H
#define TRACEGEN_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
	int clients, visits;
	int format; /* 0: pcap, 1: pcapng, 2: pcap with nanoseconds */
	int is_tiny, is_flood;
	uint64_t packets, flows, seed; /* flows: 0 without bound */
	double dns;                    /* share of connections that a query goes before */
	double visit_rate;             /* of a client, a second */
	const char *out, *truth;       /* truth: NULL: none */
};
extern struct options opt;

/* ---- random.c ---- */

void random_begin(uint64_t seed);
uint64_t random_u64(void);
double uniform(void); /* from 0 to below 1 */
uint32_t below(uint32_t n);
double normal(void);
double exponential(double mean);
void random_bytes(uint8_t *p, int n);
const uint8_t *noise(void); /* bytes that look like ciphertext, 64 KiB and more of them */

/* ---- writer.c ---- */

extern uint64_t packets_out, bytes_out;
extern int64_t now; /* ns since 1970 */
void writer_open(void);
void writer_flush(void);
uint8_t *packet_begin(void); /* where its bytes go, then: */
void packet_end(int len);

static inline void p16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}
static inline void p24(uint8_t *p, uint32_t v)
{
	p[0] = v >> 16;
	p16(p + 1, v);
}
static inline void p32(uint8_t *p, uint32_t v)
{
	p16(p, v >> 16);
	p16(p + 2, v);
}

/* ---- hosts.c: names and their addresses; first those of trackers, then eight of each site ---- */

#define N_SITES 3000

struct host {
	char n[64];
	int len;
	uint32_t ip4[4];
	uint8_t ip6[2][16];
	int nip;
	char cn[64];
	int quic, v6;
};
extern struct host *hosts;
extern const int n_trackers;
void hosts_make(void);
uint64_t hash_text(const char *s, uint64_t k);

/* ---- flows.c: what goes on, in order of time ---- */

enum { K_TLS, K_QUIC, K_HTTP, K_DNS, K_NOISE };
struct flow {
	int64_t t; /* of its next packet */
	uint32_t id;
	int kind, state; /* state: the step that comes next */
	struct host *h;
	int client, visit;
	int v6;
	uint16_t sp, dp;
	uint8_t src[16], dst[16];
	uint32_t sq, rq, tsv; /* next sequence number of client and server, time stamp of TCP */
	int has_ts, mss;
	int64_t rtt;
	uint8_t *ch; /* what the client says first, and how far it was said */
	int chlen, choff;
	int split, sni2, chaos, pq, t12, swap; /* how its hello goes: for the truth */
	uint8_t *sf;                           /* what the server says first */
	int sflen, sfoff;
	uint8_t *q[2]; /* QUIC: the client's first datagrams, then the server's */
	int ql[2];
	uint8_t *qs;
	int qsl;
	uint8_t dcid[8], scid[8];
	int64_t up, down;       /* bytes that are still to come */
	int64_t record_left[2]; /* of the TLS record that is under way */
	int burst, unack;       /* packets left of a train; not acknowledged yet */
	int64_t idle;           /* before the end */
	int is_uplink;
	uint64_t pk, by; /* packets and bytes so far */
	int is_name_out; /* all of its name was sent */
	int pend;        /* datagrams left of the server's handshake */
	int qt, qn;      /* type of a query; datagrams left of noise */
	uint16_t ipid;
	int rst;
};
extern uint32_t n_flows, n_conns, n_dns;
void flows_begin(void);
void flows_close(void);
void start_conn(int client, struct host *h, int visit, int64_t t);
void flow_end(struct flow *f);
void truth(struct flow *f); /* its line in the file of the truth */
void queue_push(struct flow *f, int64_t t);
struct flow *queue_pop(void); /* what comes next */
int queue_len(void);
int64_t queue_next(void); /* when: INT64_MAX: never */
int64_t ms(double x);     /* as ns */

/* ---- packet.c; dir 0: from the client ---- */

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };
/* data NULL: n bytes of ciphertext. is_stream: with the heads of TLS records; now and then it is sent twice.
 */
void tcp(struct flow *f, int dir, int flags, const uint8_t *data, int n, int is_stream);
void udp(struct flow *f, int dir, const uint8_t *data, int n);

#define SHARE_PQ .5 /* of hellos with post-quantum keys */

/* ---- tls.c: handshake messages without the head of a record; they return their length ---- */

int client_hello(uint8_t *b, const char *sni, int pq, int ech, int quic, int t12, int *ret_sni_at);
int server_hello(uint8_t *b, int pq, int t12, int quic);
uint8_t *record(uint8_t *p, int type, int minor,
		int n); /* the head; returns: where the content goes; so does message */
uint8_t *message(uint8_t *p, int type, int n);
void shuffle(int *at, int n);

/* ---- steps of each kind of flow: one packet. gap: between two packets of a train. returns: ns to the next,
 * -1: that was the last ---- */

int64_t step_dns(struct flow *f);
int64_t step_quic(struct flow *f, int64_t gap);
int64_t step_tcp(struct flow *f, int64_t gap);

#endif
