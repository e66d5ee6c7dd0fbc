/* Names of connections whose beginning was not seen, segment by segment. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "mkpkt.h"
#include "mkseg.h"
#include "track/naming.h"

enum { FLOWS = 64, POOL = 4 };

#define CLIENT "10.0.0.5"
#define SERVER "192.0.2.80"

static const struct hash_key key = { 1, 2 };
static const struct knowledge nothing_known;

/* ---- a shard's part of it ---- */

struct world {
	struct flows *flows;
	struct hosts *hosts;
	struct dnscache *dns;
	struct naming *naming;
	struct named_flow told; /* last */
	unsigned n_told;
	uint64_t n_segments;
	bool is_read; /* may requests be read? */
};

static void on_told(void *ctx, struct flow *f, const struct named_flow *named)
{
	struct world *w = ctx;
	(void)f;
	w->told = *named;
	w->n_told++;
}

static bool on_is_read(void *ctx, struct flow *f, enum app app, const struct client_hello *hello)
{
	const struct world *w = ctx;
	(void)f, (void)app, (void)hello;
	return w->is_read;
}

static void on_ended(void *ctx, struct flow *f)
{
	const struct world *w = ctx;
	naming_end(w->naming, f);
}

static void world_begin(struct world *w)
{
	*w = (struct world){ 0 };
	w->flows =
	    flows_new(&(struct flows_spec){ .capacity = FLOWS, .key = key, .ended = on_ended, .ctx = w });
	w->hosts = hosts_new(FLOWS, key);
	w->dns = dnscache_new(FLOWS, key, &nothing_known);
	w->naming = naming_new(&(struct naming_spec){ .pool = POOL,
						      .key = key,
						      .dns = w->dns,
						      .hosts = w->hosts,
						      .flows = w->flows,
						      .told = on_told,
						      .is_read = on_is_read,
						      .ctx = w });
	assert_true(w->flows && w->hosts && w->dns && w->naming);
}

static void world_end(struct world *w)
{
	flows_end_all(w->flows);
	naming_free(w->naming);
	dnscache_free(w->dns);
	hosts_free(w->hosts);
	flows_free(w->flows);
}

/* A segment with payload, as a shard hands it on. returns: its flow. */
static struct flow *pass(struct world *w, uint16_t client_port, enum way way, uint32_t seq,
			 struct bytes payload)
{
	enum way seen;
	struct segment g = way == WAY_UP ? mkseg(IPPROTO_TCP, CLIENT, client_port, SERVER, 443)
					 : mkseg(IPPROTO_TCP, SERVER, 443, CLIENT, client_port);
	mkseg_payload(&g, payload.at, payload.len);
	g.tcp_seq = seq;
	g.number = g.ordinal = ++w->n_segments;
	struct flow *f = flows_of(w->flows, &g, flows_hash(w->flows, &g), &seen);
	if (!f->is_settled)
		naming_segment(w->naming, f, &g, seen);
	return f;
}

/* ---- what is sent ---- */

static struct bytes hello_of(const char *sni)
{
	static struct mkbuf message, stream;
	message.len = stream.len = 0;
	mkhello_message(&message, &(struct mkhello){ .sni = sni, .alpn = "h2", .pad_to = 1900 });
	mkhello_records(&stream, mkbuf_bytes(&message), 1 << 14);
	return mkbuf_bytes(&stream);
}

/* As from the middle of a record. */
static struct bytes ciphertext(void)
{
	static uint8_t data[600];
	uint32_t x = 1;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)((x = x * 1103515245 + 12345) >> 16 | 0x80);
	return (struct bytes){ data, sizeof(data) };
}

static const uint8_t record[] = { 0x17, 3, 3, 0, 40, 1, 2, 3 };

/* The answer is in frame 77. */
static void looks_up(struct world *w, const char *name)
{
	static struct mkbuf m;
	struct dns_message message;
	struct addr client = mkaddr(CLIENT);
	m.len = 0;
	mkdns_start(&m, 7, 1, 1, 1);
	mkdns_question(&m, name, 1);
	mkdns_address(&m, name, 60, SERVER);
	assert_int_equal(dns_parse(mkbuf_bytes(&m), &message), PARSE_OK);
	dnscache_learn(w->dns, &client, &message, 0, 77, DNS_FOR_ALL);
}

