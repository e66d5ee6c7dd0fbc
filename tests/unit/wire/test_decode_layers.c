/* Every link type and tunnel that decode() follows, around one and the same packet. */
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

static void inner6(struct mkpkt *p)
{
	mkpkt_start(p, data, DATA);
	mkpkt_udp(p, 40000, 443);
	mkpkt_ip(p, "2001:db8::1", "2001:db8::2", IPPROTO_UDP);
}

static void assert_addr(const struct addr *a, const char *want)
{
	char text[ADDR_TEXT_MAX];
	assert_string_equal(addr_text(a, text), want);
}

static void assert_inner(const struct segment *s, bool is_v6)
{
	assert_addr(&s->src, is_v6 ? "2001:db8::1" : "192.0.2.1");
	assert_addr(&s->dst, is_v6 ? "2001:db8::2" : "198.51.100.7");
	assert_int_equal(s->src_port, 40000);
	assert_int_equal(s->dst_port, 443);
	assert_int_equal(s->ip_proto, is_v6 ? IPPROTO_UDP : IPPROTO_TCP);
	assert_int_equal(s->ip_len, DATA + (is_v6 ? 48 : 40));
	assert_int_equal(s->payload_len, DATA);
	assert_int_equal(s->payload.len, DATA);
	assert_memory_equal(s->payload.at, data, DATA);
	assert_int_equal(s->ttl, 64);
	assert_false(s->is_cut);
}

static const char mac[] = "020000000002 020000000001";

/* Headers in front of an IPv4 or an IPv6 packet, by link type. */
static const struct {
	const char *what;
	uint16_t linktype;
	const char *mac, *head;
	bool is_v6;
} links[] = {
	{ "VLAN", 1, mac, "8100 0005 0800", false },
	{ "QinQ", 1, mac, "88a8 0005 8100 0006 86dd", true },
	{ "old QinQ", 1, mac, "9100 0005 8100 0006 0800", false },
	{ "MPLS, two labels", 1, mac, "8847 00010040 00020140", false },
	{ "MPLS, IPv6", 1, mac, "8847 00020140", true },
	{ "pseudowire with control word", 1, mac, "8847 00020140 00000000 020000000003 020000000004 0800",
	  false },
	{ "pseudowire without", 1, mac, "8847 00020140 220000000003 020000000004 86dd", true },
	{ "PPPoE", 1, mac, "8864 1100 0001 0031 0021", false },
	{ "PPPoE, IPv6", 1, mac, "8864 1100 0001 0031 0057", true },
	{ "LLC with SNAP", 1, mac, "0037 aaaa03 000000 0800", false },
	{ "backbone bridge", 1, mac, "88e7 00000001 020000000003 020000000004 0800", false },
	{ "NSH, IPv4", 1, mac, "894f 0006 0101 000001ff 00000000000000000000000000000000", false },
	{ "VN-Tag", 1, mac, "8926 00000000 0800", false },
	{ "Cisco metadata", 1, mac, "8909 01 01 0001 0064 0800", false },
	{ "NULL, little-endian", 0, "", "02000000", false },
	{ "NULL, big-endian, Linux", 0, "", "0000000a", true },
	{ "LOOP, macOS", 108, "", "0000001e", true },
	{ "PPP", 9, "", "ff03 0021", false },
	{ "PPP, short protocol", 9, "", "57", true },
	{ "PPP, multilink", 9, "", "ff03 003d c0000001 0021", false },
	{ "PPP in HDLC", 50, "", "ff03 0057", true },
	{ "Cisco HDLC in 50", 50, "", "0f00 0800", false },
	{ "PPPoE alone", 51, "", "1100 0001 0031 0021", false },
	{ "Cisco HDLC", 104, "", "8f00 86dd", true },
	{ "Frame Relay", 107, "", "1841 03 cc", false },
	{ "Frame Relay, SNAP", 107, "", "1841 03 00 80 000000 86dd", true },
	{ "Frame Relay, Cisco", 107, "", "1841 0800", false },
	{ "FDDI", 10, "", "50 020000000002 020000000001 aaaa03 000000 0800", false },
	{ "token ring", 6, "", "1040 020000000002 820000000001 0230 aaaa03 000000 0800", false },
	{ "raw", 101, "", "", false },
	{ "raw", 101, "", "", true },
	{ "raw", 12, "", "", false },
	{ "IPv4", 228, "", "", false },
	{ "IPv6", 229, "", "", true },
	{ "SLL", 113, "", "0000 0001 0006 020000000001 0000 0800", false },
	{ "SLL, VLAN", 113, "", "0000 0001 0006 020000000001 0000 8100 0005 86dd", true },
	{ "SLL2", 276, "", "86dd 0000 00000002 0001 00 06 020000000001 0000", true },
	{ "NFLOG", 239, "", "02 00 0000 0800 0100 08000000 3300 0900", false },
	{ "NFLOG, big-endian", 239, "", "0a 00 0000 0008 0001 00000000 003b 0009", true },
	{ "mPacket", 274, "", "55555555555555d5 020000000002 020000000001 0800", false },
	{ "Broadcom tag", 281, mac, "20000001 0800", false },
	{ "PKTAP", 258, "", "10000000 01000000 65000000 00000000", false },
	{ "PPI", 192, "",
	  "00 00 0c00 69000000 00000000 0801 0000 020000000002 020000000001 020000000003 0000"
	  "aaaa03 000000 0800",
	  false },
	{ "802.11", 105, "", "0801 0000 020000000002 020000000001 020000000003 0000 aaaa03 000000 0800",
	  false },
	{ "802.11, QoS", 105, "",
	  "8802 0000 020000000002 020000000003 020000000001 0000 0000 aaaa03 000000 86dd", true },
	{ "802.11, four addresses", 105, "",
	  "0803 0000 020000000003 020000000004 020000000002 0000 020000000001 aaaa03 000000 0800", false },
	{ "radiotap, padded", 127, "",
	  "00 00 0900 02000000 20 8801 0000 020000000002 020000000001 020000000003 0000 0000 0000"
	  "aaaa03 000000 0800",
	  false },
	{ "radiotap, TSFT and two words", 127, "",
	  "00 00 1900 030000a0 00000000 00000000 0000000000000000 00 0801 0000 020000000002 "
	  "020000000001 020000000003"
	  "0000 aaaa03 000000 0800",
	  false },
	{ "AVS", 163, "",
	  "80211001 00000008 0801 0000 020000000002 020000000001 020000000003 0000"
	  "aaaa03 000000 0800",
	  false },
	{ "Juniper Ethernet", 178, "", "4d474300 020000000002 020000000001 0800", false },
};

