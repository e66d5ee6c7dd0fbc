#include "check.h"

#include <string.h>

#include "base/time.h"
#include "capture/pcapng.h"
#include "capture/pcapng_clock.h"
#include "mkcap.h"

enum { PACKETS_MAX = 32 };

#define DSB 10
#define ISB 5
#define TLS_KEYLOG 0x544c534b

struct told {
	size_t n;
	uint32_t type;
	char text[64];
};

static void on_secrets(void *ctx, uint32_t type, struct bytes secrets)
{
	struct told *t = ctx;
	t->n++;
	t->type = type;
	assert_true(secrets.len < sizeof(t->text));
	memcpy(t->text, secrets.at, secrets.len);
	t->text[secrets.len] = '\0';
}

/* Walks to the end or to a fault. returns: how many packets. */
static size_t walk_all(struct pcapng *p, struct bytes b, struct packet *packets, struct walk *ret_walk)
{
	size_t n = 0;
	struct walk w;
	do {
		pcapng_walk(p, b, packets + n, PACKETS_MAX - n, &w);
		n += w.n;
		size_t used = w.used < b.len ? (size_t)w.used : b.len;
		b.at += used;
		b.len -= used;
	} while (w.n > 0 && n < PACKETS_MAX);
	*ret_walk = w;
	return n;
}

static void put_secrets(struct mkcap *c, const char *text)
{
	size_t b = mkcap_begin(c, DSB);
	mkcap_uint(c, TLS_KEYLOG, 4);
	mkcap_uint(c, strlen(text), 4);
	mkcap_bytes(c, text, strlen(text));
	mkcap_end(c, b);
}

static void put_statistics(struct mkcap *c, uint32_t interface, uint64_t if_drops, uint64_t os_drops)
{
	size_t b = mkcap_begin(c, ISB);
	mkcap_uint(c, interface, 4);
	mkcap_uint(c, 0, 8);
	mkcap_uint(c, 5, 2);
	mkcap_uint(c, 8, 2);
	mkcap_uint(c, if_drops, 8);
	mkcap_uint(c, 7, 2);
	mkcap_uint(c, 8, 2);
	mkcap_uint(c, os_drops, 8);
	mkcap_option(c, 0, NULL, 0);
	mkcap_end(c, b);
}

static void put_simple(struct mkcap *c, uint32_t wire_len, uint32_t caplen, uint8_t fill)
{
	uint8_t frame[256];
	memset(frame, fill, sizeof(frame));
	size_t b = mkcap_begin(c, 3);
	mkcap_uint(c, wire_len, 4);
	mkcap_bytes(c, frame, caplen);
	mkcap_end(c, b);
}

static void put_old(struct mkcap *c, uint16_t interface, uint64_t units, uint32_t caplen, uint8_t fill)
{
	uint8_t frame[256];
	memset(frame, fill, sizeof(frame));
	size_t b = mkcap_begin(c, 2);
	mkcap_uint(c, interface, 2);
	mkcap_uint(c, 0xffff, 2);
	mkcap_uint(c, units >> 32, 4);
	mkcap_uint(c, units & 0xffffffff, 4);
	mkcap_uint(c, caplen, 4);
	mkcap_uint(c, caplen + 1, 4);
	mkcap_bytes(c, frame, caplen);
	mkcap_end(c, b);
}

static void put_unknown(struct mkcap *c, uint32_t type)
{
	size_t b = mkcap_begin(c, type);
	mkcap_bytes(c, "no one knows", 12);
	mkcap_end(c, b);
}

/* Two sections of different byte order, with everything a section can hold. */
static void make_all(struct mkcap *c, bool is_swapped)
{
	*c = (struct mkcap){ .is_swapped = is_swapped };
	mkcap_section(c);
	mkcap_interface(c, 1, 100, -1, 0);
	put_unknown(c, 0x80000bad);
	mkcap_interface(c, 113, 0, 9, -3600);
	mkcap_enhanced(c, 0, 1600000000000001, 61, 1514, 1);
	mkcap_enhanced(c, 1, 1600003600000000007, 62, 62, 2);
	put_secrets(c, "CLIENT_RANDOM 01 02\n");
	put_simple(c, 1514, 100, 3);
	put_simple(c, 43, 43, 4);
	put_statistics(c, 0, 3, 4);
	put_statistics(c, 0, 5, 6);
	put_statistics(c, 1, 0, 100);
	put_unknown(c, 4);
	c->is_swapped = !is_swapped;
	mkcap_section(c);
	mkcap_interface(c, 276, 0, 0x80 | 10, 0);
	put_old(c, 0, 1024 * 5 + 512, 45, 5);
	put_statistics(c, 0, 1000, 0);
}

