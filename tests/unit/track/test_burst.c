/* What a burst says of the first request in it, and of when answers came. What begins a burst is tested with
 * the whole path (run/test_shard). */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "mkseg.h"
#include "track/burst.h"

static struct {
	struct burst last;
	unsigned n;
} told;

void visits_burst_begin(struct visits *v, uint64_t flow, int64_t ts_ns, uint64_t ordinal, uint64_t frame)
{
	(void)v, (void)flow, (void)ts_ns, (void)ordinal, (void)frame;
}

void visits_burst_end(struct visits *v, const struct burst *b)
{
	(void)v;
	told.last = *b;
	told.n++;
}

static struct {
	struct bursts *bursts;
	struct flow flow;
	uint32_t up; /* sequence number of the client's next byte */
} conn;

static void begin(uint8_t proto, enum app app)
{
	memset(&told, 0, sizeof(told));
	memset(&conn, 0, sizeof(conn));
	conn.bursts = bursts_new(NULL, 1, NULL, false);
	assert_non_null(conn.bursts);
	conn.flow.proto = proto;
	conn.flow.app = app;
	conn.flow.is_told = 1;
}

static void end(void)
{
	bursts_end(conn.bursts, 0, &conn.flow);
	bursts_free(conn.bursts);
	assert_int_equal(told.n, 1);
}

/* bytes from the client or the server at us */
static void send_at(bool is_up, int64_t us, const void *data, size_t len, size_t captured)
{
	struct segment g = mkseg((uint8_t)conn.flow.proto, "10.0.0.5", 50000, "192.0.2.9", 443);

	mkseg_payload(&g, data, len);
	g.payload.len = captured;
	g.ts_ns = us * NS_PER_US;
	conn.flow.bytes[is_up ? WAY_UP : WAY_DOWN] += g.ip_len;
	if (is_up) {
		g.tcp_seq = conn.up;
		conn.up += (uint32_t)len;
		bursts_segment(conn.bursts, 0, &conn.flow, &g);
	} else {
		bursts_heard(conn.bursts, 0, &conn.flow, &g);
	}
}

/* TLS records of application data with so many bytes each, in one segment; 0 ends. */
static void records(int64_t us, const uint16_t *sizes, size_t captured)
{
	static uint8_t data[8192];
	size_t len = 0;

	memset(data, 0xaa, sizeof(data));
	for (; *sizes; sizes++) {
		memcpy(data + len, (uint8_t[]){ 23, 3, 3, (uint8_t)(*sizes >> 8), (uint8_t)*sizes }, 5);
		len += 5U + *sizes;
	}
	send_at(true, us, data, len, captured < len ? captured : len);
}

