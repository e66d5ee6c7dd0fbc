#include "check.h"

#include <string.h>

#include "base/time.h"
#include "capture/pcapfile.h"
#include "mkcap.h"

#define MICRO 0xa1b2c3d4
#define NANO 0xa1b23c4d
#define MODIFIED 0xa1b2cd34
#define VERSION(major, minor) ((uint32_t)(major) << 16 | (minor))

struct variant {
	uint32_t magic, version, network;
	size_t extra; /* bytes of a record's header behind the 16 */
	bool lengths_swapped;
	uint16_t want_linktype;
	bool want_nanoseconds;
};

static const struct variant variants[] = {
	{ MICRO, VERSION(2, 4), 1, 0, false, 1, false },
	{ NANO, VERSION(2, 4), 113, 0, false, 113, true },
	{ MODIFIED, VERSION(2, 4), 1, 8, false, 1, false },
	{ MODIFIED, VERSION(2, 4), 1, 12, false, 1, false }, /* SuSE 6.3 */
	{ MICRO, VERSION(2, 4), 1, 8, false, 1, false },     /* Red Hat 6.1 */
	{ MICRO, VERSION(2, 4), 1, 4, false, 1, false },     /* Nokia */
	{ MICRO, VERSION(2, 3), 1, 0, true, 1, false },
	{ MICRO, VERSION(2, 3), 1, 0, false, 1, false }, /* 2.3 was written both ways */
	{ MICRO, VERSION(2, 2), 1, 0, true, 1, false },
	{ MICRO, VERSION(543, 0), 1, 0, true, 1, false },         /* DG/UX */
	{ MICRO, VERSION(2, 2), 6, 0, false, 1, true },           /* AIX, Ethernet */
	{ MICRO, VERSION(2, 2), 15, 0, false, 10, true },         /* AIX, FDDI */
	{ MICRO, VERSION(2, 4), 0x14000001, 0, false, 1, false }, /* two bytes of checksum */
	{ MICRO, VERSION(2, 4), 12, 0, false, 101, false },       /* a DLT of raw IP */
	{ MICRO, VERSION(2, 4), 0x300000, 0, false, 0xffff, false },
};

static const struct {
	uint32_t s, fraction, caplen, wire_len;
} records[] = {
	{ 1600000000, 5, 60, 60 },
	{ 1600000001, 999999, 100, 1514 },
	{ 4294967295U, 0, 0, 42 },
	{ 7, 1, 33, 34 },
};

static void make(struct mkcap *c, const struct variant *v, bool is_swapped)
{
	*c = (struct mkcap){ .is_swapped = is_swapped };
	mkcap_pcap(c, v->magic, v->version, v->network);
	for (size_t i = 0; i < COUNT(records); i++) {
		size_t at = c->len;
		mkcap_record(c, records[i].s, records[i].fraction, records[i].caplen, records[i].wire_len,
			     v->extra, (uint8_t)(i + 1));
		if (v->lengths_swapped) {
			uint8_t first[4];
			memcpy(first, c->at + at + 8, 4);
			memcpy(c->at + at + 8, c->at + at + 12, 4);
			memcpy(c->at + at + 12, first, 4);
		}
	}
}

static struct bytes behind_header(struct bytes b)
{
	return (struct bytes){ b.at + PCAPFILE_HEADER, b.len - PCAPFILE_HEADER };
}

static void check_packets(const struct packet *packets, const struct variant *v)
{
	for (size_t i = 0; i < COUNT(records); i++) {
		const struct packet *p = &packets[i];
		int64_t ns = records[i].s * NS_PER_S + records[i].fraction * (v->want_nanoseconds ? 1 : 1000);
		assert_int_equal(p->ts_ns, ns);
		assert_int_equal(p->frame.len, records[i].caplen);
		assert_int_equal(p->wire_len, records[i].wire_len);
		assert_int_equal(p->linktype, v->want_linktype);
		assert_int_equal(p->number, i + 1);
		for (size_t k = 0; k < p->frame.len; k++)
			assert_int_equal(p->frame.at[k], i + 1);
	}
}

static void reads_every_variant_in_both_orders(void **state)
{
	(void)state;
	static struct mkcap c;
	for (size_t i = 0; i < 2 * COUNT(variants); i++) {
		const struct variant *v = &variants[i / 2];
		make(&c, v, i % 2);
		struct pcapfile p;
		struct packet packets[COUNT(records) + 1];
		struct walk w;
		assert_true(pcapfile_open(&p, mkcap_view(&c)));
		assert_int_equal(p.is_nanoseconds, v->want_nanoseconds);
		assert_int_equal(p.record_header, 16 + v->extra);
		pcapfile_walk(&p, behind_header(mkcap_view(&c)), packets, COUNT(packets), &w);
		assert_int_equal(w.n, COUNT(records));
		assert_int_equal(w.used, c.len - PCAPFILE_HEADER);
		assert_null(w.why);
		check_packets(packets, v);
	}
}

