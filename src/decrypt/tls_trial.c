/* Which secrets are a connection's own when its hello does not say: trial of those that no other connection
 * uses.
 *
 * So it is with ECH (key logs have the inner random, RFC 9850), where the ClientHello was lost, and where the
 * connection began before the capture did: then the number of the record is not known either.
 */
#include <string.h>

#include "decrypt/tls_parts.h"

enum {
	TRIES_MAX = 4,      /* records of one connection with which it is tried */
	TRY_LEN_MAX = 2048, /* bytes of such a record with many numbers: longer ones cost more */
	FIRST_NUMBERS = 8,  /* of records, where the beginning was seen but for what was lost */
	MID_NUMBERS = 128,  /* where it was not, and the number cannot be made out */
	NUMBER_UNITS = 3,   /* what making it out takes */
};

static bool take(struct tls_conn *c, uint32_t units)
{
	return trials_take(c->shared->trials, &c->flow.client, &c->trials, units);
}

static bool open_with(struct tls_conn *c, struct tls_way *d, uint64_t number, const struct record *r)
{
	shared_counts(c->shared)->trial_opens++;
	int n = d->epoch == EPOCH_TLS12 ? tls12_open(c, d, number, r, c->shared->plain)
					: tls13_open(c, d, number, r, c->shared->plain);
	if (n >= 0)
		d->number = number;
	return n >= 0;
}

static bool open_any(struct tls_conn *c, enum way w, uint64_t numbers, const struct record *r)
{
	struct tls_way *d = &c->way[w];
	uint64_t number;
	if (numbers > 1 && tls13_has_numbers(d))
		return take(c, NUMBER_UNITS) && tls13_find_number(c, d, r, &number) &&
		       open_with(c, d, number, r);
	for (uint64_t i = 0; i < numbers && take(c, 1); i++) {
		if (open_with(c, d, i, r))
			return true;
	}
	return false;
}

/* With c->secrets, and c->client_random as of them. */
static bool try_tls12(struct tls_conn *c, enum way w, const struct record *r)
{
	if (!c->secrets.len[SECRET_MASTER])
		return false;
	tls12_activate(c, w);
	return open_any(c, w, c->way[w].is_gapped ? FIRST_NUMBERS : 1, r);
}

/* What is tried with all entries, before the next such: what is likely and costs little comes first. */
struct pass {
	uint16_t suites[4]; /* of TLS 1.3, where that of the connection is not known */
	enum epoch first, last;
};

/* Suites whose number can be made out: the others cost many times as much. */
#define QUICK_SUITES                                                                                         \
	{                                                                                                    \
		0x1301, 0x1302                                                                               \
	}
#define SLOW_SUITES                                                                                          \
	{                                                                                                    \
		0x1303, 0x1304, 0x1305                                                                       \
	}

static const struct pass PASSES[] = { { QUICK_SUITES, EPOCH_HANDSHAKE, EPOCH_TRAFFIC },
				      { SLOW_SUITES, EPOCH_HANDSHAKE, EPOCH_TRAFFIC },
				      { { 0 }, EPOCH_CLEAR, EPOCH_CLEAR } };

/* Where the connection began before the capture, as a rule with its handshake. */
static const struct pass LATER_PASSES[] = { { QUICK_SUITES, EPOCH_TRAFFIC, EPOCH_TRAFFIC },
					    { QUICK_SUITES, EPOCH_HANDSHAKE, EPOCH_HANDSHAKE },
					    { SLOW_SUITES, EPOCH_HANDSHAKE, EPOCH_TRAFFIC },
					    { { 0 }, EPOCH_CLEAR, EPOCH_CLEAR } };

