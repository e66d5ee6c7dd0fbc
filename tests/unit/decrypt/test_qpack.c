#include "check.h"

#include <nghttp3/nghttp3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decrypt/qpack.h"
#include "decrypt/teller_parts.h"
#include "hex.h"
#include "told.h"

static struct told told;

static void expect_last(struct qpack *q, struct teller *t, const char *block, bool is_last,
			enum qpack_status want, const char *text)
{
	struct message m = { 0 };
	assert_int_equal(qpack_read(q, hex(block), is_last, &m), want);
	assert_string_equal(told_headers(&m), text);
	message_fini(&m, t);
}

static void expect(struct qpack *q, struct teller *t, const char *block, enum qpack_status want,
		   const char *text)
{
	expect_last(q, t, block, false, want, text);
}

#define INSERT_TWO "3fbd 01 c00f 7777 772e 6578 616d 706c 652e 636f 6d c10c 2f73 616d 706c 652f 7061 7468"
#define INSERT_ONE "4a63 7573 746f 6d2d 6b65 790c 6375 7374 6f6d 2d76 616c 7565"
#define TWO ":authority: www.example.com|:path: /sample/path|"
#define TWO_TURNED ":path: /sample/path|:authority: www.example.com|"

/* RFC 9204 appendix B, one connection. */
static void examples_of_the_rfc(void **state)
{
	static const struct {
		const char *section, *encoder, *block, *want;
	} cases[] = {
		{ "B.1", NULL, "0000 510b 2f69 6e64 6578 2e68 746d 6c", ":path: /index.html|" },
		{ "B.2", INSERT_TWO, "0381 1011", TWO },
		{ "B.3, B.4", INSERT_ONE " 02", "0500 80c1 81",
		  ":authority: www.example.com|:path: /|custom-key: custom-value|" },
		{ "B.5", "810d 6375 7374 6f6d 2d76 616c 7565 32", "0600 80", "custom-key: custom-value2|" },
	};
	(void)state;
	struct teller *t = told_teller(&told);
	struct qpack *q = qpack_new(t);
	qpack_settings(q, 220);
	for (size_t i = 0; i < COUNT(cases); i++) {
		print_message("%s\n", cases[i].section);
		if (cases[i].encoder)
			assert_true(qpack_encoder_data(q, hex(cases[i].encoder)));
		expect(q, t, cases[i].block, QPACK_READ, cases[i].want);
	}
	qpack_free(q);
	assert_int_equal(teller_budget(t)->used, 0);
	assert_int_equal(teller_counts(t)->bad_qpack, 0);
	teller_free(t);
}

/* The table's entries, the SETTINGS and the block may come in any order. */
static void what_comes_late_is_waited_for(void **state)
{
	static const char orders[][4] = { "seb", "esb", "bse", "sbe", "ebs", "bes" };
	(void)state;
	for (size_t i = 0; i < COUNT(orders); i++) {
		struct teller *t = told_teller(&told);
		struct qpack *q = qpack_new(t);
		struct message m = { 0 };
		enum qpack_status status = QPACK_BLOCKED;
		for (const char *step = orders[i]; *step; step++) {
			assert_int_equal(status, QPACK_BLOCKED);
			if (*step == 's')
				qpack_settings(q, 220);
			else if (*step == 'e')
				assert_true(qpack_encoder_data(q, hex(INSERT_TWO)));
			if (strchr(orders[i], 'b') <= step)
				status = qpack_read(q, hex("0381 1011"), false, &m);
		}
		assert_int_equal(status, QPACK_READ);
		assert_string_equal(told_headers(&m), TWO);
		message_fini(&m, t);
		qpack_free(q);
		assert_int_equal(teller_budget(t)->used, 0);
		teller_free(t);
	}
}

#define GET "d1 c1 d7" /* :method GET, :path /, :scheme https */
#define GOT ":method: GET|:path: /|:scheme: https|"

