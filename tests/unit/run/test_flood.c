/* Every table of a shard flooded to its bound and far beyond, hours of packet time in seconds: it evicts and
 * counts, and memory stays where it was when the table was full.
 */
#include "check.h"

#include <malloc.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "mkpkt.h"
#include "run/shard.h"

enum {
	FLOWS = 1024,
	NAMED = 256,
	CLIENTS = 32,
	CLIENT_FLOWS = 256,
	DNS = 1024,
	FRAGMENTS = 16,
	PIECE = 1400,
	SYN = 2,
	RST = 4,
	ACK = 16,
};

#define START_NS (1700000000 * NS_PER_S)
#define STEP_NS (150 * NS_PER_MS) /* between packets: 25,000 of them are an hour */
#define RESOLVER "10.0.0.1"

static struct {
	struct shard *s;
	int64_t now_ns, ticked_ns;
	uint64_t n_packets, n_flows;
} flood;

static int64_t passed_ns; /* packet time of all floods */

/* ---- packets ---- */

static void pass(const struct mkpkt *p)
{
	struct bytes b = mkpkt_bytes(p);
	flood.now_ns += STEP_NS;
	struct packet packet = { .ts_ns = flood.now_ns,
				 .frame = b,
				 .wire_len = (uint32_t)b.len,
				 .linktype = 1,
				 .number = ++flood.n_packets,
				 .ordinal = flood.n_packets };
	shard_packets(flood.s, &packet, 1);
	if (flood.now_ns - flood.ticked_ns < NS_PER_S)
		return;
	flood.ticked_ns = flood.now_ns;
	shard_tick(flood.s, flood.now_ns, false);
}

struct ends {
	char client[16], server[16];
	uint16_t client_port, server_port;
};

static struct ends ends(const char *net, uint32_t client, uint32_t server, uint16_t server_port)
{
	struct ends e = { .client_port = (uint16_t)(1024 + server % 60000), .server_port = server_port };
	snprintf(e.client, sizeof(e.client), "%s.%u.%u", net, client >> 8 & 0xff, client & 0xff);
	snprintf(e.server, sizeof(e.server), "198.51.%u.%u", server >> 8 & 0xff, server & 0xff);
	return e;
}

static void tcp(const struct ends *e, uint8_t flags, uint32_t seq, const void *data, size_t len)
{
	static struct mkpkt p;
	mkpkt_start(&p, data, len);
	mkpkt_tcp(&p, e->client_port, e->server_port, seq, 1, flags);
	mkpkt_ip(&p, e->client, e->server, IPPROTO_TCP);
	mkpkt_ethernet(&p, 0x0800);
	pass(&p);
}

static void udp(const char *from, uint16_t from_port, const char *to, uint16_t to_port, struct bytes data)
{
	static struct mkpkt p;
	mkpkt_start(&p, data.at, data.len);
	mkpkt_udp(&p, from_port, to_port);
	mkpkt_ip(&p, from, to, IPPROTO_UDP);
	mkpkt_ethernet(&p, 0x0800);
	pass(&p);
}

static void open_both(const struct ends *e)
{
	static struct mkpkt p;
	tcp(e, SYN, 0, NULL, 0);
	mkpkt_start(&p, NULL, 0);
	mkpkt_tcp(&p, e->server_port, e->client_port, 0, 1, SYN | ACK);
	mkpkt_ip(&p, e->server, e->client, IPPROTO_TCP);
	mkpkt_ethernet(&p, 0x0800);
	pass(&p);
}

static void begin(const struct ends *e, const void *data, size_t len)
{
	open_both(e);
	tcp(e, ACK, 1, data, len);
}

static const char *name_of(uint32_t i)
{
	static char name[64];
	snprintf(name, sizeof(name), "host%u.site%u.example", i, i % 997);
	return name;
}

/* ---- floods: each call sends the packets of the i-th thing ---- */

static void syns(uint32_t i)
{
	struct ends e = ends("10.7", i % 50000, i * 7, 443);
	tcp(&e, SYN, 0, NULL, 0);
}

static void answered(uint32_t i)
{
	struct ends e = ends("10.7", i % 20, i, 443);
	open_both(&e);
}

static void hello_from(uint32_t client, uint32_t i)
{
	static struct mkbuf message, records;
	struct ends e = ends("10.7", client, i, 443);
	message.len = records.len = 0;
	mkhello_message(&message, &(struct mkhello){ .sni = name_of(i), .alpn = "h2" });
	mkhello_records(&records, mkbuf_bytes(&message), 16384);
	begin(&e, records.at, records.len);
}

static void clients(uint32_t i)
{
	hello_from(i, i);
}

static void names(uint32_t i)
{
	hello_from(i % 5, i);
}

static void half_hellos(uint32_t i)
{
	static uint8_t data[PIECE] = { 0x16, 3, 1, 0x3f, 0xff, 1, 0, 0x80, 0, 3, 3 };
	struct ends e = ends("10.7", i % 20, i, 443);
	begin(&e, data, sizeof(data));
	for (uint32_t k = 1; k < 6; k++)
		tcp(&e, ACK, 1 + k * PIECE, data, PIECE);
}

