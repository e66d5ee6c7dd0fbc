#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decrypt/quic_parts.h"
#include "hex.h"
#include "told.h"

static struct told told;

struct bench {
	struct shared shared;
	struct quic_table *table;
	struct quic_conn *conn;
};

static struct bench *begin(void)
{
	struct bench *b = calloc(1, sizeof(*b));
	b->shared.teller = told_teller(&told);
	b->shared.keys = keylog_new(4);
	b->shared.crypto = crypto_new();
	b->shared.trials = trials_new();
	b->table = quic_table_new(&b->shared);
	b->conn = quic_conn_new(b->table, &b->shared, &(struct decrypt_flow){ .id = 1 }, 1,
				hex("0102 0304 0506 0708"));
	return b;
}

static struct decrypt_counts end(struct bench *b)
{
	quic_conn_free(b->conn);
	struct decrypt_counts counts = *teller_counts(b->shared.teller);
	assert_int_equal(teller_budget(b->shared.teller)->n_refused, 0);
	quic_table_free(b->table);
	keylog_free(b->shared.keys);
	crypto_free(b->shared.crypto);
	trials_free(b->shared.trials);
	teller_free(b->shared.teller);
	free(b);
	return counts;
}

static void packet(struct bench *b, enum way w, const char *payload)
{
	quic_frames(b->conn, w, SPACE_DATA, hex(payload), (struct when){ 1, 1 }, false);
}

/* A request of 18 bytes on stream 0, as a STREAM frame with length and end. */
#define HALF_1 "01 10 0000 d1 c1 d7 50 09"
#define HALF_2 "61 2e65 7861 6d70 6c65"
#define REQUEST_FRAME "0b 00 12" HALF_1 HALF_2
#define TOLD "h3 GET a.example /\nend\n"

static void frames_are_passed_over(void **state)
{
	static const struct {
		const char *name, *frame;
		bool is_unknown;
	} cases[] = {
		{ "PADDING", "00 00 00", false },
		{ "PING", "01", false },
		{ "ACK", "02 05 00 01 00 02 03", false },
		{ "ACK with ECN", "03 4005 00 00 00 01 02 03", false },
		{ "STOP_SENDING", "05 04 4100", false },
		{ "NEW_TOKEN", "07 03 aabbcc", false },
		{ "MAX_DATA", "10 80010000", false },
		{ "MAX_STREAM_DATA", "11 00 80010000", false },
		{ "MAX_STREAMS", "12 40 64 13 10", false },
		{ "DATA_BLOCKED", "14 05 15 00 05 16 01 17 01", false },
		{ "NEW_CONNECTION_ID", "18 01 00 04 deadbeef 00112233445566778899aabbccddeeff", false },
		{ "RETIRE_CONNECTION_ID", "19 00", false },
		{ "PATH_CHALLENGE", "1a 0011223344556677 1b 0011223344556677", false },
		{ "HANDSHAKE_DONE", "1e", false },
		{ "CONNECTION_CLOSE", "1c 0a 00 02 6f6b 1d 00 00", false },
		{ "DATAGRAM with length", "31 02 aabb", false },
		{ "IMMEDIATE_ACK", "1f", false },
		{ "ACK_FREQUENCY", "40af 01 02 03 04", false },
		{ "TIMESTAMP", "42f5 80000001", false },
		{ "RESET_STREAM of another", "04 08 00 00", false },
		{ "RESET_STREAM_AT of another", "24 08 00 00 00", false },
		{ "STREAM of the other kind", "0a 03 02 0004", false },
		{ "CRYPTO", "06 00 02 0400", false },
		{ "an unknown one", "40ff 00", true },
		{ "DATAGRAM to the end", "30", true },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char payload[400];
		snprintf(payload, sizeof(payload), "%s %s", cases[i].frame, REQUEST_FRAME);
		struct bench *b = begin();
		packet(b, WAY_UP, payload);
		bool is_told = told.n_requests == 1;
		struct decrypt_counts n = end(b);
		print_message("%s\n", cases[i].name);
		assert_int_equal(is_told, !cases[i].is_unknown);
		assert_int_equal(n.quic_unknown_frames, i == COUNT(cases) - 2);
	}
}

