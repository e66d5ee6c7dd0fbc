/* QUIC connections as they go wrong or change on their way: each case is a script, and says which requests
 *must be told.
 *
 *	H client's hello  h the first one again  R Retry  F one that is forged  S server's hello
 *	E early request  Q request  A answer
 *	K the client updates its keys  k the server
 *	C the server gives another connection ID, and the client uses it
 *	N the next 20,000 numbers are not used
 *	P the client has another port  M another address  O it is another host  T three seconds pass
 *	U request with an unknown frame behind it  V before it  X a packet of garbage
 *	D request whose first half comes last, in another packet
 *	-x: what x makes is lost   (x): it comes with the next ')'
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mkquic.h"
#include "told.h"

static struct told told;

struct play {
	struct mkquic *m;
	struct decrypt *d;
	struct decrypt_flow flow;
	struct when at;
	unsigned n_requests, n_answers;
	bool is_lost, is_late;
	struct late {
		uint8_t at[2000];
		size_t len;
		enum way way;
	} late[8];
	size_t n_late;
	struct late first; /* hello */
};

static void deliver(struct play *p, enum way w, struct bytes datagram)
{
	p->at.ts_ns += 1000000;
	p->at.frame++;
	if (p->is_late) {
		struct late *l = &p->late[p->n_late++];
		assert_true(p->n_late <= COUNT(p->late) && datagram.len <= sizeof(l->at));
		memcpy(l->at, datagram.at, datagram.len);
		l->len = datagram.len;
		l->way = w;
	} else if (!p->is_lost) {
		decrypt_datagram(p->d, &p->flow, w, datagram, p->at);
	}
	p->is_lost = false;
}

static void release(struct play *p)
{
	p->is_late = false;
	for (size_t i = 0; i < p->n_late; i++)
		deliver(p, p->late[i].way, (struct bytes){ p->late[i].at, p->late[i].len });
	p->n_late = 0;
}

/* A request for the path "1", "2" ... on a stream of its own, as a STREAM frame with length and end. returns:
 * its length. */
static size_t request_frame(struct play *p, uint8_t out[64])
{
	static const uint8_t block[] = { 0x01, 0x12, 0,   0,   0xd1, 0xd7, 0x50, 9,    'a', '.',
					 'e',  'x',  'a', 'm', 'p',  'l',  'e',  0x51, 1 };
	const uint8_t head[] = { 0x0b, (uint8_t)(4 * p->n_requests), sizeof(block) + 1 };
	p->n_requests++;
	memcpy(out, head, sizeof(head));
	memcpy(out + sizeof(head), block, sizeof(block));
	out[sizeof(head) + sizeof(block)] = (uint8_t)('0' + p->n_requests);
	return sizeof(head) + sizeof(block) + 1;
}

static void send_request(struct play *p, char op)
{
	static const uint8_t unknown[] = { 0x7f, 0xff, 1, 2, 3 };
	uint8_t frames[128];
	size_t n = 0;
	if (op == 'V') {
		memcpy(frames, unknown, sizeof(unknown));
		n = sizeof(unknown);
	}
	n += request_frame(p, frames + n);
	if (op == 'U') {
		memcpy(frames + n, unknown, sizeof(unknown));
		n += sizeof(unknown);
	}
	struct bytes all = { frames, n };
	deliver(p, WAY_UP, op == 'E' ? mkquic_early(p->m, all) : mkquic_data(p->m, WAY_UP, all));
}

/* The end of a request first, then its beginning: as STREAM frames with offsets. */
static void send_halves(struct play *p)
{
	uint8_t whole[64], frames[64];
	size_t n = request_frame(p, whole), n_half = 10;
	const uint8_t second[] = { 0x0f, whole[1], (uint8_t)n_half, (uint8_t)(n - 3 - n_half) };
	const uint8_t first[] = { 0x0a, whole[1], (uint8_t)n_half };
	memcpy(frames, second, sizeof(second));
	memcpy(frames + sizeof(second), whole + 3 + n_half, n - 3 - n_half);
	deliver(p, WAY_UP,
		mkquic_data(p->m, WAY_UP, (struct bytes){ frames, sizeof(second) + n - 3 - n_half }));
	memcpy(frames, first, sizeof(first));
	memcpy(frames + sizeof(first), whole + 3, n_half);
	deliver(p, WAY_UP, mkquic_data(p->m, WAY_UP, (struct bytes){ frames, sizeof(first) + n_half }));
}

