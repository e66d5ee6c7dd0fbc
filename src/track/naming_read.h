/* What the first bytes of a flow say of it, put into its flow_info. */
#ifndef TRACK_NAMING_READ_H
#define TRACK_NAMING_READ_H

#include "track/dnscache.h"
#include "track/events.h"
#include "wire/http1.h"
#include "wire/quic.h"
#include "wire/tls.h"

/* Room for what is being read, and fingerprints seen before. One a shard. */
struct reading;

struct reading *reading_new(struct dnscache *dns, struct hash_key key); /* NULL if out of memory */
void reading_free(struct reading *r);
uint64_t reading_evicted_ech(const struct reading *r);

/* What kind of stream begins with these bytes? */
enum app reading_guess(struct bytes stream);

/* The beginning of a client's TCP stream. info has its addresses. ret_used: bytes of the stream that were
 * read. returns: PARSE_OK with everything set but what DNS adds; PARSE_MORE; PARSE_BAD: neither TLS nor HTTP.
 */
enum parse reading_stream(struct reading *r, struct bytes stream, bool is_cut, struct named_flow *named,
			  size_t *ret_used);

/* A datagram of the client's. returns: as above. */
enum parse reading_datagram(struct reading *r, struct quic_crypto *c, struct bytes datagram,
			    struct named_flow *named);

/* The client's hello that the last call read, whole; else NULL. Valid until the next call. */
const struct client_hello *reading_hello(const struct reading *r);

/* The last word on a name: real ECH and what DNS knows. */
void reading_finish(struct reading *r, struct named_flow *named);

#endif
