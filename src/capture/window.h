/* A file as a row of bytes that is looked at through a window: 1 MiB reads into one buffer that is used
 * again.
 *
 * memory: a view of the window is good until window_fill is called.
 */
#ifndef CAPTURE_WINDOW_H
#define CAPTURE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "capture/inflate.h"

#define WINDOW_BLOCK (1U << 20)

struct window {
	struct inflate *in; /* borrowed */
	uint8_t *buf;
	size_t size, at, end;
	size_t block;  /* bytes asked of one read */
	uint64_t skip; /* bytes still to pass over, beyond the buffer */
	bool is_end;   /* nothing more comes */
};

/* block: WINDOW_BLOCK, or less where many files are open at once. returns: false if out of memory. */
bool window_init(struct window *w, struct inflate *in, size_t block);
void window_fini(struct window *w);

static inline struct bytes window_view(const struct window *w)
{
	return (struct bytes){ w->buf + w->at, w->end - w->at };
}

/* Passes over n bytes, which may be more than there are now. */
static inline void window_pass(struct window *w, uint64_t n)
{
	size_t have = w->end - w->at;
	if (n > have) {
		w->skip += n - have;
		n = have;
	}
	w->at += (size_t)n;
}

/* Reads on until n bytes are in view. returns: false if the end, or a lack of memory, came before. */
bool window_fill(struct window *w, size_t n);

#endif
