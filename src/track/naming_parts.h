/* Naming in two parts: naming.c keeps what is known of a flow and tells it, naming_hello.c finds it out from
 * segments.
 */
#ifndef TRACK_NAMING_PARTS_H
#define TRACK_NAMING_PARTS_H

#include "track/naming.h"
#include "track/naming_pool.h"
#include "track/naming_read.h"

struct naming {
	struct naming_spec spec;
	struct reading *reading;
	struct dpi *dpi; /* NULL: none */
	struct naming_pool pool;
	struct named_flow named; /* of a flow that needs no place in the pool */
	struct quic_crypto crypto;
	struct naming_counts counts;
};

/* ---- naming.c ---- */

/* What the flow itself says. */
void naming_info_of(const struct naming *n, const struct flow *f, struct named_flow *named);

/* The flow's place, a new one if it has none; the oldest in the pool makes room if need be. */
struct cold *naming_keep(struct naming *n, struct flow *f, const struct named_flow *named);

/* What is known by now. It may get better, and is told again then. */
void naming_tell_info(struct naming *n, struct flow *f, struct named_flow *named);

/* The last word, but for requests that may be read later. hello: the flow's, if it was read just now; or
 * NULL.
 */
void naming_settle(struct naming *n, struct flow *f, struct named_flow *named,
		   const struct client_hello *hello);

/* Nothing was found, and nothing will be. */
void naming_give_up(struct naming *n, struct flow *f, struct named_flow *named, enum unnamed cause);

/* Nothing more will be found of a flow that was told, as from the middle, while its hello was waited for.
 * What came of the hello may have named it.
 */
void naming_leave(struct naming *n, struct flow *f, struct named_flow *named);

enum unnamed naming_cause_of(const struct flow *f, const struct cold *c);

/* ---- naming_hello.c ---- */

/* naming_segment, but for the bounds of the pool. */
enum way naming_read(struct naming *n, struct flow *f, const struct segment *g, enum way way);

#endif
