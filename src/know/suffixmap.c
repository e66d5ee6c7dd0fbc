#include "know/suffixmap.h"

#include <stdlib.h>
#include <string.h>

struct suffixmap_slot {
	const char *text; /* NULL: free */
	uint32_t hash, len, number;
};

/* FNV-1a from the last byte to the first, so that the hash of a longer suffix goes on from that of a shorter
 * one. The table is made of lists, not of traffic: nobody on the wire fills it, so the hash needs no key.
 */
#define HASH_START 2166136261u

static uint32_t hash_on(uint32_t h, char c)
{
	return (h ^ (uint8_t)c) * 16777619u;
}

static uint32_t spread(uint32_t h)
{
	return h ^ h >> 15;
}

static struct suffixmap_slot *slot_of(const struct suffixmap *m, uint32_t hash, const char *text, size_t len)
{
	uint32_t i = spread(hash) & (m->n_slots - 1);

	while (m->slots[i].text && (m->slots[i].hash != hash || m->slots[i].len != len ||
				    memcmp(m->slots[i].text, text, len) != 0))
		i = (i + 1) & (m->n_slots - 1);
	return &m->slots[i];
}

static bool grow(struct suffixmap *m)
{
	struct suffixmap bigger = { .n_slots = m->n_slots ? m->n_slots * 2 : 256, .n = m->n };

	bigger.slots = calloc(bigger.n_slots, sizeof(*bigger.slots));
	if (!bigger.slots)
		return false;
	for (uint32_t i = 0; i < m->n_slots; i++) {
		const struct suffixmap_slot *s = &m->slots[i];

		if (s->text)
			*slot_of(&bigger, s->hash, s->text, s->len) = *s;
	}
	free(m->slots);
	*m = bigger;
	return true;
}

uint32_t suffixmap_put(struct suffixmap *m, const char *suffix, size_t len, uint32_t number)
{
	struct suffixmap_slot *s;
	uint32_t hash = HASH_START;

	if (m->n >= SUFFIXMAP_MAX || (m->n * 2 >= m->n_slots && !grow(m)))
		return SUFFIXMAP_NONE;
	for (size_t i = len; i-- > 0;)
		hash = hash_on(hash, suffix[i]);
	s = slot_of(m, hash, suffix, len);
	if (!s->text) {
		*s = (struct suffixmap_slot){ suffix, hash, (uint32_t)len, number };
		m->n++;
	}
	return s->number;
}

uint32_t suffixmap_find(const struct suffixmap *m, const char *host, size_t len)
{
	uint32_t hash = HASH_START, best = SUFFIXMAP_NONE;

	if (m->n == 0)
		return SUFFIXMAP_NONE;
	for (size_t i = len; i-- > 0;) {
		hash = hash_on(hash, host[i]);
		if (i == 0 || host[i - 1] == '.') {
			const struct suffixmap_slot *s = slot_of(m, hash, host + i, len - i);

			if (s->text)
				best = s->number;
		}
	}
	return best;
}

void suffixmap_fini(struct suffixmap *m)
{
	free(m->slots);
	*m = (struct suffixmap){ 0 };
}
