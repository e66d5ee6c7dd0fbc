#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "decrypt/http3.h"
#include "hex.h"
#include "told.h"

static struct told told;

#define GET "d1 c1 d7"                           /* :method GET, :path /, :scheme https */
#define AUTHORITY "50 09 612e 6578 616d 706c 65" /* :authority a.example */
#define REQUEST "01 10 0000" GET AUTHORITY
#define ANSWER "01 04 0000 d9 f4"    /* :status 200, content-type: text/html; charset=utf-8 */
#define EARLY_ANSWER "01 03 0000 d8" /* :status 103 */
#define DATA "00 04 61626364"
#define GREASE "40 21 03 aaaaaa" /* a frame of a reserved type */
#define TRAILERS "01 03 0000 c1"

enum { END_UP = 1, END_DOWN = 2, RESET_UP = 4, RESET_DOWN = 8 };

static struct when at(uint64_t frame)
{
	return (struct when){ (int64_t)frame, frame };
}

static void give(struct http3_conn *c, struct http3_stream *s, enum way w, const char *text, size_t piece)
{
	struct bytes data = hex(text);
	while (data.len) {
		size_t n = piece && piece < data.len ? piece : data.len;
		http3_stream_data(c, s, w, bytes_head(data, n), at(1), false);
		data = bytes_tail(data, n);
	}
}

static void streams_are_read(void **state)
{
	static const struct {
		const char *name, *up, *down, *want;
		unsigned ends;
	} cases[] = {
		{ "a request", REQUEST, ANSWER DATA,
		  "h3 GET a.example /\nanswer 200 text/html; charset=utf-8\nend complete\n",
		  END_UP | END_DOWN },
		{ "an answer before the answer", REQUEST, EARLY_ANSWER ANSWER,
		  "h3 GET a.example /\nanswer 200 text/html; charset=utf-8\nend complete\n",
		  END_UP | END_DOWN },
		{ "reserved frames, trailers", GREASE REQUEST DATA GREASE TRAILERS,
		  ANSWER GREASE DATA TRAILERS,
		  "h3 GET a.example / body \"abcd\"\nanswer 200 text/html; charset=utf-8\nend complete\n",
		  END_UP | END_DOWN },
		{ "no end", REQUEST, ANSWER, "h3 GET a.example /\nanswer 200 text/html; charset=utf-8\nend\n",
		  0 },
		{ "reset by the server", REQUEST, "", "h3 GET a.example /\nend\n", END_UP | RESET_DOWN },
		{ "reset by the client", REQUEST DATA, "", "h3 GET a.example / body \"abcd\"\nend\n",
		  RESET_UP },
		{ "headers that are cut", "01 10 0000" GET, "", "", 0 },
		{ "an empty frame of headers", "01 00" REQUEST, "", "h3 GET a.example /\nend\n", END_UP },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		for (size_t piece = 0; piece <= 7; piece++) {
			struct teller *t = told_teller(&told);
			struct http3_conn *c = http3_conn_new(t, 1, NULL);
			struct http3_stream *s = http3_stream_new(c, 4);
			unsigned ends = cases[i].ends;
			give(c, s, WAY_UP, cases[i].up, piece);
			if (ends & (END_UP | RESET_UP))
				http3_stream_end(c, s, WAY_UP, at(2), ends & RESET_UP);
			give(c, s, WAY_DOWN, cases[i].down, piece);
			if (ends & (END_DOWN | RESET_DOWN))
				http3_stream_end(c, s, WAY_DOWN, at(2), ends & RESET_DOWN);
			assert_int_equal(http3_stream_is_over(s), (ends & (END_DOWN | RESET_DOWN)) != 0);
			http3_stream_free(c, s);
			http3_conn_free(c);
			print_message("%s, pieces of %zu\n", cases[i].name, piece);
			assert_string_equal(told.text, cases[i].want);
			teller_free(t);
		}
	}
}

/* A block that uses the dynamic table waits for its entries: the server's SETTINGS, the client's encoder
 * stream. */