static void streams_are_put_together(void **state)
{
	static const struct {
		const char *name, *packets[4], *want;
	} cases[] = {
		{ "in order", { "0a 00 09" HALF_1, "0f 00 09 09" HALF_2 }, TOLD },
		{ "the second half first", { "0f 00 09 09" HALF_2, "0e 00 00 09" HALF_1 }, TOLD },
		{ "sent again",
		  { "0a 00 09" HALF_1, "0a 00 09" HALF_1, "0f 00 09 09" HALF_2, "0f 00 09 09" HALF_2 },
		  TOLD },
		{ "overlapping", { "0a 00 09" HALF_1, "0f 00 07 0b 50 09" HALF_2 }, TOLD },
		{ "to the end of the packet", { "08 00" HALF_1, "0d 00 09" HALF_2 }, TOLD },
		{ "the end in a frame of its own", { "0a 00 12" HALF_1 HALF_2, "0f 00 12 00" }, TOLD },
		{ "reset", { "0a 00 12" HALF_1 HALF_2, "04 00 00 12" }, TOLD },
		{ "over before it is sent again", { REQUEST_FRAME, "05 00 00", REQUEST_FRAME }, TOLD },
		{ "the first half lost", { "0f 00 09 09" HALF_2 }, "" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bench *b = begin();
		for (size_t k = 0; k < COUNT(cases[i].packets) && cases[i].packets[k]; k++)
			packet(b, WAY_UP, cases[i].packets[k]);
		end(b);
		print_message("%s\n", cases[i].name);
		assert_string_equal(told.text, cases[i].want);
	}
}

/* A connection ID that one end gives out finds the connection on another flow. */
static void new_connection_ids_are_known(void **state)
{
	(void)state;
	struct bench *b = begin();
	packet(b, WAY_DOWN, "18 01 00 08 a1a2a3a4a5a6a7a8 00112233445566778899aabbccddeeff");
	packet(b, WAY_DOWN, "18 01 00 03 a1a2a3 00112233445566778899aabbccddeeff"); /* too short to tell */
	/* its first flow is not in the table: the ID leads nowhere, which is no harm */
	assert_true(quic_datagram(b->table, &(struct decrypt_flow){ .id = 9 }, WAY_UP,
				  hex("40 a1a2a3a4a5a6a7a8 0011223344556677889900112233445566"),
				  (struct when){ 1, 1 }));
	assert_int_equal(end(b).quic_moved, 0);
}

/* The packets of RFC 9001 A.4 and RFC 9369 A.4. With another bit they are forged. */
static void the_tag_of_a_retry_is_checked(void **state)
{
	static const char *const packets[] = {
		"ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba",
		"cf6b3343cf0008f067a5502a4262b5746f6b656ec8646ce8bfe33952d955543665dcc7b6",
	};
	enum { HEAD = 15 }; /* up to the connection ID: another bit makes it another packet */
	(void)state;
	for (size_t i = 0; i < COUNT(packets); i++) {
		size_t len = strlen(packets[i]) / 2;
		for (size_t at = HEAD; at <= len; at++) {
			uint8_t packet[64];
			memcpy(packet, hex(packets[i]).at, len);
			packet[at] ^= 1; /* the last time behind it */
			bool is_good = at == len;
			struct bench *b = begin();
			b->conn->first_dcid =
			    (struct cid){ 8, { 0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08 } };
			struct quic_header h;
			assert_int_equal(quic_header((struct bytes){ packet, len }, &h), PARSE_OK);
			assert_int_equal(quic_conn_packet(b->conn, WAY_DOWN, &h, (struct when){ 1, 1 }),
					 is_good ? QUIC_OK : QUIC_UNREADABLE);
			assert_int_equal(b->conn->first_dcid.at[0], is_good ? 0xf0 : 0x83);
			struct decrypt_counts n = end(b);
			assert_int_equal(n.quic_retries, is_good);
			assert_int_equal(n.quic_retries_forged, !is_good);
		}
	}
}

static void cut_packets_end_in_bounds(void **state)
{
	static const char payload[] =
	    "02 05 00 01 00 02 03 18 01 00 04 deadbeef 00112233445566778899aabbccddeeff "
	    "06 00 02 0400 04 08 00 00 24 0c 00 00 00 42f5 80000001 07 03 aabbcc 31 02 aabb"
	    "1c 0a 00 02 6f6b" REQUEST_FRAME;
	(void)state;
	struct bytes whole = hex(payload);
	for (size_t n = 0; n <= whole.len; n++) {
		uint8_t *exact = malloc(n + 1);
		memcpy(exact + 1, whole.at, n);
		struct bench *b = begin();
		quic_frames(b->conn, WAY_UP, SPACE_DATA, (struct bytes){ exact + 1, n },
			    (struct when){ 1, 1 }, false);
		end(b);
		assert_int_equal(told.n_requests, n == whole.len);
		free(exact);
	}
}

/* Anyone can make Initials: what waits for other pieces of a hello is little, and so is what finding its
 * place costs. */
static void few_pieces_of_a_hello_wait(void **state)
{
	(void)state;
	struct bench *b = begin();
	for (unsigned i = 500; i > 0; i--) {
		uint8_t frame[] = { 6, (uint8_t)(0x40 | (2 * i) >> 8), (uint8_t)(2 * i), 1, 0xaa };
		quic_frames(b->conn, WAY_UP, SPACE_INITIAL, (struct bytes){ frame, sizeof(frame) },
			    (struct when){ 1, 1 }, false);
	}
	assert_int_equal(b->conn->crypto[WAY_UP][SPACE_INITIAL].n_pieces, QUIC_PIECES_MAX);
	quic_frames(b->conn, WAY_UP, SPACE_INITIAL, hex("06 00 02 0100"), (struct when){ 1, 1 },
		    false); /* in order */
	assert_int_equal(b->conn->crypto[WAY_UP][SPACE_INITIAL].next, 2);
	end(b);
}

/* Many small messages in one piece. */
static void small_messages_are_all_read(void **state)
{
	(void)state;
	struct bench *b = begin();
	static uint8_t frame[4 + 4 * 4000] = { 6, 0, 0x40 | (4 * 4000 >> 8), 4 * 4000 & 0xff };
	quic_frames(b->conn, WAY_DOWN, SPACE_HANDSHAKE, (struct bytes){ frame, sizeof(frame) },
		    (struct when){ 1, 1 }, false);
	assert_int_equal(b->conn->crypto[WAY_DOWN][SPACE_HANDSHAKE].next, 4 * 4000);
	assert_int_equal(b->conn->handshake_bytes[WAY_DOWN][SPACE_HANDSHAKE].len, 0);
	end(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_pieces_of_a_hello_wait),
		cmocka_unit_test(small_messages_are_all_read),
		cmocka_unit_test(frames_are_passed_over),
		cmocka_unit_test(streams_are_put_together),
		cmocka_unit_test(new_connection_ids_are_known),
		cmocka_unit_test(cut_packets_end_in_bounds),
		cmocka_unit_test(the_tag_of_a_retry_is_checked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
