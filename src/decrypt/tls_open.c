/* One TLS record: which keys, which number, and what was in it. */
#include <string.h>

#include "decrypt/tls_parts.h"

static int open_with(struct tls_conn *c, struct tls_way *d, uint64_t number, const struct record *r)
{
	return d->epoch == EPOCH_TLS12 ? tls12_open(c, d, number, r, c->shared->plain)
				       : tls13_open(c, d, number, r, c->shared->plain);
}

size_t tls_overhead(const struct tls_way *d)
{
	if (!d->suite)
		return 17;
	if (cipher_is_cbc(d->suite->cipher))
		return 16 + digest_len(d->suite->mac) + 1;
	size_t tag = d->opener.tag_len;
	if (d->epoch == EPOCH_TLS12)
		return tag + (d->suite->cipher == CIPHER_CHACHA20 ? 0 : 8);
	return tag + 1; /* the inner type */
}

#define FEW 4 /* numbers cost less to try than to make one out */

/* Numbers first to first + more - 1. Sets d->number to the one that fits. */
static int try_numbers(struct tls_conn *c, struct tls_way *d, uint64_t first, uint64_t more,
		       const struct record *r)
{
	uint64_t number;
	if (more > FEW && d->trials_left && tls13_has_numbers(d)) {
		d->trials_left--;
		shared_counts(c->shared)->trial_opens++;
		if (!tls13_find_number(c, d, r, &number) || number < first || number - first >= more)
			return -1;
		d->number = number;
		return open_with(c, d, number, r);
	}
	for (uint64_t i = 0; i < more && d->trials_left; i++) {
		d->trials_left--;
		shared_counts(c->shared)->trial_opens++;
		int n = open_with(c, d, first + i, r);
		if (n >= 0) {
			d->number = first + i;
			return n;
		}
	}
	return -1;
}

/* The keys of later epochs: what leads to them may have been lost, or cannot be read for want of its secrets.
 */
static int try_later_epochs(struct tls_conn *c, enum way w, uint64_t more, const struct record *r)
{
	struct tls_way *d = &c->way[w];
	struct tls_way before = *d;
	int n = -1;
	if (!d->trials_left) /* nor are keys made for nothing */
		return -1;
	d->opener = (struct opener){ 0 };
	for (int e = (int)before.epoch + 1; e <= EPOCH_TRAFFIC && n < 0; e++) {
		if (tls13_enter(c, w, (enum epoch)e))
			n = try_numbers(c, d, 0, more, r);
	}
	if (n < 0 && before.epoch == EPOCH_TRAFFIC && d->is_gapped) { /* a KeyUpdate may have been lost */
		memcpy(d->secret, before.secret, sizeof(d->secret));
		d->epoch = EPOCH_TRAFFIC;
		if (tls13_next_generation(c, d))
			n = try_numbers(c, d, 0, more, r);
	}
	if (n >= 0) {
		opener_fini(&before.opener);
	} else {
		opener_fini(&d->opener);
		before.trials_left = d->trials_left;
		*d = before;
	}
	wipe(&before, sizeof(before));
	return n;
}

/* returns: bytes in shared->plain, or -1. */
static int open_record(struct tls_conn *c, enum way w, const struct record *r)
{
	struct tls_way *d = &c->way[w];
	struct decrypt_counts *counts = shared_counts(c->shared);
	if (!opener_is_set(&d->opener)) { /* its key line may be there by now */
		if (d->epoch == EPOCH_TLS12)
			tls12_activate(c, w);
		else
			tls13_enter(c, w, d->epoch);
	}
	uint64_t more = 1;
	int n = open_with(c, d, d->number, r);
	if (n < 0 && d->is_gapped) {
		more = d->gap_bytes / RECORD_SEALED_MIN + 2;
		n = try_numbers(c, d, d->number + 1, more, r);
	}
	if (n < 0 && d->epoch != EPOCH_TLS12 && c->has_secrets)
		n = try_later_epochs(c, w, more, r);
	if (d->is_gapped && opener_is_set(&d->opener)) {
		counts->resyncs += n >= 0;
		counts->resyncs_failed += n < 0;
	}
	if (n >= 0) {
		d->number++;
		d->is_gapped = false;
		d->gap_bytes = 0;
		d->trials_left = teller_limits(c->shared->teller)->resync_trials;
	} else if (d->is_gapped) {
		d->gap_bytes += RECORD_HEAD + r->body.len;
	}
	return n;
}

static void take_plain(struct tls_conn *c, enum way w, const struct record *r, uint8_t type,
		       struct bytes plain)
{
	struct tls_way *d = &c->way[w];
	switch (type) {
	case RECORD_DATA: {
		bool is_early = d->epoch == EPOCH_EARLY;
		struct app_conn *app = is_early && c->early_app ? c->early_app : c->app;
		if (app)
			app_conn_data(app, w, plain, r->at, is_early);
		break;
	}
	case RECORD_HANDSHAKE:
		tls_handshake_data(c, w, plain);
		break;
	case RECORD_CCS:
		if (d->epoch == EPOCH_TLS12) /* renegotiation */
			tls12_activate(c, w);
		break;
	default:
		break;
	}
}

