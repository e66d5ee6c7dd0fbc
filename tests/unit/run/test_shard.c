/* The whole way of packets: from frames to flows, their names, bytes and bursts; by one shard and by several.
 */
#include "check.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "mkpkt.h"
#include "run/intake.h"
#include "run/route.h"
#include "run/shard.h"

enum { FRAMES_MAX = 4096, FRAME_MAX = 4096, TEXT_MAX = 1 << 17 };

#define CLIENT "10.0.0.5"
#define SERVER "192.0.2.80"
#define RESOLVER "10.0.0.1"

/* ---- a capture, made frame by frame ---- */

static struct {
	uint8_t frames[FRAMES_MAX][FRAME_MAX];
	struct packet packets[FRAMES_MAX];
	size_t n;
	int64_t now_ms;
	const char *client, *server;
	uint16_t client_port, server_port;
	uint32_t up, down; /* sequence numbers */
	uint32_t cut;      /* snap length, 0: none */
} cap;

static void frame(const struct mkpkt *p)
{
	struct bytes b = mkpkt_bytes(p);
	size_t kept = cap.cut && b.len > cap.cut ? cap.cut : b.len;
	assert_true(cap.n < FRAMES_MAX && kept <= FRAME_MAX);
	memcpy(cap.frames[cap.n], b.at, kept);
	cap.packets[cap.n] = (struct packet){ .ts_ns = (1000 + cap.now_ms) * NS_PER_MS,
					      .frame = { cap.frames[cap.n], kept },
					      .wire_len = (uint32_t)b.len,
					      .linktype = 1,
					      .number = cap.n + 1,
					      .ordinal = cap.n + 1 };
	cap.n++;
	cap.now_ms += 5;
}

static void tcp(bool is_up, uint8_t flags, uint32_t seq, const void *data, size_t len)
{
	static struct mkpkt p;
	mkpkt_start(&p, data, len);
	if (is_up)
		mkpkt_tcp(&p, cap.client_port, cap.server_port, seq, cap.down, flags);
	else
		mkpkt_tcp(&p, cap.server_port, cap.client_port, seq, cap.up, flags);
	mkpkt_ip(&p, is_up ? cap.client : cap.server, is_up ? cap.server : cap.client, IPPROTO_TCP);
	mkpkt_ethernet(&p, 0x0800);
	frame(&p);
}

static void start(void)
{
	memset(&cap, 0, sizeof(cap));
}

static void ends(const char *client, uint16_t client_port, const char *server, uint16_t server_port)
{
	cap.client = client;
	cap.server = server;
	cap.client_port = client_port;
	cap.server_port = server_port;
	cap.up = 1000;
	cap.down = 5000;
}

static void handshake(void)
{
	tcp(true, TCP_SYN, cap.up++, NULL, 0);
	tcp(false, TCP_SYN | TCP_ACK, cap.down++, NULL, 0);
	tcp(true, TCP_ACK, cap.up, NULL, 0);
}

static void up(const void *data, size_t len)
{
	tcp(true, TCP_PSH | TCP_ACK, cap.up, data, len);
	cap.up += (uint32_t)len;
}

static void down(const void *data, size_t len)
{
	tcp(false, TCP_PSH | TCP_ACK, cap.down, data, len);
	cap.down += (uint32_t)len;
}

static void close_both(void)
{
	tcp(true, TCP_FIN | TCP_ACK, cap.up++, NULL, 0);
	tcp(false, TCP_FIN | TCP_ACK, cap.down++, NULL, 0);
}

static struct bytes hello(const char *sni, size_t pad_to)
{
	static struct mkbuf message, stream;
	message.len = stream.len = 0;
	mkhello_message(&message, &(struct mkhello){ .sni = sni, .alpn = "h2,http/1.1", .pad_to = pad_to });
	mkhello_records(&stream, mkbuf_bytes(&message), 1 << 14);
	return mkbuf_bytes(&stream);
}

/* A TLS record of application data with len bytes of content. */
static void record(uint16_t len)
{
	static uint8_t r[2048];
	r[0] = 23, r[1] = 3, r[2] = 3, r[3] = (uint8_t)(len >> 8), r[4] = (uint8_t)len;
	up(r, 5 + (size_t)len);
}

