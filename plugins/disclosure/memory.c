#include "memory.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "values.h"

enum {
	CLIENTS = 2048,
	BUCKETS = 4096, /* a power of two */
	VALUES = 128,   /* of a client */
	VALUE_MIN = 9,
	VALUE_MAX = 96,
	NOBODY = CLIENTS,
};

struct slot {
	uint32_t hash;
	uint32_t used; /* when it was noted */
	char value[VALUE_MAX];
	char cookie[48];
	char site[64];
};

struct client {
	uint64_t key;
	uint16_t next, newer, older; /* next: in its bucket */
	uint16_t n, capacity;
	uint32_t now;
	struct slot *slots;
};

struct memory {
	uint16_t buckets[BUCKETS], n, newest, oldest;
	struct client clients[CLIENTS];
};

struct memory *memory_new(void)
{
	struct memory *m = calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	m->newest = m->oldest = NOBODY;
	for (size_t i = 0; i < BUCKETS; i++)
		m->buckets[i] = NOBODY;
	return m;
}

void memory_free(struct memory *m)
{
	for (size_t i = 0; m && i < m->n; i++)
		free(m->clients[i].slots);
	free(m);
}

static size_t bucket_of(uint64_t key)
{
	return (key ^ key >> 32) & (BUCKETS - 1);
}

static uint16_t find_client(const struct memory *m, uint64_t key)
{
	uint16_t i = m->buckets[bucket_of(key)];
	while (i != NOBODY && m->clients[i].key != key)
		i = m->clients[i].next;
	return i;
}

static void take_out(struct memory *m, uint16_t i)
{
	struct client *c = &m->clients[i];
	*(c->newer == NOBODY ? &m->newest : &m->clients[c->newer].older) = c->older;
	*(c->older == NOBODY ? &m->oldest : &m->clients[c->older].newer) = c->newer;
}

static void put_newest(struct memory *m, uint16_t i)
{
	struct client *c = &m->clients[i];
	c->newer = NOBODY;
	c->older = m->newest;
	*(m->newest == NOBODY ? &m->oldest : &m->clients[m->newest].newer) = i;
	m->newest = i;
}

/* The place of the client who was silent longest. */
static uint16_t evict(struct memory *m)
{
	uint16_t i = m->oldest, *at = &m->buckets[bucket_of(m->clients[i].key)];
	take_out(m, i);
	while (*at != i)
		at = &m->clients[*at].next;
	*at = m->clients[i].next;
	free(m->clients[i].slots);
	return i;
}

static struct client *touch_client(struct memory *m, uint64_t key)
{
	uint16_t i = find_client(m, key);
	if (i != NOBODY) {
		take_out(m, i);
	} else {
		uint16_t *bucket = &m->buckets[bucket_of(key)];
		i = m->n < CLIENTS ? m->n++ : evict(m);
		m->clients[i] = (struct client){ .key = key, .next = *bucket };
		*bucket = i;
	}
	put_newest(m, i);
	return &m->clients[i];
}

static uint32_t hash_of(const char *value)
{
	uint64_t h = 14695981039346656037ULL;
	for (; *value; value++)
		h = (h ^ (uint8_t)*value) * 1099511628211ULL;
	return (uint32_t)(h >> 32);
}

/* Long enough, with at least four digits: words and flags are no identifiers. */
static bool is_identifier(const char *value)
{
	size_t len = strlen(value), digits = 0;
	if (len < VALUE_MIN || len >= VALUE_MAX)
		return false;
	for (const char *s = value; *s; s++) {
		if (!isalnum((unsigned char)*s) && !strchr("-_.~", *s))
			return false;
		digits += isdigit((unsigned char)*s) != 0;
	}
	return digits >= 4;
}

/* What trackers send of a cookie "GA1.1.123.456" is "123.456". */
static const char *core_of(const char *value)
{
	if (strncmp(value, "GA1.", 4) == 0) {
		const char *s = strchr(value + 4, '.');
		return s ? s + 1 : value;
	}
	return value;
}

static bool is_slot(const struct slot *s, uint32_t hash, const char *value)
{
	return s->hash == hash && strcmp(s->value, value) == 0;
}

/* Where a value goes: to its own place, a free one, or that of the oldest. NULL if out of memory. */
static struct slot *place_of(struct client *c, uint32_t hash, const char *site, const char *value)
{
	struct slot *oldest = c->slots;
	for (size_t i = 0; i < c->n; i++) {
		if (is_slot(&c->slots[i], hash, value) && strcmp(c->slots[i].site, site) == 0)
			return &c->slots[i];
		oldest = c->slots[i].used < oldest->used ? &c->slots[i] : oldest;
	}
	if (c->n == VALUES)
		return oldest;
	if (c->n == c->capacity) {
		uint16_t capacity = c->capacity ? (uint16_t)(c->capacity * 2) : 8;
		struct slot *more = realloc(c->slots, capacity * sizeof(*more));
		if (!more)
			return NULL;
		c->slots = more;
		c->capacity = capacity;
	}
	return &c->slots[c->n++];
}

void memory_note(struct memory *m, uint64_t client, const char *site, const char *cookie, const char *value)
{
	value = core_of(value);
	if (!is_identifier(value) || strlen(site) >= sizeof(((struct slot *)0)->site))
		return;
	struct client *c = touch_client(m, client);
	uint32_t hash = hash_of(value);
	struct slot *to = place_of(c, hash, site, value);
	if (!to)
		return;
	to->used = ++c->now;
	to->hash = hash;
	snprintf(to->value, sizeof(to->value), "%s", value);
	snprintf(to->cookie, sizeof(to->cookie), "%s", cookie);
	snprintf(to->site, sizeof(to->site), "%s", site);
}

bool memory_find(const struct memory *m, uint64_t client, const char *page_host, const char *value,
		 struct remembered *ret)
{
	uint16_t at = find_client(m, client);
	value = core_of(value);
	if (at == NOBODY || !is_identifier(value))
		return false;
	const struct client *c = &m->clients[at];
	uint32_t hash = hash_of(value);
	for (size_t i = 0; i < c->n; i++) {
		const struct slot *s = &c->slots[i];
		if (is_slot(s, hash, value) && host_is_below(page_host, strlen(page_host), s->site)) {
			*ret = (struct remembered){ s->site, s->cookie };
			return true;
		}
	}
	return false;
}