/* ---- hellos whose pieces were swapped, of connections whose SYN was not seen ---- */

/* What comes, two characters each: where a piece begins and ends, in tenths of the hello, "a" being ten;
 * "--": an answer of the server; "..": something encrypted, far behind.
 */
static const struct {
	const char *what, *steps;
	bool is_named;
} hellos[] = {
	{ "two, swapped", "7a07", true },
	{ "three, backwards", "8a4804", true },
	{ "three, the second came first", "48048a", true },
	{ "three, the first came last", "488a04", true },
	{ "the second is sent again and again", "7a7a7a07", true },
	{ "sent again as a whole", "7a0a", true },
	{ "sent again, cut elsewhere", "7a0308", true },
	{ "the first piece, then a hole that is filled", "8a0448", true },
	{ "answers do not end the wait at once", "7a--07", true },
	{ "the first was lost", "7a------", false },
	{ "the server has gone on long since", "7a------07", false },
	{ "the client has gone on long since", "7a................07", false },
};

static const char *play(struct world *w, struct bytes h, uint32_t begin, const char *steps)
{
	static const uint8_t answer[] = { 0x16, 3, 3, 0, 90, 2 };
	uint32_t down = 5000, far = begin + (uint32_t)h.len;
	for (const char *at = steps; *at; at += 2) {
		char two[2][2] = { { at[0], 0 }, { at[1], 0 } };
		size_t from = h.len * strtoul(two[0], NULL, 16) / 10,
		       to = h.len * strtoul(two[1], NULL, 16) / 10;
		if (at[0] == '-') {
			pass(w, 50000, WAY_DOWN, down, (struct bytes){ answer, sizeof(answer) });
			down += sizeof(answer);
		} else if (at[0] == '.') {
			pass(w, 50000, WAY_UP, far, ciphertext());
			far += (uint32_t)ciphertext().len;
		} else {
			pass(w, 50000, WAY_UP, begin + (uint32_t)from,
			     (struct bytes){ h.at + from, to - from });
		}
	}
	return w->told.host.len ? w->told.host.text : "";
}

static void swapped_pieces_name_the_flow(void **state)
{
	(void)state;
	static const uint32_t begins[] = { 1000, UINT32_MAX - 1600, UINT32_MAX - 400 }; /* also around zero */
	for (size_t i = 0; i < COUNT(hellos); i++)
		for (size_t b = 0; b < COUNT(begins); b++) {
			struct world w;
			world_begin(&w);
			const char *host = play(&w, hello_of("www.example.org"), begins[b], hellos[i].steps);
			if (strcmp(host, hellos[i].is_named ? "www.example.org" : "") != 0)
				fail_msg("%s, from %u: '%s'", hellos[i].what, begins[b], host);
			assert_int_equal(w.told.info.unnamed,
					 hellos[i].is_named ? UNNAMED_NOT : UNNAMED_MID_FLOW);
			assert_int_equal(w.told.info.named_by, hellos[i].is_named ? NAMED_SNI : NAMED_NONE);
			assert_int_equal(w.told.info.ja4[0] != 0, hellos[i].is_named);
			assert_false(w.told.info.is_complete);
			world_end(&w);
		}
}

/* The middle of the hello never comes: what is there of it names the flow, once that is sure. */
static void the_first_piece_is_enough(void **state)
{
	(void)state;
	static const char *const steps[] = { "8a04------", "8a04" };
	for (size_t i = 0; i < COUNT(steps); i++) {
		struct world w;
		world_begin(&w);
		play(&w, hello_of("www.example.org"), 1000, steps[i]);
		flows_end_all(w.flows);
		assert_string_equal(w.told.host.text, "www.example.org");
		assert_int_equal(w.told.info.ja4[0], 0);
		assert_int_equal(w.n_told, 2);
		world_end(&w);
	}
}

/* Told at once, since it may well be one: its bursts need not wait. */
static void the_middle_is_told_at_once(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w);
	const struct flow *f = pass(&w, 50000, WAY_UP, 1000, ciphertext());
	assert_int_equal(w.n_told, 1);
	assert_int_equal(w.told.info.unnamed, UNNAMED_MID_FLOW);
	assert_int_equal(w.told.info.app, APP_TLS);
	assert_true(f->is_told && !f->is_settled);
	for (uint32_t i = 1; !f->is_settled; i++)
		pass(&w, 50000, WAY_UP, 1000 + i * 600, ciphertext());
	assert_int_equal(w.n_told, 1);
	assert_int_equal(f->cold, FLOW_NONE);
	assert_in_range(w.n_segments, 2, 16);
	world_end(&w);
}