static void unknown_protocols(uint32_t i)
{
	struct ends e = ends("10.7", i % 20, i, 47321);
	begin(&e, "\xf1\xe2\xd3\x04 what is this", 16);
}

static void bursts(uint32_t i)
{
	static const uint8_t record[5 + 600] = { 0x17, 3, 3, 600 >> 8, 600 & 0xff };
	uint32_t one = i / 2500 * 8 + i % 8; /* of eight connections of a client that go on at once */
	struct ends e = ends("10.7", 1, one, 443);
	if (i % 2500 < 8)
		hello_from(1, one);
	flood.now_ns += NS_PER_S / 16;
	tcp(&e, ACK, 100000 + i % 2500 / 8 * (uint32_t)sizeof(record), record, sizeof(record));
}

static void answer(const char *client, uint32_t i)
{
	static struct mkbuf m;
	char address[20];
	snprintf(address, sizeof(address), "203.%u.%u.%u", i >> 16 & 0x7f, i >> 8 & 0xff, i & 0xff);
	m.len = 0;
	mkdns_start(&m, (uint16_t)i, 1, 1, 1);
	mkdns_question(&m, name_of(i), 1);
	mkdns_address(&m, name_of(i), 300, address);
	udp(RESOLVER, 53, client, (uint16_t)(1024 + i % 60000), mkbuf_bytes(&m));
}

static void answers(uint32_t i)
{
	answer("10.7.0.9", i);
}

static void answers_to_many(uint32_t i)
{
	struct ends e = ends("10.7", i, 0, 0);
	answer(e.client, i);
}

static void ask(const char *client, uint32_t i)
{
	static struct mkbuf m;
	m.len = 0;
	mkdns_start(&m, (uint16_t)i, 0, 1, 0);
	mkdns_question(&m, "www.example.com", 1);
	udp(client, (uint16_t)(1024 + i % 60000), RESOLVER, 53, mkbuf_bytes(&m));
}

static void questions_of_one(uint32_t i)
{
	ask("10.7.0.9", i);
}

static void questions_of_many(uint32_t i)
{
	struct ends e = ends("10.7", i / 400, 0, 0);
	ask(e.client, i);
}

static void dns_connections(uint32_t i)
{
	static const uint8_t half[PIECE] = { 0xff, 0xff };
	struct ends e = ends("10.7", i % 20, i, 53);
	begin(&e, half, sizeof(half));
}

static void fragments(uint32_t i)
{
	static struct mkpkt p;
	static const uint8_t data[1024];
	mkpkt_start(&p, data, sizeof(data));
	mkpkt_ip_fragment(&p, "10.7.0.9", "198.51.100.1", IPPROTO_UDP, i, 0, 1);
	mkpkt_ethernet(&p, 0x0800);
	pass(&p);
}

static void hosts(uint32_t i)
{
	static struct mkpkt p;
	struct ends e = ends("10.7", i, 1, 443);
	uint8_t head[14] = { 2,          0, 0, 0, 0, 2, 2, 1, (uint8_t)(i >> 16), (uint8_t)(i >> 8),
			     (uint8_t)i, 9, 8, 0 };
	mkpkt_start(&p, NULL, 0);
	mkpkt_tcp(&p, 1024, 443, 0, 0, SYN);
	mkpkt_ip(&p, e.client, e.server, IPPROTO_TCP);
	mkpkt_push(&p, head, sizeof(head));
	pass(&p);
}

static void get(const struct ends *e, uint32_t seq, uint32_t i, char text[2048])
{
	memset(text, 'x', 2048);
	int n = snprintf(text, 64, "GET /%u/", i);
	memcpy(text + n, "xxxx", 4);
	snprintf(text + 1000, 200, " HTTP/1.1\r\nHost: %s\r\nUpgrade-Insecure-Requests: 1\r\n\r\n",
		 name_of(i % 300));
	tcp(e, ACK, seq, text, strlen(text));
}

static void requests(uint32_t i)
{
	char text[2048];
	struct ends e = ends("10.7", 3, i / 100, 80);
	static uint32_t seq;
	if (i % 100 == 0) {
		open_both(&e);
		seq = 1;
	}
	get(&e, seq, i, text);
	seq += (uint32_t)strlen(text);
	if (i % 100 == 99)
		tcp(&e, RST, seq, NULL, 0);
}

static void streams_with_holes(uint32_t i)
{
	static uint8_t data[PIECE];
	char text[2048];
	struct ends e = ends("10.7", i % 20, i, 80);
	open_both(&e);
	get(&e, 1, i, text);
	flood.now_ns -= 10 * STEP_NS; /* what waits for long would be given up */
	for (uint32_t k = 1; k < 10; k++)
		tcp(&e, ACK, 100000 + k * PIECE, data, PIECE);
}

/* ---- what must hold ---- */

#define COUNTER(field) offsetof(struct shard_counts, field)

