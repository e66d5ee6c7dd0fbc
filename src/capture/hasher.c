#include "capture/hasher.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { BLOCK = 256 << 10 /* is still in the cache when it is hashed */ };

struct hasher {
	struct hasher_file *files;
	size_t n;
	pthread_t thread;
	uint8_t *buf;
	_Atomic uint64_t bytes;
	atomic_bool is_stopped, is_done;
	int done; /* an eventfd that is then readable */
};

/* What cannot be read ends it, as for who reads packets. */
static void hash_file(struct hasher *h, struct hasher_file *f)
{
	struct digest *digest = digest_new();
	uint64_t at = 0;
	while (digest && at < f->size && !h->is_stopped) {
		size_t wanted = f->size - at < BLOCK ? (size_t)(f->size - at) : BLOCK;
		ssize_t got = pread(f->fd, h->buf, wanted, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		digest_add(digest, h->buf, (size_t)got);
		at += (uint64_t)got;
		h->bytes += (uint64_t)got;
	}
	if (digest && !h->is_stopped)
		digest_text(digest, f->text);
	digest_free(digest);
}

static void *hash_all(void *arg)
{
	struct hasher *h = arg;
	for (size_t i = 0; i < h->n; i++)
		hash_file(h, &h->files[i]);
	h->is_done = true;
	eventfd_write(h->done, 1);
	return NULL;
}

struct hasher *hasher_new(struct hasher_file *files, size_t n)
{
	struct hasher *h = calloc(1, sizeof(*h));
	if (!h)
		return NULL;
	h->files = files;
	h->n = n;
	h->buf = malloc(BLOCK);
	h->done = eventfd(0, EFD_CLOEXEC);
	if (!h->buf || h->done < 0 || pthread_create(&h->thread, NULL, hash_all, h) != 0) {
		if (h->done >= 0)
			close(h->done);
		free(h->buf);
		free(h);
		return NULL;
	}
	return h;
}

void hasher_free(struct hasher *h)
{
	if (!h)
		return;
	h->is_stopped = true;
	pthread_join(h->thread, NULL);
	close(h->done);
	free(h->buf);
	free(h);
}

uint64_t hasher_bytes(struct hasher *h)
{
	return h->bytes;
}

bool hasher_wait(struct hasher *h, unsigned ms)
{
	struct pollfd done = { .fd = h->done, .events = POLLIN };
	if (!h->is_done)
		poll(&done, 1, (int)ms);
	return h->is_done;
}
