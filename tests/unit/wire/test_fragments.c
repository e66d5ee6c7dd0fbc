#include "check.h"

#include <netinet/in.h>
#include <string.h>

#include "base/time.h"
#include "mkpkt.h"
#include "wire/decode.h"
#include "wire/fragments.h"

enum { LEN = 4000, STEP = 1000 };

static uint8_t datagram[LEN]; /* a UDP header and payload */

static int setup(void **state)
{
	(void)state;
	struct mkpkt p;
	for (size_t i = 8; i < LEN; i++)
		datagram[i] = (uint8_t)(i * 7 >> 3);
	mkpkt_start(&p, datagram + 8, LEN - 8);
	mkpkt_udp(&p, 53, 40000);
	memcpy(datagram, mkpkt_bytes(&p).at, LEN);
	return 0;
}

static enum decode send_at(struct fragments *f, bool is_v6, uint32_t id, size_t from, size_t to,
			   int64_t ts_ns, struct segment *s)
{
	struct mkpkt p;
	mkpkt_start(&p, datagram + from, to - from);
	mkpkt_ip_fragment(&p, is_v6 ? "2001:db8::1" : "192.0.2.1", is_v6 ? "2001:db8::2" : "198.51.100.7",
			  IPPROTO_UDP, id, (uint16_t)from, to < LEN);
	struct packet packet = mkpkt_packet(&p, 101);
	packet.ts_ns = ts_ns;
	return decode(&packet, f, s);
}

static enum decode feed(struct fragments *f, bool is_v6, size_t from, size_t to, struct segment *s)
{
	return send_at(f, is_v6, 77, from, to, NS_PER_S, s);
}

static void puts_together_in_any_order(void **state)
{
	(void)state;
	static const size_t orders[][4] = { { 0, 1, 2, 3 }, { 3, 2, 1, 0 }, { 1, 3, 0, 2 }, { 2, 0, 3, 1 } };
	struct fragments *f = fragments_new(4, (struct hash_key){ 1, 2 });
	for (size_t i = 0; i < 2 * COUNT(orders); i++) {
		bool is_v6 = i % 2;
		struct segment s;
		for (size_t k = 0; k < 4; k++) {
			size_t from = orders[i / 2][k] * STEP;
			enum decode want = k < 3 ? DECODE_FRAGMENT : DECODE_OK;
			assert_int_equal(feed(f, is_v6, from, from + STEP, &s), want);
			assert_int_equal(s.src_port, k < 3 ? 0 : 53);
			assert_int_equal(s.ip_proto, IPPROTO_UDP);
		}
		assert_int_equal(s.dst_port, 40000);
		assert_int_equal(s.payload_len, LEN - 8);
		assert_memory_equal(s.payload.at, datagram + 8, LEN - 8);
		assert_int_equal(s.ip_len, LEN + 4 * (is_v6 ? 48 : 20));
		assert_int_equal(s.ip_captured, LEN + (is_v6 ? 40 : 20));
		assert_false(s.is_cut);
	}
	struct fragments_counts counts;
	fragments_counts(f, &counts);
	assert_int_equal(counts.assembled, 2 * COUNT(orders));
	assert_int_equal(counts.kept, 8 * COUNT(orders));
	assert_int_equal(counts.evicted + counts.refused, 0);
	fragments_free(f);
}

static void overlaps_spoil_the_datagram(void **state)
{
	(void)state;
	struct fragments *f = fragments_new(4, (struct hash_key){ 1, 2 });
	struct segment s;
	assert_int_equal(feed(f, true, 0, 1000, &s), DECODE_FRAGMENT);
	assert_int_equal(feed(f, true, 0, 1000, &s), DECODE_FRAGMENT); /* the same again is none */
	assert_int_equal(feed(f, true, 992, 2000, &s), DECODE_FRAGMENT);
	assert_int_equal(feed(f, true, 1000, 2000, &s), DECODE_FRAGMENT);
	assert_int_equal(feed(f, true, 2000, LEN, &s), DECODE_FRAGMENT);
	struct fragments_counts counts;
	fragments_counts(f, &counts);
	assert_int_equal(counts.assembled, 0);
	assert_int_equal(counts.refused, 3);
	fragments_free(f);
}