/* n: bytes in shared->plain, -1: it could not be opened. */
static void opened(struct tls_conn *c, enum way w, const struct record *r, int n)
{
	struct decrypt_counts *counts = shared_counts(c->shared);
	if (n < 0) {
		counts->records_bad++;
		return;
	}
	counts->records_ok++;
	counts->record_bytes += (uint64_t)n;
	uint8_t type = r->type;
	const uint8_t *plain = c->shared->plain;
	if (c->way[w].epoch !=
	    EPOCH_TLS12) { /* the type stands behind the text, zeros behind that: RFC 8446 5.4 */
		while (n && !plain[n - 1])
			n--;
		if (!n)
			return;
		type = plain[--n];
	}
	take_plain(c, w, r, type, (struct bytes){ plain, (size_t)n });
}

/* A sealed record although no ServerHello was seen: it was lost. In TLS 1.3 only its suite is needed, and of
 * those with the secret's length there are few.
 */
static int open_without_hello(struct tls_conn *c, enum way w, const struct record *r)
{
	static const uint16_t suites[] = { 0x1301, 0x1302, 0x1303, 0x1304, 0x1305 };
	struct tls_way *d = &c->way[w];
	if (!c->has_secrets || !c->secrets.len[SECRET_CLIENT_TRAFFIC])
		return -1;
	c->version = TLS_1_3;
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		c->suite = suite_find(suites[i]);
		if (digest_len(c->suite->hash) != c->secrets.len[SECRET_CLIENT_TRAFFIC])
			continue;
		tls13_enter(c, w, EPOCH_HANDSHAKE);
		int n = open_record(c, w, r);
		if (n < 0)
			continue;
		c->has_server_hello = true;
		enum way other = way_other(w);
		if (c->way[other].epoch == EPOCH_CLEAR)
			tls13_enter(c, other, EPOCH_HANDSHAKE);
		return n;
	}
	c->suite = NULL;
	opener_fini(&d->opener);
	d->epoch = EPOCH_CLEAR;
	return -1;
}

/* It began before the capture did, or hellos were lost: whose secrets it has must be found. */
static void without_hellos(struct tls_conn *c, enum way w, const struct record *r)
{
	shared_counts(c->shared)->tls_mid_flow += !c->has_hello && !c->is_mid_flow;
	c->is_mid_flow = true;
	if (tls_try_secrets(c, w, r))
		opened(c, w, r, open_record(c, w, r));
	else
		c->is_done = !tls_may_try(c) && w == WAY_DOWN;
}

/* Not sealed. */
static void clear_record(struct tls_conn *c, enum way w, const struct record *r)
{
	struct tls_way *d = &c->way[w];
	if (r->type != RECORD_DATA) {
		d->is_gapped = false;
		d->gap_bytes = 0;
	}
	if (r->type == RECORD_HANDSHAKE)
		tls_handshake_data(c, w, r->body);
	else if (r->type == RECORD_CCS && c->has_server_hello && c->version <= TLS_1_2)
		tls12_activate(c, w);
	else if (r->type == RECORD_DATA && !c->has_server_hello && tls_may_try(c)) {
		without_hellos(c, w, r);
	} else if (r->type == RECORD_DATA && !c->has_server_hello) {
		opened(c, w, r, open_without_hello(c, w, r));
	} else if (r->type == RECORD_DATA && c->version <= TLS_1_2) { /* the change to it was lost */
		tls12_activate(c, w);
		tls_record(c, w, r);
	}
}

/* With ECH the server's first record is tried; the client's only if that was lost, and never early data. */
static bool find_by_trial(struct tls_conn *c, enum way w, const struct record *r)
{
	enum epoch e = c->way[w].epoch;
	if (e == EPOCH_EARLY || (e != EPOCH_TLS12 && r->type != RECORD_DATA))
		return false;
	return (w == WAY_DOWN || !c->has_hello || c->has_lost) && tls_try_secrets(c, w, r);
}

void tls_record(struct tls_conn *c, enum way w, const struct record *r)
{
	struct tls_way *d = &c->way[w];
	if (d->epoch == EPOCH_EARLY && r->type == RECORD_HANDSHAKE) { /* the second hello, after a retry */
		opener_fini(&d->opener);
		d->epoch = EPOCH_CLEAR;
	}
	if (d->epoch == EPOCH_CLEAR) {
		clear_record(c, w, r);
		return;
	}
	if (d->epoch != EPOCH_TLS12 && r->type == RECORD_CCS) /* for middleboxes, RFC 8446 D.4 */
		return;
	if (!c->has_secrets && !tls_find_secrets(c) && !find_by_trial(c, w, r)) {
		c->is_done |= !tls_may_try(c) && (w == WAY_DOWN || !c->has_ech);
		return;
	}
	opened(c, w, r, open_record(c, w, r));
}
