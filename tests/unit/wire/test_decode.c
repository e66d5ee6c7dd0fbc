#include "check.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "mkpkt.h"
#include "wire/decode.h"

static const char data[] = "payload";
enum { DATA = sizeof(data) - 1 };

static void inner4(struct mkpkt *p)
{
	mkpkt_start(p, data, DATA);
	mkpkt_tcp(p, 40000, 443, 7, 9, TCP_PSH | TCP_ACK);
	mkpkt_ip(p, "192.0.2.1", "198.51.100.7", IPPROTO_TCP);
}

static void assert_addr(const struct addr *a, const char *want)
{
	char text[ADDR_TEXT_MAX];
	assert_string_equal(addr_text(a, text), want);
}

static void decodes_tcp(void **state)
{
	(void)state;
	struct mkpkt p;
	struct segment s;
	inner4(&p);
	mkpkt_ethernet(&p, 0x0800);
	mkpkt_append(&p, 3); /* padding is no payload */
	struct packet packet = mkpkt_packet(&p, 1);
	assert_int_equal(decode(&packet, NULL, &s), DECODE_OK);
	assert_addr(&s.src, "192.0.2.1");
	assert_addr(&s.dst, "198.51.100.7");
	assert_int_equal(s.src_port, 40000);
	assert_int_equal(s.dst_port, 443);
	assert_int_equal(s.ip_len, DATA + 40);
	assert_int_equal(s.payload_len, DATA);
	assert_int_equal(s.payload.len, DATA);
	assert_memory_equal(s.payload.at, data, DATA);
	assert_int_equal(s.tcp_seq, 7);
	assert_int_equal(segment_seq(&s), 7);
	assert_int_equal(s.tcp_ack, 9);
	assert_int_equal(s.tcp_flags, TCP_PSH | TCP_ACK);
	assert_int_equal(s.ip_id, 1);
	assert_false(s.has_tsval);
	assert_true(s.has_mac);
	assert_int_equal(s.src_mac[5], 1);
	assert_int_equal(s.dst_mac[5], 2);
	assert_int_equal(s.ts_ns, packet.ts_ns);
	assert_int_equal(s.number, 1);
}

/* A port is no proof of a tunnel. */
static void other_use_of_a_tunnel_port_is_plain_udp(void **state)
{
	(void)state;
	static const uint16_t ports[] = { 4789, 8472, 6081, 2152, 3544, 1701, 37008 };
	for (size_t i = 0; i < COUNT(ports); i++) {
		struct mkpkt p;
		struct segment s;
		mkpkt_frame(&p, IPPROTO_UDP, "192.0.2.1", 5000, "198.51.100.7", ports[i], 0, "\xff\xffhello",
			    7);
		struct packet packet = mkpkt_packet(&p, 1);
		assert_int_equal(decode(&packet, NULL, &s), DECODE_OK);
		assert_int_equal(s.dst_port, ports[i]);
		assert_int_equal(s.payload_len, 7);
	}
}

static void reads_ipv6_extensions(void **state)
{
	(void)state;
	static const struct {
		const char *what, *headers;
		uint8_t first;
	} cases[] = {
		{ "hop by hop", "1100 010400000000", 0 },
		{ "all in a row",
		  "3c00 010400000000 2b00 010400000000 1102 0000000000000000000000000000000000000000"
		  "0000",
		  0 },
		{ "atomic fragment", "1100 0000 00000007", 44 },
		{ "AH", "1104 0000 00000001 00000001 000000000000000000000000", 51 },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mkpkt p;
		struct segment s;
		mkpkt_start(&p, data, DATA);
		mkpkt_udp(&p, 40000, 443);
		mkpkt_push_hex(&p, cases[i].headers);
		mkpkt_ip(&p, "2001:db8::1", "2001:db8::2", cases[i].first);
		struct packet packet = mkpkt_packet(&p, 229);
		enum decode got = decode(&packet, NULL, &s);
		if (got != DECODE_OK)
			fail_msg("%s: %d", cases[i].what, got);
		assert_int_equal(s.dst_port, 443);
		assert_int_equal(s.payload_len, DATA);
	}
}

