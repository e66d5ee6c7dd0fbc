#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decrypt/hpack.h"
#include "decrypt/hpack_tables.h"
#include "decrypt/teller_parts.h"
#include "hex.h"
#include "told.h"

static struct told told;

static const char *read_block(struct hpack *h, struct teller *t, const char *block)
{
	struct message m = { 0 };
	assert_true(hpack_read(h, hex(block), &m));
	const char *text = told_headers(&m);
	message_fini(&m, t);
	return text;
}

/* RFC 7541 appendix C: each group is one connection. */
static void examples_of_the_rfc(void **state)
{
	static const char first[] = ":method: GET|:scheme: http|:path: /|:authority: www.example.com|";
	static const char second[] =
	    ":method: GET|:scheme: http|:path: /|:authority: www.example.com|cache-control: no-cache|";
	static const char third[] = ":method: GET|:scheme: https|:path: /index.html|:authority: "
				    "www.example.com|custom-key: custom-value|";
	static const char answer_1[] = ":status: 302|cache-control: private|date: Mon, 21 Oct 2013 20:13:21 "
				       "GMT|location: https://www.example.com|";
	static const char answer_2[] = ":status: 307|cache-control: private|date: Mon, 21 Oct 2013 20:13:21 "
				       "GMT|location: https://www.example.com|";
	static const char answer_3[] =
	    ":status: 200|cache-control: private|date: Mon, 21 Oct 2013 20:13:22 GMT|location: "
	    "https://www.example.com|content-encoding: gzip|set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; "
	    "max-age=3600; version=1|";
	static const struct {
		const char *section, *block, *want; /* block NULL: a new connection */
	} cases[] = {
		{ "C.2.1", "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572",
		  "custom-key: custom-header|" },
		{ "C.2.2", "040c 2f73 616d 706c 652f 7061 7468", ":path: /sample/path|" },
		{ "C.2.3", "1008 7061 7373 776f 7264 0673 6563 7265 74", "password: secret|" },
		{ "C.2.4", "82", ":method: GET|" },
		{ NULL, NULL, NULL },
		{ "C.3.1", "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", first },
		{ "C.3.2", "8286 84be 5808 6e6f 2d63 6163 6865", second },
		{ "C.3.3", "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
		  third },
		{ NULL, NULL, NULL },
		{ "C.4.1", "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", first },
		{ "C.4.2", "8286 84be 5886 a8eb 1064 9cbf", second },
		{ "C.4.3", "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf", third },
		{ NULL, NULL, NULL },
		{ "table of 256 bytes", "3fe1 01", "" },
		{ "C.5.1",
		  "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 "
		  "303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
		  answer_1 },
		{ "C.5.2", "4803 3330 37c1 c0bf", answer_2 },
		{ "C.5.3",
		  "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 "
		  "5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 "
		  "5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
		  answer_3 },
		{ NULL, NULL, NULL },
		{ "table of 256 bytes", "3fe1 01", "" },
		{ "C.6.1",
		  "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b "
		  "ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
		  answer_1 },
		{ "C.6.2", "4883 640e ffc1 c0bf", answer_2 },
		{ "C.6.3",
		  "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad "
		  "94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 "
		  "65c0 03ed 4ee5 b106 3d50 07",
		  answer_3 },
	};
	(void)state;
	struct teller *t = told_teller(&told);
	struct hpack *h = hpack_new(t);
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (!cases[i].block) {
			hpack_free(h);
			h = hpack_new(t);
			continue;
		}
		print_message("%s\n", cases[i].section);
		assert_string_equal(read_block(h, t, cases[i].block), cases[i].want);
	}
	hpack_free(h);
	assert_int_equal(teller_budget(t)->used, 0);
	teller_free(t);
}

static void after_a_gap_nothing_is_guessed(void **state)
{
	(void)state;
	struct teller *t = told_teller(&told);
	struct hpack *h = hpack_new(t);
	read_block(h, t, "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d");
	hpack_gap(h);
	struct message m = { 0 };
	assert_true(hpack_read(h, hex("8286 84be 5808 6e6f 2d63 6163 6865"), &m));
	assert_string_equal(told_headers(&m), ":method: GET|:scheme: http|:path: /|cache-control: no-cache|");
	assert_true(m.has_unknown);
	message_fini(&m, t);
	assert_int_equal(teller_counts(t)->unknown_headers, 1);
	/* what was added since is known: index 62 */
	assert_string_equal(read_block(h, t, "be"), "cache-control: no-cache|");
	hpack_free(h);
	teller_free(t);
}