static void send_answer(struct play *p)
{
	const uint8_t frame[] = { 0x0b, (uint8_t)(4 * p->n_answers++), 5, 1, 3, 0, 0, 0xd9 };
	deliver(p, WAY_DOWN, mkquic_data(p->m, WAY_DOWN, (struct bytes){ frame, sizeof(frame) }));
}

static void change_cid(struct play *p)
{
	uint8_t frame[] = { 0x18, 1, 0, 8, 0xcc, 0xcc, 0xcc, 0xcc, 0xdd, 0xdd, 0xdd, 0xdd, 0, 0,
			    0,    0, 0, 0, 0,    0,    0,    0,    0,    0,    0,    0,    0, 0 };
	deliver(p, WAY_DOWN, mkquic_data(p->m, WAY_DOWN, (struct bytes){ frame, sizeof(frame) }));
	mkquic_set_cid(p->m, WAY_UP, (struct bytes){ frame + 4, 8 });
}

static void send_hello(struct play *p)
{
	struct bytes hello = mkquic_client_hello(p->m);
	if (!p->first.len) {
		assert_true(hello.len <= sizeof(p->first.at));
		memcpy(p->first.at, hello.at, hello.len);
		p->first.len = hello.len;
	}
	deliver(p, WAY_UP, hello);
}

static void act(struct play *p, char op)
{
	static const uint8_t garbage[60] = { 0x47, 1, 2, 3 };
	switch (op) {
	case 'H':
		send_hello(p);
		break;
	case 'h':
		deliver(p, WAY_UP, (struct bytes){ p->first.at, p->first.len });
		break;
	case 'F':
		deliver(p, WAY_DOWN, mkquic_forged_retry(p->m));
		break;
	case 'R':
		deliver(p, WAY_DOWN, mkquic_retry(p->m));
		break;
	case 'S':
		deliver(p, WAY_DOWN, mkquic_server_hello(p->m));
		break;
	case 'A':
		send_answer(p);
		break;
	case 'K':
	case 'k':
		mkquic_update_keys(p->m, op == 'K' ? WAY_UP : WAY_DOWN);
		break;
	case 'C':
		change_cid(p);
		break;
	case 'N':
		mkquic_skip(p->m, WAY_UP, 20000);
		break;
	case 'P':
		p->flow.id += 100;
		break;
	case 'M':
		p->flow.id += 100;
		p->flow.client.b[15]++;
		break;
	case 'O':
		p->flow.id += 100;
		p->flow.host++;
		break;
	case 'T':
		p->at.ts_ns += INT64_C(3000000000);
		decrypt_tick(p->d, p->at.ts_ns);
		break;
	case 'X':
		deliver(p, WAY_UP, (struct bytes){ garbage, sizeof(garbage) });
		break;
	case 'D':
		send_halves(p);
		break;
	case '-':
		p->is_lost = true;
		break;
	case '(':
		p->is_late = true;
		break;
	case ')':
		release(p);
		break;
	default:
		send_request(p, op);
	}
}

/* The paths of the requests told, in order; "!" before one of early data, "?" before one with unknown
 * headers. */
static const char *paths(void)
{
	static char text[100];
	size_t n = 0;
	for (const char *line = told.text; (line = strstr(line, "h3 GET a.example ")); line++) {
		const char *end = strchr(line, '\n');
		const char *zero = strstr(line, " 0rtt"), *unknown = strstr(line, " unknown");
		if (zero && zero < end)
			text[n++] = '!';
		if (unknown && unknown < end)
			text[n++] = '?';
		text[n++] = line[17];
	}
	text[n] = '\0';
	return text;
}