static void answer(void)
{
	static const uint8_t server_hello[20] = { 0x16, 3, 3, 0, 15 };
	down(server_hello, sizeof(server_hello));
}

static void dns(const char *client, const char *name, const char *address)
{
	static struct mkbuf m;
	static struct mkpkt p;
	for (int is_answer = 0; is_answer < 2; is_answer++) {
		m.len = 0;
		mkdns_start(&m, 7, is_answer, 1, (uint16_t)is_answer);
		mkdns_question(&m, name, 1);
		if (is_answer)
			mkdns_address(&m, name, 60, address);
		if (is_answer)
			mkpkt_frame(&p, IPPROTO_UDP, RESOLVER, 53, client, 40000, 0, m.at, m.len);
		else
			mkpkt_frame(&p, IPPROTO_UDP, client, 40000, RESOLVER, 53, 0, m.at, m.len);
		frame(&p);
	}
}

/* ---- what is told of it ---- */

struct told {
	char text[TEXT_MAX];
	size_t len;
};

static void on_flow(void *ctx, const struct flow_verdict *v)
{
	static const char *const by[] = { "-", "request", "sni", "quic", "http", "dns" };
	static const char *const why[] = { "-",         "ech",  "no-sni",  "mid-flow",
					   "truncated", "lost", "literal", "not-web" };
	struct told *t = ctx;
	const struct flow_info *i = v->info;
	t->len += (size_t)snprintf(t->text + t->len, TEXT_MAX - t->len,
				   "%u %s %s %s up %u down %u:", i->client_port,
				   v->names.host->len ? v->names.host->text : "?", by[i->named_by],
				   why[i->unnamed], (unsigned)v->totals->up, (unsigned)v->totals->down);
	for (uint32_t k = 0; k < v->n_activity; k++)
		t->len += (size_t)snprintf(t->text + t->len, TEXT_MAX - t->len, " %u/%u",
					   (unsigned)v->activity[k].burst.up,
					   (unsigned)v->activity[k].burst.up_payload);
	t->len += (size_t)snprintf(t->text + t->len, TEXT_MAX - t->len, "\n");
}

static void on_visit(void *ctx, const struct visit_result *v)
{
	(void)ctx;
	(void)v;
}

static const struct knowledge nothing_known;

static struct shard_spec spec_of(struct told *told, uint64_t seed)
{
	return (struct shard_spec){
		.know = &nothing_known,
		.hash_key = { seed, ~seed },
		.flows_max = 4096,
		.cold_max = 256,
		.clients_max = 64,
		.client_flows_max = 4096,
		.dns_max = 1024,
		.fragments_max = 16,
		.visit = on_visit,
		.flow = on_flow,
		.ctx = told,
	};
}

/* The flows that one shard tells of the capture, a line each. */
static const char *flows(void)
{
	static struct told told;
	told.len = 0;
	told.text[0] = '\0';
	struct shard_spec spec = spec_of(&told, 1);
	struct shard *s = shard_new(&spec);
	assert_non_null(s);
	for (size_t i = 0; i < cap.n; i += 7)
		shard_packets(s, cap.packets + i, cap.n - i < 7 ? cap.n - i : 7);
	shard_finish(s);
	shard_free(s);
	return told.text;
}

/* Live, as the engine ticks: once a second, and when the clock is set back; with room for so many clients. */
static const char *flows_live(uint32_t n_clients)
{
	static struct told told;
	struct shard_spec spec = spec_of(&told, 1);
	int64_t clock_ns = cap.packets[0].ts_ns;
	told.len = 0;
	told.text[0] = '\0';
	spec.is_live = true;
	spec.clients_max = n_clients;
	spec.client_flows_max = 1024;
	struct shard *s = shard_new(&spec);
	assert_non_null(s);
	for (size_t i = 0; i < cap.n; i++) {
		int64_t ts_ns = cap.packets[i].ts_ns;
		bool is_set_back = ts_ns < clock_ns - 60 * NS_PER_S;
		if (is_set_back || ts_ns - clock_ns >= NS_PER_S)
			shard_tick(s, clock_ns = ts_ns, is_set_back);
		shard_packets(s, &cap.packets[i], 1);
	}
	shard_finish(s);
	shard_free(s);
	return told.text;
}

/* ---- names ---- */