static void skips_what_carries_no_ip(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		uint16_t linktype;
		const char *frame;
		enum decode want;
	} cases[] = {
		{ "ARP", 1, "ffffffffffff 020000000001 0806 0001 0800 0604 0001", DECODE_SKIP },
		{ "STP", 1, "0180c2000000 020000000001 0026 424203 0000", DECODE_SKIP },
		{ "beacon", 105, "8000 0000 ffffffffffff 020000000001 020000000001 0000", DECODE_SKIP },
		{ "protected", 105, "0841 0000 020000000002 020000000001 020000000003 0000 010203 040506",
		  DECODE_SKIP },
		{ "no data", 105, "4801 0000 020000000002 020000000001 020000000003 0000", DECODE_SKIP },
		{ "LCP", 9, "ff03 c021 0101 0004", DECODE_SKIP },
		{ "user-defined", 147, "00", DECODE_UNKNOWN_LINKTYPE },
		{ "cut Ethernet", 1, "ffffffffffff 020000000001 08", DECODE_BAD_LINK },
		{ "version 5", 101, "55000014 00000000 40060000 c0000201 c6336407", DECODE_BAD_IP },
		{ "header longer than total", 101, "46000014 00000000 40060000 c0000201 c6336407 00000000",
		  DECODE_BAD_IP },
		{ "short TCP", 101, "4500001c 00000000 40060000 c0000201 c6336407 00500050 00000000",
		  DECODE_BAD_TRANSPORT },
		{ "UDP length 7", 101, "4500001c 00000000 40110000 c0000201 c6336407 00500050 00070000",
		  DECODE_BAD_TRANSPORT },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mkpkt p;
		struct segment s;
		mkpkt_start(&p, NULL, 0);
		mkpkt_push_hex(&p, cases[i].frame);
		struct packet packet = mkpkt_packet(&p, cases[i].linktype);
		if (decode(&packet, NULL, &s) != cases[i].want)
			fail_msg("%s", cases[i].what);
	}
}

/* What the snap length cut is said, not lost from the accounts. */
static void says_what_was_cut(void **state)
{
	(void)state;
	struct mkpkt p;
	struct segment s;
	static uint8_t big[1000];
	mkpkt_frame(&p, IPPROTO_TCP, "192.0.2.1", 1, "198.51.100.7", 443, 0, big, sizeof(big));
	struct packet packet = mkpkt_packet(&p, 1);
	packet.frame.len = 100;
	assert_int_equal(decode(&packet, NULL, &s), DECODE_OK);
	assert_true(s.is_cut);
	assert_int_equal(s.payload_len, 1000);
	assert_int_equal(s.payload.len, 46);
	assert_int_equal(s.ip_len, 1040);
	assert_int_equal(s.ip_captured, 86);
}

/* Taken before the network card cut it into segments: no total length, or one that is as long as the frame.
 */
static void takes_the_frame_for_a_length_of_zero(void **state)
{
	(void)state;
	static uint8_t big[30000];
	for (int v6 = 0; v6 < 2; v6++) {
		struct mkpkt p;
		struct segment s;
		mkpkt_frame(&p, IPPROTO_TCP, v6 ? "2001:db8::1" : "192.0.2.1", 1,
			    v6 ? "2001:db8::2" : "198.51.100.7", 443, 0, big, sizeof(big));
		uint8_t *length = p.buf + p.from + 14 + (v6 ? 4 : 2);
		length[0] = length[1] = 0;
		struct packet packet = mkpkt_packet(&p, 1);
		assert_int_equal(decode(&packet, NULL, &s), DECODE_OK);
		assert_int_equal(s.payload_len, sizeof(big));
		assert_int_equal(s.ip_len, sizeof(big) + (v6 ? 60 : 40));
		packet.frame.len = 200;
		assert_int_equal(decode(&packet, NULL, &s), DECODE_OK);
		assert_int_equal(s.payload_len, sizeof(big));
		assert_true(s.is_cut);
	}
}

