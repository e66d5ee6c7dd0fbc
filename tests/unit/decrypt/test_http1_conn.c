#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "decrypt/http1_conn.h"
#include "decrypt/teller_parts.h"
#include "told.h"

static struct told told;

/* One step of a conversation. */
struct step {
	char what; /* '>' client's bytes, '<' server's, '(' and ')' bytes lost of either, '|' the server
		      closes */
	const char *bytes;
	uint64_t lost;
};

#define STEPS_MAX 8

static enum http1_state play(const struct step *steps, size_t piece)
{
	struct teller *t = told_teller(&told);
	struct http1_conn *c = http1_conn_new(t, 1, false, NULL, NULL);
	struct when at = { 1, 1 };
	for (size_t i = 0; i < STEPS_MAX && steps[i].what; i++) {
		const struct step *s = &steps[i];
		enum way w = s->what == '>' || s->what == '(' ? WAY_UP : WAY_DOWN;
		if (s->what == '(' || s->what == ')')
			http1_conn_gap(c, w, s->lost);
		else if (s->what == '|')
			http1_conn_end(c, w, at);
		struct bytes data = told_bytes(s->bytes ? s->bytes : "");
		while (data.len) {
			size_t n = piece && piece < data.len ? piece : data.len;
			uint8_t *exact = malloc(n); /* so that a read behind the end is seen */
			memcpy(exact, data.at, n);
			http1_conn_data(c, w, (struct bytes){ exact, n }, at, false);
			free(exact);
			data = (struct bytes){ data.at + n, data.len - n };
		}
	}
	enum http1_state state = http1_conn_state(c);
	http1_conn_free(c);
	assert_int_equal(teller_budget(t)->used, t->headers.capacity + t->cookie.capacity);
	teller_free(t);
	return state;
}

#define GET "GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n"
#define OK_LEN "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello"

