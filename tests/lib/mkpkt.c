#include "mkpkt.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/time.h"

static size_t unhex(const char *hex, uint8_t *out, size_t max)
{
	size_t n = 0;
	while (*hex) {
		if (*hex == ' ' || *hex == '\n') {
			hex++;
			continue;
		}
		const char pair[3] = { hex[0], hex[1], 0 };
		assert(n < max && hex[1]);
		out[n++] = (uint8_t)strtoul(pair, NULL, 16);
		hex += 2;
	}
	return n;
}

static void put(uint8_t *at, uint32_t value, size_t size)
{
	for (size_t i = size; i-- > 0; value >>= 8)
		at[i] = (uint8_t)value;
}

void mkpkt_start(struct mkpkt *p, const void *payload, size_t len)
{
	assert(len <= MKPKT_MAX);
	p->from = MKPKT_ROOM;
	p->to = p->from + len;
	if (len)
		memcpy(p->buf + p->from, payload, len);
}

void mkpkt_push(struct mkpkt *p, const void *header, size_t len)
{
	assert(len <= p->from);
	p->from -= len;
	memcpy(p->buf + p->from, header, len);
}

void mkpkt_push_hex(struct mkpkt *p, const char *hex)
{
	uint8_t header[MKPKT_ROOM];
	mkpkt_push(p, header, unhex(hex, header, sizeof(header)));
}

void mkpkt_append(struct mkpkt *p, size_t len)
{
	assert(p->to + len <= sizeof(p->buf));
	memset(p->buf + p->to, 0, len);
	p->to += len;
}

void mkpkt_udp(struct mkpkt *p, uint16_t src_port, uint16_t dst_port)
{
	uint8_t h[8] = { 0 };
	put(h, src_port, 2);
	put(h + 2, dst_port, 2);
	put(h + 4, (uint32_t)(p->to - p->from + 8), 2);
	mkpkt_push(p, h, sizeof(h));
}

void mkpkt_tcp(struct mkpkt *p, uint16_t src_port, uint16_t dst_port, uint32_t seq, uint32_t ack,
	       uint8_t flags)
{
	uint8_t h[20] = { 0 };
	put(h, src_port, 2);
	put(h + 2, dst_port, 2);
	put(h + 4, seq, 4);
	put(h + 8, ack, 4);
	h[12] = 5 << 4;
	h[13] = flags;
	put(h + 14, 65535, 2);
	mkpkt_push(p, h, sizeof(h));
}

static struct addr parse(const char *text)
{
	struct addr a;
	bool ok = addr_parse(text, &a);
	assert(ok);
	(void)ok;
	return a;
}

