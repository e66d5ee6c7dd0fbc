/* Live: which visits were told, and as what, so that one is told again only when there is something new. */
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "track/visit_tell.h"

enum { HOST_WORDS = 8 };

#define VISIT_SURE 0.9F

static uint32_t doublings(uint64_t n)
{
	return n ? 64 - (uint32_t)__builtin_clzll(n) : 0;
}

/* What is worth telling again when it changes: pages and hosts, whether it is sure by now, and, ever less
 * often, that it goes on and what was asked. */
static uint64_t mark_of(const struct visit_result *r, struct hash_key key)
{
	/* A bit for each host: of more than hundreds, one more may go unnoticed for a while. */
	uint64_t words[HOST_WORDS + 5] = { 0 };

	for (uint32_t i = 0; i < r->n_parts; i++) {
		uint64_t h = hash_bytes(key, r->parts[i].host.text, r->parts[i].host.len);

		words[h % HOST_WORDS] |= UINT64_C(1) << (h / HOST_WORDS % 64);
	}
	words[HOST_WORDS] = r->n_pages + r->n_pages_left_out;
	words[HOST_WORDS + 1] = r->conf >= VISIT_SURE;
	words[HOST_WORDS + 2] = doublings((uint64_t)((r->end_ns - r->start_ns) / NS_PER_S));
	words[HOST_WORDS + 3] = doublings(r->n_requests);
	words[HOST_WORDS + 4] = r->part_of;
	return hash_words(key, words, HOST_WORDS + 5);
}

/* Kept by id: what is new nearly always comes last. */
static struct vtold *told_of(struct client *c, uint64_t id)
{
	uint32_t low = 0, high = c->n_told;
	struct vtold *more;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (c->told[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < c->n_told && c->told[low].id == id)
		return &c->told[low];
	more = grown(c->told, c->n_told, &c->cap_told, sizeof(*more));
	if (!more)
		return NULL;
	c->told = more;
	memmove(&c->told[low + 1], &c->told[low], (c->n_told - low) * sizeof(*c->told));
	c->told[low] = (struct vtold){ .id = id };
	c->n_told++;
	return &c->told[low];
}

bool told_is_news(struct client *c, const struct visit_result *r, struct hash_key key)
{
	struct vtold *told = told_of(c, r->id);
	uint64_t mark;

	if (!told)
		return true;
	told->is_there = true;
	if (told->is_closed)
		return false;
	mark = mark_of(r, key);
	if (r->is_open && told->mark == mark)
		return false;
	told->mark = mark;
	told->is_closed = !r->is_open;
	return true;
}

void told_forget(struct client *c)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->n_told; i++)
		if (c->told[i].is_there) {
			c->told[n] = c->told[i];
			c->told[n++].is_there = false;
		}
	c->n_told = n;
}