static void split_hello(const size_t order[3], bool has_syn, int lost)
{
	struct bytes h = hello("www.example.org", 1800);
	size_t third = h.len / 3 + 1;
	start();
	ends(CLIENT, 50000, SERVER, 443);
	if (has_syn)
		handshake();
	for (int i = 0; i < 3; i++) {
		size_t from = order[i] * third, to = from + third < h.len ? from + third : h.len;
		if ((int)order[i] != lost)
			tcp(true, TCP_ACK, cap.up + (uint32_t)from, h.at + from, to - from);
	}
	cap.up += (uint32_t)h.len;
	for (int i = 0; i < 4; i++)
		answer();
}

static void a_hello_in_pieces_names_the_flow(void **state)
{
	(void)state;
	static const size_t orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
					     { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	for (size_t i = 0; i < COUNT(orders); i++)
		for (int has_syn = 0; has_syn < 2; has_syn++) {
			split_hello(orders[i], has_syn, -1);
			if (!strstr(flows(), "50000 www.example.org sni -"))
				fail_msg("order %d, SYN %d: %s", (int)i, has_syn, flows());
		}
}

static void http_get(const char *host)
{
	char text[200];
	up(text, (size_t)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", host));
}

static void make_whole_hello(void)
{
	handshake();
	struct bytes h = hello("www.example.org", 0);
	up(h.at, h.len);
}

static void make_no_sni(void)
{
	handshake();
	struct bytes h = hello(NULL, 0);
	up(h.at, h.len);
}

static void make_no_sni_dns(void)
{
	dns(CLIENT, "cdn.example.net", SERVER);
	make_no_sni();
}

static void make_others_dns(void)
{
	dns("10.0.0.99", "cdn.example.net", SERVER);
	make_no_sni();
}

static void make_http(void)
{
	handshake();
	http_get("shop.example.com:8080");
}

static void make_http_literal(void)
{
	handshake();
	http_get("192.0.2.80");
}

static void make_connect(void)
{
	static const char ask[] = "CONNECT www.example.org:443 HTTP/1.1\r\nHost: www.example.org:443\r\n\r\n";
	static const char yes[] = "HTTP/1.1 200 OK\r\n\r\n";
	handshake();
	up(ask, sizeof(ask) - 1);
	down(yes, sizeof(yes) - 1);
	struct bytes h = hello("inner.example.org", 1800);
	up(h.at, 700);
	up(h.at + 700, h.len - 700);
}

/* HTTP/2 in clear, whose requests nobody can read yet, in a tunnel whose end is known. */
static void make_connect_http2(void)
{
	static const char ask[] = "CONNECT www.example.org:80 HTTP/1.1\r\n\r\n";
	static const char ok[] = "HTTP/1.1 200 OK\r\n\r\n", preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
	handshake();
	up(ask, sizeof(ask) - 1);
	down(ok, sizeof(ok) - 1);
	up(preface, sizeof(preface) - 1);
	close_both();
}

static void make_middle(void)
{
	record(500);
	answer();
}

static void make_middle_dns(void)
{
	dns(CLIENT, "cdn.example.net", SERVER);
	make_middle();
}

static void make_middle_hello(void)
{
	struct bytes h = hello("www.example.org", 0);
	up(h.at, h.len);
}

static void make_ssh(void)
{
	static const char banner[] = "SSH-2.0-OpenSSH_9.2\r\n";
	handshake();
	up(banner, sizeof(banner) - 1);
}

static void make_snapped(void)
{
	handshake();
	cap.cut = 90;
	struct bytes h = hello("www.example.org", 1000);
	up(h.at, h.len);
	for (int i = 0; i < 4; i++)
		answer();
}

static void make_syn_only(void)
{
	tcp(true, TCP_SYN, cap.up, NULL, 0);
}

static void make_ports_reused(void)
{
	make_whole_hello();
	close_both();
	cap.up += 70000;
	handshake();
	http_get("shop.example.com");
}

static void make_dns_over_tcp(void)
{
	static struct mkbuf m;
	ends(CLIENT, 45000, RESOLVER, 53);
	handshake();
	m.len = 0;
	size_t at = mkbuf_open(&m, 2);
	mkdns_start(&m, 7, 1, 1, 1);
	mkdns_question(&m, "cdn.example.net", 1);
	/* compressed names count from the message's beginning, so the owner is written whole */
	mkdns_address(&m, "cdn.example.net", 60, SERVER);
	mkbuf_close(&m, at, 2);
	down(m.at, 20);
	down(m.at + 20, m.len - 20);
	ends(CLIENT, 50000, SERVER, 443);
	make_no_sni();
}

static const struct {
	const char *what;
	void (*make)(void);
	const char *want; /* beginnings of lines, in any order */
	const char *also; /* NULL: no second flow */
} names[] = {
	{ "SNI", make_whole_hello, "50000 www.example.org sni -", NULL },
	{ "no SNI", make_no_sni, "50000 ? - no-sni", NULL },
	{ "no SNI, but DNS", make_no_sni_dns, "50000 cdn.example.net dns -", NULL },
	{ "no SNI, DNS of another client", make_others_dns, "50000 cdn.example.net dns -", NULL },
	{ "DNS over TCP in pieces", make_dns_over_tcp, "50000 cdn.example.net dns -", NULL },
	{ "Host", make_http, "50000 shop.example.com http -", NULL },
	{ "an address as Host", make_http_literal, "50000 ? - literal", NULL },
	{ "what a proxy is asked, if the tunnel has no name", make_connect_http2,
	  "50000 www.example.org http -", NULL },
	{ "the hello in a proxy's tunnel", make_connect, "50000 inner.example.org sni -", NULL },
	{ "from the middle", make_middle, "50000 ? - mid-flow", NULL },
	{ "from the middle, but DNS", make_middle_dns, "50000 cdn.example.net dns -", NULL },
	{ "a hello without SYN", make_middle_hello, "50000 www.example.org sni -", NULL },
	{ "no web", make_ssh, "50000 ? - not-web", NULL },
	{ "cut by the snap length", make_snapped, "50000 ? - truncated", NULL },
	{ "a SYN alone is no flow to tell of", make_syn_only, NULL, NULL },
	{ "ports used anew", make_ports_reused, "50000 www.example.org sni -",
	  "50000 shop.example.com http -" },
};

static void names_and_causes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		start();
		ends(CLIENT, 50000, SERVER, 443);
		names[i].make();
		const char *told = flows();
		size_t n_lines = 0;
		for (const char *p = told; *p; p++)
			n_lines += *p == '\n';
		bool is_right = n_lines == (size_t) !!names[i].want + !!names[i].also;
		is_right &= !names[i].want || strstr(told, names[i].want) != NULL;
		is_right &= !names[i].also || strstr(told, names[i].also) != NULL;
		if (!is_right)
			fail_msg("%s: %s", names[i].what, told);
	}
}

