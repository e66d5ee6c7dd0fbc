/* Records as lines of JSON: the contract of doc/records.md. */
#ifndef OUT_RENDER_H
#define OUT_RENDER_H

#include "base/text.h"
#include "out/plugin.h"

/* Each adds one object, without a newline. */
void render_visit(struct text *t, const struct ol_visit *v);
void render_flow(struct text *t, const struct ol_flow *f);
void render_run(struct text *t, const struct ol_run *r);
void render_coverage(struct text *t, const struct ol_coverage *c);
void render_summary(struct text *t, const struct ol_summary *s);

#endif
