/* The packets of a QUIC connection: which keys open them. */
#include "decrypt/quic_conn.h"

#include <stdlib.h>
#include <string.h>

#include "decrypt/quic_parts.h"

#define HEAD_MAX 256
#define TRY_UNITS 4    /* what trying one suite takes */
#define TRIES_MAX 2    /* of secrets of connections whose hello does not say which */
#define GUESS_AFTER 60 /* packets that wait for a ServerHello before a suite is guessed */

struct quic_conn *quic_conn_new(struct quic_table *t, struct shared *shared, const struct decrypt_flow *flow,
				uint32_t version, struct bytes dcid)
{
	struct quic_conn *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->shared = shared;
	c->table = t;
	c->flow = *flow;
	c->trials = trials_share(flow);
	c->version = c->initial_version = version;
	c->waiting_end = &c->waiting;
	for (int w = 0; w < WAY_COUNT; w++) {
		for (int s = 0; s < SPACE_COUNT; s++)
			c->largest[w][s] = UINT64_MAX;
	}
	quic_cid_set(&c->first_dcid, dcid);
	c->cid[WAY_UP] = c->first_dcid;
	c->http3 = http3_conn_new(shared->teller, flow->id, &c->facts);
	if (!c->http3 ||
	    (dcid.at && !quic_initial_key(c->shared->crypto, &c->initial[WAY_UP], WAY_UP, version, dcid))) {
		quic_conn_free(c);
		return NULL;
	}
	return c;
}

size_t quic_conn_room(const struct quic_conn *c)
{
	const struct budget *budget = teller_budget(c->shared->teller);
	size_t limit = teller_limits(c->shared->teller)->quic_ooo_bytes;
	size_t left = budget->max - budget->used;
	return left < limit && c->charged_bytes + left < limit ? c->charged_bytes + left : limit;
}

/* Assemblies are charged to the budget after each packet, not with each piece. */
static void charge_assemblies(struct quic_conn *c)
{
	teller_budget(c->shared->teller)->used += c->assembly_bytes - c->charged_bytes;
	c->charged_bytes = c->assembly_bytes;
}

void quic_conn_free(struct quic_conn *c)
{
	if (!c)
		return;
	quic_drop_waiting(c);
	if (c->http3)
		quic_streams_fini(c);
	http3_conn_free(c->http3);
	quic_key_fini(&c->early);
	for (int w = 0; w < WAY_COUNT; w++) {
		quic_key_fini(&c->initial[w]);
		quic_key_fini(&c->handshake[w]);
		quic_key_fini(&c->data[w]);
		opener_fini(&c->previous[w]);
		for (int s = 0; s < SPACE_COUNT; s++) {
			assembly_fini(&c->crypto[w][s], &c->assembly_bytes);
			buf_fini(&c->handshake_bytes[w][s], teller_budget(c->shared->teller));
		}
	}
	charge_assemblies(c);
	wipe(c, sizeof(*c));
	free(c);
}

/* Takes the protection off with a key. returns: bytes in shared->plain, or -1. */
static int open_packet(struct quic_conn *c, struct quic_key *k, uint64_t largest, struct quic_packet *p)
{
	uint8_t head[HEAD_MAX];
	size_t n = 0;
	if (quic_unmask(k, p, largest, head, &n) < 0)
		return -1;
	return quic_open(&k->opener, p, (struct bytes){ head, n }, c->shared->plain);
}

static enum quic_result opened(struct quic_conn *c, enum way w, enum space s, const struct quic_packet *p,
			       int n, struct when at, bool zero_rtt)
{
	if (n < 0) {
		quic_counts(c)->quic_packets_bad++;
		return QUIC_UNREADABLE;
	}
	uint64_t *largest = &c->largest[w][s];
	if (*largest == UINT64_MAX || p->number > *largest)
		*largest = p->number;
	quic_counts(c)->quic_packets_ok++;
	quic_frames(c, w, s, (struct bytes){ c->shared->plain, (size_t)n }, at, zero_rtt);
	return QUIC_OK;
}

