/* Recordings of real connections with their key logs: what must come out of each. */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "recording.h"
#include "told.h"

static struct told told;

static struct decrypt_counts play(const char *name, struct recording_spec spec)
{
	char pcap[512], keys[512];
	snprintf(pcap, sizeof(pcap), "%s/tests/recordings/%s.pcap", SOURCE_ROOT, name);
	snprintf(keys, sizeof(keys), "%s/tests/recordings/%s.keys", SOURCE_ROOT, name);
	spec.pcap = pcap;
	spec.keys = spec.keys ? spec.keys : keys;
	struct request_sink sink = told_sink(&told);
	return recording_play(&spec, &sink);
}

static void all_records_are_opened(void **state)
{
	static const struct {
		const char *name;
		unsigned records, requests, zero_rtt, updates, retries, early, rejected, renegotiations;
	} cases[] = {
		{ "h2", 198, 41, 0, 0, 0, 0, 0, 0 },
		{ "retry", 11, 1, 0, 0, 1, 0, 0, 0 },
		{ "key-update", 11, 1, 0, 0, 0, 0, 0, 0 },
		{ "key-updates", 22, 2, 0, 3, 0, 0, 0, 0 },
		{ "early", 15, 1, 1, 0, 0, 1, 0, 0 },
		{ "early-rejected", 9, 1, 1, 0, 0, 1, 1, 0 },
		{ "early-rejected-retry", 9, 1, 1, 0, 1, 1, 1, 0 },
		{ "tls12-aes128-gcm-sha256", 6, 1, 0, 0, 0, 0, 0, 0 },
		{ "tls12-aes256-gcm-sha384", 6, 1, 0, 0, 0, 0, 0, 0 },
		{ "tls12-chacha20-poly1305", 6, 1, 0, 0, 0, 0, 0, 0 },
		{ "tls12-aes128-ccm8", 6, 1, 0, 0, 0, 0, 0, 0 },
		{ "tls12-aes256-sha", 6, 1, 0, 0, 0, 0, 0, 0 },
		{ "tls12-aes128-sha256", 6, 1, 0, 0, 0, 0, 0, 0 },
		{ "tls12-aes256-sha384", 6, 1, 0, 0, 0, 0, 0, 0 },
		{ "tls12-mac-then-encrypt", 6, 1, 0, 0, 0, 0, 0, 0 },
		{ "tls12-aes128-ccm", 6, 1, 0, 0, 0, 0, 0, 0 },
		{ "tls12-dhe", 6, 1, 0, 0, 0, 0, 0, 0 },
		{ "tls12-ticket", 12, 2, 0, 0, 0, 0, 0, 0 },
		{ "tls12-session-id", 12, 2, 0, 0, 0, 0, 0, 0 },
		{ "tls12-renegotiation", 17, 1, 0, 0, 0, 0, 0, 1 },
		{ "tls13-ccm", 11, 1, 0, 0, 0, 0, 0, 0 },
		{ "tls13-ccm8", 11, 1, 0, 0, 0, 0, 0, 0 },
		{ "tls13-chacha20", 11, 1, 0, 0, 0, 0, 0, 0 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		print_message("%s\n", cases[i].name);
		struct decrypt_counts n = play(cases[i].name, (struct recording_spec){ 0 });
		assert_int_equal(n.records_ok, cases[i].records);
		assert_int_equal(n.records_bad, 0);
		assert_int_equal(n.tls_with_keys, n.tls_flows);
		assert_int_equal(told.n_requests, cases[i].requests);
		assert_int_equal(told.n_ends, cases[i].requests);
		assert_int_equal(told.n_zero_rtt, cases[i].zero_rtt);
		assert_int_equal(n.key_updates, cases[i].updates);
		assert_int_equal(n.hello_retries, cases[i].retries);
		assert_int_equal(n.early_flows, cases[i].early);
		assert_int_equal(n.early_rejected, cases[i].rejected);
		assert_int_equal(n.renegotiations, cases[i].renegotiations);
		assert_int_equal(n.bad_hpack + n.unknown_headers + n.tls_mid_flow, 0);
	}
}

static void http2_is_told_whole(void **state)
{
	(void)state;
	struct decrypt_counts n = play("h2", (struct recording_spec){ 0 });
	assert_int_equal(n.requests_h2, 39);
	assert_int_equal(n.requests_h1, 2);
	assert_int_equal(told.n_answers, 41);
	assert_true(told.n_complete >= 40); /* an answer of HTTP/1.0 has no end but that of the recording */
	assert_non_null(strstr(told.text, "h2 GET www.facebook.com /tr/?"));
	assert_null(strstr(told.text, " gap"));
}

static void http3_is_told_whole(void **state)
{
	(void)state;
	struct decrypt_counts n = play("h3", (struct recording_spec){ 0 });
	assert_int_equal(told.n_requests, 41);
	assert_int_equal(n.requests_h3, 35);
	assert_true(told.n_complete >= 40);
	assert_int_equal(n.quic_with_keys, n.quic_flows);
	assert_int_equal(n.quic_packets_bad + n.bad_qpack + n.quic_unknown_frames, 0);
	assert_non_null(strstr(told.text, "h3 "));
}

static void quic_early_data_is_marked(void **state)
{
	(void)state;
	struct decrypt_counts n = play("quic-early", (struct recording_spec){ 0 });
	assert_int_equal(n.early_flows, 1);
	assert_true(told.n_zero_rtt >= 1);
	assert_int_equal(n.quic_packets_bad, 0);
}

/* RFC 9850: with accepted ECH the random of the key log is the inner one, which nobody else sees. */
static void change_randoms(char *text)
{
	for (char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		char *random = strchr(line, ' ');
		if (*line != '#' && random)
			random[1] = random[1] == 'f' ? '0' : 'f';
	}
}

static void inner_randoms_are_found_by_trial(void **state)
{
	(void)state;
	struct decrypt_counts n = play("h2", (struct recording_spec){ .change_keys = change_randoms });
	assert_true(n.tls_by_trial > 0);
	assert_int_equal(n.tls_by_trial, n.tls_with_keys);
	assert_true(told.n_requests >= 30); /* those of connections that offered ECH */
	n = play("h3", (struct recording_spec){ .change_keys = change_randoms });
	assert_true(n.quic_with_keys > 0 && n.tls_by_trial > 0);
	n = play("tls12-aes256-sha", (struct recording_spec){ .change_keys = change_randoms });
	assert_int_equal(n.tls_with_keys, 0);
	assert_int_equal(told.n_requests, 0);
}

/* Without the secrets of the handshake, its end is found by trial of what follows. */
static void without_handshake_secrets(char *text)
{
	for (char *at = text; (at = strstr(at, "_HANDSHAKE_TRAFFIC_SECRET"));)
		memcpy(at, "_HANDSHAKE_NOTHING_SECRET", 25);
}

static void traffic_secrets_are_enough(void **state)
{
	(void)state;
	struct decrypt_counts n =
	    play("h2", (struct recording_spec){ .change_keys = without_handshake_secrets });
	assert_int_equal(told.n_requests, 41);
	assert_true(n.records_bad > 0); /* those of the handshake */
}

static void late_key_lines_are_waited_for(void **state)
{
	(void)state;
	struct decrypt_counts n = play("h2", (struct recording_spec){ .is_live = true, .keys_after = 60 });
	assert_int_equal(told.n_requests, 41);
	assert_int_equal(n.records_bad, 0);
	n = play("h3", (struct recording_spec){ .is_live = true, .keys_after = 90 });
	assert_true(n.quic_held > 0);
	assert_int_equal(told.n_requests, 41);
}

static void nothing_is_told_without_keys(void **state)
{
	(void)state;
	struct decrypt_counts n = play("h2", (struct recording_spec){ .keys = "/dev/null" });
	assert_int_equal(n.records_ok, 0);
	assert_int_equal(told.n_requests, 2); /* those in clear */
	n = play("h3", (struct recording_spec){ .keys = "/dev/null" });
	assert_int_equal(n.quic_packets_ok, 0);
}

static void a_client_that_moves_is_followed(void **state)
{
	(void)state;
	struct decrypt_counts n = play("h3", (struct recording_spec){ .moved_after = 150 });
	assert_true(n.quic_moved > 0);
	assert_int_equal(told.n_requests, 41);
}

static void lost_packets_cost_little(void **state)
{
	(void)state;
	for (unsigned loss = 10; loss <= 50; loss += 20) {
		struct decrypt_counts n = play("h2", (struct recording_spec){ .dropped_per_mille = loss });
		print_message("%u per mille: %u requests, %u resynchronised\n", loss, told.n_requests,
			      (unsigned)n.resyncs);
		assert_true(told.n_requests >= 36);
		assert_int_equal(n.resyncs_failed, 0);
	}
}

/* In TLS 1.2 the keys come of both randoms: without the server's nothing can be read, and nothing is told. In
 * TLS 1.3 only its suite is missing. */
static void lost_server_hellos(void **state)
{
	static const struct {
		const char *name;
		unsigned requests;
	} cases[] = {
		{ "tls12-aes128-gcm-sha256", 0 },
		{ "tls12-chacha20-poly1305", 0 },
		{ "tls12-aes256-sha384", 0 },
		{ "tls12-aes128-ccm8", 0 },
		{ "tls12-session-id", 1 }, /* of two connections */
		{ "tls13-ccm", 1 },
		{ "tls13-chacha20", 1 },
	};
	enum { SERVER_HELLO = 6 }; /* the packet, in each of them */
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct decrypt_counts n =
		    play(cases[i].name, (struct recording_spec){ .lost = SERVER_HELLO });
		print_message("%s: %u requests, %u records, %u not\n", cases[i].name, told.n_requests,
			      (unsigned)n.records_ok, (unsigned)n.records_bad);
		assert_int_equal(told.n_requests, cases[i].requests);
		assert_true(n.gaps > 0);
		assert_int_equal(n.tls_with_keys, n.tls_flows);
		assert_true(cases[i].requests || (!n.records_ok && n.records_bad));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_records_are_opened),
		cmocka_unit_test(http2_is_told_whole),
		cmocka_unit_test(http3_is_told_whole),
		cmocka_unit_test(quic_early_data_is_marked),
		cmocka_unit_test(inner_randoms_are_found_by_trial),
		cmocka_unit_test(traffic_secrets_are_enough),
		cmocka_unit_test(late_key_lines_are_waited_for),
		cmocka_unit_test(nothing_is_told_without_keys),
		cmocka_unit_test(a_client_that_moves_is_followed),
		cmocka_unit_test(lost_packets_cost_little),
		cmocka_unit_test(lost_server_hellos),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
