/* What decrypting flows takes from a key log. */
#ifndef DECRYPT_SECRETS_H
#define DECRYPT_SECRETS_H

#include "decrypt/keylog.h"

enum secret {
	SECRET_MASTER, /* of TLS 1.2 */
	SECRET_EARLY,
	SECRET_CLIENT_HANDSHAKE, /* the server's is the next one, here and below */
	SECRET_SERVER_HANDSHAKE,
	SECRET_CLIENT_TRAFFIC,
	SECRET_SERVER_TRAFFIC,
	SECRET_COUNT,
};

#define SECRET_MAX 48
#define RANDOM_LEN 32

/* The secrets of one connection. Those that are not known have length 0. */
struct secrets {
	uint8_t len[SECRET_COUNT];
	uint8_t at[SECRET_COUNT][SECRET_MAX];
};

/* Copies what is known for this client random, and where in the log it stands. returns: false if nothing is.
 */
bool keylog_find(struct keylog *k, const uint8_t random[RANDOM_LEN], struct secrets *ret,
		 uint64_t *ret_place);

/* Is anything known for it? */
bool keylog_has(struct keylog *k, const uint8_t random[RANDOM_LEN]);

#define KEYLOG_NOWHERE UINT64_MAX

/* For trials: the i-th nearest entry to a place (not that at the place itself), the newer one of two first;
 * from KEYLOG_NOWHERE the newest, the oldest, and so on inwards, since the log may be older or younger than
 * what is looked for. The entry's random goes to ret_random, to ask for it when it was the right one.
 * returns: false after the last.
 */
bool keylog_near(struct keylog *k, uint64_t place, size_t i, struct secrets *ret,
		 uint8_t ret_random[RANDOM_LEN]);

/* Changes with every line that adds something: as long as it stays, asking again gives nothing new. */
uint64_t keylog_generation(const struct keylog *k);

void secrets_wipe(struct secrets *s);

#endif