/* A Retry that was lost, or a hello begun anew. */
static enum quic_result restarted(struct quic_conn *c, const struct quic_header *h, struct quic_packet *p,
				  struct when at)
{
	const struct cid *old = &c->retried_dcid;
	if (old->len && old->len == h->dcid.len && memcmp(old->at, h->dcid.at, old->len) == 0)
		return QUIC_UNREADABLE; /* the hello before the Retry, late or once more */
	struct quic_key key = { 0 };
	enum quic_result result = QUIC_UNREADABLE;
	int n = quic_initial_key(c->shared->crypto, &key, WAY_UP, h->version, h->dcid)
		    ? open_packet(c, &key, UINT64_MAX, p)
		    : -1;
	if (n >= 0 && c->has_server_hello) {
		result = QUIC_OTHER;
	} else if (n >= 0) {
		quic_begin_anew(c, &key, h->version, h->dcid);
		result = opened(c, WAY_UP, SPACE_INITIAL, p, n, at, false);
	} else {
		quic_counts(c)->quic_packets_bad++;
	}
	quic_key_fini(&key);
	return result;
}

static enum quic_result initial_packet(struct quic_conn *c, enum way w, const struct quic_header *h,
				       struct quic_packet *p, struct when at)
{
	if (h->version != c->initial_version) { /* compatible version negotiation, RFC 9368 2.3 */
		quic_key_fini(&c->initial[WAY_UP]);
		quic_key_fini(&c->initial[WAY_DOWN]);
		c->initial_version = h->version;
	}
	if (!opener_is_set(&c->initial[w].opener) &&
	    !quic_initial_key(c->shared->crypto, &c->initial[w], w, h->version,
			      quic_cid_bytes(&c->first_dcid)))
		return QUIC_UNREADABLE;
	if (w == WAY_DOWN && h->version != c->version && !c->has_server_hello)
		c->version = h->version;
	int n = open_packet(c, &c->initial[w], c->largest[w][SPACE_INITIAL], p);
	if (n < 0 && w == WAY_UP)
		return restarted(c, h, p, at);
	if (n >= 0) {
		enum way other = way_other(w);
		quic_cid_set(&c->cid[other], h->scid);
		quic_table_add_cid(c, h->scid, other);
	}
	return opened(c, w, SPACE_INITIAL, p, n, at, false);
}

/* The server's secret in c->secrets, with the suite of its hello; if that was lost, with those that go with
 * it. */
static bool try_suites(struct quic_conn *c, const struct quic_packet *packet)
{
	const struct suite *own = c->suite;
	for (size_t i = 0; i < (own ? 1 : QUIC_SUITES_COUNT); i++) {
		struct quic_packet p = *packet;
		c->suite = own ? own : suite_find(QUIC_SUITES[i]);
		if (!trials_take(c->shared->trials, &c->flow.client, &c->trials, TRY_UNITS))
			break;
		quic_counts(c)->trial_opens++;
		quic_key_fini(&c->handshake[WAY_DOWN]);
		if (quic_key_ready(c, &c->handshake[WAY_DOWN], SECRET_SERVER_HANDSHAKE) &&
		    open_packet(c, &c->handshake[WAY_DOWN], UINT64_MAX, &p) >= 0)
			return true;
	}
	c->suite = own;
	return false;
}

/* With ECH, or if the hello was lost: entries of the log, on the server's first sealed packet. */
static bool try_secrets(struct quic_conn *c, const struct quic_packet *packet)
{
	struct shared *s = c->shared;
	uint8_t random[RANDOM_LEN];
	uint64_t place = trials_place(s->trials, &c->flow.client);
	bool is_found = false;
	c->n_tries++;
	for (uint32_t i = 0;
	     !is_found && shared_next_trial(s, &c->flow, &c->trials, place, i, &c->secrets, random); i++)
		is_found = try_suites(c, packet);
	if (!is_found) {
		secrets_wipe(&c->secrets);
		quic_key_fini(&c->handshake[WAY_DOWN]);
		return false;
	}
	shared_found(s, &c->flow, random, &c->secrets);
	memcpy(c->client_random, random, RANDOM_LEN);
	c->has_secrets = true;
	quic_counts(c)->quic_with_keys++;
	quic_counts(c)->tls_by_trial++;
	c->facts.has_inner_hello = c->has_hello;
	return true;
}

