/* How much of many small HTTP/2 requests over TLS 1.3 is read when the capture lost packets. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decrypt/secrets.h"
#include "mktls.h"
#include "told.h"

enum { REQUESTS = 4000, WIRE_MAX = 4 << 20 };

static struct told told;

struct wire {
	uint8_t *at;
	size_t len, cut[2 * REQUESTS + 8], n_cuts; /* where records end */
};

static void put(struct wire *w, struct bytes b)
{
	assert_true(w->len + b.len <= WIRE_MAX);
	memcpy(w->at + w->len, b.at, b.len);
	w->len += b.len;
	w->cut[w->n_cuts++] = w->len;
}

static struct keylog *make(struct mktls *m, struct wire wire[WAY_COUNT], unsigned update_every)
{
	static struct mkhttp2 up, down;
	memset(&up, 0, sizeof(up));
	memset(&down, 0, sizeof(down));
	put(&wire[WAY_UP], mktls_client_hello(m));
	put(&wire[WAY_DOWN], mktls_server_flight(m));
	put(&wire[WAY_UP], mktls_client_finished(m));
	mkhttp2_preface(&up);
	for (uint32_t i = 0; i < REQUESTS; i++) {
		char path[100];
		snprintf(path, sizeof(path), "/tr/?id=%u&ev=PageView", i);
		mkhttp2_request(&up, 2 * i + 1, "pixel.example", path);
		mkhttp2_answer(&down, 2 * i + 1, 43);
		put(&wire[WAY_UP], mktls_data(m, WAY_UP, (struct bytes){ up.at, up.len }));
		put(&wire[WAY_DOWN], mktls_data(m, WAY_DOWN, (struct bytes){ down.at, down.len }));
		up.len = down.len = 0;
		if (update_every && i % update_every == update_every - 1)
			put(&wire[WAY_UP], mktls_key_update(m, WAY_UP));
	}
	struct keylog *keys = keylog_new(100);
	keylog_add(keys, told_bytes(mktls_keys(m)));
	return keys;
}

/* What is lost of a connection. segment: 0: each record is one; else of so many bytes, wherever records end.
 */
struct loss {
	unsigned per_mille;
	size_t segment;
	unsigned update_every;
	size_t first[WAY_COUNT]; /* pieces before this one are lost */
	size_t from;             /* the capture begins with this piece of either way */
	unsigned n_others;       /* connections whose keys are in the log as well */
	uint16_t suite;          /* 0: AES-128-GCM */
};

/* Other connections' lines, older and newer than those of this one. */
static void add_others(struct keylog *keys, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		char line[300];
		size_t len = (size_t)snprintf(line, sizeof(line), "SERVER_TRAFFIC_SECRET_0 %064x ", i);
		memset(line + len, '5', 64);
		keylog_add(keys, (struct bytes){ (const uint8_t *)line, len + 64 });
	}
}

static struct decrypt_counts play_loss(struct loss loss)
{
	struct mktls *m = mktls_new(loss.suite ? loss.suite : 0x1301);
	struct wire *wire = calloc(WAY_COUNT, sizeof(*wire));
	wire[WAY_UP].at = malloc(WIRE_MAX);
	wire[WAY_DOWN].at = malloc(WIRE_MAX);
	struct keylog *keys = make(m, wire, loss.update_every);
	add_others(keys, loss.n_others);
	struct request_sink sink = told_sink(&told);
	struct decrypt *d = decrypt_new(
	    &(struct decrypt_spec){ .keys = keys, .limits = DECRYPT_LIMITS_DEFAULT, .sink = sink });
	struct decrypt_conn *c = decrypt_conn_new(d, &(struct decrypt_flow){ .id = 1 }, DECRYPT_TLS,
						  loss.from > 0 || loss.first[WAY_UP] > 0);
	size_t at[WAY_COUNT] = { 0 }, n[WAY_COUNT] = { 0 };
	srand(7);
	while (at[WAY_UP] < wire[WAY_UP].len || at[WAY_DOWN] < wire[WAY_DOWN].len) {
		for (int w = 0; w < WAY_COUNT; w++) {
			struct wire *x = &wire[w];
			size_t len = loss.segment ? loss.segment : x->cut[n[w]] - at[w];
			if (at[w] >= x->len)
				continue;
			if (len > x->len - at[w])
				len = x->len - at[w];
			struct when when = { (int64_t)at[w], n[w] };
			bool is_lost =
			    n[w] < loss.first[w] || (n[w] > 8 && (unsigned)rand() % 1000 < loss.per_mille);
			if (n[w] < loss.from)
				; /* before the capture */
			else if (is_lost)
				decrypt_conn_gap(c, (enum way)w, len, when);
			else
				decrypt_conn_data(c, (enum way)w, (struct bytes){ x->at + at[w], len }, when);
			at[w] += len;
			n[w]++;
		}
	}
	decrypt_conn_free(c);
	struct decrypt_counts counts = *decrypt_counts(d);
	decrypt_free(d);
	keylog_free(keys);
	free(wire[WAY_UP].at);
	free(wire[WAY_DOWN].at);
	free(wire);
	mktls_free(m);
	return counts;
}

