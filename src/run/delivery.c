#include "run/delivery.h"

#include <stdlib.h>

#include "base/log.h"

void delivery_init(struct delivery *d, struct plugins *plugins,
		   void (*on_record)(void *ctx, const struct ol_record *r), void *ctx)
{
	*d = (struct delivery){ .plugins = plugins, .on_record = on_record, .ctx = ctx };
	pthread_mutex_init(&d->lock, NULL);
	d->last_held = &d->first_held;
}

static void note_failure(struct delivery *d, const struct err *err)
{
	d->sink_error = *err;
	d->n_sink_failures++;
}

static void hand_round(struct delivery *d, const struct ol_record *r)
{
	struct err err;
	if (!plugins_record(d->plugins, r, &err))
		note_failure(d, &err);
	if (d->on_record)
		d->on_record(d->ctx, r);
}

void delivery_tell(struct delivery *d, const struct ol_record *r)
{
	pthread_mutex_lock(&d->lock);
	hand_round(d, r);
	pthread_mutex_unlock(&d->lock);
}

void delivery_flush(struct delivery *d)
{
	struct err err;
	pthread_mutex_lock(&d->lock);
	if (!plugins_flush(d->plugins, &err))
		note_failure(d, &err);
	pthread_mutex_unlock(&d->lock);
}

void delivery_between(struct delivery *d, void (*work)(void *ctx), void *ctx)
{
	pthread_mutex_lock(&d->lock);
	work(ctx);
	pthread_mutex_unlock(&d->lock);
}

/* With the lock. */
static void write_record(void *ctx, const struct record *r)
{
	struct delivery *d = ctx;
	d->n_visits += r->view.type == OL_VISIT && !r->visit.is_open;
	hand_round(d, &r->view);
}

static void lock_and_write(void *ctx, const struct record *r)
{
	struct delivery *d = ctx;
	pthread_mutex_lock(&d->lock);
	write_record(d, r);
	pthread_mutex_unlock(&d->lock);
}

/* With the lock. */
static void hold(struct delivery *d, struct outbox *o)
{
	struct held *h = calloc(1, sizeof(*h));
	if (!h) {
		log_error("out of memory");
		abort();
	}
	for (const struct record *r = o->first; r; r = r->next)
		d->held_bytes += r->json.len;
	outbox_move(&h->out, o);
	*d->last_held = h;
	d->last_held = &h->next;
}

void delivery_outbox(struct delivery *d, struct outbox *o)
{
	if (o->n == 0)
		return;
	pthread_mutex_lock(&d->lock);
	bool is_holding = d->is_holding;
	if (is_holding)
		hold(d, o);
	pthread_mutex_unlock(&d->lock);
	if (!is_holding)
		outbox_write(o, lock_and_write, d);
}

void delivery_hold(struct delivery *d)
{
	d->is_holding = true;
}

size_t delivery_held(struct delivery *d)
{
	pthread_mutex_lock(&d->lock);
	size_t n = d->held_bytes;
	pthread_mutex_unlock(&d->lock);
	return n;
}

static void take_held(struct delivery *d, void (*take)(struct delivery *d, struct outbox *o))
{
	for (struct held *h; (h = d->first_held);) {
		d->first_held = h->next;
		take(d, &h->out);
		free(h);
	}
	d->last_held = &d->first_held;
	d->held_bytes = 0;
}

static void write_held(struct delivery *d, struct outbox *o)
{
	outbox_write(o, write_record, d);
}

static void drop_held(struct delivery *d, struct outbox *o)
{
	(void)d;
	outbox_drop(o);
}

void delivery_release(struct delivery *d)
{
	pthread_mutex_lock(&d->lock);
	take_held(d, write_held);
	d->is_holding = false;
	pthread_mutex_unlock(&d->lock);
}

void delivery_counts(struct delivery *d, struct delivery_counts *ret_counts)
{
	pthread_mutex_lock(&d->lock);
	*ret_counts = (struct delivery_counts){
		.visits = d->n_visits,
		.sink_failures = d->n_sink_failures,
		.sink_error = d->sink_error,
	};
	pthread_mutex_unlock(&d->lock);
}

void delivery_fini(struct delivery *d)
{
	take_held(d, drop_held);
	pthread_mutex_destroy(&d->lock);
}
