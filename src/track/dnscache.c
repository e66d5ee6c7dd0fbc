#include "track/dnscache.h"

#include <stdlib.h>
#include <string.h>

#include "base/lru.h"
#include "base/time.h"
#include "know/companies.h"

#define GRACE_NS (600 * NS_PER_S) /* browsers and systems keep answers and connections beyond the TTL */
#define TTL_MAX_S 86400u
#define CHAIN_MAX 16u
#define TEXT_PER_ENTRY 64u
#define FOREIGN_CONF 0.7f

/* A text in the ring: where it was written, in bytes since the start. 0: none. */
struct candidate_name {
	uint64_t host_at, operator_at;
	int64_t ts_ns, until_ns;
	uint64_t frame;
};

struct entry {
	uint32_t n;
	uint32_t hashes[DNS_NAMES_MAX];             /* of the names' texts */
	struct candidate_name names[DNS_NAMES_MAX]; /* the newest first */
};

struct key {
	struct addr client, server; /* client all zero: any */
};

struct ech_key {
	struct addr client;
	uint64_t public_name; /* hash */
};

struct ech {
	int64_t until_ns;
};

struct dnscache {
	const struct knowledge *know;
	struct hash_key hash_key;
	struct lru *entries; /* struct key: struct entry */
	struct lru *ech;     /* struct ech_key: struct ech */
	struct lru *clients; /* struct addr: one byte */
	uint8_t *ring;
	uint64_t written; /* bytes since the start; position 0 is never used */
	size_t ring_size;
};

struct dnscache *dnscache_new(uint32_t max, struct hash_key key, const struct knowledge *know)
{
	struct dnscache *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->know = know;
	c->hash_key = key;
	c->written = 1;
	c->ring_size = (size_t)max * TEXT_PER_ENTRY + 2 * (HOSTNAME_MAX + 1);
	c->ring = calloc(1, c->ring_size);
	struct lru_spec entries = { .capacity = max,
				    .key_size = sizeof(struct key),
				    .value_size = sizeof(struct entry),
				    .hash_key = key };
	struct lru_spec ech = { .capacity = max / 16 + 1,
				.key_size = sizeof(struct ech_key),
				.value_size = sizeof(struct ech),
				.hash_key = key };
	struct lru_spec clients = {
		.capacity = max / 4 + 1, .key_size = sizeof(struct addr), .value_size = 1, .hash_key = key
	};
	c->entries = lru_new(&entries);
	c->ech = lru_new(&ech);
	c->clients = lru_new(&clients);
	if (!c->ring || !c->entries || !c->ech || !c->clients) {
		dnscache_free(c);
		return NULL;
	}
	return c;
}

void dnscache_free(struct dnscache *c)
{
	if (!c)
		return;
	lru_free(c->entries);
	lru_free(c->ech);
	lru_free(c->clients);
	free(c->ring);
	free(c);
}

uint64_t dnscache_evicted(const struct dnscache *c)
{
	return lru_evicted(c->entries);
}

uint64_t dnscache_evicted_ech(const struct dnscache *c)
{
	return lru_evicted(c->ech);
}

uint64_t dnscache_evicted_clients(const struct dnscache *c)
{
	return lru_evicted(c->clients);
}

