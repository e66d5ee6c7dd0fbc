/* What may be spent on trying secrets of the key log with flows whose hello does not say which are theirs
 * (ECH, a lost hello, one that began before the capture).
 *
 * It follows from the packets alone, whichever shard they are in. Each flow has a share of its own, smaller
 * the later it begins: flows that began before the capture stand at its beginning, and all shares together
 * stay small however many flows there are. Clients whose connections are in the log earn more by them.
 * units: of about a microsecond, what opening a record or deriving its key takes.
 */
#ifndef DECRYPT_TRIALS_H
#define DECRYPT_TRIALS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"

/* Whose packets they are. */
struct decrypt_flow {
	uint64_t id;        /* ordinal of its first packet */
	struct addr client; /* as packets are shared out among shards: all flows of one are in one */
	uint64_t host;      /* the same for all addresses of a host whose MAC address speaks for it alone */
};

struct trial_share {
	uint32_t own, of_client;
};

/* What the clients of a shard have earned. */
struct trials;

struct trials *trials_new(void); /* NULL if out of memory */
void trials_free(struct trials *t);

struct trial_share trials_share(const struct decrypt_flow *f);

/* The client's connection has the secrets that stand at this place of the log: found by its random, or by
 * trial. */
void trials_matched(struct trials *t, const struct addr *client, uint64_t place);
void trials_found(struct trials *t, const struct addr *client, uint64_t place);

/* Where in the log the client's last one stood: others of it are near. KEYLOG_NOWHERE: it has none. */
uint64_t trials_place(const struct trials *t, const struct addr *client);

/* Spends n units. returns: false if there are not so many; then nothing is spent. */
bool trials_take(struct trials *t, const struct addr *client, struct trial_share *s, uint32_t n);
bool trials_left(const struct trials *t, const struct addr *client, const struct trial_share *s);

#endif
