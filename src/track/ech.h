/* Real Encrypted Client Hello told from GREASE by what is in the hello, where no DNS is seen that would tell.
 *
 * The outer hello of real ECH names the provider and the number of the key that the provider published;
 * GREASE makes up another number for each hello (RFC 9849 6.2). So a client that sends one name several
 * times, always with one number, means it: three in a row by chance are one in 65,536.
 */
#ifndef TRACK_ECH_H
#define TRACK_ECH_H

#include "base/addr.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/hostname.h"

struct ech_seen;

/* max: pairs of client and name remembered. returns: NULL if out of memory. */
struct ech_seen *ech_seen_new(uint32_t max, struct hash_key key);
void ech_seen_free(struct ech_seen *e);
uint64_t ech_seen_evicted(const struct ech_seen *e);

/* One more hello of this client with this outer name. body: of the extension. returns: true if ECH is real.
 */
bool ech_is_real(struct ech_seen *e, const struct addr *client, const struct hostname *outer,
		 struct bytes body, int64_t ts_ns);

#endif
