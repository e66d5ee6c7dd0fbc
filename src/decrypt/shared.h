/* What the connections of a shard share. */
#ifndef DECRYPT_SHARED_H
#define DECRYPT_SHARED_H

#include "decrypt/crypto.h"
#include "decrypt/secrets.h"
#include "decrypt/teller.h"
#include "decrypt/trials.h"

#define PLAIN_MAX 65536 /* bytes of an opened record or packet */

struct shared {
	struct teller *teller;
	struct crypto *crypto;
	struct keylog *keys; /* NULL: none */
	bool is_live;
	struct trials *trials;
	struct tls_conn *oldest_held, *newest_held;
	uint8_t plain[PLAIN_MAX]; /* what was opened last */
};

/* Asks the key log for the secrets of a client random, unless nothing has come since. *generation: of the log
 * when it was asked last, 0 before. returns: false if there is nothing new.
 */
bool shared_ask(struct shared *s, const uint8_t random[RANDOM_LEN], uint64_t *generation, struct secrets *ret,
		uint64_t *ret_place);

/* May secrets be tried for this flow? Then one whose hello does not say which are its own is worth waiting
 * for.
 */
bool shared_may_try(const struct shared *s, const struct decrypt_flow *f, const struct trial_share *share);

/* The i-th entry of the log to be tried for this flow, the nearest to `place` first. returns: false if there
 * is none, or nothing left to spend on it.
 */
bool shared_next_trial(struct shared *s, const struct decrypt_flow *f, struct trial_share *share,
		       uint64_t place, uint32_t i, struct secrets *ret, uint8_t ret_random[RANDOM_LEN]);

/* It was the right one: its secrets are asked for, and its client earns more trials. */
void shared_found(struct shared *s, const struct decrypt_flow *f, const uint8_t random[RANDOM_LEN],
		  struct secrets *ret);

static inline struct decrypt_counts *shared_counts(const struct shared *s)
{
	return teller_counts(s->teller);
}

#endif