/* A block as a browser writes it: "name: value" adds an entry, a number is an index of the dynamic table from
 * 0,
 * "!name: value" adds none; ":m" and ":s" are :method GET and :scheme https of the static one. */
static struct bytes written(const char *const *parts)
{
	static uint8_t block[1024];
	size_t n = 0;
	for (; *parts; parts++) {
		const char *p = *parts, *colon;
		if (strcmp(p, ":m") == 0 || strcmp(p, ":s") == 0) {
			block[n++] = p[1] == 'm' ? 0x82 : 0x87;
			continue;
		}
		if (*p >= '0' && *p <= '9') {
			block[n++] = (uint8_t)(0x80 + 62 + atoi(p));
			continue;
		}
		block[n++] = *p == '!' ? 0x00 : 0x40;
		p += *p == '!';
		colon = strstr(p, ": ");
		block[n++] = (uint8_t)(colon - p);
		memcpy(block + n, p, (size_t)(colon - p));
		n += (size_t)(colon - p);
		block[n++] = (uint8_t)strlen(colon + 2);
		memcpy(block + n, colon + 2, strlen(colon + 2));
		n += strlen(colon + 2);
	}
	return (struct bytes){ block, n };
}

#define FIRST                                                                                                \
	":m", ":authority: a.example", ":s", "!:path: /", "user-agent: x", "accept: all",                    \
	    "accept-language: en", "referer: r", NULL

#define WHOLE                                                                                                \
	":method: GET|:authority: a.example|:scheme: https|:path: /2|user-agent: x|"                         \
	"accept: all|accept-language: en|referer: r|"

static const struct {
	const char *name, *between[6], *next[9], *want;
	unsigned n_aligned, n_gaps;
} after_gaps[] = {
	{ "nothing was lost", { NULL }, { ":m", "4", ":s", "!:path: /2", "3", "2", "1", "0" }, WHOLE, 1, 1 },
	{ "two entries", { NULL }, { ":m", "6", ":s", "!:path: /2", "5", "4", "3", "2" }, WHOLE, 1, 1 },
	{ "one of them is used",
	  { NULL },
	  { ":m", "6", ":s", "!:path: /2", "5", "4", "3", "1" },
	  ":method: GET|:authority: a.example|:scheme: https|:path: /2|user-agent: x|accept: all|"
	  "accept-language: en|",
	  1,
	  1 },
	{ "this one adds itself",
	  { NULL },
	  { ":m", "5", ":s", "!:path: /2", "4", "accept: some", "3", "2" },
	  ":method: GET|:authority: a.example|:scheme: https|:path: /2|user-agent: x|accept: some|"
	  "accept-language: en|referer: r|",
	  1,
	  1 },
	{ "one is not known at all",
	  { NULL },
	  { ":m", "9", ":s", "!:path: /2", "3", "2", "1", "0" },
	  ":method: GET|:scheme: https|:path: /2|",
	  0,
	  1 },
	{ "too few references",
	  { NULL },
	  { ":m", "5", ":s", "!:path: /2", "4", "3", "!accept-language: de", "!referer: s" },
	  ":method: GET|:scheme: https|:path: /2|accept-language: de|referer: s|",
	  0,
	  1 },
	{ "another kind of request",
	  { NULL },
	  { ":m", "5", ":s", "!:path: /2", "4", "3", "2" },
	  ":method: GET|:scheme: https|:path: /2|",
	  0,
	  1 },
	{ "two gaps",
	  { ":m", "!:authority: b", ":s", "!:path: /", "via: v" },
	  { ":m", "6", ":s", "!:path: /2", "5", "4", "3", "2" },
	  WHOLE,
	  1,
	  2 },
};

