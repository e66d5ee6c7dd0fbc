#include "capture/window.h"

#include <stdlib.h>
#include <string.h>

bool window_init(struct window *w, struct inflate *in, size_t block)
{
	/* Half a block more than a block, so that the rest of the last packet fits in front of a whole one.
	 */
	*w = (struct window){ .in = in, .block = block, .size = block + block / 2 };
	w->buf = malloc(w->size);
	return w->buf != NULL;
}

void window_fini(struct window *w)
{
	free(w->buf);
	w->buf = NULL;
}

/* Room for n bytes from the current position and for a whole block behind what is there, if possible. */
static bool make_room(struct window *w, size_t n)
{
	size_t have = w->end - w->at;
	if (w->at > 0) {
		memmove(w->buf, w->buf + w->at, have);
		w->at = 0;
		w->end = have;
	}
	if (n <= w->size)
		return true;
	uint8_t *larger = realloc(w->buf, n);
	if (!larger)
		return false;
	w->buf = larger;
	w->size = n;
	return true;
}

static bool read_block(struct window *w)
{
	size_t room = w->size - w->end;
	size_t got = inflate_read(w->in, w->buf + w->end, room < w->block ? room : w->block);
	w->is_end = got == 0;
	w->end += got;
	return got > 0;
}

bool window_fill(struct window *w, size_t n)
{
	while (w->skip > 0 && !w->is_end) {
		w->at = w->end = 0;
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
