#include "check.h"

#include <string.h>

#include "mkpkt.h"
#include "wire/tls.h"

static uint8_t scratch[TLS_HELLO_MAX];

static const struct mkhello browser = { .sni = "www.example.org", .alpn = "h2,http/1.1", .has_grease = 1 };

static struct bytes message(struct mkbuf *b, const struct mkhello *h)
{
	b->len = 0;
	mkhello_message(b, h);
	return mkbuf_bytes(b);
}

static void reads_a_hello(void **state)
{
	(void)state;
	struct mkbuf b;
	struct client_hello h;
	assert_int_equal(tls_client_hello(message(&b, &browser), &h), PARSE_OK);
	assert_string_equal(h.server_name.text, "www.example.org");
	assert_true(h.has_server_name);
	assert_int_equal(h.literal.len, 0);
	assert_int_equal(h.legacy_version, 0x0303);
	assert_int_equal(h.random.len, 32);
	assert_int_equal(h.ciphers.n, 6);
	assert_int_equal(h.ciphers.at[0], 0x1a1a);
	assert_true(tls_is_grease(h.ciphers.at[0]));
	assert_int_equal(h.versions.n, 2);
	assert_int_equal(h.versions.at[0], 0x0304);
	assert_int_equal(h.groups.n, 3);
	assert_int_equal(h.signature_algorithms.n, 3);
	assert_int_equal(h.n_alpn, 2);
	assert_memory_equal(h.alpn[1].at, "http/1.1", 8);
	assert_false(h.has_psk || h.has_early_data || h.has_ticket || h.has_ech);
}