static void finds_the_timestamp_option(void **state)
{
	(void)state;
	static const struct {
		const char *options;
		bool has;
	} cases[] = {
		{ "0101 080a 01020304 00000000", true },
		{ "020405b4 0402 080a 01020304 00000000 01 030307", true },
		{ "020405b4 01 030307 0402 0000", false },
		{ "0101 0800 01020304 00000000", false }, /* a length that would not end */
		{ "01010101 01010101 010101 08", false },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mkpkt p;
		struct segment s;
		mkpkt_start(&p, NULL, 0);
		mkpkt_push_hex(&p, cases[i].options);
		size_t len = p.to - p.from;
		mkpkt_tcp(&p, 1, 2, 0, 0, TCP_SYN);
		p.buf[p.from + 12] = (uint8_t)((20 + len) / 4 << 4);
		mkpkt_ip(&p, "192.0.2.1", "198.51.100.7", IPPROTO_TCP);
		struct packet packet = mkpkt_packet(&p, 101);
		assert_int_equal(decode(&packet, NULL, &s), DECODE_OK);
		assert_int_equal(s.payload_len, 0);
		assert_int_equal(segment_seq(&s), 1);
		assert_int_equal(s.has_tsval, cases[i].has);
		assert_int_equal(s.tcp_tsval, cases[i].has ? 0x01020304 : 0);
	}
}

/* Each cut of a deep packet, on an exact copy: the answer is one of the kinds, and the views are inside. */
static void every_prefix_is_read_in_bounds(void **state)
{
	(void)state;
	struct mkpkt p;
	inner4(&p);
	mkpkt_push_hex(&p, "3081 880b 0033 0001 00000001 00000002 ff03 0021");
	mkpkt_ip(&p, "203.0.113.1", "203.0.113.2", 47);
	mkpkt_ethernet(&p, 0x0800);
	mkpkt_push_hex(&p, "0800 0000 00000100");
	mkpkt_udp(&p, 1, 4789);
	mkpkt_ip(&p, "2001:db8::a", "2001:db8::b", IPPROTO_UDP);
	mkpkt_push_hex(&p, "0000 0001 0006 020000000001 0000 8100 0005 86dd");
	struct bytes whole = mkpkt_bytes(&p);
	size_t n_ok = 0;
	for (size_t cut = 0; cut <= whole.len; cut++) {
		uint8_t *copy = test_malloc(cut + 1);
		memcpy(copy + 1, whole.at, cut);
		struct packet packet = { .frame = { copy + 1, cut },
					 .wire_len = (uint32_t)whole.len,
					 .linktype = 113 };
		struct segment s;
		enum decode got = decode(&packet, NULL, &s);
		assert_true(got < DECODE_COUNT);
		if (got == DECODE_OK) {
			n_ok++;
			assert_true(s.payload.at >= copy + 1);
			assert_true(s.payload.at + s.payload.len <= copy + 1 + cut);
			assert_true(s.payload.len <= s.payload_len);
			assert_int_equal(s.is_cut, s.payload.len < s.payload_len);
		}
		test_free(copy);
	}
	assert_true(n_ok > DATA);
}

static void tunnels_without_end_are_bounded(void **state)
{
	(void)state;
	struct mkpkt p;
	struct segment s;
	inner4(&p);
	for (int i = 0; i < 7; i++)
		mkpkt_ip(&p, "203.0.113.1", "203.0.113.2", 4);
	struct packet packet = mkpkt_packet(&p, 101);
	assert_int_equal(decode(&packet, NULL, &s), DECODE_OK);
	mkpkt_ip(&p, "203.0.113.1", "203.0.113.2", 4);
	packet = mkpkt_packet(&p, 101);
	assert_int_equal(decode(&packet, NULL, &s), DECODE_BAD_IP);

	inner4(&p);
	for (int i = 0; i < 100; i++)
		mkpkt_push_hex(&p, "8926 00000000");
	mkpkt_push_hex(&p, "020000000002 020000000001");
	packet = mkpkt_packet(&p, 1);
	assert_int_equal(decode(&packet, NULL, &s), DECODE_BAD_LINK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_tcp),
		cmocka_unit_test(other_use_of_a_tunnel_port_is_plain_udp),
		cmocka_unit_test(reads_ipv6_extensions),
		cmocka_unit_test(skips_what_carries_no_ip),
		cmocka_unit_test(says_what_was_cut),
		cmocka_unit_test(takes_the_frame_for_a_length_of_zero),
		cmocka_unit_test(finds_the_timestamp_option),
		cmocka_unit_test(every_prefix_is_read_in_bounds),
		cmocka_unit_test(tunnels_without_end_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