static const struct {
	int64_t ts_ns;
	uint32_t caplen, wire_len;
	uint16_t linktype;
} want[] = {
	{ INT64_C(1600000000000001000), 61, 1514, 1 },  { INT64_C(1600000000000000007), 62, 62, 113 },
	{ INT64_C(1600000000000000007), 100, 1514, 1 }, { INT64_C(1600000000000000007), 43, 43, 1 },
	{ INT64_C(5500000000), 45, 46, 276 },
};

static void reads_all_there_is_in_both_orders(void **state)
{
	(void)state;
	static struct mkcap c;
	for (int order = 0; order < 2; order++) {
		struct pcapng p;
		struct packet packets[PACKETS_MAX];
		struct walk w;
		struct told told = { 0 };
		make_all(&c, order);
		assert_true(pcapng_open(&p, mkcap_view(&c)));
		p.secrets = on_secrets;
		p.ctx = &told;
		assert_int_equal(walk_all(&p, mkcap_view(&c), packets, &w), COUNT(want));
		assert_null(w.why);
		for (size_t i = 0; i < COUNT(want); i++) {
			assert_int_equal(packets[i].ts_ns, want[i].ts_ns);
			assert_int_equal(packets[i].frame.len, want[i].caplen);
			assert_int_equal(packets[i].wire_len, want[i].wire_len);
			assert_int_equal(packets[i].linktype, want[i].linktype);
			assert_int_equal(packets[i].number, i + 1);
			for (size_t k = 0; k < packets[i].frame.len; k++)
				assert_int_equal(packets[i].frame.at[k], i + 1);
		}
		assert_int_equal(told.n, 1);
		assert_int_equal(told.type, TLS_KEYLOG);
		assert_string_equal(told.text, "CLIENT_RANDOM 01 02\n");
		assert_int_equal(pcapng_dropped(&p), 5 + 6 + 100 + 1000);
		assert_int_equal(p.bad_blocks, 0);
		assert_true(p.is_nanoseconds);
		pcapng_close(&p);
	}
}

static void every_prefix_asks_for_more(void **state)
{
	(void)state;
	static struct mkcap c;
	make_all(&c, false);
	for (size_t cut = 0; cut < c.len; cut++) {
		uint8_t *copy = test_malloc(cut + 1);
		memcpy(copy + 1, c.at, cut);
		struct bytes b = { copy + 1, cut };
		struct pcapng p;
		struct packet packets[PACKETS_MAX];
		struct walk w;
		assert_int_equal(pcapng_open(&p, b), cut >= 12);
		if (cut >= 12) {
			size_t n = walk_all(&p, b, packets, &w);
			assert_true(n <= COUNT(want));
			assert_null(w.why);
			assert_true(w.need > 0);
			assert_int_equal(p.bad_blocks, 0);
		}
		pcapng_close(&p);
		test_free(copy);
	}
}

/* As tshark 4.0 numbers them: custom and journal blocks are frames there, others are not. */
static void numbers_are_those_of_wireshark(void **state)
{
	(void)state;
	static struct mkcap c;
	static const struct {
		uint32_t between; /* block before the packet */
		uint64_t want;
	} cases[] = { { 0x0bad, 2 }, { 9, 4 }, { 0x40000bad, 6 }, { 0x12345, 7 }, { 4, 8 } };
	c = (struct mkcap){ 0 };
	mkcap_section(&c);
	mkcap_interface(&c, 1, 0, -1, 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		put_unknown(&c, cases[i].between);
		mkcap_enhanced(&c, 0, 1, 20, 20, 7);
	}
	struct pcapng p;
	struct packet packets[PACKETS_MAX];
	struct walk w;
	assert_true(pcapng_open(&p, mkcap_view(&c)));
	assert_int_equal(walk_all(&p, mkcap_view(&c), packets, &w), COUNT(cases));
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(packets[i].number, cases[i].want);
	pcapng_close(&p);
}