/* Whose secrets these are the client's hello does not say: it has ECH, or its random was lost. */
static bool may_try(const struct quic_conn *c)
{
	bool is_hello_late = c->shared->is_live && !c->has_waited;
	return !c->has_secrets && (c->has_ech || !c->has_hello) && c->n_tries < (c->suite ? TRIES_MAX : 1) &&
	       !is_hello_late && shared_may_try(c->shared, &c->flow, &c->trials);
}

static enum quic_result handshake_packet(struct quic_conn *c, enum way w, struct quic_packet *p,
					 struct when at)
{
	struct quic_key *k = &c->handshake[w];
	if (w == WAY_DOWN && may_try(c) && !quic_find_secrets(c) && !try_secrets(c, p) && c->suite)
		c->is_dead = true;
	if (!quic_key_ready(c, k, w == WAY_UP ? SECRET_CLIENT_HANDSHAKE : SECRET_SERVER_HANDSHAKE)) {
		if (!c->is_dead && !(c->suite && c->has_secrets))
			quic_wait_for_keys(c, w, p->bytes, at);
		return QUIC_UNREADABLE;
	}
	return opened(c, w, SPACE_HANDSHAKE, p, open_packet(c, k, c->largest[w][SPACE_HANDSHAKE], p), at,
		      false);
}

static enum quic_result early_packet(struct quic_conn *c, enum way w, struct quic_packet *p, struct when at)
{
	if (w != WAY_UP || (c->has_hello && !c->is_early_offered))
		return QUIC_UNREADABLE;
	if (!quic_key_ready(c, &c->early, SECRET_EARLY)) {
		if (!c->has_hello || c->shared->is_live)
			quic_wait_for_keys(c, w, p->bytes, at);
		return QUIC_UNREADABLE;
	}
	uint64_t largest = c->largest[WAY_UP][SPACE_DATA];
	int n = open_packet(c, &c->early, largest, p);
	if (n < 0 && largest == UINT64_MAX && c->early.cipher == CIPHER_AES_128_GCM) {
		struct bytes secret = { c->secrets.at[SECRET_EARLY], c->secrets.len[SECRET_EARLY] };
		quic_key_set(c->shared->crypto, &c->early, c->version, secret, CIPHER_CHACHA20, false);
		n = open_packet(c, &c->early, largest, p);
	}
	return opened(c, WAY_UP, SPACE_DATA, p, n, at, true);
}

/* With the keys so many updates ahead; if they fit, they are those of now on. RFC 9001 6.1 */
static int open_ahead(struct quic_conn *c, enum way w, unsigned updates, struct quic_packet *p,
		      struct bytes head)
{
	struct quic_key *k = &c->data[w], next = { 0 }, from = { .secret_len = k->secret_len };
	uint8_t secret[SECRET_MAX];
	memcpy(from.secret, k->secret, sizeof(from.secret));
	for (unsigned i = 0; i < updates; i++) {
		quic_next_secret(c->shared->crypto, &from, c->version, secret);
		memcpy(from.secret, secret, sizeof(from.secret));
	}
	quic_key_set(c->shared->crypto, &next, c->version, (struct bytes){ secret, k->secret_len }, k->cipher,
		     true);
	wipe(secret, sizeof(secret));
	wipe(&from, sizeof(from));
	int n = quic_open(&next.opener, p, head, c->shared->plain);
	if (n < 0) {
		quic_key_fini(&next);
		return -1;
	}
	opener_fini(&c->previous[w]);
	c->previous[w] = k->opener;
	next.mask = k->mask;
	*k = next;
	c->is_phase_1[w] = p->is_phase_1;
	c->phase_number[w] = p->number;
	quic_counts(c)->key_updates += updates;
	return n;
}