static const struct {
	const char *name;
	struct step steps[STEPS_MAX];
	const char *want;
	enum http1_state state;
} CASES[] = {
	{ "one",
	  { { '>', GET, 0 }, { '<', OK_LEN, 0 } },
	  "h1 GET a.example /a\nanswer 200 text/html\nend complete\n",
	  0 },
	{ "bare line feeds",
	  { { '>', "GET /a HTTP/1.1\nHost: a.example\n\n", 0 }, { '<', "HTTP/1.0 204 None\n\n", 0 } },
	  "h1 GET a.example /a\nanswer 204 \nend complete\n",
	  0 },
	{ "pipelined, with an empty line before",
	  { { '>', GET "\r\n" GET, 0 }, { '<', OK_LEN OK_LEN, 0 } },
	  "h1 GET a.example /a\nh1 GET a.example /a\nanswer 200 text/html\nend complete\nanswer 200 "
	  "text/html\nend complete\n",
	  0 },
	{ "counted body, answer before its end",
	  { { '>', "POST /b HTTP/1.1\r\nHost: a.example:80\r\nContent-Length: 6\r\n\r\nabc", 0 },
	    { '<', "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0 },
	    { '>', "def", 0 } },
	  "h1 POST a.example /b body \"abcdef\"\nanswer 200 \nend complete\n",
	  0 },
	{ "chunked body with extension and trailer",
	  { { '>',
	      "POST /c HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n"
	      "0A\r\n0123456789\r\n0\r\nX: y\r\n\r\n" GET,
	      0 } },
	  "h1 POST a.example /c body \"abc0123456789\"\nh1 GET a.example /a\nend\nend\n",
	  0 },
	{ "HEAD has no body",
	  { { '>', "HEAD /h HTTP/1.1\r\nHost: a.example\r\n\r\n" GET, 0 },
	    { '<', "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" OK_LEN, 0 } },
	  "h1 HEAD a.example /h\nh1 GET a.example /a\nanswer 200 \nend complete\nanswer 200 text/html\nend "
	  "complete\n",
	  0 },
	{ "an answer before the answer",
	  { { '>', GET, 0 }, { '<', "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" OK_LEN, 0 } },
	  "h1 GET a.example /a\nanswer 200 text/html\nend complete\n",
	  0 },
	{ "body until the end",
	  { { '>', GET, 0 }, { '<', "HTTP/1.1 200 OK\r\n\r\nsomething", 0 }, { '|', NULL, 0 } },
	  "h1 GET a.example /a\nanswer 200 \nend complete\n",
	  0 },
	{ "absolute target",
	  { { '>', "GET http://b.example:8080/x?y HTTP/1.1\r\nHost: proxy\r\n\r\n", 0 } },
	  "h1 GET b.example /x?y\nend\n",
	  0 },
	{ "WebSocket",
	  { { '>', "GET /ws HTTP/1.1\r\nHost: a.example\r\nUpgrade: WebSocket\r\n\r\n", 0 },
	    { '<', "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x02hi", 0 },
	    { '>',
	      "\x81\x83"
	      "abcdxyz",
	      0 },
	    { '<',
	      "\x02\x01"
	      "a\x89\x01"
	      "p\x80\x02"
	      "bc",
	      0 } },
	  "h1 GET a.example /ws websocket\nanswer 101 \nsocket down 1 2\nsocket up 1 3\nsocket down 2 "
	  "3\nend\n",
	  HTTP1_WEBSOCKET },
	{ "CONNECT",
	  { { '>', "CONNECT c.example:443 HTTP/1.1\r\nHost: c.example:443\r\n\r\n", 0 },
	    { '<', "HTTP/1.1 200 OK\r\n\r\n", 0 },
	    { '>', "\x16\x03\x01 anything", 0 } },
	  "h1 CONNECT c.example \nanswer 200 \nend\n",
	  HTTP1_TUNNEL },
	{ "not HTTP", { { '>', "SSH-2.0-OpenSSH\r\n", 0 } }, "", HTTP1_NOT },
	{ "hole in a counted body",
	  { { '>', "POST /b HTTP/1.1\r\nHost: a.example\r\nContent-Length: 10\r\n\r\nabc", 0 },
	    { '(', NULL, 4 },
	    { '>', "xyz" GET, 0 } },
	  "h1 POST a.example /b body \"abcxyz\" cut\nh1 GET a.example /a\nend\nend\n",
	  0 },
	{ "hole over heads",
	  { { '>', GET, 0 },
	    { '(', NULL, 500 },
	    { '>', "rest of something\r\n\r\n", 0 },
	    { '>', GET, 0 },
	    { ')', NULL, 0 },
	    { '<', OK_LEN, 0 } },
	  "h1 GET a.example /a\nh1 GET a.example /a gap\nend\nanswer 200 text/html\nend\n",
	  0 },
	{ "no host, no target", { { '>', "GET\r\n\r\n", 0 } }, "", HTTP1_NOT },
};

static void conversations(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(CASES); i++) {
		print_message("%s\n", CASES[i].name);
		enum http1_state got = play(CASES[i].steps, 0);
		assert_string_equal(told.text, CASES[i].want);
		assert_int_equal(got, CASES[i].state);
	}
}

/* After a hole heads are looked for at the beginning of a segment, so those cases need theirs whole. */
static void pieces_change_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(CASES); i++) {
		if (strstr(CASES[i].name, "heads") || strstr(CASES[i].name, "no host"))
			continue;
		for (size_t piece = 1; piece < 12; piece++) {
			play(CASES[i].steps, piece);
			assert_string_equal(told.text, CASES[i].want);
		}
	}
}

static void what_is_left_is_told(void **state)
{
	(void)state;
	static const char text[] = "POST /b HTTP/1.1\r\nHost: a.example\r\nContent-Length: 6\r\n\r\nabcdef";
	for (size_t n = 0; n < sizeof(text); n++) {
		char cut[sizeof(text)];
		memcpy(cut, text, n);
		cut[n] = '\0';
		play((const struct step[STEPS_MAX]){ { '>', cut, 0 } }, 0);
		assert_int_equal(told.n_requests, n >= sizeof(text) - 7);
		assert_int_equal(told.n_ends, told.n_requests);
	}
}

static void many_waiting_requests_are_bounded(void **state)
{
	(void)state;
	struct teller *t = told_teller(&told);
	struct http1_conn *c = http1_conn_new(t, 1, false, NULL, NULL);
	for (int i = 0; i < 1000; i++)
		http1_conn_data(c, WAY_UP, told_bytes(GET), (struct when){ 0 }, false);
	assert_int_equal(told.n_requests, 1000);
	assert_true(told.n_ends >= 900);
	assert_int_equal(teller_counts(t)->evicted_streams, told.n_ends);
	http1_conn_free(c);
	teller_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conversations),
		cmocka_unit_test(pieces_change_nothing),
		cmocka_unit_test(what_is_left_is_told),
		cmocka_unit_test(many_waiting_requests_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