/* A block that contradicts itself is counted and passed over; the packets behind it are read. */
static void bad_blocks_are_passed_over(void **state)
{
	(void)state;
	static struct mkcap c;
	c = (struct mkcap){ 0 };
	mkcap_section(&c);
	put_simple(&c, 20, 20, 9);           /* no interface yet */
	mkcap_enhanced(&c, 0, 1, 20, 20, 9); /* nor here */
	mkcap_interface(&c, 1, 0, -1, 0);
	mkcap_enhanced(&c, 1, 1, 20, 20, 9); /* there is no interface 1 */
	size_t b = mkcap_begin(&c, 6);       /* a frame longer than its block */
	for (size_t i = 0; i < 5; i++)
		mkcap_uint(&c, i < 3 ? 0 : 4096, 4);
	mkcap_end(&c, b);
	b = mkcap_begin(&c, 6); /* too short for a packet */
	mkcap_end(&c, b);
	b = mkcap_begin(&c, DSB); /* secrets longer than their block */
	mkcap_uint(&c, TLS_KEYLOG, 4);
	mkcap_uint(&c, 100, 4);
	mkcap_end(&c, b);
	mkcap_enhanced(&c, 0, 1, 20, 20, 7);
	struct pcapng p;
	struct packet packets[PACKETS_MAX];
	struct walk w;
	struct told told = { 0 };
	assert_true(pcapng_open(&p, mkcap_view(&c)));
	p.secrets = on_secrets;
	p.ctx = &told;
	assert_int_equal(walk_all(&p, mkcap_view(&c), packets, &w), 1);
	assert_null(w.why);
	assert_int_equal(packets[0].frame.at[0], 7);
	assert_int_equal(packets[0].number, 1);
	assert_int_equal(p.bad_blocks, 6);
	assert_int_equal(told.n, 0);
	pcapng_close(&p);
}

/* Where the chain of blocks itself is broken nothing behind can be believed. */
static void a_broken_chain_stops_it(void **state)
{
	(void)state;
	static struct mkcap c;
	for (int kind = 0; kind < 5; kind++) {
		c = (struct mkcap){ 0 };
		mkcap_section(&c);
		mkcap_interface(&c, 1, 0, -1, 0);
		mkcap_enhanced(&c, 0, 1, 20, 20, 7);
		size_t at = c.len;
		if (kind < 3)
			mkcap_enhanced(&c, 0, 1, 20, 20, 8);
		else
			mkcap_section(&c);
		static const uint8_t zero[4] = { 0 };
		if (kind == 0)
			memcpy(c.at + at + 4, zero, 4); /* length 0 */
		else if (kind == 1)
			memset(c.at + at + 4, 0xff, 4); /* length beyond all */
		else if (kind == 2)
			c.at[c.len - 4] ^= 4; /* the second length differs */
		else if (kind == 3)
			memcpy(c.at + at + 8, zero, 4); /* no byte order */
		else
			c.at[at + 12] = 2; /* version 2 */
		struct pcapng p;
		struct packet packets[PACKETS_MAX];
		struct walk w;
		assert_true(pcapng_open(&p, mkcap_view(&c)));
		assert_int_equal(walk_all(&p, mkcap_view(&c), packets, &w), 1);
		assert_non_null(w.why);
		/* It stays there. */
		struct bytes rest = { c.at + at, c.len - at };
		pcapng_walk(&p, rest, packets, PACKETS_MAX, &w);
		assert_int_equal(w.n, 0);
		assert_int_equal(w.used, 0);
		assert_non_null(w.why);
		pcapng_close(&p);
	}
}

