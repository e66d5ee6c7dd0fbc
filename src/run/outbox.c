#include "run/outbox.h"

#include <stdlib.h>

#include "base/log.h"

void outbox_add(struct outbox *o, struct record *r)
{
	r->next = o->first;
	o->first = r;
	o->n++;
}

void outbox_move(struct outbox *to, struct outbox *from)
{
	while (from->first) {
		struct record *r = from->first;
		from->first = r->next;
		outbox_add(to, r);
	}
	from->n = 0;
}

void outbox_drop(struct outbox *o)
{
	while (o->first) {
		struct record *r = o->first;
		o->first = r->next;
		record_free(r);
	}
	o->n = 0;
}

static int compare(const void *a, const void *b)
{
	const struct record *x = *(const struct record *const *)a, *y = *(const struct record *const *)b;
	return record_before(x, y) ? -1 : record_before(y, x);
}

void outbox_write(struct outbox *o, void (*write)(void *ctx, const struct record *r), void *ctx)
{
	if (o->n == 0)
		return;
	struct record **all = malloc(o->n * sizeof(struct record *));
	if (!all) {
		log_error("out of memory");
		abort();
	}
	size_t n = 0;
	for (struct record *r = o->first; r; r = r->next)
		all[n++] = r;
	qsort(all, n, sizeof(struct record *), compare);
	for (size_t i = 0; i < n; i++) {
		write(ctx, all[i]);
		record_free(all[i]);
	}
	free(all);
	*o = (struct outbox){ 0 };
}