/* One packet at a time gives the same as all at once. */
static void stops_at_as_many_as_asked_for(void **state)
{
	(void)state;
	static struct mkcap c;
	make(&c, &variants[0], false);
	struct pcapfile p;
	struct packet packets[COUNT(records)];
	assert_true(pcapfile_open(&p, mkcap_view(&c)));
	struct bytes rest = behind_header(mkcap_view(&c));
	for (size_t i = 0; i < COUNT(records); i++) {
		struct walk w;
		pcapfile_walk(&p, rest, &packets[i], 1, &w);
		assert_int_equal(w.n, 1);
		assert_int_equal(w.need, 0);
		rest.at += w.used;
		rest.len -= w.used;
	}
	assert_int_equal(rest.len, 0);
	check_packets(packets, &variants[0]);
}

/* Each prefix gives the packets that are whole in it, and asks for what the next one needs. */
static void every_prefix_asks_for_more(void **state)
{
	(void)state;
	static struct mkcap c;
	for (size_t v = 0; v < 2 * COUNT(variants); v++) {
		make(&c, &variants[v / 2], v % 2);
		struct pcapfile whole;
		assert_true(pcapfile_open(&whole, mkcap_view(&c)));
		for (size_t cut = 0; cut < c.len; cut++) {
			uint8_t *copy = test_malloc(cut + 1);
			memcpy(copy + 1, c.at, cut);
			struct bytes b = { copy + 1, cut };
			struct pcapfile p;
			assert_int_equal(pcapfile_open(&p, b), cut >= PCAPFILE_HEADER);
			if (cut >= PCAPFILE_HEADER) {
				struct packet packets[8];
				struct walk w;
				p = whole;
				pcapfile_walk(&p, behind_header(b), packets, COUNT(packets), &w);
				assert_null(w.why);
				assert_true(w.used <= cut - PCAPFILE_HEADER);
				assert_true(w.need > cut - PCAPFILE_HEADER - w.used);
				assert_true(w.n < COUNT(records));
			}
			test_free(copy);
		}
	}
}

static void an_impossible_length_stops_it(void **state)
{
	(void)state;
	static const uint32_t lengths[] = { WALK_FRAME_MAX + 1, 0x7fffffff, UINT32_MAX };
	static struct mkcap c;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		c = (struct mkcap){ 0 };
		mkcap_pcap(&c, MICRO, VERSION(2, 4), 1);
		mkcap_record(&c, 1, 2, 60, 60, 0, 9);
		for (size_t k = 0; k < 4; k++)
			mkcap_uint(&c, k == 2 ? lengths[i] : 1, 4);
		struct pcapfile p;
		struct packet packets[4];
		struct walk w;
		assert_true(pcapfile_open(&p, mkcap_view(&c)));
		pcapfile_walk(&p, behind_header(mkcap_view(&c)), packets, COUNT(packets), &w);
		assert_int_equal(w.n, 1);
		assert_non_null(w.why);
	}
}

/* Frames of USB may be long: their begin is handed on, the rest need not even be there. */
static void the_rest_of_a_long_frame_is_passed_over(void **state)
{
	(void)state;
	static uint8_t file[PCAPFILE_HEADER + 16 + WALK_FRAME_MAX];
	static struct mkcap c;
	c = (struct mkcap){ 0 };
	mkcap_pcap(&c, MICRO, VERSION(2, 4), 220);
	for (size_t k = 0; k < 4; k++)
		mkcap_uint(&c, 1U << 20, 4);
	memcpy(file, c.at, c.len);
	struct pcapfile p;
	struct packet packet;
	struct walk w;
	assert_true(pcapfile_open(&p, (struct bytes){ file, sizeof(file) }));
	pcapfile_walk(&p, behind_header((struct bytes){ file, sizeof(file) }), &packet, 1, &w);
	assert_int_equal(w.n, 1);
	assert_int_equal(packet.frame.len, WALK_FRAME_MAX);
	assert_int_equal(packet.wire_len, 1U << 20);
	assert_int_equal(w.used, 16 + (1U << 20));
}

static void other_files_are_refused(void **state)
{
	(void)state;
	struct pcapfile p;
	static const uint8_t other[64] = "\x7f"
					 "ELF";
	static const uint8_t section[64] = "\x0a\x0d\x0d\x0a";
	assert_false(pcapfile_open(&p, (struct bytes){ other, sizeof(other) }));
	assert_false(pcapfile_open(&p, (struct bytes){ section, sizeof(section) }));
	assert_false(pcapfile_open(&p, (struct bytes){ 0 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_variant_in_both_orders),
		cmocka_unit_test(stops_at_as_many_as_asked_for),
		cmocka_unit_test(every_prefix_asks_for_more),
		cmocka_unit_test(an_impossible_length_stops_it),
		cmocka_unit_test(the_rest_of_a_long_frame_is_passed_over),
		cmocka_unit_test(other_files_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