static void a_long_unknown_block_need_not_be_there(void **state)
{
	(void)state;
	static struct mkcap c;
	c = (struct mkcap){ 0 };
	mkcap_section(&c);
	size_t at = c.len;
	mkcap_uint(&c, 0x0bad, 4);
	mkcap_uint(&c, 0xfffffff0, 4);
	mkcap_uint(&c, 0, 4);
	struct pcapng p;
	struct packet packets[PACKETS_MAX];
	struct walk w;
	assert_true(pcapng_open(&p, mkcap_view(&c)));
	pcapng_walk(&p, mkcap_view(&c), packets, PACKETS_MAX, &w);
	assert_int_equal(w.n, 0);
	assert_int_equal(w.used, at + 0xfffffff0);
	assert_null(w.why);
	pcapng_close(&p);
}

static void interfaces_are_bounded(void **state)
{
	(void)state;
	static uint8_t file[28 + 20 * (PCAPNG_INTERFACES_MAX + 3)];
	static struct mkcap c;
	c = (struct mkcap){ 0 };
	mkcap_section(&c);
	size_t len = c.len;
	memcpy(file, c.at, len);
	c.len = 0;
	size_t b = mkcap_begin(&c, 1);
	mkcap_uint(&c, 1, 8);
	mkcap_end(&c, b);
	for (size_t i = 0; i < PCAPNG_INTERFACES_MAX + 3; i++, len += c.len)
		memcpy(file + len, c.at, c.len);
	struct pcapng p;
	struct packet packets[PACKETS_MAX];
	struct walk w;
	assert_true(pcapng_open(&p, (struct bytes){ file, len }));
	assert_int_equal(walk_all(&p, (struct bytes){ file, len }, packets, &w), 0);
	assert_int_equal(p.bad_blocks, 3);
	assert_int_equal(p.n_interfaces, PCAPNG_INTERFACES_MAX);
	pcapng_close(&p);
}

static void clocks_keep_to_their_range(void **state)
{
	(void)state;
	static const struct {
		uint8_t tsresol;
		int64_t offset_s;
		uint64_t units;
		int64_t want_ns;
	} cases[] = {
		{ 0, 0, 3, 3 * NS_PER_S },
		{ 3, 0, 1500, 1500 * NS_PER_MS },
		{ 6, 0, 7, 7000 },
		{ 9, 0, 7, 7 },
		{ 12, 0, 7999, 7 },
		{ 28, 0, UINT64_MAX, 1 }, /* 10^19 of these are a nanosecond */
		{ 127, 0, UINT64_MAX, 1 },
		{ 0x80, 0, 3, 3 * NS_PER_S },
		{ 0x80 | 1, 0, 3, 1500 * NS_PER_MS },
		{ 0x80 | 32, 0, (UINT64_C(5) << 32) + (UINT64_C(1) << 31), 5500 * NS_PER_MS },
		{ 0x80 | 64, 0, UINT64_C(1) << 63, 500 * NS_PER_MS },
		{ 0x80 | 127, 0, UINT64_MAX, 0 },
		{ 6, 0, UINT64_MAX, INT64_MAX },
		{ 0, 0, UINT64_MAX, INT64_MAX },
		{ 9, 0, UINT64_MAX, INT64_MAX },
		{ 9, 1, INT64_MAX, INT64_MAX },
		{ 6, -1, 0, -NS_PER_S },
		{ 6, INT64_MIN, 0, INT64_MIN },
		{ 6, INT64_MAX, 1, INT64_MAX },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pcapng_clock c = pcapng_clock(cases[i].tsresol, cases[i].offset_s);
		assert_true(pcapng_clock_ns(&c, cases[i].units) == cases[i].want_ns);
	}
	assert_false(pcapng_clock_is_fine(6));
	assert_true(pcapng_clock_is_fine(9));
	assert_false(pcapng_clock_is_fine(0x80 | 19));
	assert_true(pcapng_clock_is_fine(0x80 | 30));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_all_there_is_in_both_orders),
		cmocka_unit_test(every_prefix_asks_for_more),
		cmocka_unit_test(numbers_are_those_of_wireshark),
		cmocka_unit_test(bad_blocks_are_passed_over),
		cmocka_unit_test(a_broken_chain_stops_it),
		cmocka_unit_test(a_long_unknown_block_need_not_be_there),
		cmocka_unit_test(interfaces_are_bounded),
		cmocka_unit_test(clocks_keep_to_their_range),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
