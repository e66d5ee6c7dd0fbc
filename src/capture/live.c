#include "capture/live.h"

#include <poll.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/time.h"
#include "capture/live_interface.h"

#define LOOK_EVERY_NS (500 * NS_PER_MS) /* at interfaces that may be down */

#define REST_MS 50

struct live {
	struct live_interface *interfaces;
	struct pollfd *polled;
	size_t n, turn;
	uint64_t ordinal;
	int64_t looked_ns;
	uint8_t *frames; /* of the packets given: the ring's own memory may be written again at any time */
};

struct live *live_open(const struct live_spec *spec, struct err *err)
{
	struct live *l = calloc(1, sizeof(*l));
	if (l) {
		l->interfaces = calloc(spec->n_interfaces, sizeof(*l->interfaces));
		l->polled = calloc(spec->n_interfaces, sizeof(*l->polled));
		l->frames = malloc(LIVE_FRAMES);
	}
	if (!l || !l->interfaces || !l->polled || !l->frames) {
		err_set(err, "out of memory");
		live_close(l);
		return NULL;
	}
	for (; l->n < spec->n_interfaces; l->n++) {
		struct live_interface *in = &l->interfaces[l->n];
		if (!live_interface_open(in, spec, l->n, err)) {
			live_close(l);
			return NULL;
		}
		l->polled[l->n] = (struct pollfd){ .fd = in->fd, .events = POLLIN };
	}
	return l;
}

void live_close(struct live *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n; i++)
		live_interface_close(&l->interfaces[i]);
	free(l->interfaces);
	free(l->polled);
	free(l->frames);
	free(l);
}

static void tell_change(const struct live_interface *in, bool was_down)
{
	if (in->is_down && !was_down)
		log_warning("%s is %s; waiting for it", in->name, in->is_lost ? "gone" : "down");
	else if (!in->is_down && was_down)
		log_warning("%s is up again", in->name);
}

static void look(struct live *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct live_interface *in = &l->interfaces[i];
		bool was_down = in->is_down;
		live_interface_look(in);
		tell_change(in, was_down);
		l->polled[i].fd = in->is_lost ? -1 : in->fd;
	}
}

/* One interface may be down while the others are busy: packet time says when to look again. */
static void look_by_packet_time(struct live *l, int64_t ts_ns)
{
	if (ts_ns >= l->looked_ns && ts_ns - l->looked_ns < LOOK_EVERY_NS)
		return;
	l->looked_ns = ts_ns;
	look(l);
}

/* Interfaces fill their blocks at their own pace: what came of them together is put in order of time. */
static void sort(struct packet *packets, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct packet p = packets[i];
		size_t to = i;
		for (; to > 0 && packets[to - 1].ts_ns > p.ts_ns; to--)
			packets[to] = packets[to - 1];
		packets[to] = p;
	}
}

static size_t take(struct live *l, struct packet *packets, size_t max)
{
	struct live_batch batch = { .packets = packets, .max = max, .frames = l->frames };
	for (size_t i = 0; i < l->n && batch.n < max; i++) {
		size_t turn = (l->turn + i) % l->n;
		struct live_interface *in = &l->interfaces[turn];
		/* Each has its share, so that a busy one does not starve the others. */
		size_t share = (max - batch.n) / (l->n - i);
		bool was_down = in->is_down;
		if (!in->is_lost)
			live_interface_read(in, &batch, share ? share : 1);
		tell_change(in, was_down);
		if (in->is_lost)
			l->polled[turn].fd = -1;
	}
	l->turn = (l->turn + 1) % l->n;
	if (l->n > 1)
		sort(packets, batch.n);
	for (size_t i = 0; i < batch.n; i++)
		packets[i].ordinal = ++l->ordinal;
	return batch.n;
}

/* An interface that is down may report an error at once, again and again: that must not become a busy loop.
 */
static void rest(const struct live *l, int timeout_ms)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->polled[i].revents & (POLLERR | POLLHUP | POLLNVAL)) {
			poll(NULL, 0, timeout_ms < REST_MS ? timeout_ms : REST_MS);
			return;
		}
}

size_t live_next(struct live *l, struct packet *packets, size_t max, int timeout_ms)
{
	size_t n = take(l, packets, max);
	if (n == 0 && poll(l->polled, l->n, timeout_ms) > 0) {
		n = take(l, packets, max);
		if (n == 0)
			rest(l, timeout_ms);
	}
	if (n == 0)
		look(l);
	else
		look_by_packet_time(l, packets[n - 1].ts_ns);
	return n;
}

void live_stats(struct live *l, size_t i, struct live_stats *ret_stats)
{
	live_interface_stats(&l->interfaces[i], ret_stats);
}