static bool is_equal(const struct hostname *a, const struct hostname *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* ---- the ring of text ---- */

/* What lies between a place and the end of the ring, at most len. */
static size_t ring_run(const struct dnscache *c, uint64_t at, size_t len)
{
	size_t left = c->ring_size - at % c->ring_size;
	return len < left ? len : left;
}

static void ring_write(struct dnscache *c, const void *data, size_t len)
{
	size_t run = ring_run(c, c->written, len);
	memcpy(c->ring + c->written % c->ring_size, data, run);
	memcpy(c->ring, (const uint8_t *)data + run, len - run);
	c->written += len;
}

static void ring_read(const struct dnscache *c, uint64_t at, void *ret, size_t len)
{
	size_t run = ring_run(c, at, len);
	memcpy(ret, c->ring + at % c->ring_size, run);
	memcpy((uint8_t *)ret + run, c->ring, len - run);
}

static uint64_t remember(struct dnscache *c, const struct hostname *h)
{
	if (!h->len)
		return 0;
	uint64_t at = c->written;
	ring_write(c, &h->len, 1);
	ring_write(c, h->text, h->len);
	return at;
}

/* returns: false if there is none, or it was written over since. */
static bool recall(const struct dnscache *c, uint64_t at, struct hostname *ret)
{
	ret->len = 0;
	ret->text[0] = '\0';
	if (at == 0 || c->written - at > c->ring_size)
		return false;
	ret->len = c->ring[at % c->ring_size];
	ring_read(c, at + 1, ret->text, ret->len);
	ret->text[ret->len] = '\0';
	return true;
}

static uint32_t hash_name(const struct dnscache *c, const struct hostname *h)
{
	return (uint32_t)hash_bytes(c->hash_key, h->text, h->len);
}

/* Is the i-th name of an entry this one? hash: of h. */
static bool is_name(const struct dnscache *c, const struct entry *e, uint32_t i, const struct hostname *h,
		    uint32_t hash)
{
	struct hostname there;
	return e->hashes[i] == hash && recall(c, e->names[i].host_at, &there) && is_equal(&there, h);
}

/* ---- learning ---- */

static const struct company *listed(const struct dnscache *c, const struct hostname *h)
{
	return c->know && c->know->companies ? companies_of(c->know->companies, h) : NULL;
}

/* Follows the aliases from the question on. A link that a list names, while the name asked for is not listed,
 * is who really answers; shared infrastructure on the way says nothing of that kind.
 */
static uint64_t find_operator(struct dnscache *c, const struct dns_message *m)
{
	if (listed(c, &m->name))
		return 0;
	const struct hostname *at = &m->name;
	for (uint32_t step = 0; step < CHAIN_MAX; step++) {
		const struct dns_answer *link = NULL;
		for (uint32_t i = 0; i < m->n_answers && !link; i++)
			if (m->answers[i].type == DNS_CNAME && is_equal(&m->answers[i].owner, at))
				link = &m->answers[i];
		if (!link)
			return 0;
		at = &link->target;
		const struct company *who = listed(c, at);
		if (who && !(who->flags & COMPANY_INFRASTRUCTURE))
			return remember(c, at);
	}
	return 0;
}

static void add_candidate(struct dnscache *c, const struct key *key, const struct candidate_name *new,
			  const struct hostname *host, uint32_t hash)
{
	bool is_new;
	struct entry *e = lru_touch(c->entries, key, new->ts_ns, &is_new);
	uint32_t i = 0;
	while (i < e->n && !is_name(c, e, i, host, hash))
		i++;
	/* A second server's answer to the same question: a connection may have been opened on the first. */
	if (i < e->n && new->ts_ns - e->names[i].ts_ns < NS_PER_S) {
		e->names[i].until_ns = new->until_ns;
		return;
	}
	if (i == DNS_NAMES_MAX)
		i--;
	else if (i == e->n)
		e->n++;
	memmove(&e->names[1], &e->names[0], i * sizeof(e->names[0]));
	memmove(&e->hashes[1], &e->hashes[0], i * sizeof(e->hashes[0]));
	e->names[0] = *new;
	e->hashes[0] = hash;
}

static void learn_ech(struct dnscache *c, const struct addr *client, const struct dns_answer *a,
		      int64_t until_ns, int64_t ts_ns)
{
	const struct hostname *public_name = &a->ech_public_name;
	struct ech_key key = { .client = *client,
			       .public_name = hash_bytes(c->hash_key, public_name->text, public_name->len) };
	bool is_new;
	struct ech *e = lru_touch(c->ech, &key, ts_ns, &is_new);
	if (until_ns > e->until_ns)
		e->until_ns = until_ns;
}

static bool is_none(const struct addr *a)
{
	static const struct addr none;
	return addr_equal(a, &none);
}

static void prefetch(const struct dnscache *c, const struct key *key, bool is_second)
{
	if (is_second)
		lru_prefetch_entry(c->entries, key);
	else
		lru_prefetch(c->entries, key);
}

void dnscache_prefetch(const struct dnscache *c, const struct addr *client, const struct addr *server,
		       bool is_second)
{
	prefetch(c, &(struct key){ .client = *client, .server = *server }, is_second);
	prefetch(c, &(struct key){ .server = *server }, is_second);
}

static void prefetch_answers(const struct dnscache *c, const struct addr *client, const struct dns_message *m,
			     bool is_second)
{
	for (uint32_t i = 0; i < m->n_answers; i++)
		if (m->answers[i].type != DNS_CNAME)
			dnscache_prefetch(c, client, &m->answers[i].addr, is_second);
}

void dnscache_learn(struct dnscache *c, const struct addr *client, const struct dns_message *m, int64_t ts_ns,
		    uint64_t frame, enum dns_for who)
{
	static const struct addr anybody;
	bool is_new;
	struct candidate_name name = { .ts_ns = ts_ns, .frame = frame };

	if (!m->is_response || !m->name.len)
		return;
	prefetch_answers(c, client, m, false);
	if (who & DNS_FOR_CLIENT)
		lru_touch(c->clients, client, ts_ns, &is_new);
	uint32_t hash = hash_name(c, &m->name);
	prefetch_answers(c, client, m, true);
	for (uint32_t i = 0; i < m->n_answers; i++) {
		const struct dns_answer *a = &m->answers[i];
		uint32_t ttl_s = a->ttl_s < TTL_MAX_S ? a->ttl_s : TTL_MAX_S;
		name.until_ns = ts_ns + ttl_s * NS_PER_S + GRACE_NS;
		if (a->has_ech && a->ech_public_name.len && !is_equal(&a->ech_public_name, &m->name)) {
			if (who & DNS_FOR_OTHERS)
				learn_ech(c, &anybody, a, name.until_ns, ts_ns);
			if (who & DNS_FOR_CLIENT)
				learn_ech(c, client, a, name.until_ns, ts_ns);
		}
		if (a->type == DNS_CNAME || is_none(&a->addr))
			continue;
		if (!name.host_at) {
			name.host_at = remember(c, &m->name);
			name.operator_at = find_operator(c, m);
		}
		struct key key = { .server = a->addr };
		if (who & DNS_FOR_OTHERS)
			add_candidate(c, &key, &name, &m->name, hash);
		key.client = *client;
		if (who & DNS_FOR_CLIENT)
			add_candidate(c, &key, &name, &m->name, hash);
	}
}

/* ---- asking ---- */

static bool take(const struct dnscache *c, const struct candidate_name *from, struct dns_name *ret)
{
	if (!recall(c, from->host_at, &ret->host))
		return false;
	recall(c, from->operator_at, &ret->operator_host);
	ret->ts_ns = from->ts_ns;
	ret->frame = from->frame;
	return true;
}

/* The newer an answer, the likelier it is the cause. Newest first. */
static uint32_t names_in(const struct dnscache *c, const struct entry *e, int64_t now_ns, float most,
			 struct dns_name *ret_names)
{
	uint32_t n = 0;
	float all = 0;
	for (uint32_t i = 0; e && i < e->n; i++) {
		if (e->names[i].until_ns < now_ns || !take(c, &e->names[i], &ret_names[n]))
			continue;
		float age_s = (float)(now_ns - e->names[i].ts_ns) / (float)NS_PER_S;
		ret_names[n].conf = 1 / (1 + (age_s > 0 ? age_s : 0));
		all += ret_names[n++].conf;
	}
	for (uint32_t i = 0; i < n; i++)
		ret_names[i].conf *= most / all;
	return n;
}

uint32_t dnscache_names(struct dnscache *c, const struct addr *client, const struct addr *server,
			int64_t now_ns, struct dns_name ret_names[DNS_NAMES_MAX])
{
	struct key key = { .client = *client, .server = *server };
	uint32_t n = names_in(c, lru_find(c->entries, &key), now_ns, 0.95f, ret_names);
	if (n)
		return n;
	key.client = (struct addr){ { 0 } };
	return names_in(c, lru_find(c->entries, &key), now_ns, 0.95f * FOREIGN_CONF, ret_names);
}

bool dnscache_answer(struct dnscache *c, const struct addr *client, const struct addr *server,
		     const struct hostname *host, int64_t now_ns, struct dns_name *ret_name)
{
	struct key key = { .client = *client, .server = *server };
	const struct entry *e = lru_find(c->entries, &key);
	uint32_t hash = hash_name(c, host);
	for (int who = 0; who < 2; who++) {
		for (uint32_t i = 0; e && i < e->n; i++) {
			const struct candidate_name *name = &e->names[i];
			if (is_name(c, e, i, host, hash) && name->ts_ns <= now_ns && take(c, name, ret_name))
				return true;
		}
		key.client = (struct addr){ { 0 } };
		e = lru_find(c->entries, &key);
	}
	return false;
}

/* Was any answer to this client seen? */
static bool knows(const struct dnscache *c, const struct addr *client)
{
	return lru_find(c->clients, client) != NULL;
}

bool dnscache_has_ech(struct dnscache *c, const struct addr *client, const struct hostname *public_name,
		      int64_t now_ns)
{
	if (lru_count(c->ech) == 0)
		return false;
	struct ech_key key = { .public_name = hash_bytes(c->hash_key, public_name->text, public_name->len) };
	if (knows(c, client))
		key.client = *client;
	const struct ech *e = lru_find(c->ech, &key);
	return e && e->until_ns >= now_ns;
}