static void blocked_requests_are_told_later(void **state)
{
	(void)state;
	struct teller *t = told_teller(&told);
	struct http3_conn *c = http3_conn_new(t, 1, NULL);
	struct http3_stream *s = http3_stream_new(c, 0), *encoder = http3_stream_new(c, 2),
			    *control = http3_stream_new(c, 3);
	give(c, s, WAY_UP, "01 07 0381 1011 d1 d7 00", 0); /* its last byte is of a literal that is cut */
	http3_stream_free(c, s);
	assert_string_equal(told.text, "h3 GET -  unknown\nend\n"); /* nothing is waited for any longer */
	told.len = 0;
	told.text[0] = '\0';
	s = http3_stream_new(c, 4);
	give(c, s, WAY_UP, "01 06 0381 1011 d1 d7", 0);
	http3_stream_end(c, s, WAY_UP, at(1), false);
	assert_false(http3_stream_is_over(s));
	give(c, encoder, WAY_UP, "02 3fbd 01 c00f 7777 772e 6578 616d 706c 652e 636f 6d", 1);
	assert_string_equal(told.text, "");
	give(c, control, WAY_DOWN, "00 04 03 01 40dc 07 01 00", 1); /* capacity 220; GOAWAY */
	assert_string_equal(told.text, "");
	give(c, encoder, WAY_UP, "c10c 2f73 616d 706c 652f 7061 7468", 1);
	assert_string_equal(told.text, "h3 GET www.example.com /sample/path\n");
	http3_stream_free(c, s);
	/* one that waits for what is then lost is told with what is known, and those after it */
	told.len = 0;
	s = http3_stream_new(c, 8);
	give(c, s, WAY_UP, "01 06 0400 80 d1 d7 82", 0);
	http3_stream_end(c, s, WAY_UP, at(1), false);
	assert_int_equal(told.len, 0);
	http3_stream_gap(c, encoder, WAY_UP, 2);
	assert_string_equal(told.text, "h3 GET www.example.com  unknown\n");
	http3_stream_free(c, s);
	s = http3_stream_new(c, 8);
	give(c, s, WAY_UP, "01 06 0381 1011 d1 d7", 0);
	http3_stream_free(c, s);
	s = http3_stream_new(c, 12);
	give(c, s, WAY_UP, REQUEST, 0);
	http3_stream_free(c, s);
	http3_stream_free(c, encoder);
	http3_stream_free(c, control);
	http3_conn_free(c);
	assert_string_equal(told.text, "h3 GET www.example.com  unknown\nend\n"
				       "h3 GET www.example.com /sample/path\nend\n"
				       "h3 GET a.example /\nend\n");
	teller_free(t);
}

static void holes_cost_only_what_they_hold(void **state)
{
	static const struct {
		const char *name, *before, *after, *want;
		uint64_t lost;
	} cases[] = {
		{ "inside a body", REQUEST "00 08 6162", "6768" DATA,
		  "h3 GET a.example / body \"abghabcd\" cut\nend\n", 4 },
		{ "over the end of a frame", REQUEST "00 08 6162", "6162",
		  "h3 GET a.example / body \"ab\" cut\nend\n", 20 },
		{ "inside the headers", "01 10 0000" GET, AUTHORITY, "", 3 },
		{ "before the headers", "", AUTHORITY, "", 7 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct teller *t = told_teller(&told);
		struct http3_conn *c = http3_conn_new(t, 1, NULL);
		struct http3_stream *s = http3_stream_new(c, 4);
		give(c, s, WAY_UP, cases[i].before, 0);
		http3_stream_gap(c, s, WAY_UP, cases[i].lost);
		give(c, s, WAY_UP, cases[i].after, 0);
		http3_stream_end(c, s, WAY_UP, at(1), false);
		http3_stream_free(c, s);
		http3_conn_free(c);
		print_message("%s\n", cases[i].name);
		assert_string_equal(told.text, cases[i].want);
		teller_free(t);
	}
}

static void cut_conversations_end_in_bounds(void **state)
{
	static const char up[] = GREASE REQUEST DATA TRAILERS, down[] = EARLY_ANSWER ANSWER DATA;
	(void)state;
	for (size_t n = 0; n <= sizeof(up) / 2; n++) {
		struct teller *t = told_teller(&told);
		struct http3_conn *c = http3_conn_new(t, 1, NULL);
		struct http3_stream *s = http3_stream_new(c, 4);
		for (int w = 0; w < WAY_COUNT; w++) {
			struct bytes whole = hex(w == WAY_UP ? up : down);
			size_t len = n < whole.len ? n : whole.len;
			uint8_t *exact = malloc(len + 1);
			memcpy(exact + 1, whole.at, len);
			http3_stream_data(c, s, (enum way)w, (struct bytes){ exact + 1, len }, at(1), false);
			free(exact);
		}
		http3_stream_free(c, s);
		http3_conn_free(c);
		assert_int_equal(told.n_requests, n >= 24); /* 6 of grease, 18 of headers */
		assert_true(told.n_answers <= 1);
		teller_free(t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_are_read),
		cmocka_unit_test(blocked_requests_are_told_later),
		cmocka_unit_test(holes_cost_only_what_they_hold),
		cmocka_unit_test(cut_conversations_end_in_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
