/* A file as a row of bytes that is looked at through a window: 1 MiB reads into one buffer that is used
 * again; or, where views of it are lent to other threads, into a few in turn.
 *
 * memory: a view of the window is good until window_fill is called; one that was lent, through n_bufs - 1
 * further turns of window_fill and window_lend.
 */
#ifndef CAPTURE_WINDOW_H
#define CAPTURE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "capture/inflate.h"

#define WINDOW_BLOCK (1U << 20)

enum { WINDOW_BUFS_MAX = 16 };

struct window {
	struct inflate *in; /* borrowed */
	struct window_buf {
		uint8_t *at; /* NULL until it is needed */
		size_t size;
	} bufs[WINDOW_BUFS_MAX];
	unsigned n_bufs, current;
	bool is_lent; /* the current one */
	uint8_t *buf; /* the current one's */
	size_t at, end;
	size_t block;  /* bytes asked of one read */
	uint64_t skip; /* bytes still to pass over, beyond the buffer */
	bool is_end;   /* nothing more comes */
};

/* block: WINDOW_BLOCK, or less where many files are open at once. n_bufs: 1, or more if views are lent.
 * returns: false if out of memory. */
bool window_init(struct window *w, struct inflate *in, size_t block, unsigned n_bufs);
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

/* What is in view now must outlive the next fill. */
static inline void window_lend(struct window *w)
{
	w->is_lent = w->n_bufs > 1;
}

/* Reads on until n bytes are in view. returns: false if the end, or a lack of memory, came before. */
bool window_fill(struct window *w, size_t n);

#endif