/* What lost blocks added is made out from the next request, or it stays unknown. */
static void indices_are_made_out_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(after_gaps); i++) {
		struct teller *t = told_teller(&told);
		struct hpack *h = hpack_new(t);
		struct message m = { 0 };
		assert_true(hpack_read(h, written((const char *const[]){ FIRST }), &m));
		for (unsigned g = 0; g < after_gaps[i].n_gaps; g++) {
			hpack_gap(h);
			message_clear(&m);
			if (g + 1 < after_gaps[i].n_gaps)
				assert_true(hpack_read(h, written(after_gaps[i].between), &m));
		}
		message_clear(&m);
		assert_true(hpack_read(h, written(after_gaps[i].next), &m));
		print_message("%s\n", after_gaps[i].name);
		assert_string_equal(told_headers(&m), after_gaps[i].want);
		assert_int_equal(teller_counts(t)->hpack_aligned, after_gaps[i].n_aligned);
		message_fini(&m, t);
		hpack_free(h);
		assert_int_equal(teller_budget(t)->used, 0);
		teller_free(t);
	}
}

static void broken_blocks_are_refused(void **state)
{
	static const char *const blocks[] = {
		"80",                /* index 0 */
		"ff ffff ffff ff0f", /* an index of more than 32 bits */
		"0085 61",           /* a Huffman string that is cut */
		"4003 6162",         /* a name that is cut */
		"4081 ff00",         /* eight bits of padding */
		"82ff",              /* cut behind a whole header */
	};
	(void)state;
	struct teller *t = told_teller(&told);
	for (size_t i = 0; i < COUNT(blocks); i++) {
		struct hpack *h = hpack_new(t);
		struct message m = { 0 };
		assert_false(hpack_read(h, hex(blocks[i]), &m));
		message_fini(&m, t);
		hpack_free(h);
	}
	teller_free(t);
}

static void cut_blocks_end_in_bounds(void **state)
{
	static const char block[] = "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf 3fe1 01";
	(void)state;
	struct teller *t = told_teller(&told);
	struct bytes whole = hex(block);
	for (size_t n = 0; n <= whole.len; n++) {
		uint8_t *exact = malloc(n + 1);
		memcpy(exact + 1, whole.at, n);
		struct hpack *h = hpack_new(t);
		struct message m = { 0 };
		hpack_read(h, (struct bytes){ exact + 1, n }, &m);
		assert_true(message_fields(&m) <= 5);
		message_fini(&m, t);
		hpack_free(h);
		free(exact);
	}
	assert_int_equal(teller_budget(t)->used, 0);
	teller_free(t);
}

static void the_table_is_bounded(void **state)
{
	(void)state;
	struct teller *t = told_teller(&told);
	struct hpack *h = hpack_new(t);
	read_block(h, t, "3fff ffff 7f"); /* a size far over the limit */
	for (int i = 0; i < 20000; i++)
		read_block(h, t, "400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65");
	assert_true(teller_budget(t)->used <= teller_limits(t)->table_bytes + 4096);
	hpack_free(h);
	teller_free(t);
}

/* RFC 7541 C.4 and C.6 */
static void codes_have_a_length(void **state)
{
	static const struct {
		const char *text;
		size_t want;
	} cases[] = {
		{ "", 0 },
		{ "302", 2 },
		{ "no-cache", 6 },
		{ "private", 5 },
		{ "custom-key", 8 },
		{ "custom-value", 9 },
		{ "www.example.com", 12 },
		{ "https://www.example.com", 17 },
		{ "Mon, 21 Oct 2013 20:13:21 GMT", 22 },
		{ "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1", 45 },
		{ "\\", 3 }, /* 19 bits */
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(huffman_length(cases[i].text), cases[i].want);
}

/* Huffman's code is complete: with the end of string's 30 bits, the shares of all codes come to 1. */
static void codes_are_complete(void **state)
{
	uint64_t sum = 1; /* of 2^30 */
	(void)state;
	for (unsigned i = 0; i < 256; i++)
		sum += 1ULL << (30 - HPACK_BITS[i]);
	assert_int_equal(sum, 1ULL << 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_of_the_rfc),
		cmocka_unit_test(codes_have_a_length),
		cmocka_unit_test(codes_are_complete),
		cmocka_unit_test(after_a_gap_nothing_is_guessed),
		cmocka_unit_test(indices_are_made_out_again),
		cmocka_unit_test(broken_blocks_are_refused),
		cmocka_unit_test(cut_blocks_end_in_bounds),
		cmocka_unit_test(the_table_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