/* A packet of either key phase: of the other one it is older than the last update, or the first of the next,
 * RFC 9001 6.3. If it does not fit and numbers are missing before it, two updates may have been lost.
 */
static int open_phase(struct quic_conn *c, enum way w, struct quic_packet *p, struct bytes head)
{
	uint64_t largest = c->largest[w][SPACE_DATA];
	int n = -1;
	if (p->is_phase_1 == c->is_phase_1[w]) {
		n = quic_open(&c->data[w].opener, p, head, c->shared->plain);
		if (n < 0 && largest != UINT64_MAX && p->number > largest + 1)
			n = open_ahead(c, w, 2, p, head);
		return n;
	}
	if (p->number < c->phase_number[w])
		n = quic_open(&c->previous[w], p, head, c->shared->plain);
	return n < 0 ? open_ahead(c, w, 1, p, head) : n;
}

static enum quic_result data_packet(struct quic_conn *c, enum way w, struct quic_packet *p, struct when at)
{
	struct quic_key *k = &c->data[w];
	if (!c->suite && c->has_secrets && c->n_waiting >= GUESS_AFTER) {
		c->suite = suite_find(c->secrets.len[SECRET_CLIENT_TRAFFIC] == 48 ? 0x1302 : 0x1301);
		c->is_suite_guessed = true;
	}
	if (!quic_key_ready(c, k, w == WAY_UP ? SECRET_CLIENT_TRAFFIC : SECRET_SERVER_TRAFFIC)) {
		if (!(c->suite && c->has_secrets) || c->shared->is_live)
			quic_wait_for_keys(c, w, p->bytes, at);
		return QUIC_UNREADABLE;
	}
	uint8_t head[HEAD_MAX];
	size_t n_head = 0;
	int n = -1;
	if (quic_unmask(k, p, c->largest[w][SPACE_DATA], head, &n_head) == 0) {
		n = open_phase(c, w, p, (struct bytes){ head, n_head });
	}
	if (n < 0 && c->is_suite_guessed && c->suite->id == 0x1301) {
		c->suite = suite_find(0x1303);
		quic_key_fini(&c->data[WAY_UP]);
		quic_key_fini(&c->data[WAY_DOWN]);
		return data_packet(c, w, p, at);
	}
	if (n >= 0)
		c->is_suite_guessed = false;
	return opened(c, w, SPACE_DATA, p, n, at, false);
}

static enum quic_result take_packet(struct quic_conn *c, enum way w, const struct quic_header *h,
				    struct when at)
{
	struct quic_packet p = { .bytes = h->packet, .number_at = h->number_at };
	if (h->type == QUIC_INITIAL)
		return initial_packet(c, w, h, &p, at);
	if (c->is_dead)
		return QUIC_UNREADABLE;
	switch (h->type) {
	case QUIC_HANDSHAKE:
		if (w == WAY_DOWN)
			quic_cid_set(&c->cid[WAY_UP], h->scid);
		return handshake_packet(c, w, &p, at);
	case QUIC_ZERO_RTT:
		return early_packet(c, w, &p, at);
	case QUIC_SHORT:
		if (c->is_mid && w == WAY_UP && !quic_mid_client(c, h->packet))
			return QUIC_UNREADABLE;
		p.number_at = 1U + c->cid[w].len;
		return data_packet(c, w, &p, at);
	case QUIC_RETRY:
		return quic_retry_packet(c, w, h);
	default:
		return QUIC_UNREADABLE;
	}
}

enum quic_result quic_conn_packet(struct quic_conn *c, enum way w, const struct quic_header *h,
				  struct when at)
{
	quic_streams_age(c, at.ts_ns);
	enum quic_result result = take_packet(c, w, h, at);
	charge_assemblies(c);
	return result;
}
