/* Connections that began before the capture did: whose secrets they have is tried with a packet of the
 * server's, as tls_trial.c does. Neither the lengths of the connection IDs are known then, nor the packet's
 * number beyond its last bytes: the first are tried, the second is made out of the tag; nor the version, 1 or
 * 2. Only keys that were not updated yet. spec: RFC 9000 17.3.1, RFC 9001 5, RFC 9369
 */
#include <string.h>

#include "decrypt/quic_parts.h"

enum {
	HEAD_MAX = 32, /* of a short header */
	TRY_UNITS = 5,
	RESERVED_BITS = 0x18,
	UP_TRIES_MAX = 64, /* packets of the client that did not fit */
};

/* That browsers (0), servers and programs of the command line use, the most common first. */
static const uint8_t CID_LENS[] = { 0, 8, 20, 16, 4, 5, 3, 12, 18 };

static bool find_number(struct quic_conn *c, const struct quic_key *k, struct quic_packet *p,
			struct bytes head)
{
	uint8_t key[KEY_MAX], nonce[IV_LEN];
	enum digest d = k->secret_len == 48 ? DIGEST_SHA384 : DIGEST_SHA256;
	hkdf_expand_label(c->shared->crypto, d, (struct bytes){ k->secret, k->secret_len },
			  quic_label(c->version, "quic key", "quicv2 key"), key, cipher_key_len(k->cipher));
	bool ok = gcm_find_nonce(c->shared->crypto, k->cipher, key, head, bytes_tail(p->bytes, head.len),
				 c->shared->plain, nonce);
	wipe(key, sizeof(key));
	uint64_t number, mask = (UINT64_C(1) << 8 * (head.len - p->number_at)) - 1;
	if (!ok || !opener_number(&k->opener, nonce, &number))
		return false;
	ok = (number & mask) == (p->number & mask) && number < UINT64_C(1) << 62;
	p->number = number;
	return ok;
}

/* Is the packet sealed with this key, if the connection ID has this length? Sets p->number. */
static bool fits(struct quic_conn *c, struct quic_key *k, struct quic_packet *p, uint8_t cid_len)
{
	uint8_t head[HEAD_MAX + QUIC_CID_MAX];
	size_t n = 0;
	p->number_at = 1U + cid_len;
	if (quic_unmask(k, p, UINT64_MAX, head, &n) < 0 || (head[0] & RESERVED_BITS) || p->is_phase_1)
		return false;
	struct bytes h = { head, n };
	return cipher_is_gcm(k->cipher) ? find_number(c, k, p, h)
					: quic_open(&k->opener, p, h, c->shared->plain) >= 0;
}

/* The next packet of this way is the one at hand. */
static void set_way(struct quic_conn *c, enum way w, const struct quic_packet *p)
{
	c->cid[w].len = (uint8_t)(p->number_at - 1);
	c->largest[w][SPACE_DATA] = p->number ? p->number - 1 : UINT64_MAX;
}

static bool fits_any_len(struct quic_conn *c, enum way w, struct quic_key *k, struct bytes packet)
{
	for (size_t i = 0; i < sizeof(CID_LENS); i++) {
		struct quic_packet p = { .bytes = packet };
		if (!fits(c, k, &p, CID_LENS[i]))
			continue;
		set_way(c, w, &p);
		return true;
	}
	return false;
}

/* With c->secrets. */
static bool try_entry(struct quic_conn *c, struct bytes packet)
{
	for (size_t i = 0; i < QUIC_SUITES_COUNT; i++) {
		c->suite = suite_find(QUIC_SUITES[i]);
		if (digest_len(c->suite->hash) != c->secrets.len[SECRET_SERVER_TRAFFIC])
			continue;
		if (!trials_take(c->shared->trials, &c->flow.client, &c->trials, TRY_UNITS))
			return false;
		quic_counts(c)->trial_opens++;
		quic_key_fini(&c->data[WAY_DOWN]);
		if (quic_key_ready(c, &c->data[WAY_DOWN], SECRET_SERVER_TRAFFIC) &&
		    fits_any_len(c, WAY_DOWN, &c->data[WAY_DOWN], packet))
			return true;
	}
	return false;
}

static bool try_version(struct quic_conn *c, uint32_t version, struct bytes packet)
{
	struct shared *s = c->shared;
	uint64_t place = trials_place(s->trials, &c->flow.client);
	bool is_found = false;
	c->version = version;
	for (uint32_t i = 0;
	     !is_found && shared_next_trial(s, &c->flow, &c->trials, place, i, &c->secrets, c->client_random);
	     i++)
		is_found = try_entry(c, packet);
	return is_found;
}

bool quic_mid_find(struct quic_conn *c, struct bytes packet)
{
	struct shared *s = c->shared;
	c->is_mid = c->has_server_hello = c->has_hello = true;
	bool is_found = try_version(c, QUIC_VERSION_1, packet);
	if (!is_found) { /* the rarer one: what the client has earned is not spent on it */
		c->trials.of_client = 0;
		is_found = try_version(c, QUIC_VERSION_2, packet);
	}
	if (!is_found)
		return false;
	shared_found(s, &c->flow, c->client_random, &c->secrets);
	c->has_random = c->has_secrets = true;
	quic_counts(c)->quic_flows++;
	quic_counts(c)->quic_with_keys++;
	quic_counts(c)->tls_by_trial++;
	http3_conn_mid(c->http3);
	return true;
}

bool quic_mid_client(struct quic_conn *c, struct bytes packet)
{
	struct quic_key *k = &c->data[WAY_UP];
	if (c->is_client_found || c->n_tries >= UP_TRIES_MAX || !quic_key_ready(c, k, SECRET_CLIENT_TRAFFIC))
		return c->is_client_found;
	c->n_tries++;
	c->is_client_found = fits_any_len(c, WAY_UP, k, packet);
	return c->is_client_found;
}
