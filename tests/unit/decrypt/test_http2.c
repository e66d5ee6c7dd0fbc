#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decrypt/http2.h"
#include "told.h"

static struct told told;

enum { DATA = 0, HEADERS = 1, RST = 3, SETTINGS = 4, PUSH = 5, WINDOW = 8, CONTINUATION = 9 };
enum { END_STREAM = 1, END_HEADERS = 4, PADDED = 8, PRIORITY = 32 };

struct wire {
	uint8_t at[1 << 14];
	size_t len;
};

static void put(struct wire *w, const void *bytes, size_t len)
{
	assert_true(w->len + len <= sizeof(w->at));
	memcpy(w->at + w->len, bytes, len);
	w->len += len;
}

static void frame(struct wire *w, uint8_t type, uint8_t flags, uint32_t stream, const void *payload,
		  size_t len)
{
	uint8_t head[9] = { 0,
			    (uint8_t)(len >> 8),
			    (uint8_t)len,
			    type,
			    flags,
			    (uint8_t)(stream >> 24),
			    (uint8_t)(stream >> 16),
			    (uint8_t)(stream >> 8),
			    (uint8_t)stream };
	put(w, head, sizeof(head));
	put(w, payload, len);
}

/* ":method: GET", ":path: /", ":authority: <literal, not indexed>" */
static size_t request_block(uint8_t *out, const char *authority)
{
	size_t n = strlen(authority);
	memcpy(out, "\x82\x84\x01", 3);
	out[3] = (uint8_t)n;
	memcpy(out + 4, authority, n);
	return n + 4;
}

static void request(struct wire *w, uint32_t stream, const char *authority, uint8_t flags)
{
	uint8_t block[64];
	frame(w, HEADERS, flags, stream, block, request_block(block, authority));
}

