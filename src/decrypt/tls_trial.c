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
	MID_NUMBERS = 512,  /* where it was not */
};

static bool open_any(struct tls_conn *c, enum way w, uint64_t numbers, const struct record *r)
{
	struct tls_way *d = &c->way[w];
	struct shared *s = c->shared;
	for (uint64_t i = 0; i < numbers && s->trial_opens_left; i++) {
		s->trial_opens_left--;
		shared_counts(s)->trial_opens++;
		int n = d->epoch == EPOCH_TLS12 ? tls12_open(c, d, i, r, s->plain)
						: tls13_open(c, d, i, r, s->plain);
		if (n < 0)
			continue;
		d->number = i;
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

static bool try_suite(struct tls_conn *c, enum way w, const struct record *r)
{
	const struct tls_way *d = &c->way[w];
	uint64_t numbers = !c->has_server_hello ? MID_NUMBERS : d->is_gapped ? FIRST_NUMBERS : 1;
	for (int e = EPOCH_HANDSHAKE; e <= EPOCH_TRAFFIC; e++) {
		bool is_handshake = e == EPOCH_HANDSHAKE;
		if (!is_handshake && numbers == 1 &&
		    c->secrets.len[SECRET_CLIENT_HANDSHAKE + (w == WAY_DOWN)])
			break; /* nothing was lost: it is the first record of the handshake */
		uint64_t most = is_handshake && numbers > FIRST_NUMBERS ? FIRST_NUMBERS : numbers;
		enum secret s =
		    (is_handshake ? SECRET_CLIENT_HANDSHAKE : SECRET_CLIENT_TRAFFIC) + (w == WAY_DOWN);
		if (c->secrets.len[s] == digest_len(c->suite->hash) && tls13_enter(c, w, (enum epoch)e) &&
		    open_any(c, w, most, r))
			return true;
	}
	return false;
}

/* Suites that browsers offer, and the two that small devices do. */
static bool try_tls13(struct tls_conn *c, enum way w, const struct record *r)
{
	static const uint16_t suites[] = { 0x1301, 0x1302, 0x1303, 0x1304, 0x1305 };
	if (c->suite)
		return try_suite(c, w, r);
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		c->suite = suite_find(suites[i]);
		if (try_suite(c, w, r))
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

static bool try_entries(struct tls_conn *c, enum way w, const struct record *r)
{
	struct shared *s = c->shared;
	size_t cursor = 0;
	bool is_found = false;
	for (uint32_t i = 0; !is_found && i < teller_limits(s->teller)->trial_keys && shared_may_try(s);
	     i++) {
		if (!keylog_next_unused(s->keys, &cursor, &c->secrets, c->client_random))
			break;
		is_found = c->version == TLS_1_3 ? try_tls13(c, w, r) : try_tls12(c, w, r);
	}
	return is_found;
}

bool tls_may_try(const struct tls_conn *c)
{
	if (!c->shared->keys || c->has_secrets || (c->has_hello && !c->has_ech))
		return false;
	return shared_has_trials(c->shared) && c->n_tries < (c->has_hello && !c->has_lost ? 1 : TRIES_MAX);
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
	if (!try_entries(c, w, r)) {
		opener_fini(&d->opener);
		secrets_wipe(&c->secrets);
		memcpy(c->client_random, random, RANDOM_LEN);
		c->version = version;
		*d = before;
		return false;
	}
	opener_fini(&before.opener);
	keylog_find(s->keys, c->client_random, &c->secrets);
	shared_has_found(s);
	shared_counts(s)->tls_by_trial++;
	shared_counts(s)->tls_with_keys += !c->is_counted;
	c->has_secrets = c->is_counted = true;
	c->facts.has_inner_hello = c->has_hello;
	enter_other(c, w);
	return true;
}