#define LATE (1 << 20) /* ordinal of a flow so late that no secrets are tried for it */

static struct decrypt_counts run(const struct mkquic_spec *spec, const char *script, bool has_keys,
				 uint64_t flow)
{
	struct play p = { .m = mkquic_new(spec), .flow = { .id = flow } };
	struct keylog *keys = keylog_new(10);
	struct request_sink sink = told_sink(&told);
	keylog_add(keys, told_bytes(has_keys ? mkquic_keys(p.m)
					     : "CLIENT_RANDOM "
					       "00000000000000000000000000000000"
					       "00000000000000000000000000000000 "
					       "00000000000000000000000000000000"
					       "00000000000000000000000000000000"
					       "00000000000000000000000000000000\n"));
	p.d = decrypt_new(
	    &(struct decrypt_spec){ .keys = keys, .limits = DECRYPT_LIMITS_DEFAULT, .sink = sink });
	for (; *script; script++)
		act(&p, *script);
	decrypt_datagram_end(p.d, p.flow.id);
	struct decrypt_counts counts = *decrypt_counts(p.d);
	decrypt_free(p.d);
	keylog_free(keys);
	mkquic_free(p.m);
	return counts;
}

enum {
	V1_1301,
	V1_1302,
	V1_1303,
	V2_1301,
	V2_1303,
	V2_DRAFT,
	UPGRADED,
	GREASED,
	EARLY,
	EARLY_V2,
	EARLY_REJECTED,
	SPECS
};

static const struct mkquic_spec specs[SPECS] = {
	[V1_1301] = { .version = MKQUIC_V1, .suite = 0x1301 },
	[V1_1302] = { .version = MKQUIC_V1, .suite = 0x1302 },
	[V1_1303] = { .version = MKQUIC_V1, .suite = 0x1303 },
	[V2_1301] = { .version = MKQUIC_V2, .suite = 0x1301 },
	[V2_1303] = { .version = MKQUIC_V2, .suite = 0x1303 },
	[V2_DRAFT] = { .version = MKQUIC_V2_DRAFT, .suite = 0x1301 },
	[UPGRADED] = { .version = MKQUIC_V1, .server_version = MKQUIC_V2, .suite = 0x1301 },
	[GREASED] = { .version = MKQUIC_V1, .suite = 0x1301, .is_greased = true },
	[EARLY] = { .version = MKQUIC_V1, .suite = 0x1301, .has_early = true, .is_early_accepted = true },
	[EARLY_V2] = { .version = MKQUIC_V2, .suite = 0x1303, .has_early = true, .is_early_accepted = true },
	[EARLY_REJECTED] = { .version = MKQUIC_V1, .suite = 0x1301, .has_early = true },
};