/* What begins with another record than a handshake's is no rest of a hello. */
static void a_record_is_not_waited_for(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w);
	const struct flow *f = pass(&w, 50000, WAY_UP, 1000, (struct bytes){ record, sizeof(record) });
	assert_true(f->is_settled);
	assert_int_equal(w.told.info.unnamed, UNNAMED_MID_FLOW);
	world_end(&w);
}

/* Bytes of a connection that goes on, out of order and again: none begins with a hello. */
static void what_goes_on_stays_unnamed(void **state)
{
	(void)state;
	static const uint32_t order[] = { 3, 1, 2, 1, 0, 3, 4, 6, 5 };
	struct world w;
	world_begin(&w);
	for (size_t i = 0; i < COUNT(order); i++)
		pass(&w, 50000, WAY_UP, 1000 + order[i] * 600, ciphertext());
	assert_int_equal(w.n_told, 1);
	assert_int_equal(w.told.info.unnamed, UNNAMED_MID_FLOW);
	assert_int_equal(w.told.host.len, 0);
	world_end(&w);
}

/* A name that DNS gave while the hello was waited for leaves nothing behind. */
static void the_hello_is_better_than_dns(void **state)
{
	(void)state;
	struct bytes h = hello_of("www.example.org");
	size_t cut = h.len / 2;
	struct world w;
	world_begin(&w);
	looks_up(&w, "cdn.example.net");
	pass(&w, 50000, WAY_UP, 1000 + (uint32_t)cut, (struct bytes){ h.at + cut, h.len - cut });
	assert_string_equal(w.told.host.text, "cdn.example.net");
	assert_int_equal(w.told.info.dns_frame, 77);
	pass(&w, 50000, WAY_UP, 1000, (struct bytes){ h.at, cut });
	assert_string_equal(w.told.host.text, "www.example.org");
	assert_int_equal(w.told.info.dns_frame, 0);
	assert_true(w.told.info.name_conf == 1);
	world_end(&w);
}

/* What DNS said of another name is not said of the one that a request has. */
static void a_request_takes_no_more_from_dns(void **state)
{
	(void)state;
	static struct request r = { .is_secure = true };
	struct world w;
	world_begin(&w);
	looks_up(&w, "www.shop.example");
	w.is_read = true;
	struct flow *f = pass(&w, 50000, WAY_UP, 1000, (struct bytes){ record, sizeof(record) });
	assert_string_equal(w.told.host.text, "www.shop.example");
	assert_int_equal(w.told.info.dns_frame, 77);
	assert_true(hostname_parse((struct bytes){ (const uint8_t *)"api.other.example", 17 }, &r.host));
	naming_request(w.naming, f, &r);
	assert_string_equal(w.told.host.text, "api.other.example");
	assert_int_equal(w.told.info.dns_frame, 0);
	world_end(&w);
}

/* Those that wait take places of the pool, and the oldest goes; what was told stays told. */
static void waiting_is_bounded(void **state)
{
	(void)state;
	struct naming_counts counts = { 0 };
	struct world w;
	world_begin(&w);
	for (uint16_t i = 0; i < 3 * POOL; i++)
		pass(&w, (uint16_t)(50000 + i), WAY_UP, 1000, ciphertext());
	naming_add_counts(w.naming, &counts);
	assert_in_range(counts.evicted, 2 * POOL, 3 * POOL - 1); /* by bytes too */
	assert_int_equal(w.n_told, 3 * POOL);
	world_end(&w);
	assert_int_equal(w.n_told, 3 * POOL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(swapped_pieces_name_the_flow),
		cmocka_unit_test(the_first_piece_is_enough),
		cmocka_unit_test(the_middle_is_told_at_once),
		cmocka_unit_test(a_record_is_not_waited_for),
		cmocka_unit_test(what_goes_on_stays_unnamed),
		cmocka_unit_test(the_hello_is_better_than_dns),
		cmocka_unit_test(waiting_is_bounded),
		cmocka_unit_test(a_request_takes_no_more_from_dns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
