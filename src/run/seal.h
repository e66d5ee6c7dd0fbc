/* SHA-256 of output files that were put aside, taken by a thread of its own, so that whoever gets one later
 * can tell that it is what was written.
 */
#ifndef RUN_SEAL_H
#define RUN_SEAL_H

#include <stddef.h>

#include "base/arena.h"
#include "out/plugin.h"

struct seals;

/* The thread begins with the first file, so that its life begins in the sandbox. NULL if out of memory. */
struct seals *seals_new(void);
void seals_free(struct seals *s);

/* A file that nothing will be added to any more. If too many wait, it goes without a seal, and that is
 * counted. */
void seals_add(struct seals *s, const char *path);

/* Those of all files added so far, once each, when they are done. memory: of the arena. limits: SEALS_MAX,
 * the last. returns: how many; *ret_left_out: files that are not among them. */
#define SEALS_MAX 256
size_t seals_take(struct seals *s, struct arena *a, struct ol_output **ret_outputs, uint64_t *ret_left_out);

#endif
