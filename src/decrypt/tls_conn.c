#include "decrypt/tls_conn.h"

#include <stdlib.h>
#include <string.h>

#include "decrypt/tls_parts.h"

struct tls_conn *tls_conn_new(struct shared *shared, const struct decrypt_flow *flow)
{
	struct tls_conn *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->shared = shared;
	c->flow = *flow;
	c->trials = trials_share(flow);
	c->held_end = &c->held;
	c->app = app_conn_new(shared->teller, flow->id, &c->facts);
	if (!c->app) {
		free(c);
		return NULL;
	}
	for (int w = 0; w < WAY_COUNT; w++)
		c->way[w].trials_left = teller_limits(shared->teller)->resync_trials;
	shared_counts(shared)->tls_flows++;
	return c;
}

static void unlink_held(struct tls_conn *c)
{
	struct shared *s = c->shared;
	if (!c->is_holding)
		return;
	*(c->older ? &c->older->newer : &s->oldest_held) = c->newer;
	*(c->newer ? &c->newer->older : &s->newest_held) = c->older;
	c->older = c->newer = NULL;
	c->is_holding = false;
}

void tls_hold(struct tls_conn *c)
{
	struct shared *s = c->shared;
	if (c->was_held)
		return;
	c->was_held = c->is_holding = true;
	c->older = s->newest_held;
	*(s->newest_held ? &s->newest_held->newer : &s->oldest_held) = c;
	s->newest_held = c;
}

static void held_free(struct tls_conn *c, struct held *h)
{
	teller_budget(c->shared->teller)->used -= sizeof(*h) + h->len;
	free(h);
}

void tls_conn_free(struct tls_conn *c)
{
	if (!c)
		return;
	unlink_held(c);
	while (c->held) {
		struct held *h = c->held;
		c->held = h->next;
		held_free(c, h);
	}
	app_conn_free(c->early_app);
	app_conn_free(c->app);
	for (int w = 0; w < WAY_COUNT; w++) {
		buf_fini(&c->way[w].piece, teller_budget(c->shared->teller));
		buf_fini(&c->way[w].handshake, teller_budget(c->shared->teller));
		opener_fini(&c->way[w].opener);
	}
	wipe(c, sizeof(*c));
	free(c);
}

bool tls_find_secrets(struct tls_conn *c)
{
	if (!c->shared->keys || !(c->has_hello || c->has_secrets))
		return false;
	uint64_t place;
	if (!shared_ask(c->shared, c->client_random, &c->generation, &c->secrets, &place))
		return c->has_secrets;
	if (!c->is_counted)
		trials_matched(c->shared->trials, &c->flow.client, place);
	shared_counts(c->shared)->tls_with_keys += !c->is_counted;
	c->has_secrets = c->is_counted = true;
	return true;
}

void tls_reject_early(struct tls_conn *c)
{
	if (c->is_early_rejected)
		return;
	struct app_conn *next = app_conn_new(c->shared->teller, c->flow.id, &c->facts);
	if (!next)
		return;
	c->is_early_rejected = c->facts.is_early_rejected = true;
	c->early_app = c->app;
	c->app = next;
	shared_counts(c->shared)->early_rejected++;
}

static void again(struct tls_conn *c, const struct held *h, struct bytes data)
{
	if (h->kind == HELD_DATA)
		tls_conn_data(c, h->way, data, h->at);
	else if (h->kind == HELD_GAP)
		tls_conn_gap(c, h->way, h->lost);
	else
		tls_conn_end(c, h->way, h->at);
}

/* What came while the keys were waited for. */
static void replay(struct tls_conn *c)
{
	unlink_held(c);
	struct held *h = c->held;
	c->held = NULL;
	c->held_end = &c->held;
	while (h) {
		struct held *next = h->next;
		again(c, h, (struct bytes){ h->data, h->len });
		held_free(c, h);
		h = next;
	}
}