/* ---- bursts ---- */

/* Handshake, Finished and HTTP/2's preface: a connection that nothing was asked on. */
static void opened(void)
{
	start();
	ends(CLIENT, 50000, SERVER, 443);
	make_whole_hello();
	answer();
	record(53);
	record(87);
}

/* want: payloads of the bursts. */
static void check_bursts(const char *what, const char *want)
{
	char *told = strdup(flows()), text[200] = "";
	assert_non_null(told);
	told[strcspn(told, "\n")] = '\0';
	for (char *p = strchr(told, ':'); p && (p = strchr(p, '/')); p++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%d", *text ? " " : "",
			 atoi(p + 1));
	free(told);
	if (strcmp(text, want) != 0)
		fail_msg("%s: '%s', not '%s'", what, text, want);
}

static void bursts_of_requests(void **state)
{
	(void)state;
	opened();
	check_bursts("opened ahead of need", "0");

	opened();
	record(300);
	record(200);
	check_bursts("two requests at once", "500");

	opened();
	cap.now_ms += 3000;
	record(300);
	cap.now_ms += 900;
	record(200);
	cap.now_ms += 1100;
	record(150);
	check_bursts("requests later", "0 500 150");

	opened();
	cap.now_ms += 3000;
	record(30);
	cap.now_ms += 3000;
	record(34);
	check_bursts("window updates and pings begin none", "0");

	opened();
	record(300);
	cap.now_ms += 3000;
	cap.up -= 305;
	record(300);
	check_bursts("sent again", "300");

	opened();
	record(300);
	cap.now_ms += 3000;
	tcp(true, TCP_ACK, cap.up - 1, "", 1);
	tcp(true, TCP_ACK, cap.up, NULL, 0);
	check_bursts("keep-alives", "300");
}