static void scripts(void **state)
{
	static const struct {
		const char *name, *script, *want;
		int first, last; /* specs */
	} cases[] = {
		{ "requests and answers", "HSQAQAQA", "123", V1_1301, GREASED },
		{ "one packet is lost", "HSQA-QAQA", "13", V1_1301, GREASED },
		{ "Retry", "HRHSQAQ", "12", V1_1301, V2_DRAFT },
		{ "Retry, and the first hello is lost", "-HRHSQ", "1", V1_1301, V2_DRAFT },
		{ "Retry itself is lost", "H-RHSQ", "1", V1_1301, V2_DRAFT },
		{ "Retry, and the hello after it is lost", "HR-HSQ", "1", V1_1301, V2_1303 },
		{ "the first hello once more behind the Retry", "HRHhSQ", "1", V1_1301, V2_1303 },
		{ "a forged Retry", "HFHSQ", "1", V1_1301, V2_1303 },
		{ "a forged Retry, which the client does not answer", "HFSQ", "1", V1_1301, V2_1303 },
		{ "a forged Retry before one of the server's", "HFR-HSQ", "1", V1_1301, V2_1303 },
		{ "a forged Retry behind it", "HRF-HSQ", "1", V1_1301, V2_1303 },
		{ "Retry behind the server's hello", "HSRQ", "1", V1_1301, V2_1303 },
		{ "the hello comes twice", "HHSQ", "1", V1_1301, V1_1303 },
		{ "the client updates its keys", "HSQKQQKQKQ", "12345", V1_1301, V2_DRAFT },
		{ "both update theirs", "HSQAKkQAQAKkQA", "1234", V1_1301, V2_DRAFT },
		{ "a packet of before the update comes late", "HSQ(Q)KQ(Q)", "1234", V1_1301, V2_DRAFT },
		{ "all packets between two updates are lost", "HSQK-QKQQ", "134", V1_1301, V2_DRAFT },
		{ "late behind the update", "HSQ(Q", "1", V1_1301, V1_1301 },
		{ "another connection ID", "HSQCQAQ", "123", V1_1301, V2_DRAFT },
		{ "another port", "HSQPQAQ", "123", V1_1301, V2_DRAFT },
		{ "another port and connection ID", "HSQCPQAQ", "123", V1_1301, V2_DRAFT },
		{ "two other ports", "HSQPQPQA", "123", V1_1301, V2_DRAFT },
		{ "another address of the host", "HSQMQAQ", "123", V1_1301, V2_DRAFT },
		{ "another address and connection ID", "HSQCMQAQ", "123", V1_1301, V2_DRAFT },
		{ "another host may be another shard's", "HSQOQ", "1", V1_1301, V1_1301 },
		{ "requests before the server's hello", "H(S)QQ", "12", V1_1301, V1_1303 },
		{ "the server's hello comes late", "H(SQ)Q", "12", V1_1301, V1_1303 },
		{ "the server's hello is lost", "H-SQQQ", "123", V1_1301, V1_1303 },
		{ "the client's hello is lost", "-HSQ", "", V1_1301, V1_1303 },
		{ "it began before the capture, too late to try", "-H-SQAQAXQA", "", V1_1301, V2_DRAFT },
		{ "garbage", "XHXSXQXAXQX", "12", V1_1301, V1_1303 },
		{ "unknown frames cost what is behind them", "HSUVQ", "13", V1_1301, V1_1303 },
		{ "a request in two packets", "HSDQ", "12", V1_1301, V1_1303 },
		{ "many numbers are skipped", "HSQNQNQKNQ", "1234", V1_1301, V2_DRAFT },
		{ "early data", "HESQA", "!12", EARLY, EARLY_V2 },
		{ "early data before the hello", "(E)HSQ", "!12", EARLY, EARLY_V2 },
		{ "early data late", "HS(EQ)Q", "!123", EARLY, EARLY },
		{ "early data refused", "HESQ", "!12", EARLY_REJECTED, EARLY_REJECTED },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		for (int s = cases[i].first; s <= cases[i].last; s++) {
			print_message("%s (%d): %s\n", cases[i].name, s, cases[i].script);
			run(&specs[s], cases[i].script, true, LATE);
			assert_string_equal(paths(), cases[i].want);
		}
	}
}