static void lost_entries_are_never_guessed(void **state)
{
	static const struct {
		const char *name;
		uint64_t capacity, lost;
		const char *block, *want;
	} cases[] = {
		{ "nothing of the table", 4096, 10, "0000" GET, GOT },
		{ "what was there before", 4096, 10, "0381 1011" GET, TWO GOT },
		{ "one entry that was lost", 4096, 10, "0400 80 81 82" GET, TWO_TURNED GOT },
		{ "counted onwards", 4096, 10, "0482 10 11 12" GET, TWO GOT },
		{ "names of entries", 4096, 10, "0482 00 01 61 01 01 62 0a 01 63" GET,
		  ":authority: a|:path: b|" GOT },
		{ "more than there were bytes for", 4096, 1, "0500 80", NULL },
		/* with so small a table the number of entries may be one of two: 4 or 16 */
		{ "which entries is not sure", 220, 20, "0500 82 83" GET, GOT },
		{ "which entries is sure", 220, 10, "0500 82 83" GET, TWO_TURNED GOT },
		{ "how much is lost is not known", 220, QPACK_LOST_UNKNOWN, "0500 82 83" GET, GOT },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		print_message("%s\n", cases[i].name);
		struct teller *t = told_teller(&told);
		struct qpack *q = qpack_new(t);
		qpack_settings(q, cases[i].capacity);
		assert_true(qpack_encoder_data(q, hex(INSERT_TWO)));
		expect(q, t, "0400 80 81 82" GET, QPACK_BLOCKED, "");
		qpack_lose(q, cases[i].lost);
		expect(q, t, cases[i].block, cases[i].want ? QPACK_READ : QPACK_BAD,
		       cases[i].want ? cases[i].want : "");
		assert_false(qpack_encoder_data(q, hex(INSERT_ONE)));
		qpack_free(q);
		assert_int_equal(teller_budget(t)->used, 0);
		teller_free(t);
	}
}

/* At the end nothing is waited for: neither entries nor the SETTINGS that say what the numbers mean. */
static void what_does_not_come_is_unknown(void **state)
{
	(void)state;
	struct teller *t = told_teller(&told);
	struct qpack *q = qpack_new(t);
	expect(q, t, "0400 80 81 82" GET, QPACK_BLOCKED, "");
	expect_last(q, t, "0400 80 81 82" GET, true, QPACK_READ, GOT);
	assert_true(qpack_encoder_data(q, hex(INSERT_TWO)));
	expect_last(q, t, "0400 80 81 82" GET, true, QPACK_READ, GOT);
	qpack_settings(q, 220);
	expect(q, t, "0400 80 81 82" GET, QPACK_BLOCKED, "");
	expect_last(q, t, "0400 80 81 82" GET, true, QPACK_READ, TWO_TURNED GOT);
	assert_true(teller_counts(t)->unknown_headers == 7);
	qpack_free(q);
	/* of a table larger than the limit no entry is kept */
	q = qpack_new(t);
	qpack_settings(q, teller_limits(t)->table_bytes + 1);
	assert_false(qpack_encoder_data(q, hex(INSERT_TWO)));
	expect(q, t, "0381 1011" GET, QPACK_READ, GOT);
	qpack_free(q);
	assert_int_equal(teller_budget(t)->used, 0);
	teller_free(t);
}

/* libnghttp3's decoder is the oracle: the same table, the same blocks, the same headers. */
struct oracle {
	nghttp3_qpack_encoder *encoder;
	nghttp3_buf prefix, block, stream;
};

static void oracle_encode(struct oracle *o, const nghttp3_nv *nv, size_t n, int64_t stream)
{
	o->prefix.last = o->prefix.pos = o->prefix.begin;
	o->block.last = o->block.pos = o->block.begin;
	o->stream.last = o->stream.pos = o->stream.begin;
	assert_int_equal(
	    nghttp3_qpack_encoder_encode(o->encoder, &o->prefix, &o->block, &o->stream, stream, nv, n), 0);
}