static void the_first_request_has_a_length(void **state)
{
	static const struct {
		const char *what;
		uint16_t first[4], second[4];
		size_t captured;
		uint32_t want;
	} cases[] = {
		{ "one request", { 400 }, { 0 }, 9999, 400 },
		{ "the first of two in a segment", { 400, 300 }, { 0 }, 9999, 400 },
		{ "the first of two segments", { 400 }, { 300 }, 9999, 400 },
		{ "what is too small for one does not count", { 30, 400 }, { 0 }, 9999, 400 },
		{ "nor does Finished", { 53, 400 }, { 0 }, 9999, 400 },
		{ "its header is enough", { 400 }, { 0 }, 5, 400 },
		{ "without it nothing is known", { 400 }, { 300 }, 4, 0 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		begin(IPPROTO_TCP, APP_TLS);
		records(1000, cases[i].first, cases[i].captured);
		if (cases[i].second[0])
			records(2000, cases[i].second, 9999);
		end();
		if (told.last.first_asked != cases[i].want)
			fail_msg("%s: %u", cases[i].what, told.last.first_asked);
	}
}

static void the_first_datagram_stands_for_a_request(void **state)
{
	static const uint8_t zero[1300] = { 0x40 }, early[1300] = { 0xd0 };
	static const struct {
		const char *what;
		const uint8_t *at[2];
		size_t len[2];
		uint32_t want;
	} cases[] = {
		{ "short header", { zero }, { 300 }, 300 },
		{ "acknowledgements before it", { zero, zero }, { 40, 300 }, 300 },
		{ "streams of HTTP/3's own before it", { zero, zero }, { 100, 300 }, 300 },
		{ "the next may go on with a full one", { zero, zero }, { 1250, 300 }, 0 },
		{ "early data is padded", { early, zero }, { 1250, 300 }, 0 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		begin(IPPROTO_UDP, APP_QUIC);
		for (int k = 0; k < 2 && cases[i].at[k]; k++)
			send_at(true, 1000 + k, cases[i].at[k], cases[i].len[k], cases[i].len[k]);
		end();
		if (told.last.first_asked != cases[i].want)
			fail_msg("%s: %u", cases[i].what, told.last.first_asked);
	}
}

static void answers_are_kept_as_stretches(void **state)
{
	static const uint8_t answer[1400];
	static const struct {
		const char *what;
		int64_t at_us[BURST_HEARD_MAX + 4];
		size_t len;
		uint32_t n;
		struct heard want[2];
	} cases[] = {
		{ "none", { 0 }, 1400, 0, { { 0, 0 } } },
		{ "one", { 5000 }, 1400, 1, { { 5000, 5000 } } },
		{ "less than 10 ms apart", { 5000, 14000, 23000 }, 1400, 1, { { 5000, 23000 } } },
		{ "and more", { 5000, 14000, 25000 }, 1400, 2, { { 5000, 14000 }, { 25000, 25000 } } },
		{ "out of order in time", { 5000, 4000 }, 1400, 1, { { 5000, 5000 } } },
		{ "too small for one", { 5000 }, 30, 0, { { 0, 0 } } },
		/* the two with the least between them are one: 10000 and 21000 */
		{ "more than are kept",
		  { 10000, 21000, 100000, 200000, 300000, 400000, 500000, 600000, 700000, 800000, 900000,
		    1000000, 1100000 },
		  1400,
		  BURST_HEARD_MAX,
		  { { 10000, 21000 }, { 100000, 100000 } } },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		begin(IPPROTO_TCP, APP_TLS);
		records(1000, (uint16_t[]){ 400, 0 }, 9999);
		for (const int64_t *at = cases[i].at_us; *at; at++)
			send_at(false, 1000 + *at, answer, cases[i].len, cases[i].len);
		end();
		if (told.last.n_heard != cases[i].n ||
		    memcmp(told.last.heard, cases[i].want,
			   (cases[i].n < 2 ? cases[i].n : 2) * sizeof(struct heard)) != 0)
			fail_msg("%s: %u, %u to %u", cases[i].what, told.last.n_heard,
				 told.last.heard[0].from_us, told.last.heard[0].to_us);
	}
}

/* What comes before anything was asked is no answer: the handshake. */
static void nothing_is_heard_before_something_is_asked(void **state)
{
	static const uint8_t answer[1400];
	(void)state;
	begin(IPPROTO_TCP, APP_TLS);
	records(1000, (uint16_t[]){ 53, 0 }, 9999);
	send_at(false, 2000, answer, 1400, 1400);
	records(3000, (uint16_t[]){ 400, 0 }, 9999);
	send_at(false, 9000, answer, 1400, 1400);
	end();
	assert_int_equal(told.last.n_heard, 1);
	assert_int_equal(told.last.heard[0].from_us, 8000);
	assert_int_equal(told.last.first_asked, 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_request_has_a_length),
		cmocka_unit_test(the_first_datagram_stands_for_a_request),
		cmocka_unit_test(answers_are_kept_as_stretches),
		cmocka_unit_test(nothing_is_heard_before_something_is_asked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
