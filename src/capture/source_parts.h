/* What a source is made of. For source.c and source_look.c only. */
#ifndef CAPTURE_SOURCE_PARTS_H
#define CAPTURE_SOURCE_PARTS_H

#include "capture/file.h"
#include "capture/filter.h"
#include "capture/hasher.h"
#include "capture/inputs.h"
#include "capture/merge.h"
#include "capture/source.h"

#define AHEAD 64U /* packets of an input read before they are due */

struct source {
	struct inputs inputs;
	struct merge merge;
	struct filter *filter; /* NULL: none */
	size_t block;
	unsigned ahead;
	uint64_t n_calls;
	struct file *ended[SOURCE_AHEAD_MAX]; /* by the call in which: their frames are still lent */
	size_t empty;                         /* the input whose packets ahead are used up, or NO_INPUT */
	uint64_t ordinal, total, told;
	bool is_total_known;
	struct hasher *hasher; /* while hashes of files are not known */
	struct hasher_file *hashed;
	uint64_t hashed_bytes;
	struct file *looking; /* the pass of source_look.c that is on its way, or NULL */
	void (*secrets)(void *ctx, uint32_t type, struct bytes secrets);
	void (*progress)(void *ctx, uint64_t read, uint64_t total);
	void *ctx;
};

/* A pass through an input, which does not disturb others. returns: NULL if out of memory. */
struct file *source_pass(const struct source *s, size_t i, struct digest *digest, bool with_secrets);

/* Looks at the first packet only. returns: its time; false if there is none. */
bool source_peek(struct source *s, size_t i, int64_t *ret_head_ns);

/* Those of pcapng files, which may stand behind the packets that need them. */
void source_find_secrets(struct source *s);

bool source_begin_hashes(struct source *s, struct err *err);

void input_out_of_memory(struct input *in);

#endif
