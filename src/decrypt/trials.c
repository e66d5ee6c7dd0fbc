#include "decrypt/trials.h"

#include <openssl/rand.h>
#include <stdlib.h>

#include "base/lru.h"
#include "decrypt/secrets.h"

enum {
	CLIENTS_MAX = 16384,   /* that have connections in the log */
	SHARES = 1 << 18,      /* of a flow: this divided by its ordinal, */
	SHARE_MAX = 8192,      /* at most this, */
	SHARE_MIN = 16,        /* and nothing if that is less */
	OF_CLIENT_MAX = 16384, /* that one flow takes of what its client has */
	MATCHED_EARNS = 2048,
	FOUND_EARNS = 8192,
	EARNED_MAX = 1 << 20,
};

struct client {
	uint64_t place;
	uint32_t units;
};

struct trials {
	struct hash_key key;
	struct lru *clients; /* struct addr: struct client; from the first match on */
};

struct trials *trials_new(void)
{
	struct trials *t = calloc(1, sizeof(*t));
	if (t && RAND_bytes((uint8_t *)&t->key, sizeof(t->key)) == 1)
		return t;
	free(t);
	return NULL;
}

void trials_free(struct trials *t)
{
	if (!t)
		return;
	lru_free(t->clients);
	free(t);
}

struct trial_share trials_share(const struct decrypt_flow *f)
{
	uint64_t own = f->id ? SHARES / f->id : SHARE_MAX;
	return (struct trial_share){
		.own = own < SHARE_MIN   ? 0
		       : own < SHARE_MAX ? (uint32_t)own
					 : SHARE_MAX,
		.of_client = OF_CLIENT_MAX,
	};
}

static void earn(struct trials *t, const struct addr *client, uint64_t place, uint32_t units)
{
	bool is_new;
	if (!t->clients)
		t->clients = lru_new(&(struct lru_spec){ .capacity = CLIENTS_MAX,
							 .key_size = sizeof(struct addr),
							 .value_size = sizeof(struct client),
							 .hash_key = t->key });
	if (!t->clients)
		return;
	struct client *c = lru_touch(t->clients, client, 0, &is_new);
	c->place = place;
	c->units = c->units + units < EARNED_MAX ? c->units + units : EARNED_MAX;
}

void trials_matched(struct trials *t, const struct addr *client, uint64_t place)
{
	earn(t, client, place, MATCHED_EARNS);
}

void trials_found(struct trials *t, const struct addr *client, uint64_t place)
{
	earn(t, client, place, FOUND_EARNS);
}

static struct client *find(const struct trials *t, const struct addr *client)
{
	return t->clients ? lru_find(t->clients, client) : NULL;
}

uint64_t trials_place(const struct trials *t, const struct addr *client)
{
	const struct client *c = find(t, client);
	return c ? c->place : KEYLOG_NOWHERE;
}

bool trials_take(struct trials *t, const struct addr *client, struct trial_share *s, uint32_t n)
{
	if (s->own >= n) {
		s->own -= n;
		return true;
	}
	struct client *c = s->of_client >= n ? find(t, client) : NULL;
	if (!c || c->units < n)
		return false;
	s->of_client -= n;
	c->units -= n;
	return true;
}

bool trials_left(const struct trials *t, const struct addr *client, const struct trial_share *s)
{
	const struct client *c = s->of_client ? find(t, client) : NULL;
	return s->own || (c && c->units);
}