static void follows_links(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(links); i++) {
		struct mkpkt p;
		struct segment s;
		(links[i].is_v6 ? inner6 : inner4)(&p);
		mkpkt_push_hex(&p, links[i].head);
		mkpkt_push_hex(&p, links[i].mac);
		struct packet packet = mkpkt_packet(&p, links[i].linktype);
		enum decode got = decode(&packet, NULL, &s);
		if (got != DECODE_OK)
			fail_msg("%s: %d", links[i].what, got);
		assert_inner(&s, links[i].is_v6);
	}
}

/* Headers behind an outer IPv4 header. */
static const struct {
	const char *what;
	uint8_t proto;
	uint16_t port; /* of UDP */
	const char *head;
	bool is_v6;
} tunnels[] = {
	{ "IP in IP", 4, 0, "", false },
	{ "6in4", 41, 0, "", true },
	{ "GRE", 47, 0, "0000 0800", false },
	{ "GRE, checksum, key, sequence", 47, 0, "b000 86dd 00000000 00000001 00000002", true },
	{ "NVGRE", 47, 0, "2000 6558 00001000 020000000003 020000000004 0800", false },
	{ "PPTP", 47, 0, "3081 880b 0033 0001 00000001 00000002 ff03 0021", false },
	{ "ERSPAN I", 47, 0, "0000 88be 020000000003 020000000004 0800", false },
	{ "ERSPAN II", 47, 0, "1000 88be 00000001 1001000100000000 020000000003 020000000004 86dd", true },
	{ "ERSPAN III", 47, 0, "1000 22eb 00000001 200100010000000000000000 020000000003 020000000004 0800",
	  false },
	{ "ERSPAN III, subheader", 47, 0,
	  "1000 22eb 00000001 200100010000000000000001 0000000000000000 020000000003 020000000004 "
	  "0800",
	  false },
	{ "802.11 in GRE, Aruba", 47, 0,
	  "0000 8200 0801 0000 020000000002 020000000001 020000000003 0000 aaaa03 000000 0800", false },
	{ "MPLS in GRE", 47, 0, "0000 8847 00020140", false },
	{ "MPLS in IP", 137, 0, "00020140", false },
	{ "EtherIP", 97, 0, "3000 020000000003 020000000004 0800", false },
	{ "AH", 51, 0, "0404 0000 00000001 00000001 000000000000000000000000", false },
	{ "VXLAN", 17, 4789, "08000000 00000100 020000000003 020000000004 0800", false },
	{ "VXLAN of Linux", 17, 8472, "08000000 00000100 020000000003 020000000004 8100 0001 86dd", true },
	{ "VXLAN-GPE", 17, 4790, "0c000001 00000100", false },
	{ "GENEVE", 17, 6081, "0100 6558 00000100 01020304 020000000003 020000000004 0800", false },
	{ "GTP-U", 17, 2152, "30ff 0033 00000001", false },
	{ "GTP-U, extension", 17, 2152, "34ff 0033 00000001 000000 85 01 100100", true },
	{ "Teredo", 17, 3544, "", true },
	{ "Teredo, origin", 17, 3544, "0000 000000000000", true },
	{ "L2TP", 17, 1701, "4002 0033 0001 0002 ff03 0021", false },
	{ "TZSP", 17, 37008, "01000001 0a01ff 01 020000000003 020000000004 0800", false },
	{ "IP in IPv6 in GRE", 47, 0, "", false },
};

static void follows_tunnels(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(tunnels); i++) {
		struct mkpkt p;
		struct segment s;
		(tunnels[i].is_v6 ? inner6 : inner4)(&p);
		if (strcmp(tunnels[i].what, "IP in IPv6 in GRE") == 0) {
			mkpkt_ip(&p, "2001:db8::a", "2001:db8::b", 4);
			mkpkt_push_hex(&p, "0000 86dd");
		} else {
			mkpkt_push_hex(&p, tunnels[i].head);
		}
		if (tunnels[i].port)
			mkpkt_udp(&p, 50000, tunnels[i].port);
		mkpkt_ip(&p, "203.0.113.1", "203.0.113.2", tunnels[i].proto);
		mkpkt_ethernet(&p, 0x0800);
		struct packet packet = mkpkt_packet(&p, 1);
		enum decode got = decode(&packet, NULL, &s);
		if (got != DECODE_OK)
			fail_msg("%s: %d", tunnels[i].what, got);
		assert_inner(&s, tunnels[i].is_v6);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_links),
		cmocka_unit_test(follows_tunnels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
