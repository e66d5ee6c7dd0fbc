#include "capture/merge.h"

#include <assert.h>
#include <stdlib.h>

bool merge_init(struct merge *m, size_t n_inputs)
{
	*m = (struct merge){ .size = n_inputs };
	m->entries = calloc(n_inputs, sizeof(*m->entries));
	return m->entries != NULL;
}

void merge_fini(struct merge *m)
{
	free(m->entries);
	m->entries = NULL;
	m->n = 0;
}

static bool is_before(const struct merge_entry *a, const struct merge_entry *b)
{
	return a->ts_ns != b->ts_ns ? a->ts_ns < b->ts_ns : a->input < b->input;
}

static void swap(struct merge_entry *a, struct merge_entry *b)
{
	struct merge_entry t = *a;
	*a = *b;
	*b = t;
}

void merge_add(struct merge *m, uint16_t input, int64_t ts_ns)
{
	assert(m->n < m->size);
	size_t i = m->n++;
	m->entries[i] = (struct merge_entry){ ts_ns, input };
	for (; i > 0 && is_before(&m->entries[i], &m->entries[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&m->entries[i], &m->entries[(i - 1) / 2]);
}

/* The first entry has changed: it goes down to where it belongs. */
static void sink(struct merge *m)
{
	for (size_t i = 0, child; (child = 2 * i + 1) < m->n; i = child) {
		if (child + 1 < m->n && is_before(&m->entries[child + 1], &m->entries[child]))
			child++;
		if (!is_before(&m->entries[child], &m->entries[i]))
			return;
		swap(&m->entries[child], &m->entries[i]);
	}
}

void merge_move(struct merge *m, int64_t ts_ns)
{
	assert(m->n > 0);
	m->entries[0].ts_ns = ts_ns;
	sink(m);
}

void merge_end(struct merge *m)
{
	assert(m->n > 0);
	m->entries[0] = m->entries[--m->n];
	sink(m);
}
