/* Made packets, hellos and DNS messages for tests.
 *
 * A packet is built from the inside out: the payload first, then each header in front of what is there, so
 * that every length is known when it is written:
 *
 *     struct mkpkt p;
 *     mkpkt_start(&p, payload, len);
 *     mkpkt_tcp(&p, 40000, 443, seq, ack, TCP_PSH | TCP_ACK);
 *     mkpkt_ip(&p, "192.0.2.1", "198.51.100.7", IPPROTO_TCP);
 *     mkpkt_ethernet(&p, 0x0800);
 *     struct packet packet = mkpkt_packet(&p, 1);
 */
#ifndef TESTS_LIB_MKPKT_H
#define TESTS_LIB_MKPKT_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/packet.h"

enum {
	MKPKT_ROOM = 1024, /* for headers */
	MKPKT_MAX = 66 * 1024,
};

struct mkpkt {
	size_t from;
	size_t to;
	uint8_t buf[MKPKT_ROOM + MKPKT_MAX];
};

void mkpkt_start(struct mkpkt *p, const void *payload, size_t len);
void mkpkt_push(struct mkpkt *p, const void *header, size_t len); /* in front */
void mkpkt_push_hex(struct mkpkt *p, const char *hex);            /* "8100 0005": blanks are skipped */
void mkpkt_append(struct mkpkt *p, size_t len);                   /* zero bytes behind: padding */

void mkpkt_udp(struct mkpkt *p, uint16_t src_port, uint16_t dst_port);
void mkpkt_tcp(struct mkpkt *p, uint16_t src_port, uint16_t dst_port, uint32_t seq, uint32_t ack,
	       uint8_t flags);

/* IPv4 or IPv6 by the form of the addresses; checksum of IPv4 is right, those of TCP and UDP are zero. */
void mkpkt_ip(struct mkpkt *p, const char *src, const char *dst, uint8_t proto);
void mkpkt_ip_fragment(struct mkpkt *p, const char *src, const char *dst, uint8_t proto, uint32_t id,
		       uint16_t offset, int has_more);
void mkpkt_ethernet(struct mkpkt *p, uint16_t type); /* from 02:00:00:00:00:01 to 02:00:00:00:00:02 */

struct bytes mkpkt_bytes(const struct mkpkt *p);
struct packet mkpkt_packet(const struct mkpkt *p, uint16_t linktype); /* packet 1 of input 0, at 1 s */

/* A whole frame at once: Ethernet, IP, and TCP (flags PSH, ACK) or UDP. */
void mkpkt_frame(struct mkpkt *p, uint8_t proto, const char *src, uint16_t src_port, const char *dst,
		 uint16_t dst_port, uint32_t seq, const void *payload, size_t len);

/* A growing byte string for messages. */
struct mkbuf {
	size_t len;
	uint8_t at[MKPKT_MAX];
};

void mkbuf_add(struct mkbuf *b, const void *bytes, size_t len);
void mkbuf_adds(struct mkbuf *b, const char *string); /* without its NUL */
void mkbuf_hex(struct mkbuf *b, const char *hex);
void mkbuf_uint(struct mkbuf *b, uint32_t value, size_t size); /* network order */

/* Writes room for a length of `size` bytes; mkbuf_close sets it to what came after. */
size_t mkbuf_open(struct mkbuf *b, size_t size);
void mkbuf_close(struct mkbuf *b, size_t at, size_t size);
struct bytes mkbuf_bytes(const struct mkbuf *b);

/* A ClientHello as a current browser sends it. Appends the handshake message, without record header. */
struct mkhello {
	const char *sni;       /* NULL: no extension */
	const char *alpn;      /* "h2,http/1.1"; NULL: none */
	const char *extra_hex; /* further extensions as they are; NULL: none */
	size_t pad_to;         /* at least that long, by a padding extension; 0: none */
	int is_tls12;          /* without supported_versions and key_share */
	int has_grease;
};
void mkhello_message(struct mkbuf *b, const struct mkhello *h);

/* The message in TLS records of at most record_max bytes each. */
void mkhello_records(struct mkbuf *b, struct bytes message, size_t record_max);

/* DNS. Names are written whole, or with names of the form "@12" as a pointer to that offset, also at the end:
 * "www.@12".
 */
void mkdns_start(struct mkbuf *b, uint16_t id, int is_response, uint16_t n_questions, uint16_t n_answers);
void mkdns_name(struct mkbuf *b, const char *name);
void mkdns_question(struct mkbuf *b, const char *name, uint16_t type);
void mkdns_record(struct mkbuf *b, const char *owner, uint16_t type, uint32_t ttl_s, const void *data,
		  size_t len);
void mkdns_cname(struct mkbuf *b, const char *owner, uint32_t ttl_s, const char *target);
void mkdns_address(struct mkbuf *b, const char *owner, uint32_t ttl_s, const char *address); /* A or AAAA */

#endif