/* What the bursts of the first flow of these lines come to. */
static unsigned sum_of_bursts(const char *told, unsigned *ret_n)
{
	unsigned sum = 0;
	*ret_n = 0;
	for (const char *p = strchr(told, ':') + 1; *p == ' '; (*ret_n)++) {
		sum += (unsigned)strtoul(p, NULL, 10);
		p += 1 + strcspn(p + 1, " \n");
	}
	return sum;
}

/* Bytes of IP that the client sent. */
static unsigned sent_up(void)
{
	unsigned sent = 0;
	for (size_t k = 0; k < cap.n; k++)
		if (cap.frames[k][14 + 15] == 5) /* from 10.0.0.5 */
			sent += (unsigned)cap.packets[k].wire_len - 14;
	return sent;
}

/* Live, what a connection did is known before it shows that it is over: here its client has to make room for
 * another one. */
static void live_bursts_are_told_before_they_are_over(void **state)
{
	unsigned n;
	(void)state;
	opened();
	record(300);
	cap.now_ms += 8000;
	record(200);
	cap.now_ms += 500;
	record(100);
	cap.now_ms += 4000;
	ends("10.0.0.6", 50001, SERVER, 443);
	make_whole_hello();
	cap.now_ms += 2000;
	record(30);
	const char *told = flows_live(1);
	assert_memory_equal(told, "50000 ", 6);
	assert_int_equal(sum_of_bursts(told, &n), atoi(strstr(told, " up ") + 4));
	assert_int_equal(n, 2);
	assert_non_null(strstr(told, "/300\n"));
}

/* However the clock steps while bursts go on: every byte is told, and once. */
static void live_no_byte_is_lost_when_the_clock_steps(void **state)
{
	static const int64_t steps_s[] = { -7200, -61, 0, 400, 1000, 86400 };
	(void)state;
	for (size_t i = 0; i < COUNT(steps_s); i++) {
		unsigned told_up = 0, told_in_bursts = 0, n;
		cap.now_ms = 0;
		opened();
		for (size_t k = 0; k < cap.n; k++)
			cap.packets[k].ts_ns += 8000 * NS_PER_S;
		cap.now_ms += 8000000;
		record(300);
		cap.now_ms += 300 + steps_s[i] * 1000;
		record(200);
		cap.now_ms += 3000;
		record(150);
		unsigned sent = sent_up();
		for (const char *told = flows_live(64); *told; told = strchr(told, '\n') + 1) {
			told_up += (unsigned)atoi(strstr(told, " up ") + 4);
			told_in_bursts += sum_of_bursts(told, &n);
		}
		if (told_up != sent || told_in_bursts != sent)
			fail_msg("%d s: %u bytes told, %u of them in bursts, %u sent", (int)steps_s[i],
				 told_up, told_in_bursts, sent);
	}
}

/* So many names that the table of them is begun anew meanwhile: what goes on is told to its end. */
static void no_byte_is_lost_when_names_are_forgotten(void **state)
{
	unsigned told_up = 0, n_flows = 0;
	char name[32];
	(void)state;
	opened();
	record(300);
	uint32_t at = cap.up;
	for (unsigned i = 0; i < 1010; i++) {
		snprintf(name, sizeof(name), "h%u.example", i);
		ends(CLIENT, (uint16_t)(1024 + i), "192.0.2.81", 443);
		tcp(true, TCP_SYN, cap.up++, NULL, 0);
		tcp(false, TCP_SYN | TCP_ACK, cap.down++, NULL, 0);
		struct bytes h = hello(name, 300);
		up(h.at, h.len);
	}
	cap.now_ms += 3000;
	ends(CLIENT, 50000, SERVER, 443);
	cap.up = at;
	record(200);
	unsigned sent = sent_up();
	for (const char *told = flows_live(64); *told; told = strchr(told, '\n') + 1, n_flows++)
		told_up += (unsigned)atoi(strstr(told, " up ") + 4);
	assert_in_range(told_up, sent - 60,
			sent);       /* a SYN alone, as of the one just asked for, is not told */
	assert_true(n_flows > 1011); /* it was begun anew */
}