static void the_table_is_bounded_and_forgets(void **state)
{
	(void)state;
	struct fragments *f = fragments_new(4, (struct hash_key){ 1, 2 });
	struct segment s;
	struct fragments_counts counts;
	for (uint32_t id = 0; id < 100; id++)
		assert_int_equal(send_at(f, true, id, 0, 1000, NS_PER_S, &s), DECODE_FRAGMENT);
	fragments_counts(f, &counts);
	assert_int_equal(counts.evicted, 96);
	assert_int_equal(send_at(f, true, 99, 1000, LEN, 60 * NS_PER_S, &s), DECODE_FRAGMENT); /* too late */
	fragments_counts(f, &counts);
	assert_int_equal(counts.evicted, 100);
	assert_int_equal(counts.assembled, 0);
	fragments_free(f);
}

/* Without a table, or cut, the first fragment gives what it has. */
static void a_first_fragment_alone_is_a_cut_segment(void **state)
{
	(void)state;
	struct segment s;
	assert_int_equal(feed(NULL, false, 0, 1000, &s), DECODE_OK);
	assert_int_equal(s.src_port, 53);
	assert_int_equal(s.payload_len, 992);
	assert_int_equal(feed(NULL, false, 1000, 2000, &s), DECODE_FRAGMENT);
	assert_int_equal(s.src_port, 0);

	struct fragments *f = fragments_new(4, (struct hash_key){ 1, 2 });
	struct mkpkt p;
	mkpkt_start(&p, datagram, 1000);
	mkpkt_ip_fragment(&p, "192.0.2.1", "198.51.100.7", IPPROTO_UDP, 1, 0, 1);
	struct packet packet = mkpkt_packet(&p, 101);
	packet.frame.len = 200;
	assert_int_equal(decode(&packet, f, &s), DECODE_OK);
	assert_true(s.is_cut);
	assert_int_equal(s.payload.len, 200 - 28);
	fragments_free(f);
}

/* A tunnel's packet in fragments, whose inner packet is a fragment again. */
static void fragments_in_a_fragmented_tunnel(void **state)
{
	(void)state;
	struct fragments *f = fragments_new(4, (struct hash_key){ 1, 2 });
	struct segment s;
	enum decode got = DECODE_BAD_LINK;
	for (uint32_t i = 0; i < 2; i++) {
		struct mkpkt inner, outer;
		mkpkt_start(&inner, datagram + i * 2000, 2000);
		mkpkt_ip_fragment(&inner, "192.0.2.1", "198.51.100.7", IPPROTO_UDP, 5, (uint16_t)(i * 2000),
				  i == 0);
		struct bytes whole = mkpkt_bytes(&inner);
		for (size_t from = 0; from < whole.len; from += 1200) {
			size_t to = from + 1200 < whole.len ? from + 1200 : whole.len;
			mkpkt_start(&outer, whole.at + from, to - from);
			mkpkt_ip_fragment(&outer, "203.0.113.1", "203.0.113.2", IPPROTO_IPIP, 10 + i,
					  (uint16_t)from, to < whole.len);
			struct packet packet = mkpkt_packet(&outer, 101);
			got = decode(&packet, f, &s);
		}
	}
	assert_int_equal(got, DECODE_OK);
	assert_int_equal(s.dst_port, 40000);
	assert_memory_equal(s.payload.at, datagram + 8, LEN - 8);
	fragments_free(f);
}

static void odd_pieces_are_refused(void **state)
{
	(void)state;
	struct fragments *f = fragments_new(4, (struct hash_key){ 1, 2 });
	struct fragments_whole whole;
	struct fragment piece = {
		.id = 1, .proto = 17, .header = { datagram, 20 }, .data = { datagram, 1000 }
	};
	piece.offset = 65528;
	assert_false(fragments_add(f, &piece, &whole)); /* beyond 64 KiB */
	piece.offset = 2000;
	assert_false(fragments_add(f, &piece, &whole)); /* the last one */
	piece.offset = 3000;
	piece.has_more = true;
	assert_false(fragments_add(f, &piece, &whole)); /* more behind the last one */
	struct fragments_counts counts;
	fragments_counts(f, &counts);
	assert_int_equal(counts.refused, 2);
	assert_int_equal(counts.kept, 1);
	fragments_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_together_in_any_order),
		cmocka_unit_test(overlaps_spoil_the_datagram),
		cmocka_unit_test(the_table_is_bounded_and_forgets),
		cmocka_unit_test(a_first_fragment_alone_is_a_cut_segment),
		cmocka_unit_test(fragments_in_a_fragmented_tunnel),
		cmocka_unit_test(odd_pieces_are_refused),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
