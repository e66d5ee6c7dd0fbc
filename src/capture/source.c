#include "capture/source.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/source_parts.h"
#include "capture/window.h"

#define MEMORY_OF_BLOCKS (32U << 20) /* of all inputs together, if they are many */
#define BLOCK_LEAST (64U << 10)
#define BLOCK_LENT (256U << 10) /* several of them are in use, and are to stay in the cache */

#define NO_INPUT SIZE_MAX

/* One input at most ends in a call after it has lent frames: the one whose packets were used up by the call
 * before.
 */
static void close_later(struct source *s, struct file *file)
{
	struct file **slot = &s->ended[s->n_calls % SOURCE_AHEAD_MAX];
	if (!file_has_lent(file)) {
		file_close(file);
		return;
	}
	assert(!*slot);
	*slot = file;
}

static void close_ended(struct source *s)
{
	struct file **slot = &s->ended[(s->n_calls - s->ahead) % SOURCE_AHEAD_MAX];
	file_close(*slot);
	*slot = NULL;
}

/* The pass that hands out packets has come to its end. */
static void end_input(struct source *s, struct input *in)
{
	struct file_counts counts;
	if (!in->is_regular && in->digest && !in->counts.is_unreadable)
		file_drain(in->file);
	file_counts(in->file, &counts);
	if (!in->is_scanned)
		in->counts = counts;
	if (in->digest)
		digest_text(in->digest, in->sha256);
	in->is_ended = true;
	in->passed_bytes += counts.stored_bytes;
	close_later(s, in->file);
	digest_free(in->digest);
	free(in->ahead);
	in->file = NULL;
	in->digest = NULL;
	in->ahead = NULL;
	in->ahead_at = in->ahead_end = 0;
}

static size_t keep_matching(struct source *s, struct input *in, struct packet *packets, size_t n)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (filter_matches(s->filter, &packets[i]))
			packets[kept++] = packets[i];
	in->filtered += n - kept;
	return kept;
}

/* The next packets of an input that pass the filter; 0 at its end. */
static size_t read_input(struct source *s, struct input *in, struct packet *packets, size_t max)
{
	size_t n;
	do {
		n = file_next(in->file, packets, max);
		if (n == 0)
			return 0;
		if (s->filter)
			n = keep_matching(s, in, packets, n);
	} while (n == 0);
	file_lend(in->file);
	return n;
}

static bool start(struct source *s, size_t i)
{
	struct input *in = &s->inputs.at[i];
	if (in->file)
		return true;
	in->ahead = malloc(AHEAD * sizeof(*in->ahead));
	in->file = source_pass(s, i, in->digest, !in->is_scanned);
	if (in->ahead && in->file)
		return true;
	file_close(in->file);
	free(in->ahead);
	in->file = NULL;
	in->ahead = NULL;
	input_out_of_memory(in);
	return false;
}

/* The next input, at the head of the merge, has used up what was read ahead. */
static void refill(struct source *s, size_t i)
{
	struct input *in = &s->inputs.at[i];
	in->ahead_at = 0;
	in->ahead_end = start(s, i) ? read_input(s, in, in->ahead, AHEAD) : 0;
	if (in->ahead_end > 0) {
		merge_move(&s->merge, in->ahead[0].ts_ns);
		return;
	}
	merge_end(&s->merge);
	if (in->file)
		end_input(s, in);
}

/* Pipes cannot be read twice: their first packets are read ahead. */
static void begin_stream(struct source *s, size_t i, bool with_digest)
{
	struct input *in = &s->inputs.at[i];
	in->digest = with_digest ? digest_new() : NULL;
	if (!start(s, i))
		return;
	in->ahead_end = read_input(s, in, in->ahead, AHEAD);
	if (in->ahead_end > 0)
		merge_add(&s->merge, (uint16_t)i, in->ahead[0].ts_ns);
	else
		end_input(s, in);
}

static void begin_inputs(struct source *s, bool with_hashes)
{
	s->is_total_known = true;
	for (size_t i = 0; i < s->inputs.n; i++) {
		struct input *in = &s->inputs.at[i];
		s->total += in->size * (with_hashes ? 2 : 1);
		if (in->fd >= 0 && !in->is_regular)
			s->is_total_known = false;
	}
	for (size_t i = 0; i < s->inputs.n; i++) {
		struct input *in = &s->inputs.at[i];
		int64_t head_ns = 0;
		if (in->counts.is_unreadable)
			continue;
		if (!in->is_regular)
			begin_stream(s, i, with_hashes);
		else if (source_peek(s, i, &head_ns))
			merge_add(&s->merge, (uint16_t)i, head_ns);
	}
	if (s->secrets)
		source_find_secrets(s);
}

static bool is_any_readable(const struct source *s, struct err *err)
{
	for (size_t i = 0; i < s->inputs.n; i++)
		if (!s->inputs.at[i].counts.is_unreadable)
			return true;
	if (s->inputs.n == 0)
		return err_set(err, "no input: the folder has no files");
	return err_set(err, "'%s': %s", s->inputs.at[0].path, s->inputs.at[0].counts.why);
}