/* Bytes of the bursts are those of the flow: none is lost between two. */
static void bursts_hold_every_byte(void **state)
{
	(void)state;
	opened();
	for (int i = 0; i < 20; i++) {
		cap.now_ms += 400 * i;
		record((uint16_t)(40 + 10 * i));
		answer();
	}
	close_both();
	const char *told = flows();
	unsigned n;
	assert_int_equal(sum_of_bursts(told, &n), atoi(strstr(told, " up ") + 4));
	assert_true(n > 10);
}

/* ---- several shards ---- */

static void make_crowd(void)
{
	static const char *const clients[] = { "10.0.0.5", "10.0.0.6", "10.0.0.7", "10.0.0.8",
					       "198.51.100.3" };
	static void (*const makes[])(void) = { make_whole_hello, make_no_sni, make_http,        make_connect,
					       make_middle,      make_ssh,    make_ports_reused };
	start();
	srand(5);
	for (int i = 0; i < 120; i++) {
		const char *client = clients[rand() % (int)COUNT(clients)];
		char server[20];
		snprintf(server, sizeof(server), "192.0.2.%d", 1 + rand() % 9);
		if (rand() % 3 == 0)
			dns(client, "cdn.example.net", server);
		ends(client, (uint16_t)(50000 + i), server, 443);
		makes[rand() % (int)COUNT(makes)]();
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines of a text in alphabetical order: the caller frees it. */
static char *sorted(const char *text)
{
	char *copy = strdup(text), *out = calloc(1, strlen(text) + 2), *lines[512];
	size_t n = 0, at = 0;
	assert_true(copy && out);
	for (char *p = copy, *end; (end = strchr(p, '\n')) && n < COUNT(lines); p = end + 1) {
		*end = '\0';
		lines[n++] = p;
	}
	qsort(lines, n, sizeof(lines[0]), by_text);
	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(out + at, strlen(text) + 2 - at, "%s\n", lines[i]);
	free(copy);
	return out;
}

/* As run/engine.c hands packets out. */
static void run_shards(uint32_t n, struct told *told, struct shard_counts *counts)
{
	struct shard *shards[5];
	struct shard_spec spec = spec_of(told, 1000 + n);
	struct router *r = router_new(&spec);
	assert_non_null(r);
	for (spec.index = 0; spec.index < n; spec.index++)
		shards[spec.index] = shard_new(&spec);
	struct intake intake;
	assert_true(intake_init(&intake, spec.fragments_max, spec.hash_key));
	size_t n_first = 0;
	for (size_t k = 0; k < cap.n; k++) {
		struct segment g;
		if (!intake_packet(&intake, &cap.packets[k], &g))
			continue;
		struct place place;
		router_places(r, &g, 1, n, &place);
		n_first += place.shard == 0;
		for (uint32_t i = 0; i < n; i++) {
			if (i == place.shard || place.is_for_all)
				shard_segment(shards[i], &g, i != place.shard);
			shard_pass(shards[i]);
		}
	}
	intake_add_counts(&intake, counts);
	intake_fini(&intake);
	assert_true(n_first < cap.n);
	for (uint32_t i = 0; i < n; i++) {
		shard_finish(shards[i]);
		shard_add_counts(shards[i], counts);
		shard_free(shards[i]);
	}
	router_free(r);
}

static void shards_tell_the_same(void **state)
{
	(void)state;
	static struct told told;
	make_crowd();
	char *alone = sorted(flows());
	assert_true(strlen(alone) > 5000);
	for (uint32_t n = 2; n <= 5; n++) {
		struct shard_counts counts = { 0 };
		told.len = 0;
		run_shards(n, &told, &counts);
		assert_int_equal(counts.packets, cap.n);
		char *together = sorted(told.text);
		assert_string_equal(together, alone);
		free(together);
	}
	free(alone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hello_in_pieces_names_the_flow),
		cmocka_unit_test(names_and_causes),
		cmocka_unit_test(bursts_of_requests),
		cmocka_unit_test(bursts_hold_every_byte),
		cmocka_unit_test(live_bursts_are_told_before_they_are_over),
		cmocka_unit_test(live_no_byte_is_lost_when_the_clock_steps),
		cmocka_unit_test(no_byte_is_lost_when_names_are_forgotten),
		cmocka_unit_test(shards_tell_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