static void ip4(struct mkpkt *p, const struct addr *src, const struct addr *dst, uint8_t proto, uint32_t id,
		uint32_t fragment)
{
	uint8_t h[20] = { 0x45 };
	put(h + 2, (uint32_t)(p->to - p->from + 20), 2);
	put(h + 4, id, 2);
	put(h + 6, fragment, 2);
	h[8] = 64;
	h[9] = proto;
	memcpy(h + 12, src->b + 12, 4);
	memcpy(h + 16, dst->b + 12, 4);
	uint32_t sum = 0;
	for (size_t i = 0; i < sizeof(h); i += 2)
		sum += (uint32_t)(h[i] << 8 | h[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	put(h + 10, ~(sum + (sum >> 16)), 2);
	mkpkt_push(p, h, sizeof(h));
}

static void ip6(struct mkpkt *p, const struct addr *src, const struct addr *dst, uint8_t proto)
{
	uint8_t h[40] = { 0x60 };
	put(h + 4, (uint32_t)(p->to - p->from), 2);
	h[6] = proto;
	h[7] = 64;
	memcpy(h + 8, src->b, 16);
	memcpy(h + 24, dst->b, 16);
	mkpkt_push(p, h, sizeof(h));
}

void mkpkt_ip(struct mkpkt *p, const char *src, const char *dst, uint8_t proto)
{
	struct addr a = parse(src), b = parse(dst);
	if (addr_is_v4(&a))
		ip4(p, &a, &b, proto, 1, 0);
	else
		ip6(p, &a, &b, proto);
}

void mkpkt_ip_fragment(struct mkpkt *p, const char *src, const char *dst, uint8_t proto, uint32_t id,
		       uint16_t offset, int has_more)
{
	struct addr a = parse(src), b = parse(dst);
	if (addr_is_v4(&a)) {
		ip4(p, &a, &b, proto, id, (has_more ? 0x2000u : 0) | offset / 8u);
		return;
	}
	uint8_t h[8] = { proto };
	put(h + 2, offset | (has_more ? 1u : 0), 2);
	put(h + 4, id, 4);
	mkpkt_push(p, h, sizeof(h));
	ip6(p, &a, &b, 44);
}

void mkpkt_ethernet(struct mkpkt *p, uint16_t type)
{
	uint8_t h[14] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1 };
	put(h + 12, type, 2);
	mkpkt_push(p, h, sizeof(h));
}

struct bytes mkpkt_bytes(const struct mkpkt *p)
{
	return (struct bytes){ p->buf + p->from, p->to - p->from };
}

struct packet mkpkt_packet(const struct mkpkt *p, uint16_t linktype)
{
	return (struct packet){
		.ts_ns = NS_PER_S,
		.frame = mkpkt_bytes(p),
		.wire_len = (uint32_t)(p->to - p->from),
		.linktype = linktype,
		.number = 1,
		.ordinal = 1,
	};
}

void mkpkt_frame(struct mkpkt *p, uint8_t proto, const char *src, uint16_t src_port, const char *dst,
		 uint16_t dst_port, uint32_t seq, const void *payload, size_t len)
{
	mkpkt_start(p, payload, len);
	if (proto == 6)
		mkpkt_tcp(p, src_port, dst_port, seq, 1, 0x18);
	else
		mkpkt_udp(p, src_port, dst_port);
	mkpkt_ip(p, src, dst, proto);
	struct addr a = parse(src);
	mkpkt_ethernet(p, addr_is_v4(&a) ? 0x0800 : 0x86dd);
}

void mkbuf_add(struct mkbuf *b, const void *bytes, size_t len)
{
	assert(b->len + len <= sizeof(b->at));
	if (len)
		memcpy(b->at + b->len, bytes, len);
	b->len += len;
}

void mkbuf_adds(struct mkbuf *b, const char *string)
{
	mkbuf_add(b, string, strlen(string));
}

void mkbuf_hex(struct mkbuf *b, const char *hex)
{
	b->len += unhex(hex, b->at + b->len, sizeof(b->at) - b->len);
}

void mkbuf_uint(struct mkbuf *b, uint32_t value, size_t size)
{
	assert(b->len + size <= sizeof(b->at));
	put(b->at + b->len, value, size);
	b->len += size;
}

size_t mkbuf_open(struct mkbuf *b, size_t size)
{
	size_t at = b->len;
	mkbuf_uint(b, 0, size);
	return at;
}

void mkbuf_close(struct mkbuf *b, size_t at, size_t size)
{
	put(b->at + at, (uint32_t)(b->len - at - size), size);
}

struct bytes mkbuf_bytes(const struct mkbuf *b)
{
	return (struct bytes){ b->at, b->len };
}

static void add_sni(struct mkbuf *b, const char *name)
{
	mkbuf_uint(b, 0, 2);
	size_t extension = mkbuf_open(b, 2), list = mkbuf_open(b, 2);
	mkbuf_uint(b, 0, 1);
	size_t host = mkbuf_open(b, 2);
	mkbuf_adds(b, name);
	mkbuf_close(b, host, 2);
	mkbuf_close(b, list, 2);
	mkbuf_close(b, extension, 2);
}

static void add_alpn(struct mkbuf *b, const char *names)
{
	mkbuf_uint(b, 16, 2);
	size_t extension = mkbuf_open(b, 2), list = mkbuf_open(b, 2);
	while (*names) {
		size_t n = strcspn(names, ",");
		mkbuf_uint(b, (uint32_t)n, 1);
		mkbuf_add(b, names, n);
		names += n + (names[n] == ',');
	}
	mkbuf_close(b, list, 2);
	mkbuf_close(b, extension, 2);
}

static void add_extensions(struct mkbuf *b, const struct mkhello *h, size_t message_at)
{
	if (h->has_grease)
		mkbuf_hex(b, "2a2a 0000");
	if (h->sni)
		add_sni(b, h->sni);
	mkbuf_hex(b, "0017 0000" /* extended master secret */
		     "000a 0008 0006 001d 0017 0018"
		     "000d 0008 0006 0403 0804 0401");
	if (h->alpn)
		add_alpn(b, h->alpn);
	if (!h->is_tls12)
		mkbuf_hex(b, "002b 0005 04 0304 0303"
			     "0033 0026 0024 001d 0020"
			     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
	if (h->extra_hex)
		mkbuf_hex(b, h->extra_hex);
	size_t len = b->len - message_at;
	if (h->pad_to > len + 4) {
		mkbuf_uint(b, 21, 2);
		size_t pad = mkbuf_open(b, 2);
		for (size_t n = h->pad_to - len - 4; n > 0; n--)
			mkbuf_uint(b, 0, 1);
		mkbuf_close(b, pad, 2);
	}
}

void mkhello_message(struct mkbuf *b, const struct mkhello *h)
{
	size_t message_at = b->len;
	mkbuf_uint(b, 1, 1);
	size_t message = mkbuf_open(b, 3);
	mkbuf_uint(b, 0x0303, 2);
	for (uint32_t i = 0; i < 32; i++)
		mkbuf_uint(b, i, 1);
	mkbuf_uint(b, 0, 1); /* no session */
	size_t ciphers = mkbuf_open(b, 2);
	if (h->has_grease)
		mkbuf_hex(b, "1a1a");
	if (!h->is_tls12)
		mkbuf_hex(b, "1301 1302 1303");
	mkbuf_hex(b, "c02b c02f");
	mkbuf_close(b, ciphers, 2);
	mkbuf_hex(b, "01 00");
	size_t extensions = mkbuf_open(b, 2);
	add_extensions(b, h, message_at);
	mkbuf_close(b, extensions, 2);
	mkbuf_close(b, message, 3);
}

void mkhello_records(struct mkbuf *b, struct bytes message, size_t record_max)
{
	for (size_t at = 0; at < message.len;) {
		size_t n = message.len - at < record_max ? message.len - at : record_max;
		mkbuf_hex(b, "16 0301");
		mkbuf_uint(b, (uint32_t)n, 2);
		mkbuf_add(b, message.at + at, n);
		at += n;
	}
}

void mkdns_start(struct mkbuf *b, uint16_t id, int is_response, uint16_t n_questions, uint16_t n_answers)
{
	mkbuf_uint(b, id, 2);
	mkbuf_uint(b, is_response ? 0x8180 : 0x0100, 2);
	mkbuf_uint(b, n_questions, 2);
	mkbuf_uint(b, n_answers, 2);
	mkbuf_uint(b, 0, 4);
}

void mkdns_name(struct mkbuf *b, const char *name)
{
	while (*name) {
		if (*name == '@') {
			mkbuf_uint(b, 0xc000u | (uint32_t)strtoul(name + 1, NULL, 10), 2);
			return;
		}
		size_t n = strcspn(name, ".");
		mkbuf_uint(b, (uint32_t)n, 1);
		mkbuf_add(b, name, n);
		name += n + (name[n] == '.');
	}
	mkbuf_uint(b, 0, 1);
}

void mkdns_question(struct mkbuf *b, const char *name, uint16_t type)
{
	mkdns_name(b, name);
	mkbuf_uint(b, type, 2);
	mkbuf_uint(b, 1, 2);
}

static size_t open_record(struct mkbuf *b, const char *owner, uint16_t type, uint32_t ttl_s)
{
	mkdns_question(b, owner, type);
	mkbuf_uint(b, ttl_s, 4);
	return mkbuf_open(b, 2);
}

void mkdns_record(struct mkbuf *b, const char *owner, uint16_t type, uint32_t ttl_s, const void *data,
		  size_t len)
{
	size_t at = open_record(b, owner, type, ttl_s);
	mkbuf_add(b, data, len);
	mkbuf_close(b, at, 2);
}

void mkdns_cname(struct mkbuf *b, const char *owner, uint32_t ttl_s, const char *target)
{
	size_t at = open_record(b, owner, 5, ttl_s);
	mkdns_name(b, target);
	mkbuf_close(b, at, 2);
}

void mkdns_address(struct mkbuf *b, const char *owner, uint32_t ttl_s, const char *address)
{
	struct addr a = parse(address);
	if (addr_is_v4(&a))
		mkdns_record(b, owner, 1, ttl_s, a.b + 12, 4);
	else
		mkdns_record(b, owner, 28, ttl_s, a.b, 16);
}
