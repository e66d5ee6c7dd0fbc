/* From the verdicts of track to records: views of text that own all they show, so that they can pass from a
 * shard to the writer.
 */
#ifndef OUT_RECORD_H
#define OUT_RECORD_H

#include "base/arena.h"
#include "base/text.h"
#include "know/knowledge.h"
#include "out/plugin.h"
#include "out/privacy.h"
#include "track/visit.h"

struct record {
	struct ol_record view;
	struct record *next; /* of whoever holds it */
	int64_t at_ns;       /* with id and type the order of output */
	uint64_t id;
	struct arena arena; /* of what view.visit or view.flow points to */
	struct ol_visit visit;
	struct ol_flow flow;
	struct text json;
};

struct record_spec {
	const struct knowledge *know;
	const struct privacy *privacy;
	bool explain;
	bool reveal; /* addresses of pages whole, with what may identify a person in them */
};

/* returns: NULL if the visit, or the flow, is out of the scope that privacy sets. Threads: may be called from
 * several. */
struct record *record_visit(const struct record_spec *spec, const struct visit_result *v);
struct record *record_flow(const struct record_spec *spec, const struct flow_verdict *f);

void record_free(struct record *r);

const char *named_by_text(enum named_by n); /* "" for NAMED_NONE */
const char *unnamed_text(enum unnamed u);

/* The Community ID of a flow, "" where addresses are hidden: a hash of addresses and ports, so that who knows
 * the others could try all clients until it fits.
 */
const char *record_community(const struct record_spec *spec, struct record *r, const struct flow_info *i);

/* Is a the one to be told first? Order: time, then id, then type. */
bool record_before(const struct record *a, const struct record *b);

#endif
