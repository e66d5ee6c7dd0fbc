/* What the connections of a shard share. */
#ifndef DECRYPT_SHARED_H
#define DECRYPT_SHARED_H

#include "decrypt/crypto.h"
#include "decrypt/secrets.h"
#include "decrypt/teller.h"

#define PLAIN_MAX 65536 /* bytes of an opened record or packet */

struct shared {
	struct teller *teller;
	struct crypto *crypto;
	struct keylog *keys; /* NULL: none */
	bool is_live;
	uint64_t trials_left;      /* entries that all flows together may still try; see shared_may_try */
	uint64_t trial_opens_left; /* and records, with which they are tried */
	struct tls_conn *oldest_held, *newest_held;
	uint8_t plain[PLAIN_MAX]; /* what was opened last */
};

/* Asks the key log for the secrets of a client random, unless nothing has come since. *generation: of the log
 * when it was asked last, 0 before. returns: false if there is nothing new.
 */
bool shared_ask(struct shared *s, const uint8_t random[RANDOM_LEN], uint64_t *generation,
		struct secrets *ret);

/* One entry more for a flow with ECH? Trials that find something pay for others. */
bool shared_may_try(struct shared *s);
void shared_has_found(struct shared *s);
void shared_has_matched(struct shared *s); /* without any trial: the log is of this traffic */

/* Is there still an entry that no connection has used, and a trial left? Then flows with ECH are worth
 * waiting for. */
bool shared_has_trials(const struct shared *s);

static inline struct decrypt_counts *shared_counts(const struct shared *s)
{
	return teller_counts(s->teller);
}

#endif