static bool try_suite(struct tls_conn *c, enum way w, const struct pass *pass, const struct record *r)
{
	const struct tls_way *d = &c->way[w];
	uint64_t numbers = !c->has_server_hello ? MID_NUMBERS : d->is_gapped ? FIRST_NUMBERS : 1;
	for (int e = (int)pass->first; e <= (int)pass->last; e++) {
		bool is_handshake = e == EPOCH_HANDSHAKE;
		if (!is_handshake && numbers == 1 &&
		    c->secrets.len[SECRET_CLIENT_HANDSHAKE + (w == WAY_DOWN)])
			break; /* nothing was lost: it is the first record of the handshake */
		uint64_t most = is_handshake && numbers > FIRST_NUMBERS ? FIRST_NUMBERS : numbers;
		enum secret s =
		    (is_handshake ? SECRET_CLIENT_HANDSHAKE : SECRET_CLIENT_TRAFFIC) + (w == WAY_DOWN);
		if (c->secrets.len[s] == digest_len(c->suite->hash) && take(c, 1) &&
		    tls13_enter(c, w, (enum epoch)e) && open_any(c, w, most, r))
			return true;
	}
	return false;
}

static bool try_tls13(struct tls_conn *c, enum way w, const struct pass *pass, const struct record *r)
{
	if (c->suite)
		return try_suite(c, w, pass, r);
	for (const uint16_t *suite = pass->suites; *suite; suite++) {
		c->suite = suite_find(*suite);
		if (try_suite(c, w, pass, r))
			return true;
	}
	c->suite = NULL;
	return false;
}

/* The secrets are found: the other direction has those of the same time, at a number that is not known. */
static void enter_other(struct tls_conn *c, enum way w)
{
	struct tls_way *other = &c->way[way_other(w)];
	if (c->way[w].epoch == EPOCH_TLS12 || c->has_server_hello)
		return;
	c->has_server_hello = true;
	tls13_enter(c, way_other(w), c->way[w].epoch);
	other->is_gapped = true;
	other->gap_bytes += (uint64_t)MID_NUMBERS * RECORD_SEALED_MIN;
}

static bool try_entries(struct tls_conn *c, enum way w, const struct pass *pass, const struct record *r)
{
	struct shared *s = c->shared;
	uint64_t place = trials_place(s->trials, &c->flow.client);
	for (uint32_t i = 0;
	     shared_next_trial(s, &c->flow, &c->trials, place, i, &c->secrets, c->client_random); i++) {
		if (c->version == TLS_1_3 ? try_tls13(c, w, pass, r) : try_tls12(c, w, r))
			return true;
	}
	return false;
}

static bool try_passes(struct tls_conn *c, enum way w, const struct record *r)
{
	bool is_later = c->began_before && !c->has_hello && !c->has_server_hello;
	bool is_one = c->suite || c->version != TLS_1_3;
	for (const struct pass *p = is_later ? LATER_PASSES : PASSES; *p->suites; p++) {
		if (try_entries(c, w, p, r))
			return true;
		if (is_one)
			break;
	}
	return false;
}

bool tls_may_try(const struct tls_conn *c)
{
	if (c->has_secrets || (c->has_hello && !c->has_ech))
		return false;
	return shared_may_try(c->shared, &c->flow, &c->trials) &&
	       c->n_tries < (c->has_hello && !c->has_lost ? 1 : TRIES_MAX);
}

bool tls_try_secrets(struct tls_conn *c, enum way w, const struct record *r)
{
	struct shared *s = c->shared;
	struct tls_way *d = &c->way[w], before = *d;
	uint8_t random[RANDOM_LEN];
	uint16_t version = c->version;
	if (!tls_may_try(c) || (c->has_server_hello ? !c->suite : r->body.len > TRY_LEN_MAX))
		return false;
	c->n_tries++;
	memcpy(random, c->client_random, RANDOM_LEN);
	if (!c->has_server_hello)
		c->version = TLS_1_3;
	d->opener = (struct opener){ 0 };
	if (!try_passes(c, w, r)) {
		opener_fini(&d->opener);
		secrets_wipe(&c->secrets);
		memcpy(c->client_random, random, RANDOM_LEN);
		c->version = version;
		*d = before;
		wipe(&before, sizeof(before));
		return false;
	}
	opener_fini(&before.opener);
	wipe(&before, sizeof(before));
	shared_found(s, &c->flow, c->client_random, &c->secrets);
	shared_counts(s)->tls_by_trial++;
	shared_counts(s)->tls_with_keys += !c->is_counted;
	c->has_secrets = c->is_counted = true;
	c->facts.has_inner_hello = c->has_hello;
	enter_other(c, w);
	return true;
}
