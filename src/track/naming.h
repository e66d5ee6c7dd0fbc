/* Gives flows their names: by SNI, QUIC's hello, an HTTP head, else by DNS; or says why there is none.
 *
 * A flow whose first segment tells its name costs no memory here. One whose hello comes in pieces has a place
 * in a bounded pool until it is settled; a full pool settles the oldest with what is known.
 */
#ifndef TRACK_NAMING_H
#define TRACK_NAMING_H

#include "track/dnscache.h"
#include "track/events.h"
#include "track/flow.h"
#include "track/hosts.h"
#include "wire/tls.h"

struct naming_spec {
	uint32_t pool; /* flows at once whose names are not settled */
	struct hash_key key;
	struct dnscache *dns;
	const struct hosts *hosts;
	const struct flows *flows;
	bool dpi;
	/* The name is settled, or given up, or has got better (then once more). */
	void (*told)(void *ctx, struct flow *f, const struct named_flow *named);
	/* May requests be read from the flow? Then its info is kept until it ends. hello: NULL, if none was
	 * read as a whole. */
	bool (*is_read)(void *ctx, struct flow *f, enum app app, const struct client_hello *hello);
	void *ctx;
};

struct naming_counts {
	uint64_t evicted, evicted_ech, bad_tls, bad_quic, bad_http, dpi_asked;
};

struct naming;

struct naming *naming_new(const struct naming_spec *spec); /* NULL if out of memory */
void naming_free(struct naming *n);

/* A segment with payload of a flow that is not settled. Sets the flow's app as soon as it is known. returns:
 * the way it went: another than `way` if the client turned out to be the other end. */
enum way naming_segment(struct naming *n, struct flow *f, const struct segment *g, enum way way);

/* Tells the flow as far as it is known: a burst is complete and cannot wait. The name may still come. */
void naming_tell(struct naming *n, struct flow *f);

/* A request on it was read: its host is the name, if there was none as good, or only an outer one of ECH. */
void naming_request(struct naming *n, struct flow *f, const struct request *r);

/* The name that the client itself gave the flow, in its hello or in a request: NULL if it gave none that was
 * seen. */
const struct hostname *naming_asked(const struct naming *n, const struct flow *f);

/* Nothing of it will be read: what was kept of a settled flow for its requests goes. */
void naming_unread(struct naming *n, struct flow *f);

/* The flow ends: tells it if it was not, and frees what was kept of it. */
void naming_end(struct naming *n, struct flow *f);

void naming_add_counts(const struct naming *n, struct naming_counts *counts);

#endif