static const struct {
	const char *what;
	void (*one)(uint32_t i);
	uint32_t n;     /* fill the table */
	size_t counter; /* that rises from then on */
} floods[] = {
	{ "SYNs that nobody answers", syns, 4 * FLOWS, COUNTER(evicted_flows) },
	{ "connections", answered, 4 * FLOWS, COUNTER(evicted_flows) },
	{ "clients", clients, 8 * CLIENTS, COUNTER(visits.evicted_clients) },
	{ "flows of few clients", names, 2 * CLIENT_FLOWS, COUNTER(visits.evicted_flows) },
	{ "names", names, 4096, COUNTER(visits.evicted_names) },
	{ "halves of hellos", half_hellos, 2 * NAMED, COUNTER(evicted_cold) },
	{ "protocols that nobody knows", unknown_protocols, 4 * NAMED, COUNTER(evicted_cold) },
	{ "bursts", bursts, 10 * CLIENT_FLOWS, COUNTER(visits.evicted_bursts) },
	{ "DNS answers", answers, 2 * DNS, COUNTER(evicted_dns) },
	{ "clients that are answered", answers_to_many, 2 * DNS, COUNTER(evicted_dns_clients) },
	{ "addresses of clients", clients, 16 * CLIENTS, COUNTER(visits.evicted_addresses) },
	{ "questions of one client", questions_of_one, 1024, COUNTER(visits.evicted_questions) },
	{ "questions of many clients", questions_of_many, 16384, COUNTER(visits.evicted_clients) },
	{ "DNS over TCP", dns_connections, 512, COUNTER(evicted_dnstcp) },
	{ "fragments", fragments, 4 * FRAGMENTS, COUNTER(fragments.evicted) },
	{ "MAC addresses", hosts, 8 * CLIENTS, COUNTER(evicted_hosts) },
	{ "requests", requests, 8 * CLIENT_FLOWS, COUNTER(visits.evicted_requests) },
	{ "streams with holes", streams_with_holes, 2 * FLOWS, COUNTER(evicted_followed) },
};

static void on_flow(void *ctx, const struct flow_verdict *f)
{
	(void)ctx;
	assert_true(f->totals->up > 0 && f->totals->end_ns >= f->info->start_ns); /* also if told early */
	flood.n_flows++;
}

static void on_visit(void *ctx, const struct visit_result *v)
{
	(void)ctx, (void)v;
}

static void start(bool is_live)
{
	static const struct knowledge know;
	memset(&flood, 0, sizeof(flood));
	flood.now_ns = flood.ticked_ns = START_NS;
	flood.s = shard_new(&(struct shard_spec){
	    .know = &know,
	    .is_live = is_live,
	    .dpi = true,
	    .hash_key = { 1, 2 },
	    .flows_max = FLOWS,
	    .cold_max = NAMED,
	    .clients_max = CLIENTS,
	    .client_flows_max = CLIENT_FLOWS,
	    .dns_max = DNS,
	    .fragments_max = FRAGMENTS,
	    .flow = on_flow,
	    .visit = on_visit,
	});
	assert_non_null(flood.s);
}

static size_t memory(void)
{
	struct mallinfo2 m = mallinfo2();
	return m.uordblks + m.hblkhd;
}

static uint64_t count(size_t counter)
{
	struct shard_counts c = { 0 };
	shard_add_counts(flood.s, &c);
	return *(const uint64_t *)(const void *)((const char *)&c + counter);
}

/* The most that is held while n things come, beginning with the from-th. */
static size_t most_held(void (*send_one)(uint32_t i), uint32_t from, uint32_t n)
{
	size_t most = 0;
	for (uint32_t i = 0; i < n; i++) {
		send_one(from + i);
		size_t now = i % 8 == 0 ? memory() : 0;
		most = now > most ? now : most;
	}
	return most;
}

static void check_flood(size_t k, bool is_live)
{
	start(is_live);
	uint32_t n = floods[k].n;
	size_t full = most_held(floods[k].one, 0, n);
	uint64_t before = count(floods[k].counter);
	size_t beyond = most_held(floods[k].one, n, 3 * n);
	uint64_t evicted = count(floods[k].counter) - before;
	if (beyond > full + full / 50)
		fail_msg("%s: %zu kB when full, %zu kB beyond", floods[k].what, full >> 10, beyond >> 10);
	if (evicted == 0)
		fail_msg("%s: nothing was evicted", floods[k].what);
	shard_finish(flood.s);
	struct visits_memory clients;
	shard_memory(flood.s, &clients);
	assert_in_range(clients.largest_client, 0, clients.most);
	struct shard_counts c = { 0 };
	shard_add_counts(flood.s, &c);
	assert_int_equal(c.packets, flood.n_packets);
	assert_int_equal(c.named_flows + c.unnamed_flows, c.flows);
	assert_int_equal(flood.n_flows, c.flows);
	shard_free(flood.s);
	passed_ns += flood.now_ns - START_NS;
}

static void flood_all(bool is_live)
{
	passed_ns = 0;
	for (size_t k = 0; k < COUNT(floods); k++)
		check_flood(k, is_live);
	assert_true(passed_ns > 6 * 3600 * NS_PER_S);
}

static void stored(void **state)
{
	(void)state;
	flood_all(false);
}

static void live(void **state)
{
	(void)state;
	flood_all(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(stored), cmocka_unit_test(live) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
