#include "run/rounds.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct rounds {
	pthread_mutex_t lock;
	pthread_cond_t sent, left;
	struct round *all;
	size_t n;
	uint64_t n_sent;
	bool is_closed, is_reader_waiting;
	uint32_t n_shards;
	struct progress {
		uint64_t left; /* rounds done with */
		bool is_inside;
	} * shards;
};

struct rounds *rounds_new(size_t n_rounds, uint32_t n_shards, size_t bytes)
{
	struct rounds *r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->sent, NULL);
	pthread_cond_init(&r->left, NULL);
	r->n = n_rounds;
	r->n_shards = n_shards;
	r->all = aligned_alloc(alignof(struct round), n_rounds * sizeof(*r->all));
	r->shards = calloc(n_shards, sizeof(*r->shards));
	bool ok = r->all && r->shards;
	if (r->all)
		memset(r->all, 0, n_rounds * sizeof(*r->all));
	for (size_t i = 0; ok && i < n_rounds; i++)
		ok = (r->all[i].bytes = malloc(bytes)) != NULL;
	if (!ok) {
		rounds_free(r);
		return NULL;
	}
	return r;
}

void rounds_free(struct rounds *r)
{
	if (!r)
		return;
	for (size_t i = 0; r->all && i < r->n; i++)
		free(r->all[i].bytes);
	free(r->all);
	free(r->shards);
	pthread_cond_destroy(&r->sent);
	pthread_cond_destroy(&r->left);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

/* Rounds that the shard which is furthest behind has still to leave. */
static uint64_t n_waiting(const struct rounds *r)
{
	uint64_t most = 0;
	for (uint32_t i = 0; i < r->n_shards; i++)
		if (r->n_sent - r->shards[i].left > most)
			most = r->n_sent - r->shards[i].left;
	return most;
}

static bool is_full(const struct rounds *r)
{
	return n_waiting(r) >= r->n;
}

struct round *rounds_begin(struct rounds *r, bool may_wait)
{
	pthread_mutex_lock(&r->lock);
	while (may_wait && is_full(r)) {
		r->is_reader_waiting = true;
		pthread_cond_wait(&r->left, &r->lock);
	}
	r->is_reader_waiting = false;
	struct round *round = is_full(r) ? NULL : &r->all[r->n_sent % r->n];
	pthread_mutex_unlock(&r->lock);
	if (round) {
		round->n = round->n_bytes = 0;
		round->has_tick = round->is_set_back = false;
	}
	return round;
}

void rounds_send(struct rounds *r, bool may_wait)
{
	pthread_mutex_lock(&r->lock);
	assert(!is_full(r));
	r->n_sent++;
	if (!may_wait || n_waiting(r) >= (r->n + 1) / 2)
		pthread_cond_broadcast(&r->sent);
	pthread_mutex_unlock(&r->lock);
}

void rounds_close(struct rounds *r)
{
	pthread_mutex_lock(&r->lock);
	r->is_closed = true;
	pthread_cond_broadcast(&r->sent);
	pthread_mutex_unlock(&r->lock);
}

void rounds_drain(struct rounds *r)
{
	pthread_mutex_lock(&r->lock);
	pthread_cond_broadcast(&r->sent);
	while (n_waiting(r) > 0) {
		r->is_reader_waiting = true;
		pthread_cond_wait(&r->left, &r->lock);
	}
	r->is_reader_waiting = false;
	pthread_mutex_unlock(&r->lock);
}

const struct round *rounds_next(struct rounds *r, uint32_t shard)
{
	struct progress *p = &r->shards[shard];
	const struct round *round = NULL;
	pthread_mutex_lock(&r->lock);
	if (p->is_inside) {
		p->left++;
		p->is_inside = false;
		/* A reader that waited goes on when there is room for several: threads change less often. */
		if (r->is_reader_waiting && n_waiting(r) <= r->n / 2)
			pthread_cond_signal(&r->left);
	}
	while (p->left == r->n_sent && !r->is_closed)
		pthread_cond_wait(&r->sent, &r->lock);
	if (p->left < r->n_sent) {
		round = &r->all[p->left % r->n];
		p->is_inside = true;
	}
	pthread_mutex_unlock(&r->lock);
	return round;
}

size_t rounds_depth(struct rounds *r)
{
	pthread_mutex_lock(&r->lock);
	size_t n = n_waiting(r);
	pthread_mutex_unlock(&r->lock);
	return n;
}