static void most_requests_are_read(void **state)
{
	static const struct {
		unsigned per_mille;
		size_t segment;
		unsigned update_every, at_least; /* per mille of the requests */
	} cases[] = {
		{ 0, 0, 0, 1000 }, { 0, 700, 50, 1000 }, { 1, 0, 0, 998 },   { 10, 0, 0, 980 },
		{ 50, 0, 0, 930 }, { 10, 700, 0, 940 },  { 50, 0, 50, 930 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct decrypt_counts n = play_loss((struct loss){ .per_mille = cases[i].per_mille,
								   .segment = cases[i].segment,
								   .update_every = cases[i].update_every });
		print_message(
		    "%u per mille lost, segments of %zu: %u of %u, %u resynchronised, %u not, %u trials\n",
		    cases[i].per_mille, cases[i].segment, told.n_requests, REQUESTS, (unsigned)n.resyncs,
		    (unsigned)n.resyncs_failed, (unsigned)n.trial_opens);
		assert_true(told.n_requests * 1000ULL >= REQUESTS * (unsigned long long)cases[i].at_least);
		assert_true(told.n_requests <= REQUESTS);
		assert_true(n.trial_opens < 20 * (n.gaps + 1));
	}
}

/* Whose secrets they are is found by trial where the hello does not say. */
static void lost_hellos_do_not_matter(void **state)
{
	static const struct {
		const char *name;
		struct loss loss;
		unsigned missing; /* requests */
	} cases[] = {
		{ "no ClientHello", { .first = { 1, 0 } }, 0 },
		{ "no ServerHello", { .first = { 0, 1 } }, 0 },
		{ "neither", { .first = { 1, 1 } }, 0 },
		{ "the client's whole handshake", { .first = { 2, 0 } }, 0 },
		{ "the first requests too", { .first = { 6, 3 } }, 4 },
		{ "began before the capture", { .from = 300 }, 298 },
		{ "began long before it", { .from = 2000 }, 1998 },
		{ "AES-256", { .from = 2000, .suite = 0x1302 }, 1998 },
		/* of ChaCha20 a number cannot be made out, only tried */
		{ "ChaCha20 without hellos", { .first = { 1, 1 }, .suite = 0x1303 }, 0 },
		{ "ChaCha20 before the capture", { .from = 100, .suite = 0x1303 }, 98 },
		{ "ChaCha20 too long before it", { .from = 2000, .suite = 0x1303 }, REQUESTS },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct loss loss = cases[i].loss;
		loss.n_others = 50;
		struct decrypt_counts n = play_loss(loss);
		print_message("%s: %u of %u, %u trials\n", cases[i].name, told.n_requests, REQUESTS,
			      (unsigned)n.trial_opens);
		assert_int_equal(told.n_requests, REQUESTS - cases[i].missing);
		assert_true(n.tls_by_trial <= 1);
		assert_true(n.trial_opens < 10000);
	}
}

/* A connection whose secrets are not in the log is not taken up, unless a trial may still find them. */
static void foreign_connections_are_spared(void **state)
{
	(void)state;
	struct mktls *m = mktls_new(0x1301);
	struct bytes hello = mktls_client_hello(m);
	struct request_sink sink = told_sink(&told);
	struct keylog *keys = keylog_new(10);
	struct decrypt *d = decrypt_new(
	    &(struct decrypt_spec){ .keys = keys, .limits = DECRYPT_LIMITS_DEFAULT, .sink = sink });
	const struct decrypt_flow early = { .id = 1 }, late = { .id = 1 << 20 };
	struct bytes random = { hello.at + 11, 32 };
	assert_false(decrypt_may_read(d, &early, hello));
	assert_true(decrypt_may_read(d, &early, bytes_head(hello, 42))); /* its random is not whole */
	assert_false(decrypt_may_read(d, &early, (struct bytes){ 0 }));
	add_others(keys, 1);
	assert_true(decrypt_may_read(d, &early, hello));
	assert_true(decrypt_may_read(d, &early, (struct bytes){ 0 }));
	assert_true(decrypt_may_read_hello(d, &early, random, true));
	assert_false(decrypt_may_read_hello(d, &early, random, false));
	assert_false(decrypt_may_read(d, &late, hello)); /* so late a flow must be known to be in the log */
	assert_false(decrypt_may_read(d, &late, (struct bytes){ 0 }));
	assert_false(decrypt_may_read_hello(d, &late, random, true));
	keylog_add(keys, told_bytes(mktls_keys(m)));
	assert_true(decrypt_may_read(d, &late, hello));
	assert_true(decrypt_may_read_hello(d, &late, random, false));
	decrypt_free(d);
	keylog_free(keys);
	mktls_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(most_requests_are_read),
		cmocka_unit_test(lost_hellos_do_not_matter),
		cmocka_unit_test(foreign_connections_are_spared),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
