#include "check.h"

#include <stdio.h>
#include <string.h>

#include "wire/http1.h"

static enum parse parse(const char *text, bool is_cut, struct http1_head *h)
{
	return http1_head((struct bytes){ (const uint8_t *)text, strlen(text) }, is_cut, h);
}

static void names_the_host(void **state)
{
	(void)state;
	static const struct {
		const char *text, *host, *literal, *agent;
		uint16_t port;
		bool is_connect, is_absolute;
	} rows[] = {
		{ "GET / HTTP/1.1\r\nHost: www.Example.org\r\nUser-Agent: a b\r\n\r\n", "www.example.org", "",
		  "a b", 0, false, false },
		{ "GET / HTTP/1.1\nhost:example.org:8080  \n\n", "example.org", "", "", 8080, false, false },
		{ "CONNECT example.org:443 HTTP/1.1\r\nHost: proxy.example\r\n\r\n", "example.org", "", "",
		  443, true, false },
		{ "GET http://u:p@a.example:81/x?y HTTP/1.1\r\nHost: other.example\r\n\r\n", "a.example", "",
		  "", 81, false, true },
		{ "POST http://a.example HTTP/1.0\r\n\r\n", "a.example", "", "", 0, false, true },
		{ "GET / HTTP/1.1\r\nHost: 192.0.2.7:80\r\n\r\n", "", "192.0.2.7", "", 80, false, false },
		{ "CONNECT [2001:db8::1]:443 HTTP/1.1\r\n\r\n", "", "2001:db8::1", "", 443, true, false },
		{ "OPTIONS * HTTP/1.1\r\nHost: example.org\r\n\r\n", "example.org", "", "", 0, false, false },
		{ "GET / HTTP/1.1\r\nX-Host: no.example\r\n\r\n", "", "", "", 0, false, false },
		{ "GET / HTTP/1.1\r\nHost: first.example\r\nHost: second.example\r\n\r\n", "first.example",
		  "", "", 0, false, false },
		{ "GET / HTTP/1.1\r\nHost: bad host\r\n\r\n", "", "", "", 0, false, false },
		{ "GET / HTTP/1.1\r\nHost:\r\n folded.example\r\nUser-Agent: a\r\n b\r\n\r\n",
		  "folded.example", "", "a", 0, false, false },
		{ "\r\nGET / HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n\r\n", "", "2001:db8::1", "", 8080,
		  false, false },
		{ "GET / HTTP/1.1\r\nno colon\r\n folded\r\nHost: a.example\r\n\r\n", "a.example", "", "", 0,
		  false, false },
		{ "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n", "", "239.255.255.250", "",
		  1900, false, false },
		{ "GET / HTTP/1.1\r\nHost: example.org:99999\r\n\r\n", "example.org", "", "", 0, false,
		  false },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct http1_head h;
		assert_int_equal(parse(rows[i].text, false, &h), PARSE_OK);
		assert_string_equal(h.host.text, rows[i].host);
		assert_int_equal(h.literal.len, strlen(rows[i].literal));
		if (h.literal.len)
			assert_memory_equal(h.literal.at, rows[i].literal, h.literal.len);
		assert_int_equal(h.user_agent.len, strlen(rows[i].agent));
		assert_int_equal(h.port, rows[i].port);
		assert_int_equal(h.is_connect, rows[i].is_connect);
		assert_int_equal(h.is_absolute, rows[i].is_absolute);
		assert_int_equal(h.len, strlen(rows[i].text));
	}
}

static void other_protocols_are_bad_at_once(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"\x16\x03\x01",           "SSH-2.0-x",     "GETX / HTTP/1.1\r\n\r\n",
		"get / HTTP/1.1\r\n\r\n", "GET /\r\n\r\n", "GET  HTTP/1.1\r\n\r\n",
		"GET / FTP/1\r\n\r\n"
	};
	struct http1_head h;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(parse(rows[i], true, &h), PARSE_BAD);
}

static void every_prefix_asks_for_more(void **state)
{
	(void)state;
	static const char text[] = "GET /a HTTP/1.1\r\nHost: www.example.org\r\nAccept: */*\r\n\r\n";
	for (size_t cut = 0; cut < sizeof(text) - 1; cut++) {
		char *copy = test_malloc(cut + 1);
		memcpy(copy + 1, text, cut);
		struct http1_head h;
		assert_int_equal(http1_head((struct bytes){ (uint8_t *)copy + 1, cut }, false, &h),
				 PARSE_MORE);
		/* What the snap length cut is taken if it names the host. */
		bool has_host = cut >= strlen("GET /a HTTP/1.1\r\nHost: www.example.org\r\n");
		assert_int_equal(http1_head((struct bytes){ (uint8_t *)copy + 1, cut }, true, &h),
				 has_host ? PARSE_OK : PARSE_MORE);
		test_free(copy);
	}
}

static void a_head_without_end_is_bad(void **state)
{
	(void)state;
	static char text[HTTP1_HEAD_MAX + 64];
	struct http1_head h;
	memset(text, 'a', sizeof(text) - 1);
	memcpy(text, "GET /", 5);
	assert_int_equal(parse(text, false, &h), PARSE_BAD);
	text[1000] = '\0';
	assert_int_equal(parse(text, false, &h), PARSE_MORE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_the_host),
		cmocka_unit_test(other_protocols_are_bad_at_once),
		cmocka_unit_test(every_prefix_asks_for_more),
		cmocka_unit_test(a_head_without_end_is_bad),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
