#include "track/ech.h"

#include <stdlib.h>
#include <string.h>

#include "base/lru.h"

enum {
	SAME_MIN = 3, /* hellos with one key's number that GREASE would hardly send */
	TYPE_OUTER = 0,
};

struct ech_key {
	struct addr client;
	uint64_t outer; /* hash */
};

struct ech_numbers {
	uint32_t n_same;
	uint8_t number;
	bool is_mixed;
};

struct ech_seen {
	struct hash_key key;
	struct lru *numbers; /* struct ech_key: struct ech_numbers */
};

/* Names that providers publish for all their customers' keys and that nobody visits: known from the first
 * hello on. */
static const char *const public_names[] = { "cloudflare-ech.com" };

struct ech_seen *ech_seen_new(uint32_t max, struct hash_key key)
{
	struct ech_seen *e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	e->key = key;
	e->numbers = lru_new(&(struct lru_spec){ .capacity = max,
						 .key_size = sizeof(struct ech_key),
						 .value_size = sizeof(struct ech_numbers),
						 .hash_key = key });
	if (!e->numbers) {
		free(e);
		return NULL;
	}
	return e;
}

void ech_seen_free(struct ech_seen *e)
{
	if (!e)
		return;
	lru_free(e->numbers);
	free(e);
}

uint64_t ech_seen_evicted(const struct ech_seen *e)
{
	return lru_evicted(e->numbers);
}

static bool is_public_name(const struct hostname *outer)
{
	for (size_t i = 0; i < sizeof(public_names) / sizeof(public_names[0]); i++)
		if (strcmp(outer->text, public_names[i]) == 0)
			return true;
	return false;
}

/* The number of the key: type, KDF, AEAD, number. returns: false if the body is none of an outer hello. */
static bool key_number(struct bytes body, uint8_t *ret_number)
{
	struct reader r = reader_of(body);
	uint32_t type = reader_uint(&r, 1);
	reader_uint(&r, 4);
	uint32_t number = reader_uint(&r, 1);
	if (r.bad || type != TYPE_OUTER)
		return false;
	*ret_number = (uint8_t)number;
	return true;
}

bool ech_is_real(struct ech_seen *e, const struct addr *client, const struct hostname *outer,
		 struct bytes body, int64_t ts_ns)
{
	uint8_t number;
	bool is_new;
	if (!outer->len || !key_number(body, &number))
		return false;
	if (is_public_name(outer))
		return true;
	struct ech_key key = { *client, hash_bytes(e->key, outer->text, outer->len) };
	struct ech_numbers *n = lru_touch(e->numbers, &key, ts_ns, &is_new);
	if (is_new)
		n->number = number;
	n->is_mixed |= n->number != number;
	n->n_same++;
	return !n->is_mixed && n->n_same >= SAME_MIN;
}
