#include "run/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "capture/digest.h"
#include "run/queue.h"

enum { WAITING_MAX = 64, BLOCK = 1 << 16 };

struct seal {
	char *name; /* without folders */
	char sha256[DIGEST_TEXT_MAX];
	uint64_t bytes;
};

struct seals {
	struct queue *paths; /* of files that wait */
	pthread_t thread;
	bool has_thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t done;
	struct seal ring[SEALS_MAX];
	uint64_t n_sealed, n_waiting, n_refused;
	uint8_t block[BLOCK]; /* of the thread */
};

struct seals *seals_new(void)
{
	struct seals *s = calloc(1, sizeof(*s));
	if (!s || !(s->paths = queue_new(WAITING_MAX))) {
		free(s);
		return NULL;
	}
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->done, NULL);
	return s;
}

/* returns: false with errno if it cannot be read. */
static bool digest_file(struct seals *s, const char *path, struct seal *ret_seal)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct digest *d = fd < 0 ? NULL : digest_new();
	ssize_t n = -1;
	while (d && (n = read(fd, s->block, BLOCK)) > 0) {
		digest_add(d, s->block, (size_t)n);
		ret_seal->bytes += (uint64_t)n;
	}
	int why = errno;
	if (d && n == 0)
		digest_text(d, ret_seal->sha256);
	digest_free(d);
	if (fd >= 0)
		close(fd);
	errno = why;
	return n == 0;
}

static void seal(struct seals *s, char *path)
{
	struct seal made = { 0 };
	const char *slash = strrchr(path, '/');
	bool ok = digest_file(s, path, &made);
	if (ok)
		log_info("'%s' is put aside: %" PRIu64 " bytes, sha256 %s", path, made.bytes, made.sha256);
	else
		log_warning("'%s' is put aside, but cannot be read: %s", path, strerror(errno));
	made.name = ok ? strdup(slash ? slash + 1 : path) : NULL;
	free(path);
	pthread_mutex_lock(&s->lock);
	if (made.name) {
		struct seal *to = &s->ring[s->n_sealed++ % SEALS_MAX];
		free(to->name);
		*to = made;
	} else {
		s->n_refused++;
	}
	s->n_waiting--;
	pthread_cond_signal(&s->done);
	pthread_mutex_unlock(&s->lock);
}

static void *work(void *arg)
{
	struct seals *s = arg;
	for (char *path; (path = queue_get(s->paths));)
		seal(s, path);
	return NULL;
}

void seals_add(struct seals *s, const char *path)
{
	if (!s->has_thread)
		s->has_thread = pthread_create(&s->thread, NULL, work, s) == 0;
	char *copy = s->has_thread ? strdup(path) : NULL;
	pthread_mutex_lock(&s->lock);
	bool has_room = copy && s->n_waiting < WAITING_MAX;
	s->n_waiting += has_room;
	s->n_refused += !has_room;
	pthread_mutex_unlock(&s->lock);
	if (has_room)
		queue_put(s->paths, copy); /* which never waits: its room is that of n_waiting */
	else
		free(copy);
}

size_t seals_take(struct seals *s, struct arena *a, struct ol_output **ret_outputs, uint64_t *ret_left_out)
{
	pthread_mutex_lock(&s->lock);
	while (s->n_waiting > 0)
		pthread_cond_wait(&s->done, &s->lock);
	size_t n = s->n_sealed < SEALS_MAX ? (size_t)s->n_sealed : SEALS_MAX;
	struct ol_output *all = arena_array(a, n, sizeof(*all));
	for (size_t i = 0; i < n; i++) {
		const struct seal *from = &s->ring[(s->n_sealed - n + i) % SEALS_MAX];
		all[i] = (struct ol_output){
			.name = arena_string(a, from->name, strlen(from->name)),
			.sha256 = arena_string(a, from->sha256, strlen(from->sha256)),
			.bytes = from->bytes,
		};
	}
	*ret_outputs = all;
	*ret_left_out = s->n_sealed - n + s->n_refused;
	s->n_sealed = s->n_refused = 0;
	pthread_mutex_unlock(&s->lock);
	return n;
}

void seals_free(struct seals *s)
{
	if (!s)
		return;
	queue_close(s->paths);
	if (s->has_thread)
		pthread_join(s->thread, NULL);
	for (size_t i = 0; i < SEALS_MAX; i++)
		free(s->ring[i].name);
	queue_free(s->paths);
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->done);
	free(s);
}
