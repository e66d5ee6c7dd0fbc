/* secrets small|bulk CAPTURE KEYS CLIENTS REQUESTS: writes a capture of HTTP/2 over TLS 1.3, and the key log
 * that opens it.
 *
 * small: each client looks at pages of a shop; each page sends 40 small requests to trackers, some of them
 * known by the catalogue, some by nobody. bulk: each client is sent REQUESTS records of 16 KiB in segments as
 * on Ethernet.
 */
#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mkpkt.h"
#include "mktls.h"
#include "wire/decode.h"

enum { RECORD_PLAIN = 16384, SEGMENT = 1448, FOR_PAGE = 40, BEACON_US = 2000, PAGE_US = 3000000 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *host, *path; /* of the n-th request */
} receivers[] = {
	{ "shop.example", "/products?page=%u" },
	{ "www.facebook.com",
	  "/tr/?id=729119338121469&ev=PageView&dl=https%%3A%%2F%%2Fshop.example%%2Fproducts&rl=&if=false&"
	  "ts=1795467416958&sw=1366&sh=864&v=2.9.234&ec=%u&o=4126&fbp=fb.1.1795467415196.1618347349" },
	{ "region1.google-analytics.com",
	  "/g/collect?v=2&tid=G-RXWJRL5L9L&gtm=45je4bk0v9101v871&_p=%u&gcd=13l3l3l3l1l1&"
	  "cid=8929414463.1795467415&ul=en-gb&sr=1366x864&dl=https%%3A%%2F%%2Fshop.example"
	  "%%2Fproducts&dt=Products&en=page_view" },
	{ "px.unknown-tracker.example",
	  "/b?u=https%%3A%%2F%%2Fshop.example%%2Fproducts&uid=73c65fa8df8d9094664c&n=%u" },
	{ "img.unknown.example", "/thumb/%u.webp" },
};

enum { RECEIVERS = COUNT(receivers) };

struct connection {
	struct mktls *tls;
	struct mkhttp2 up, down;
	char client[20], server[20];
	uint16_t port;
	uint32_t seq[WAY_COUNT], next_stream;
};

static FILE *capture, *keys;
static uint64_t now_us = 1800000000ULL * 1000000;

static void put_frame(const struct mkpkt *p)
{
	struct bytes b = mkpkt_bytes(p);
	uint32_t head[4] = { (uint32_t)(now_us / 1000000), (uint32_t)(now_us % 1000000), (uint32_t)b.len,
			     (uint32_t)b.len };
	if (fwrite(head, sizeof(head), 1, capture) != 1 || fwrite(b.at, b.len, 1, capture) != 1)
		exit(1);
	now_us += 10;
}

static void put_segment(struct connection *c, enum way w, uint8_t flags, struct bytes b)
{
	static struct mkpkt p;
	bool is_up = w == WAY_UP;
	mkpkt_start(&p, b.at, b.len);
	mkpkt_tcp(&p, is_up ? c->port : 443, is_up ? 443 : c->port, c->seq[w], c->seq[!w], flags);
	mkpkt_ip(&p, is_up ? c->client : c->server, is_up ? c->server : c->client, IPPROTO_TCP);
	mkpkt_ethernet(&p, 0x0800);
	put_frame(&p);
	c->seq[w] += (uint32_t)b.len + !!(flags & TCP_SYN);
}

static void put_data(struct connection *c, enum way w, struct bytes b)
{
	for (size_t at = 0; at < b.len; at += SEGMENT)
		put_segment(c, w, TCP_PSH | TCP_ACK,
			    (struct bytes){ b.at + at, b.len - at < SEGMENT ? b.len - at : SEGMENT });
}

static void put_sealed(struct connection *c, enum way w, struct mkhttp2 *h)
{
	put_data(c, w, mktls_data(c->tls, w, (struct bytes){ h->at, h->len }));
	h->len = 0;
}

static void open_connection(struct connection *c, unsigned client, unsigned receiver)
{
	memset(c, 0, sizeof(*c));
	c->tls = mktls_new(0x1301);
	mktls_set_random(c->tls, client * RECEIVERS + receiver);
	fputs(mktls_keys(c->tls), keys);
	snprintf(c->client, sizeof(c->client), "10.0.%u.%u", client / 200 % 256, 1 + client % 200);
	snprintf(c->server, sizeof(c->server), "198.51.100.%u", 1 + receiver);
	c->port = (uint16_t)(40000 + receiver);
	c->next_stream = 1;
	put_segment(c, WAY_UP, TCP_SYN, (struct bytes){ NULL, 0 });
	put_segment(c, WAY_DOWN, TCP_SYN | TCP_ACK, (struct bytes){ NULL, 0 });
	put_data(c, WAY_UP, mktls_client_hello(c->tls));
	put_data(c, WAY_DOWN, mktls_server_flight(c->tls));
	put_data(c, WAY_UP, mktls_client_finished(c->tls));
	mkhttp2_preface(&c->up);
}

static void ask(struct connection *c, unsigned receiver, unsigned n)
{
	char path[400];
	/* NOLINTNEXTLINE: the formats stand above */
	snprintf(path, sizeof(path), receivers[receiver].path, n);
	if (receiver == 0)
		mkhttp2_page(&c->up, c->next_stream, receivers[receiver].host, path);
	else
		mkhttp2_request(&c->up, c->next_stream, receivers[receiver].host, path);
	put_sealed(c, WAY_UP, &c->up);
	mkhttp2_answer(&c->down, c->next_stream, receiver == 0 ? 4000 : 43);
	put_sealed(c, WAY_DOWN, &c->down);
	c->next_stream += 2;
}

static void browse(unsigned client, unsigned n_requests)
{
	static struct connection c[RECEIVERS];
	for (unsigned i = 0; i < RECEIVERS; i++)
		open_connection(&c[i], client, i);
	for (unsigned n = 0; n < n_requests; n++) {
		bool is_page = n % (FOR_PAGE + 1) == 0;
		unsigned receiver = is_page ? 0 : 1 + n % (RECEIVERS - 1);
		now_us += is_page && n > 0 ? PAGE_US : BEACON_US;
		ask(&c[receiver], receiver, n);
	}
	for (unsigned i = 0; i < RECEIVERS; i++)
		mktls_free(c[i].tls);
}

static void download(unsigned client, unsigned n_records)
{
	static struct connection c;
	static uint8_t plain[RECORD_PLAIN];
	open_connection(&c, client, 0);
	ask(&c, 0, 0);
	for (unsigned n = 0; n < n_records; n++) {
		mkhttp2_data_head(&c.down, 1, RECORD_PLAIN - 9);
		memcpy(plain, c.down.at, c.down.len);
		c.down.len = 0;
		put_data(&c, WAY_DOWN, mktls_data(c.tls, WAY_DOWN, (struct bytes){ plain, sizeof(plain) }));
		put_segment(&c, WAY_UP, TCP_ACK, (struct bytes){ NULL, 0 });
	}
	mktls_free(c.tls);
}

int main(int argc, char **argv)
{
	static const uint32_t head[6] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1 };
	if (argc != 6 || !(capture = fopen(argv[2], "wb")) || !(keys = fopen(argv[3], "w")))
		return 2;
	fwrite(head, sizeof(head), 1, capture);
	for (unsigned i = 0; i < (unsigned)atoi(argv[4]); i++)
		(strcmp(argv[1], "bulk") == 0 ? download : browse)(i, (unsigned)atoi(argv[5]));
	return fclose(capture) != 0 || fclose(keys) != 0;
}