static void finds_the_name(void **state)
{
	(void)state;
	static const struct {
		const char *sent, *want, *literal;
	} cases[] = {
		{ "example.org", "example.org", "" },
		{ "Pixel.Tracker.EXAMPLE", "pixel.tracker.example", "" },
		{ "example.org.", "example.org", "" },
		{ "_dmarc.example.org", "_dmarc.example.org", "" },
		{ "192.0.2.1", "", "192.0.2.1" },
		{ "2001:db8::1", "", "2001:db8::1" },
		{ "a b", "", "a b" },
		{ "1.2.3.4.example", "1.2.3.4.example", "" },
		{ "host-1", "host-1", "" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mkbuf b;
		struct client_hello h;
		assert_int_equal(tls_client_hello(message(&b, &(struct mkhello){ .sni = cases[i].sent }), &h),
				 PARSE_OK);
		assert_true(h.has_server_name);
		assert_string_equal(h.server_name.text, cases[i].want);
		assert_int_equal(h.literal.len, strlen(cases[i].literal));
		if (h.literal.len)
			assert_memory_equal(h.literal.at, cases[i].literal, h.literal.len);
	}
}

static void sees_resumption_and_ech(void **state)
{
	(void)state;
	static const struct {
		const char *extra;
		bool psk, early, ticket, ech, esni;
	} cases[] = {
		{ "002a 0000  0029 0004 00000000", true, true, false, false, false },
		{ "0023 0000", false, false, false, false, false },
		{ "0023 0003 010203", false, false, true, false, false },
		{ "fe0d 0004 00 000100", false, false, false, true, false },
		{ "fe0d 0001 01", false, false, false, false, false },
		{ "ffce 0004 13010000", false, false, false, false, true },
		{ "000d 0003 00ff04", false, false, false, false, false }, /* contradicts itself: not there */
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mkbuf b;
		struct client_hello h;
		const struct mkhello made = { .extra_hex = cases[i].extra };
		assert_int_equal(tls_client_hello(message(&b, &made), &h), PARSE_OK);
		assert_false(h.has_server_name);
		assert_int_equal(h.has_psk, cases[i].psk);
		assert_int_equal(h.has_early_data, cases[i].early);
		assert_int_equal(h.has_ticket, cases[i].ticket);
		assert_int_equal(h.has_ech, cases[i].ech);
		assert_int_equal(h.has_esni, cases[i].esni);
	}
}

/* However the records are cut, and wherever the stream ends so far. */
static void puts_records_together(void **state)
{
	(void)state;
	static const size_t record_sizes[] = { 1, 2, 3, 100, 512, 1 << 14 };
	struct mkhello big = browser;
	big.pad_to = 1900;
	struct mkbuf b, stream;
	struct bytes m = message(&b, &big);
	assert_true(m.len >= 1900);
	for (size_t i = 0; i < COUNT(record_sizes); i++) {
		struct client_hello h;
		size_t used = 0;
		stream.len = 0;
		mkhello_records(&stream, m, record_sizes[i]);
		size_t len = stream.len;
		mkbuf_hex(&stream, "140303000101"); /* the next record */
		assert_int_equal(tls_stream_client_hello(mkbuf_bytes(&stream), scratch, &h, &used), PARSE_OK);
		assert_string_equal(h.server_name.text, "www.example.org");
		assert_int_equal(used, len);
		size_t step = len > 4000 ? 97 : 1;
		for (size_t cut = 0; cut < len; cut += step)
			assert_int_equal(
			    tls_stream_client_hello((struct bytes){ stream.at, cut }, scratch, &h, &used),
			    PARSE_MORE);
	}
}

/* The truncation sweep: each true prefix asks for more and gives the name as soon as it is there. */
static void every_prefix_asks_for_more(void **state)
{
	(void)state;
	struct mkbuf b;
	struct bytes m = message(&b, &browser);
	size_t n_named = 0;
	for (size_t cut = 0; cut < m.len; cut++) {
		uint8_t *copy = test_malloc(cut + 1);
		memcpy(copy + 1, m.at, cut);
		struct client_hello h;
		assert_int_equal(tls_client_hello((struct bytes){ copy + 1, cut }, &h), PARSE_MORE);
		if (h.server_name.len) {
			n_named++;
			assert_string_equal(h.server_name.text, "www.example.org");
		}
		test_free(copy);
	}
	assert_in_range(n_named, 90, m.len);
}

/* A whole message in which one inner length is a byte too long. */
static void lengths_that_overrun_are_bad(void **state)
{
	(void)state;
	struct mkbuf b;
	struct client_hello h;
	message(&b, &browser);
	/* Of session, ciphers, compression, extensions, the first extension. */
	static const size_t lengths[] = { 38, 40, 53, 55, 60 };
	for (size_t i = 0; i < COUNT(lengths); i++) {
		message(&b, &browser);
		assert_int_equal(tls_client_hello(mkbuf_bytes(&b), &h), PARSE_OK);
		b.at[lengths[i]] = 0xff;
		assert_int_equal(tls_client_hello(mkbuf_bytes(&b), &h), PARSE_BAD);
	}
}

static void other_protocols_are_bad_at_once(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {
		{ "GET / HTTP/1.1", 14 },
		{ "\x16\x04", 2 },
		{ "\x17", 1 },
		{ "\x16\x03\x01\x00\x04\x02\x00\x00\x26", 9 }, /* a server's */
		{ "\x16\x03\x01\x00\x00", 5 },                 /* an empty record */
		{ "\x16\x03\x01\x00\x04\x01\x02\x00\x00", 9 }, /* 128 KiB */
		{ "\x16\x03\x01\x00\x04\x01\x00\x00\x02", 9 }, /* 2 bytes */
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct client_hello h;
		struct bytes b = { (const uint8_t *)cases[i].bytes, cases[i].len };
		assert_int_equal(tls_stream_client_hello(b, scratch, &h, NULL), PARSE_BAD);
	}
}

static void make_server(struct mkbuf *b, const char *version, bool is_retry, const char *extensions)
{
	b->len = 0;
	mkbuf_uint(b, 2, 1);
	size_t at = mkbuf_open(b, 3);
	mkbuf_hex(b, version);
	mkbuf_hex(b, is_retry ? "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"
			      : "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
	mkbuf_hex(b, "04 01020304 1301 00");
	if (extensions) {
		size_t list = mkbuf_open(b, 2);
		mkbuf_hex(b, extensions);
		mkbuf_close(b, list, 2);
	}
	mkbuf_close(b, at, 3);
}

static void reads_a_servers_hello(void **state)
{
	(void)state;
	static const struct {
		const char *extensions;
		bool is_retry;
		uint16_t version;
		bool psk, etm, ems;
		const char *alpn;
	} cases[] = {
		{ NULL, false, 0x0303, false, false, false, "" },
		{ "002b 0002 0304  0029 0002 0000", false, 0x0304, true, false, false, "" },
		{ "002b 0002 0304", true, 0x0304, false, false, false, "" },
		{ "0016 0000 0017 0000 0010 0005 0003 02 6832", false, 0x0303, false, true, true, "h2" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mkbuf b, stream = { 0 };
		struct server_hello h;
		make_server(&b, "0303", cases[i].is_retry, cases[i].extensions);
		mkhello_records(&stream, mkbuf_bytes(&b), 30);
		assert_int_equal(tls_stream_server_hello(mkbuf_bytes(&stream), scratch, &h), PARSE_OK);
		assert_int_equal(h.version, cases[i].version);
		assert_int_equal(h.cipher, 0x1301);
		assert_int_equal(h.is_retry, cases[i].is_retry);
		assert_int_equal(h.has_psk, cases[i].psk);
		assert_int_equal(h.is_encrypt_then_mac, cases[i].etm);
		assert_int_equal(h.is_extended_master_secret, cases[i].ems);
		assert_int_equal(h.session_id.len, 4);
		assert_int_equal(h.alpn.len, strlen(cases[i].alpn));
		for (size_t cut = 0; cut < stream.len; cut++)
			assert_int_equal(
			    tls_stream_server_hello((struct bytes){ stream.at, cut }, scratch, &h),
			    PARSE_MORE);
	}
}

static uint32_t class_of(const struct mkhello *made)
{
	struct mkbuf b;
	struct client_hello h;
	assert_int_equal(tls_client_hello(message(&b, made), &h), PARSE_OK);
	return tls_hello_class(&h);
}

/* The same program to another site, resumed or padded, is the same class; another program is not. */
static void tells_programs_apart(void **state)
{
	(void)state;
	const uint32_t base = class_of(&browser);
	struct mkhello other = browser;
	other.sni = "another.example";
	other.pad_to = 600;
	other.extra_hex = "002a 0000 0029 0004 00000000 3a3a 0000";
	assert_int_equal(class_of(&other), base);
	other = browser;
	other.has_grease = 0;
	assert_int_equal(class_of(&other), base);
	other = browser;
	other.alpn = "http/1.1";
	assert_int_not_equal(class_of(&other), base);
	other = browser;
	other.is_tls12 = 1;
	assert_int_not_equal(class_of(&other), base);
	other = browser;
	other.extra_hex = "4469 0000";
	assert_int_not_equal(class_of(&other), base);
	assert_int_not_equal(base, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_hello),
		cmocka_unit_test(finds_the_name),
		cmocka_unit_test(sees_resumption_and_ech),
		cmocka_unit_test(puts_records_together),
		cmocka_unit_test(every_prefix_asks_for_more),
		cmocka_unit_test(lengths_that_overrun_are_bad),
		cmocka_unit_test(other_protocols_are_bad_at_once),
		cmocka_unit_test(reads_a_servers_hello),
		cmocka_unit_test(tells_programs_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