static struct bytes filled(const nghttp3_buf *b)
{
	return (struct bytes){ b->pos, (size_t)(b->last - b->pos) };
}

static void what_libnghttp3_writes_is_read(void **state)
{
	(void)state;
	const nghttp3_mem *mem = nghttp3_mem_default();
	struct oracle o = { 0 };
	struct teller *t = told_teller(&told);
	struct qpack *q = qpack_new(t);
	assert_int_equal(nghttp3_qpack_encoder_new(&o.encoder, 4096, mem), 0);
	nghttp3_qpack_encoder_set_max_dtable_capacity(o.encoder, 4096);
	nghttp3_qpack_encoder_set_max_blocked_streams(o.encoder, 100);
	nghttp3_buf_init(&o.prefix);
	nghttp3_buf_init(&o.block);
	nghttp3_buf_init(&o.stream);
	qpack_settings(q, 4096);
	srand(3);
	for (int i = 0; i < 500; i++) {
		char text[8][80], want[1000];
		nghttp3_nv nv[8];
		size_t n_want = 0;
		for (size_t k = 0; k < COUNT(nv); k++) {
			static const char *const names[] = {
				":authority", ":path",      "referer", "cookie",
				"x-one",      "user-agent", "x-two",   "accept"
			};
			snprintf(text[k], sizeof(text[k]), "value %d of %s", rand() % (k < 4 ? 200 : 5),
				 names[k]);
			nv[k] = (nghttp3_nv){ (uint8_t *)(uintptr_t)names[k], (uint8_t *)text[k],
					      strlen(names[k]), strlen(text[k]), 0 };
			n_want += (size_t)snprintf(want + n_want, sizeof(want) - n_want, "%s: %s|", names[k],
						   text[k]);
		}
		oracle_encode(&o, nv, COUNT(nv), 4 * i);
		assert_true(qpack_encoder_data(q, filled(&o.stream)));
		struct bytes prefix = filled(&o.prefix), rest = filled(&o.block);
		uint8_t block[4096];
		assert_true(prefix.len + rest.len <= sizeof(block));
		memcpy(block, prefix.at, prefix.len);
		memcpy(block + prefix.len, rest.at, rest.len);
		struct message m = { 0 };
		assert_int_equal(qpack_read(q, (struct bytes){ block, prefix.len + rest.len }, false, &m),
				 QPACK_READ);
		assert_string_equal(told_headers(&m), want);
		message_fini(&m, t);
		nghttp3_qpack_encoder_ack_everything(o.encoder);
	}
	nghttp3_buf_free(&o.prefix, mem);
	nghttp3_buf_free(&o.block, mem);
	nghttp3_buf_free(&o.stream, mem);
	nghttp3_qpack_encoder_del(o.encoder);
	qpack_free(q);
	assert_int_equal(teller_budget(t)->used, 0);
	assert_int_equal(teller_counts(t)->bad_qpack + teller_counts(t)->unknown_headers, 0);
	teller_free(t);
}