struct source *source_open(const struct source_spec *spec, struct err *err)
{
	struct source *s = calloc(1, sizeof(*s));
	if (!s) {
		err_set(err, "out of memory");
		return NULL;
	}
	s->empty = NO_INPUT;
	s->ahead = spec->ahead;
	assert(s->ahead < SOURCE_AHEAD_MAX);
	s->secrets = spec->secrets;
	s->progress = spec->progress;
	s->ctx = spec->ctx;
	bool ok = !spec->filter || (s->filter = filter_new(spec->filter, err));
	ok = ok && inputs_open(&s->inputs, spec->paths, spec->n_paths, err);
	if (ok && !merge_init(&s->merge, s->inputs.n + 1))
		ok = err_set(err, "out of memory");
	if (ok) {
		s->block = MEMORY_OF_BLOCKS / (s->inputs.n + 1);
		uint32_t most = s->ahead > 1 ? BLOCK_LENT : WINDOW_BLOCK;
		if (s->block > most)
			s->block = most;
		if (s->block < BLOCK_LEAST)
			s->block = BLOCK_LEAST;
		ok = !spec->opened || spec->opened(spec->ctx, err);
	}
	if (ok) {
		ok = !spec->hashes || source_begin_hashes(s, err);
	}
	if (ok) {
		begin_inputs(s, spec->hashes);
		ok = is_any_readable(s, err);
	}
	if (!ok) {
		source_close(s);
		return NULL;
	}
	return s;
}

void source_close(struct source *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < SOURCE_AHEAD_MAX; i++)
		file_close(s->ended[i]);
	hasher_free(s->hasher);
	free(s->hashed);
	inputs_close(&s->inputs);
	merge_fini(&s->merge);
	filter_free(s->filter);
	free(s);
}

/* One input is left: its packets go straight to the caller. */
static size_t next_of_last(struct source *s, struct packet *packets, size_t max)
{
	size_t i = s->merge.entries[0].input;
	struct input *in = &s->inputs.at[i];
	size_t n = start(s, i) ? read_input(s, in, packets, max) : 0;
	if (n == 0) {
		merge_end(&s->merge);
		if (in->file)
			end_input(s, in);
	}
	return n;
}

static size_t next_merged(struct source *s, struct packet *packets, size_t max)
{
	size_t n = 0;
	while (n < max && s->merge.n > 0) {
		size_t i = s->merge.entries[0].input;
		struct input *in = &s->inputs.at[i];
		if (in->ahead_at == in->ahead_end) { /* not begun: its frames are not among those given */
			refill(s, i);
			continue;
		}
		packets[n++] = in->ahead[in->ahead_at++];
		if (in->ahead_at == in->ahead_end) {
			s->empty = i; /* reading on would take away the frames just given */
			break;
		}
		merge_move(&s->merge, in->ahead[in->ahead_at].ts_ns);
	}
	return n;
}

size_t source_next(struct source *s, struct packet *packets, size_t max)
{
	s->n_calls++;
	if (s->ahead > 1)
		close_ended(s);
	if (s->empty != NO_INPUT) {
		if (s->merge.n > 1)
			refill(s, s->empty);
		s->empty = NO_INPUT;
	}
	size_t n = 0;
	if (s->merge.n == 1 && s->inputs.at[s->merge.entries[0].input].ahead_at ==
				   s->inputs.at[s->merge.entries[0].input].ahead_end)
		n = next_of_last(s, packets, max);
	else
		n = next_merged(s, packets, max);
	for (size_t i = 0; i < n; i++)
		packets[i].ordinal = ++s->ordinal;
	return n;
}

uint64_t source_meaningless(const struct source *s, uint16_t *ret_linktype)
{
	return s->filter ? filter_meaningless(s->filter, ret_linktype) : 0;
}

size_t source_inputs(const struct source *s)
{
	return s->inputs.n;
}

void source_input(const struct source *s, size_t i, struct source_input *ret_input)
{
	const struct input *in = &s->inputs.at[i];
	struct file_counts counts = in->counts;
	if (in->file && !in->is_scanned)
		file_counts(in->file, &counts);
	struct source_input out = {
		.name = in->name,
		.bytes = in->is_regular ? in->size : counts.stored_bytes,
		.packets = counts.packets,
		.filtered = in->filtered,
		.first_ns = counts.first_ns,
		.last_ns = counts.last_ns,
		.dropped = counts.dropped,
		.bad_blocks = counts.bad_blocks,
		.time_back = counts.time_back,
		.time_ahead = counts.time_ahead,
		.is_truncated = counts.is_truncated,
		.is_unreadable = counts.is_unreadable,
		.is_nanoseconds = counts.is_nanoseconds,
	};
	memcpy(out.sha256, in->sha256, sizeof(out.sha256));
	memcpy(out.format, counts.format, sizeof(out.format));
	memcpy(out.why, counts.why, sizeof(counts.why));
	*ret_input = out;
}

void source_progress(const struct source *s, uint64_t *ret_read, uint64_t *ret_total)
{
	uint64_t read = s->looking ? file_stored(s->looking) : 0;
	read += s->hasher ? hasher_bytes(s->hasher) : s->hashed_bytes;
	for (size_t i = 0; i < s->inputs.n; i++)
		read += s->inputs.at[i].passed_bytes +
			(s->inputs.at[i].file ? file_stored(s->inputs.at[i].file) : 0);
	*ret_read = read;
	*ret_total = s->is_total_known ? s->total : 0;
}
