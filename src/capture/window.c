#include "capture/window.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A buffer with room for n bytes. Half a block more than a block, so that the rest of the last packet fits in
 * front of a whole one. */
static bool grow(struct window *w, struct window_buf *b, size_t n)
{
	if (n < w->block + w->block / 2)
		n = w->block + w->block / 2;
	if (n <= b->size)
		return true;
	uint8_t *larger = realloc(b->at, n);
	if (!larger)
		return false;
	*b = (struct window_buf){ larger, n };
	return true;
}

/* Moves what is in view to the begin of a buffer that nobody has borrowed, with room for n bytes from there
 * and for a whole block behind what is there, if possible. */
static bool make_room(struct window *w, size_t n)
{
	size_t have = w->end - w->at;
	unsigned next = w->is_lent ? (w->current + 1) % w->n_bufs : w->current;
	struct window_buf *b = &w->bufs[next];
	if (!grow(w, b, n > have ? n : have))
		return false;
	if (next == w->current)
		w->buf = b->at;
	if (have > 0)
		memmove(b->at, w->buf + w->at, have);
	w->current = next;
	w->is_lent = false;
	w->buf = b->at;
	w->at = 0;
	w->end = have;
	return true;
}

bool window_init(struct window *w, struct inflate *in, size_t block, unsigned n_bufs)
{
	assert(n_bufs >= 1 && n_bufs <= WINDOW_BUFS_MAX);
	*w = (struct window){ .in = in, .block = block, .n_bufs = n_bufs };
	return make_room(w, 0);
}

void window_fini(struct window *w)
{
	for (unsigned i = 0; i < w->n_bufs; i++)
		free(w->bufs[i].at);
	*w = (struct window){ 0 };
}

static bool read_block(struct window *w)
{
	size_t room = w->bufs[w->current].size - w->end;
	size_t got = inflate_read(w->in, w->buf + w->end, room < w->block ? room : w->block);
	w->is_end = got == 0;
	w->end += got;
	return got > 0;
}

bool window_fill(struct window *w, size_t n)
{
	while (w->skip > 0 && !w->is_end) {
		w->at = w->end; /* nothing of it is wanted */
		if (!make_room(w, 0))
			return false;
		read_block(w);
		uint64_t skip = w->skip;
		w->skip = 0;
		window_pass(w, skip);
	}
	if (w->end - w->at >= n)
		return true;
	if (w->is_end || !make_room(w, n))
		return false;
	while (w->end - w->at < n)
		if (!read_block(w))
			return false;
	return true;
}