/* Whose secrets they have is tried, with the first packet of the server's. */
static void connections_that_began_before_the_capture(void **state)
{
	static const struct {
		const char *name, *script, *want;
		int last;
	} cases[] = {
		{ "from the server's first packet on", "-H-S-Q-AQAQAQ", "34", V2_1303 },
		{ "and on", "-H-S-QAQAQA", "23", V2_1303 },
		{ "garbage on the way", "-H-S-QAXQXAQ", "23", V2_1303 },
		{ "numbers of which only the end is sent", "-H-S-QNNNNNAQQ", "23", V1_1302 },
		{ "another connection ID later", "-H-S-QAQCPQ", "23", V2_1303 },
		{ "keys are updated later", "-H-S-QAQKQkAQ", "234", V2_1303 },
		{ "keys were updated before", "-H-S-QKkAQAQ", "", V2_1303 },
		{ "the Initials are lost, of the server's the Handshake too", "-H-SQQA", "", V2_1303 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		for (int s = V1_1301; s <= cases[i].last; s++) {
			print_message("%s (%d): %s\n", cases[i].name, s, cases[i].script);
			struct decrypt_counts n = run(&specs[s], cases[i].script, true, 1);
			assert_string_equal(paths(), cases[i].want);
			assert_int_equal(n.tls_by_trial,
					 strchr(cases[i].script, 'K') == NULL || *cases[i].want);
		}
	}
}

static void things_are_counted(void **state)
{
	(void)state;
	struct decrypt_counts n = run(&specs[V2_1301], "HRHSQKQAkKQCPQAU", true, LATE);
	assert_int_equal(n.quic_flows, 1);
	assert_int_equal(n.quic_with_keys, 1);
	assert_int_equal(n.quic_retries, 1);
	assert_int_equal(n.key_updates, 3);
	assert_int_equal(n.quic_moved, 1);
	assert_int_equal(n.quic_unknown_frames, 1);
	assert_int_equal(n.quic_packets_bad, 0);
	n = run(&specs[EARLY_REJECTED], "HESQ", true, LATE);
	assert_int_equal(n.early_flows, 1);
	assert_int_equal(n.early_rejected, 1);
	n = run(&specs[V1_1301], "-H-SQAQA", true, LATE); /* no hello: nothing is made of it */
	assert_int_equal(n.quic_flows, 0);
	assert_int_equal(n.quic_packets_ok + n.quic_packets_bad, 0);
}

static void nothing_is_told_without_secrets(void **state)
{
	static const char *const all[] = { "HSQAQA", "HRHSQKQ", "(E)HSQ", "HSQCPQ", "H-SQQ" };
	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		for (int s = 0; s < SPECS; s++) {
			struct decrypt_counts n = run(&specs[s], all[i], false, i % 2 ? LATE : 1);
			assert_string_equal(told.text, "");
			assert_int_equal(n.quic_with_keys, 0);
		}
	}
}

/* What waits behind a hole is told two seconds later, not at the end of the connection. */
static void holes_are_not_waited_for_long(void **state)
{
	(void)state;
	struct play p = { .m = mkquic_new(&specs[V1_1301]), .flow = { .id = 1 << 20 } };
	struct keylog *keys = keylog_new(10);
	struct request_sink sink = told_sink(&told);
	keylog_add(keys, told_bytes(mkquic_keys(p.m)));
	p.d = decrypt_new(
	    &(struct decrypt_spec){ .keys = keys, .limits = DECRYPT_LIMITS_DEFAULT, .sink = sink });
	act(&p, 'H');
	act(&p, 'S');
	static const uint8_t settings[] = { 0x0a, 3, 8, 0, 4, 5, 1, 0x40, 0x64, 7, 0 }; /* capacity 100 */
	static const uint8_t tail[] = { 0x0e, 2, 20, 2, 0xc1, 0 }; /* of the encoder stream */
	static const uint8_t block[] = {
		0x0b, 40, 8, 1, 6, 2, 0, 0x80, 0xd1, 0xd7, 0xc1
	}; /* uses the first entry */
	deliver(&p, WAY_DOWN, mkquic_data(p.m, WAY_DOWN, (struct bytes){ settings, sizeof(settings) }));
	deliver(&p, WAY_UP, mkquic_data(p.m, WAY_UP, (struct bytes){ tail, sizeof(tail) }));
	deliver(&p, WAY_UP, mkquic_data(p.m, WAY_UP, (struct bytes){ block, sizeof(block) }));
	assert_string_equal(told.text, "");
	p.at.ts_ns += INT64_C(1000000000);
	act(&p, 'Q');
	assert_non_null(strstr(told.text, "h3 GET a.example 1\n"));
	assert_null(strstr(told.text, "unknown"));
	act(&p, 'T');
	act(&p, 'A');
	assert_non_null(strstr(told.text, "h3 GET - / unknown\n"));
	decrypt_free(p.d);
	keylog_free(keys);
	mkquic_free(p.m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scripts),
		cmocka_unit_test(connections_that_began_before_the_capture),
		cmocka_unit_test(things_are_counted),
		cmocka_unit_test(nothing_is_told_without_secrets),
		cmocka_unit_test(holes_are_not_waited_for_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