/* Each entry of the static table, as libnghttp3 has it. */
static void the_static_table_is_whole(void **state)
{
	(void)state;
	struct teller *t = told_teller(&told);
	struct qpack *q = qpack_new(t);
	for (unsigned i = 0; i < 100; i++) {
		uint8_t block[4] = { 0, 0, (uint8_t)(i < 63 ? 0xc0 | i : 0xff), (uint8_t)(i - 63) };
		struct bytes b = { block, i < 63 ? 3 : 4 };
		nghttp3_qpack_decoder *d;
		nghttp3_qpack_stream_context *c;
		nghttp3_qpack_nv nv;
		uint8_t flags = 0;
		struct message m = { 0 };
		assert_int_equal(nghttp3_qpack_decoder_new(&d, 0, 0, nghttp3_mem_default()), 0);
		assert_int_equal(nghttp3_qpack_stream_context_new(&c, 4, nghttp3_mem_default()), 0);
		bool has = nghttp3_qpack_decoder_read_request(d, c, &nv, &flags, b.at, b.len, 1) > 0 &&
			   (flags & NGHTTP3_QPACK_DECODE_FLAG_EMIT);
		assert_int_equal(has, i < 99);
		assert_int_equal(qpack_read(q, b, false, &m), has ? QPACK_READ : QPACK_BAD);
		if (has) {
			char want[300];
			nghttp3_vec name = nghttp3_rcbuf_get_buf(nv.name),
				    value = nghttp3_rcbuf_get_buf(nv.value);
			snprintf(want, sizeof(want), "%.*s: %.*s|", (int)name.len, (char *)name.base,
				 (int)value.len, (char *)value.base);
			assert_string_equal(told_headers(&m), want);
			nghttp3_rcbuf_decref(nv.name);
			nghttp3_rcbuf_decref(nv.value);
		}
		message_fini(&m, t);
		nghttp3_qpack_stream_context_del(c);
		nghttp3_qpack_decoder_del(d);
	}
	qpack_free(q);
	teller_free(t);
}

static void broken_bytes_are_refused(void **state)
{
	static const char *const blocks[] = {
		"",
		"0000 ff ffff ffff ffff ffff ffff", /* an index without end */
		"0000 ff24",                        /* beyond the static table */
		"0000 510b 2f69",                   /* a value that is cut */
		"0000 80", /* the dynamic table in a block that says it does not use it */
	};
	(void)state;
	struct teller *t = told_teller(&told);
	struct qpack *q = qpack_new(t);
	qpack_settings(q, 220);
	for (size_t i = 0; i < COUNT(blocks); i++)
		expect(q, t, blocks[i], QPACK_BAD, "");
	assert_false(qpack_encoder_data(q, hex("ff ffff ffff ffff ffff ffff ff")));
	assert_true(teller_counts(t)->bad_qpack > 0);
	expect(q, t, "0381 1011", QPACK_READ, ""); /* nothing of the table is known any more */
	qpack_free(q);
	teller_free(t);
}

static void cut_blocks_end_in_bounds(void **state)
{
	(void)state;
	struct teller *t = told_teller(&told);
	struct bytes whole = hex("0500 80c1 81 510b 2f69 6e64 6578 2e68 746d 6c");
	struct bytes table = hex(INSERT_TWO INSERT_ONE "02");
	for (size_t n = 0; n <= whole.len; n++) {
		uint8_t *exact = malloc(n + 1);
		memcpy(exact + 1, whole.at, n);
		struct qpack *q = qpack_new(t);
		struct message m = { 0 };
		qpack_settings(q, 220);
		for (size_t i = 0; i < table.len; i++) /* byte by byte */
			assert_true(qpack_encoder_data(q, (struct bytes){ table.at + i, 1 }));
		enum qpack_status status = qpack_read(q, (struct bytes){ exact + 1, n }, false, &m);
		assert_true(status != QPACK_BLOCKED && message_fields(&m) <= 4);
		assert_true(n < whole.len || (status == QPACK_READ && message_fields(&m) == 4));
		message_fini(&m, t);
		qpack_free(q);
		free(exact);
	}
	assert_int_equal(teller_budget(t)->used, 0);
	teller_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_of_the_rfc),
		cmocka_unit_test(what_comes_late_is_waited_for),
		cmocka_unit_test(lost_entries_are_never_guessed),
		cmocka_unit_test(what_does_not_come_is_unknown),
		cmocka_unit_test(what_libnghttp3_writes_is_read),
		cmocka_unit_test(the_static_table_is_whole),
		cmocka_unit_test(broken_bytes_are_refused),
		cmocka_unit_test(cut_blocks_end_in_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
