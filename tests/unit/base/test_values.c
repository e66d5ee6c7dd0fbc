/* The small values and helpers of base: names, views, time, text, arena, hash, errors. */
#include "check.h"

#include <string.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/hostname.h"
#include "base/text.h"
#include "base/time.h"

static struct bytes bytes_of(const char *s)
{
	return (struct bytes){ (const uint8_t *)s, strlen(s) };
}

static void hostnames_are_lower_case_without_final_dot(void **state)
{
	(void)state;
	static const struct {
		const char *in, *out;
	} rows[] = { { "WWW.Example.ORG.", "www.example.org" },
		     { "_dmarc.a-b.c1", "_dmarc.a-b.c1" },
		     { "a", "a" } };
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct hostname h;
		assert_true(hostname_parse(bytes_of(rows[i].in), &h));
		assert_string_equal(h.text, rows[i].out);
		assert_int_equal(h.len, strlen(rows[i].out));
	}
}

static void what_is_no_hostname_is_refused(void **state)
{
	(void)state;
	static const char *const rows[] = { "",     ".",     "a b",  "a/b", "caf\xc3\xa9.example",
					    "a\nb", "a:443", "a..b", ".a",  "a.." };
	char longest[HOSTNAME_MAX + 2];
	struct hostname h = { .len = 7 };
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_false(hostname_parse(bytes_of(rows[i]), &h));
	memset(longest, 'a', sizeof(longest));
	assert_false(hostname_parse((struct bytes){ (uint8_t *)longest, HOSTNAME_MAX + 1 }, &h));
	assert_int_equal(h.len, 7);
	assert_true(hostname_parse((struct bytes){ (uint8_t *)longest, HOSTNAME_MAX }, &h));
	assert_int_equal(h.len, HOSTNAME_MAX);
	assert_int_equal(h.text[HOSTNAME_MAX], '\0');
}

static void a_reader_that_went_past_the_end_stays_bad(void **state)
{
	(void)state;
	static const uint8_t data[] = { 1, 2, 3, 2, 0xaa, 0xbb, 9 };
	struct reader r = reader_of((struct bytes){ data, sizeof(data) });
	assert_int_equal(reader_uint(&r, 1), 1);
	assert_int_equal(reader_uint(&r, 2), 0x0203);
	struct reader sub = reader_block(&r, 1);
	assert_int_equal(sub.left, 2);
	assert_int_equal(reader_uint(&sub, 2), 0xaabb);
	assert_int_equal(reader_uint(&sub, 1), 0);
	assert_true(sub.bad);
	assert_false(r.bad);
	assert_int_equal(reader_take(&r, 2).len, 0);
	assert_true(r.bad);
	assert_int_equal(reader_uint(&r, 1), 0); /* one byte was left, but the reader is bad */
	assert_true(reader_block(&r, 1).bad);
}

static void times_are_rfc_3339(void **state)
{
	(void)state;
	static const struct {
		int64_t ns;
		bool nano;
		const char *text;
	} rows[] = {
		{ 0, false, "1970-01-01T00:00:00.000000Z" },
		{ INT64_C(1686736923123456789), false, "2023-06-14T10:02:03.123456Z" },
		{ INT64_C(1686736923123456789), true, "2023-06-14T10:02:03.123456789Z" },
		{ -1, true, "1969-12-31T23:59:59.999999999Z" },
		{ INT64_MAX, true, "2262-04-11T23:47:16.854775807Z" },
		{ INT64_MIN, true, "1677-09-21T00:12:43.145224192Z" },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		char buf[TIME_TEXT_MAX];
		assert_string_equal(time_text(rows[i].ns, rows[i].nano, buf), rows[i].text);
	}
}

static void text_grows(void **state)
{
	(void)state;
	struct text t = { 0 };
	for (int i = 0; i < 1000; i++)
		text_addf(&t, "%d,", i);
	text_adds(&t, "end");
	assert_false(t.bad);
	assert_int_equal(t.len, 10 * 2 + 90 * 3 + 900 * 4 + 3);
	assert_int_equal(strlen(t.at), t.len);
	assert_string_equal(t.at + t.len - 7, "999,end");
	text_clear(&t);
	assert_int_equal(t.len, 0);
	text_fini(&t);
	assert_null(t.at);
}

static void arena_memory_is_zero_apart_and_aligned(void **state)
{
	(void)state;
	struct arena a = { 0 };
	unsigned char *last = NULL;
	for (size_t i = 1; i < 3000; i += 7) {
		unsigned char *p = arena_array(&a, i, 3);
		assert_int_equal((uintptr_t)p % sizeof(long double), 0);
		for (size_t k = 0; k < 3 * i; k++)
			assert_int_equal(p[k], 0);
		memset(p, 0xff, 3 * i);
		assert_ptr_not_equal(p, last);
		last = p;
	}
	assert_string_equal(arena_string(&a, "abcdef", 3), "abc");
	arena_fini(&a);
	assert_null(a.blocks);
}

/* SipHash-1-3 with the key 00..0f over 00..3f, first and last of the reference implementation's vectors. */
static void hash_is_keyed(void **state)
{
	(void)state;
	struct hash_key k = { UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908) }, other = { 1, 2 };
	uint8_t in[64];
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)i;
	assert_int_equal(hash_bytes(k, in, 0), UINT64_C(0xabac0158050fc4dc));
	for (size_t i = 0; i + 1 < sizeof(in); i++) {
		assert_int_not_equal(hash_bytes(k, in, i), hash_bytes(k, in, i + 1));
		assert_int_not_equal(hash_bytes(k, in, i), hash_bytes(other, in, i));
	}
	uint64_t words[8];
	memcpy(words, in, sizeof(words));
	for (size_t n = 0; n <= 8; n++)
		assert_int_equal(hash_words(k, words, n), hash_bytes(k, words, 8 * n));
}

static void context_goes_in_front(void **state)
{
	(void)state;
	struct err e;
	assert_false(err_set(&e, "no such %s", "file"));
	assert_false(err_add(&e, "line %d: ", 3));
	assert_string_equal(e.text, "line 3: no such file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostnames_are_lower_case_without_final_dot),
		cmocka_unit_test(what_is_no_hostname_is_refused),
		cmocka_unit_test(a_reader_that_went_past_the_end_stays_bad),
		cmocka_unit_test(times_are_rfc_3339),
		cmocka_unit_test(text_grows),
		cmocka_unit_test(arena_memory_is_zero_apart_and_aligned),
		cmocka_unit_test(hash_is_keyed),
		cmocka_unit_test(context_goes_in_front),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