static void hold(struct tls_conn *c, const struct held *about, struct bytes data)
{
	struct budget *budget = teller_budget(c->shared->teller);
	size_t size = sizeof(*about) + data.len;
	struct held *h = NULL;
	if (c->held_bytes + size <= teller_limits(c->shared->teller)->held_bytes &&
	    size <= budget->max - budget->used)
		h = malloc(size);
	if (!h) { /* go on without the keys, if need be */
		replay(c);
		again(c, about, data);
		return;
	}
	if (!c->held)
		c->held_since_ns = about->at.ts_ns;
	*h = *about;
	h->len = data.len;
	if (data.len)
		memcpy(h->data, data.at, data.len);
	budget->used += size;
	c->held_bytes += size;
	*c->held_end = h;
	c->held_end = &h->next;
}

/* The client is who sends the ClientHello, whoever opened the connection. */
static enum way way_of(struct tls_conn *c, enum way w, struct bytes data)
{
	if (!c->is_started && data.len >= 6 && data.at[0] == RECORD_HANDSHAKE && data.at[5] <= 2)
		c->is_flipped = (data.at[5] == 1) != (w == WAY_UP);
	return c->is_flipped ? way_other(w) : w;
}

void tls_conn_data(struct tls_conn *c, enum way w, struct bytes data, struct when at)
{
	if (c->is_done || !data.len)
		return;
	if (c->is_holding)
		hold(c, &(struct held){ .kind = HELD_DATA, .way = w, .at = at }, data);
	else
		tls_stream_data(c, way_of(c, w, data), data, at);
}

void tls_conn_gap(struct tls_conn *c, enum way w, uint64_t lost)
{
	if (c->is_done)
		return;
	if (c->is_holding)
		hold(c, &(struct held){ .kind = HELD_GAP, .way = w, .lost = lost }, (struct bytes){ 0 });
	else
		tls_stream_gap(c, c->is_flipped ? way_other(w) : w, lost);
}

void tls_conn_end(struct tls_conn *c, enum way w, struct when at)
{
	if (c->is_done)
		return;
	if (c->is_holding)
		hold(c, &(struct held){ .kind = HELD_END, .way = w, .at = at }, (struct bytes){ 0 });
	else
		app_conn_end(c->app, c->is_flipped ? way_other(w) : w, at);
}

bool tls_conn_is_done(const struct tls_conn *c)
{
	return c->is_done || (!c->early_app && app_conn_is_done(c->app));
}

void tls_tick(struct shared *s, int64_t now_ns)
{
	int64_t patience = teller_limits(s->teller)->held_ns;
	struct tls_conn *next;
	for (struct tls_conn *c = s->oldest_held; c; c = next) {
		next = c->newer;
		tls_find_secrets(c);
		bool is_whole = c->secrets.len[SECRET_MASTER] || (c->secrets.len[SECRET_CLIENT_TRAFFIC] &&
								  c->secrets.len[SECRET_SERVER_TRAFFIC]);
		if (is_whole || (c->held && now_ns - c->held_since_ns > patience))
			replay(c);
	}
}

bool shared_ask(struct shared *s, const uint8_t random[RANDOM_LEN], uint64_t *generation, struct secrets *ret,
		uint64_t *ret_place)
{
	uint64_t now = keylog_generation(s->keys) + 1;
	if (now == *generation)
		return false;
	*generation = now;
	return keylog_find(s->keys, random, ret, ret_place);
}

bool shared_may_try(const struct shared *s, const struct decrypt_flow *f, const struct trial_share *share)
{
	return s->keys && keylog_count(s->keys) && trials_left(s->trials, &f->client, share);
}

bool shared_next_trial(struct shared *s, const struct decrypt_flow *f, struct trial_share *share,
		       uint64_t place, uint32_t i, struct secrets *ret, uint8_t ret_random[RANDOM_LEN])
{
	return i < teller_limits(s->teller)->trial_keys && trials_take(s->trials, &f->client, share, 1) &&
	       keylog_near(s->keys, place, i, ret, ret_random);
}

void shared_found(struct shared *s, const struct decrypt_flow *f, const uint8_t random[RANDOM_LEN],
		  struct secrets *ret)
{
	uint64_t place;
	if (keylog_find(s->keys, random, ret, &place))
		trials_found(s->trials, &f->client, place);
}