static void preface(struct wire *w)
{
	put(w, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
	frame(w, SETTINGS, 0, 0, "", 0);
}

static struct when at(uint64_t frame_number)
{
	return (struct when){ (int64_t)frame_number, frame_number };
}

static void give(struct http2_conn *c, enum way way, const struct wire *w, size_t piece)
{
	struct bytes data = { w->at, w->len };
	while (data.len) {
		size_t n = piece && piece < data.len ? piece : data.len;
		http2_conn_data(c, way, (struct bytes){ data.at, n }, at(1), false);
		data = (struct bytes){ data.at + n, data.len - n };
	}
}

static void conversation(struct wire *up, struct wire *down)
{
	uint8_t block[64], padded[80] = { 4, 0, 0, 0, 1, 10 };
	size_t n = request_block(block, "b.example");
	*up = *down = (struct wire){ .len = 0 };
	preface(up);
	request(up, 1, "a.example", END_STREAM | END_HEADERS);
	/* a block in three frames, padded and with a priority */
	memcpy(padded + 6, block, 2);
	frame(up, HEADERS, PADDED | PRIORITY, 3, padded, 6 + 2 + 4);
	frame(up, CONTINUATION, 0, 3, block + 2, 3);
	frame(up, CONTINUATION, END_HEADERS, 3, block + 5, n - 5);
	frame(up, DATA, PADDED, 3,
	      "\x03"
	      "abc\0\0\0",
	      7);
	frame(up, DATA, END_STREAM, 3, "def", 3);
	frame(down, SETTINGS, 0, 0, "", 0);
	frame(down, HEADERS, END_HEADERS, 1, "\x88", 1);
	frame(down, DATA, END_STREAM, 1, "hello", 5);
	frame(down, HEADERS, END_HEADERS, 3,
	      "\x08\x03"
	      "103",
	      5); /* early hints */
	frame(down, HEADERS, END_HEADERS | END_STREAM, 3, "\x8d", 1);
}

static void requests_and_answers(void **state)
{
	(void)state;
	struct wire up, down;
	conversation(&up, &down);
	for (size_t piece = 0; piece < 40; piece++) {
		struct teller *t = told_teller(&told);
		struct http2_conn *c = http2_conn_new(t, 1, true, NULL);
		give(c, WAY_UP, &up, piece);
		give(c, WAY_DOWN, &down, piece);
		http2_conn_free(c);
		assert_string_equal(told.text,
				    "h2 GET a.example /\nh2 GET b.example / body \"abcdef\"\nanswer 200 \n"
				    "end complete\nanswer 404 \nend complete\n");
		assert_int_equal(teller_budget(t)->used, 0);
		assert_int_equal(teller_counts(t)->bad_http + teller_counts(t)->bad_hpack, 0);
		teller_free(t);
	}
}

static void cut_conversations_end_in_bounds(void **state)
{
	(void)state;
	struct wire up, down;
	conversation(&up, &down);
	for (size_t n = 0; n <= up.len; n++) {
		struct teller *t = told_teller(&told);
		struct http2_conn *c = http2_conn_new(t, 1, true, NULL);
		uint8_t *exact = malloc(n + 1);
		memcpy(exact + 1, up.at, n);
		http2_conn_data(c, WAY_UP, (struct bytes){ exact + 1, n }, at(1), false);
		free(exact);
		http2_conn_free(c);
		assert_true(told.n_requests <= 2 && told.n_ends == told.n_requests);
		assert_int_equal(teller_budget(t)->used, 0);
		teller_free(t);
	}
}

/* An answer, then RST_STREAM, then the body that was on its way: it was sent, and is told. */
static void a_body_after_the_answer_is_told(void **state)
{
	(void)state;
	struct teller *t = told_teller(&told);
	struct http2_conn *c = http2_conn_new(t, 1, true, NULL);
	struct wire up = { .len = 0 }, down = { .len = 0 }, late = { .len = 0 };
	preface(&up);
	request(&up, 1, "a.example", END_HEADERS);
	frame(&down, HEADERS, END_HEADERS | END_STREAM, 1, "\x88", 1);
	frame(&down, RST, 0, 1, "\0\0\0\0", 4);
	frame(&late, DATA, END_STREAM, 1, "body", 4);
	give(c, WAY_UP, &up, 0);
	give(c, WAY_DOWN, &down, 0);
	assert_int_equal(told.n_requests, 0);
	give(c, WAY_UP, &late, 0);
	assert_string_equal(told.text, "h2 GET a.example / body \"body\"\nanswer 200 \nend complete\n");
	http2_conn_free(c);
	teller_free(t);
}

static void frames_are_found_again(void **state)
{
	(void)state;
	struct teller *t = told_teller(&told);
	struct http2_conn *c = http2_conn_new(t, 1, true, NULL);
	struct wire up = { .len = 0 }, next = { .len = 0 };
	preface(&up);
	request(&up, 1, "a.example", END_STREAM | END_HEADERS);
	give(c, WAY_UP, &up, 0);
	http2_conn_gap(c, WAY_UP, 0);
	http2_conn_data(c, WAY_UP, told_bytes("in the middle of something"), at(2), false);
	request(&next, 7, "c.example", END_STREAM | END_HEADERS);
	give(c, WAY_UP, &next, 0);
	http2_conn_free(c);
	assert_string_equal(told.text, "h2 GET a.example /\nh2 GET c.example / gap\nend\nend\n");
	teller_free(t);
}

static void a_hole_inside_data_costs_only_that(void **state)
{
	(void)state;
	struct teller *t = told_teller(&told);
	struct http2_conn *c = http2_conn_new(t, 1, true, NULL);
	struct wire up = { .len = 0 }, rest = { .len = 0 };
	preface(&up);
	request(&up, 1, "a.example", END_HEADERS);
	frame(&up, DATA, END_STREAM, 1, "0123456789", 10);
	up.len -= 7;
	give(c, WAY_UP, &up, 0);
	http2_conn_gap(c, WAY_UP, 4);
	put(&rest, "789", 3);
	request(&rest, 3, "b.example", END_STREAM | END_HEADERS);
	give(c, WAY_UP, &rest, 0);
	http2_conn_free(c);
	assert_string_equal(told.text,
			    "h2 GET a.example / body \"012789\" cut\nh2 GET b.example /\nend\nend\n");
	teller_free(t);
}

static void early_data_is_not_told_twice(void **state)
{
	(void)state;
	struct teller *t = told_teller(&told);
	struct conn_facts facts = { 0 };
	struct http2_conn *c = http2_conn_new(t, 1, true, &facts), *again;
	struct wire up = { .len = 0 };
	preface(&up);
	request(&up, 1, "a.example", END_STREAM | END_HEADERS);
	http2_conn_data(c, WAY_UP, (struct bytes){ up.at, up.len }, at(1), true);
	facts.is_early_rejected = true;
	again = http2_conn_new(t, 1, true, &facts);
	request(&up, 3, "b.example", END_STREAM | END_HEADERS);
	give(again, WAY_UP, &up, 0);
	http2_conn_free(c);
	http2_conn_free(again);
	assert_string_equal(told.text, "h2 GET a.example / 0rtt\nh2 GET b.example /\nend\nend\n");
	teller_free(t);
}

static void answers_of_dns_over_https_are_told(void **state)
{
	static const struct {
		const char *type;
		size_t lost;
		const char *want;
	} cases[] = {
		{ "application/dns-message", 0, "end complete\n" },
		{ "application/dns-message", 4, "end\n" },
		{ "application/dns-massage", 0, "end complete\n" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct teller *t = told_teller(&told);
		struct http2_conn *c = http2_conn_new(t, 1, true, NULL);
		struct wire up = { .len = 0 }, down = { .len = 0 };
		uint8_t block[64] = "\x88\x0f\x10\x17";
		preface(&up);
		request(&up, 1, "dns.example", END_STREAM | END_HEADERS);
		memcpy(block + 4, cases[i].type, 23);
		frame(&down, HEADERS, END_HEADERS, 1, block, 27);
		frame(&down, DATA, END_STREAM, 1, "abcd", 4);
		down.len -= cases[i].lost;
		give(c, WAY_UP, &up, 0);
		give(c, WAY_DOWN, &down, 3);
		if (cases[i].lost)
			http2_conn_gap(c, WAY_DOWN, cases[i].lost);
		http2_conn_free(c);
		char want[200];
		snprintf(want, sizeof(want), "h2 GET dns.example /\nanswer 200 %s\n%s%s", cases[i].type,
			 i == 0 ? "doh \"abcd\"\n" : "", cases[i].want);
		assert_string_equal(told.text, want);
		teller_free(t);
	}
}

static void open_streams_are_bounded(void **state)
{
	(void)state;
	struct teller *t = told_teller(&told);
	struct http2_conn *c = http2_conn_new(t, 1, true, NULL);
	for (uint32_t i = 0; i < 5000; i++) {
		struct wire up = { .len = 0 };
		if (!i)
			preface(&up);
		request(&up, 2 * i + 1, "a.example", END_HEADERS);
		give(c, WAY_UP, &up, 0);
	}
	assert_int_equal(teller_counts(t)->evicted_streams, 5000 - teller_limits(t)->streams);
	http2_conn_free(c);
	assert_int_equal(told.n_requests, 5000);
	teller_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_and_answers),
		cmocka_unit_test(cut_conversations_end_in_bounds),
		cmocka_unit_test(a_body_after_the_answer_is_told),
		cmocka_unit_test(frames_are_found_again),
		cmocka_unit_test(a_hole_inside_data_costs_only_that),
		cmocka_unit_test(early_data_is_not_told_twice),
		cmocka_unit_test(answers_of_dns_over_https_are_told),
		cmocka_unit_test(open_streams_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
