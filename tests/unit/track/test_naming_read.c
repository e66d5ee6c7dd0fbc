#include "check.h"

#include <string.h>

#include "mkpkt.h"
#include "track/naming_read.h"

static const struct mkhello browser = { .sni = "www.example.org", .alpn = "h2", .pad_to = 1500 };

/* A hello that never becomes whole has a name as soon as its server_name was there, and a fingerprint only
 * when it is whole.
 */
static void the_first_part_of_a_hello_names_the_flow(void **state)
{
	(void)state;
	static struct mkbuf message, stream;
	mkhello_message(&message, &browser);
	mkhello_records(&stream, mkbuf_bytes(&message), 1 << 14);
	struct reading *r = reading_new(NULL, (struct hash_key){ 1, 2 });
	size_t n_named = 0;
	for (size_t cut = 3; cut <= stream.len; cut++) {
		struct named_flow named = { .info = { .unnamed = UNNAMED_NOT_WEB } };
		size_t used;
		enum parse p = reading_stream(r, (struct bytes){ stream.at, cut }, true, &named, &used);
		assert_int_equal(p, cut < stream.len ? PARSE_MORE : PARSE_OK);
		assert_int_equal(named.info.app, APP_TLS);
		assert_int_equal(named.info.ja4[0] != 0, cut == stream.len);
		if (named.host.len == 0)
			continue;
		n_named++;
		assert_string_equal(named.host.text, "www.example.org");
		assert_int_equal(named.info.named_by, NAMED_SNI);
		assert_int_equal(named.info.unnamed, UNNAMED_NOT);
	}
	assert_in_range(n_named, 1300, stream.len);
	reading_free(r);
}

static void an_address_in_place_of_a_name_is_told(void **state)
{
	(void)state;
	static struct mkbuf message, stream;
	mkhello_message(&message, &(struct mkhello){ .sni = "192.0.2.1" });
	mkhello_records(&stream, mkbuf_bytes(&message), 100);
	struct reading *r = reading_new(NULL, (struct hash_key){ 1, 2 });
	struct named_flow named = { .host = { 0 } };
	size_t used;
	assert_int_equal(reading_stream(r, mkbuf_bytes(&stream), false, &named, &used), PARSE_OK);
	assert_int_equal(used, stream.len);
	assert_int_equal(named.host.len, 0);
	assert_int_equal(named.info.unnamed, UNNAMED_LITERAL);
	reading_free(r);
}

/* What stood before ECH: the name alone is encrypted, and no other is there. */
static void an_encrypted_name_is_told(void **state)
{
	(void)state;
	static const struct {
		const char *extra;
		enum unnamed unnamed;
	} rows[] = { { "ffce 0004 13010000", UNNAMED_ECH }, { NULL, UNNAMED_NO_SNI } };
	struct reading *r = reading_new(NULL, (struct hash_key){ 1, 2 });
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mkbuf message = { .len = 0 }, stream = { .len = 0 };
		mkhello_message(&message, &(struct mkhello){ .extra_hex = rows[i].extra });
		mkhello_records(&stream, mkbuf_bytes(&message), 1 << 14);
		struct named_flow named = { .host = { 0 } };
		size_t used;
		assert_int_equal(reading_stream(r, mkbuf_bytes(&stream), false, &named, &used), PARSE_OK);
		assert_int_equal(named.host.len, 0);
		assert_int_equal(named.info.unnamed, rows[i].unnamed);
	}
	reading_free(r);
}

/* The hello in the tunnel of a SOCKS proxy, with what came before it in the same stream. */
static void a_tunnel_is_named_by_what_is_in_it(void **state)
{
	(void)state;
	static struct mkbuf message, stream;
	mkbuf_hex(&stream, "05 01 00 05 01 00 01 c0000207 01bb");
	size_t before = stream.len;
	mkhello_message(&message, &browser);
	mkhello_records(&stream, mkbuf_bytes(&message), 1 << 14);
	struct reading *r = reading_new(NULL, (struct hash_key){ 1, 2 });
	for (size_t len = 0; len <= stream.len; len++) {
		struct named_flow named = { .host = { 0 } };
		size_t used;
		enum parse p = reading_stream(r, (struct bytes){ stream.at, len }, false, &named, &used);
		assert_int_equal(p, len < stream.len ? PARSE_MORE : PARSE_OK);
		assert_int_equal(named.info.app, len < before + 3 ? APP_UNKNOWN : APP_TLS);
		if (p == PARSE_OK) {
			assert_string_equal(named.host.text, "www.example.org");
			assert_int_equal(used, stream.len);
		}
	}
	reading_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_part_of_a_hello_names_the_flow),
		cmocka_unit_test(an_address_in_place_of_a_name_is_told),
		cmocka_unit_test(an_encrypted_name_is_told),
		cmocka_unit_test(a_tunnel_is_named_by_what_is_in_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
