/* What is read of the inputs beside the pass that hands out their packets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/source_parts.h"

#define PROGRESS_EVERY (16U << 20)

struct file *source_pass(const struct source *s, size_t i, struct digest *digest, bool with_secrets)
{
	return file_open(&(struct file_spec){
	    .fd = s->inputs.at[i].fd,
	    .is_seekable = s->inputs.at[i].is_regular,
	    .block = s->block,
	    .digest = digest,
	    .input = (uint16_t)i,
	    .n_bufs = s->ahead,
	    .secrets = with_secrets ? s->secrets : NULL,
	    .ctx = s->ctx,
	});
}

void input_out_of_memory(struct input *in)
{
	in->counts.is_unreadable = true;
	snprintf(in->counts.why, sizeof(in->counts.why), "out of memory");
}

bool source_peek(struct source *s, size_t i, int64_t *ret_head_ns)
{
	struct input *in = &s->inputs.at[i];
	struct packet first;
	struct file *file = source_pass(s, i, NULL, false);
	if (!file) {
		input_out_of_memory(in);
		return false;
	}
	bool has_packets = file_next(file, &first, 1) > 0;
	if (has_packets)
		*ret_head_ns = first.ts_ns;
	file_counts(file, &in->counts);
	file_close(file);
	if (has_packets)
		in->counts.packets = 0; /* until it is read */
	else
		in->is_ended = true;
	return has_packets;
}

static void tell_progress(struct source *s)
{
	uint64_t read, total;
	if (!s->progress)
		return;
	source_progress(s, &read, &total);
	if (read - s->told < PROGRESS_EVERY)
		return;
	s->told = read;
	s->progress(s->ctx, read, total);
}

/* Reads a file once as a whole, without its packets. */
static void scan(struct source *s, size_t i, bool with_secrets)
{
	struct input *in = &s->inputs.at[i];
	struct packet packets[AHEAD];
	s->total += in->size;
	s->looking = source_pass(s, i, NULL, with_secrets);
	if (!s->looking) {
		input_out_of_memory(in);
		return;
	}
	while (file_next(s->looking, packets, AHEAD) > 0)
		tell_progress(s);
	file_counts(s->looking, &in->counts);
	in->is_scanned = true;
	in->passed_bytes += in->counts.stored_bytes;
	file_close(s->looking);
	s->looking = NULL;
}

void source_find_secrets(struct source *s)
{
	for (size_t i = 0; i < s->inputs.n; i++) {
		const struct input *in = &s->inputs.at[i];
		if (in->is_regular && !in->counts.is_unreadable &&
		    strncmp(in->counts.format, "pcapng", 6) == 0)
			scan(s, i, true);
	}
}

void source_look_ahead(struct source *s)
{
	for (size_t i = 0; i < s->inputs.n; i++) {
		const struct input *in = &s->inputs.at[i];
		if (in->is_regular && !in->is_ended && !in->is_scanned && !in->counts.is_unreadable)
			scan(s, i, false);
	}
}

bool source_begin_hashes(struct source *s, struct err *err)
{
	size_t n = 0;
	s->hashed = calloc(s->inputs.n + 1, sizeof(*s->hashed));
	if (!s->hashed)
		return err_set(err, "out of memory");
	for (size_t i = 0; i < s->inputs.n; i++)
		if (s->inputs.at[i].is_regular)
			s->hashed[n++] =
			    (struct hasher_file){ .fd = s->inputs.at[i].fd, .size = s->inputs.at[i].size };
	s->hasher = hasher_new(s->hashed, n);
	return s->hasher || err_set(err, "cannot make a thread");
}

bool source_wait_hashes(struct source *s, unsigned ms)
{
	if (!s->hasher)
		return true;
	if (!hasher_wait(s->hasher, ms))
		return false;
	const struct hasher_file *f = s->hashed;
	for (size_t i = 0; i < s->inputs.n; i++)
		if (s->inputs.at[i].is_regular)
			memcpy(s->inputs.at[i].sha256, f++->text, DIGEST_TEXT_MAX);
	s->hashed_bytes = hasher_bytes(s->hasher);
	hasher_free(s->hasher);
	s->hasher = NULL;
	return true;
}
