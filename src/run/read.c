#include "run/read.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "capture/source.h"
#include "run/privdrop.h"
#include "run/progress.h"
#include "run/sandbox.h"
#include "run/session.h"
#include "run/signals.h"
#include "run/version.h"
#include "wire/decode.h"

enum {
	BATCH = 64, /* stays in the nearest cache */
	BATCH_OF_ROUND = 512,
	LINKTYPES_MAX = 32,
	HELD_MAX = 32 << 20, /* bytes of records, until the run record is known */
	PATIENCE_MS = 200,
};

struct reading {
	const struct config *config;
	struct session session;
	struct source *source;
	struct progress progress;
	struct arena arena; /* of the inputs, as records name them */
	uint64_t packets;
	bool is_stopped;
	bool is_unhashed;                  /* stopped while only hashes were missing */
	bool is_run_told, is_run_whole;    /* the run record; and with what the inputs come to */
	uint16_t linktypes[LINKTYPES_MAX]; /* met so far */
	size_t n_linktypes;
};

static void on_secrets(void *ctx, uint32_t type, struct bytes secrets)
{
	struct reading *r = ctx;
	if (type != SOURCE_SECRETS_TLS_KEYLOG)
		return;
	if (r->session.engine) /* of a pipe: packets before it must not see it earlier with more shards */
		engine_drain(r->session.engine);
	session_secrets(&r->session, secrets);
}

static void on_progress(void *ctx, uint64_t read, uint64_t total)
{
	struct reading *r = ctx;
	r->progress.total = total;
	progress_at(&r->progress, read, r->packets);
}

/* Files can be read ahead, so that the first record says what they come to. */
static bool can_look_ahead(const struct config *c)
{
	for (size_t i = 0; i < c->n_operands; i++)
		if (strcmp(c->operands[i], "-") == 0)
			return false;
	return c->hashes;
}

/* Every file that is read or written is open by now, and not a byte of the inputs has been looked at. */
static bool confine(void *ctx, struct err *err)
{
	(void)ctx;
	static const struct sandbox_spec nothing;
	struct sandbox_state state;
	return privdrop_capabilities(err) && sandbox_enter(&nothing, &state, err);
}

static bool open_source(struct reading *r, struct err *err)
{
	const struct config *c = r->config;
	struct source_spec spec = {
		.paths = c->operands,
		.n_paths = c->n_operands,
		.filter = c->filter,
		.hashes = c->hashes,
		.ahead = c->shards > 1 ? ENGINE_AHEAD : 0,
		.secrets = on_secrets,
		.progress = on_progress,
		.opened = c->sandbox ? confine : NULL,
		.ctx = r,
	};
	r->source = source_open(&spec, err);
	return r->source != NULL;
}

/* What is known of the inputs; what they come to only if that is of the whole of them. */
static struct ol_input *inputs(struct reading *r, bool is_whole, size_t *ret_n)
{
	size_t n = source_inputs(r->source);
	struct ol_input *all = arena_array(&r->arena, n, sizeof(*all));
	for (size_t i = 0; i < n; i++) {
		struct source_input *in = arena_take(&r->arena, sizeof(*in));
		source_input(r->source, i, in);
		all[i] = (struct ol_input){
			.name = in->name,
			.sha256 = r->config->hashes ? in->sha256 : "",
			.format = in->format,
			.note = in->why,
		};
		if (!is_whole)
			continue;
		all[i].bytes = in->bytes;
		all[i].packets = in->packets;
		all[i].dropped = in->dropped;
		all[i].first_ns = in->first_ns;
		all[i].last_ns = in->last_ns;
		all[i].is_truncated = in->is_truncated;
	}
	*ret_n = n;
	return all;
}

static void show_progress(struct reading *r)
{
	uint64_t read, total;
	source_progress(r->source, &read, &total);
	on_progress(r, read, total);
}

static void tell_run(struct reading *r, bool is_whole)
{
	struct session_input input = { 0 };
	r->is_run_told = true;
	r->is_run_whole = is_whole;
	input.inputs = inputs(r, is_whole, &input.n_inputs);
	session_begin(&r->session, &input);
}

/* The hashes take longer than all the rest. */
static void wait_for_hashes(struct reading *r)
{
	while (!r->is_stopped && !r->is_unhashed && !source_wait_hashes(r->source, PATIENCE_MS)) {
		show_progress(r);
		r->is_unhashed = signals_take(SIGNALS_STOP);
	}
}

/* Records were held back until now. */
static void tell_run_late(struct reading *r)
{
	if (!r->is_stopped)
		source_look_ahead(r->source);
	wait_for_hashes(r);
	tell_run(r, !r->is_stopped && !r->is_unhashed);
	delivery_release(engine_delivery(r->session.engine));
}

static void note_linktypes(struct reading *r, const struct packet *packets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint16_t type = packets[i].linktype;
		size_t k = 0;
		while (k < r->n_linktypes && r->linktypes[k] != type)
			k++;
		if (k == r->n_linktypes && k < LINKTYPES_MAX)
			r->linktypes[r->n_linktypes++] = type;
	}
}

static void pass_packets(struct reading *r)
{
	struct packet packets[BATCH_OF_ROUND];
	size_t max = r->config->shards > 1 ? BATCH_OF_ROUND : BATCH;
	size_t n;
	while (!r->is_stopped && (n = source_next(r->source, packets, max)) > 0) {
		r->is_stopped = signals_take(SIGNALS_STOP);
		note_linktypes(r, packets, n);
		engine_packets(r->session.engine, packets, n);
		r->packets += n;
		show_progress(r);
		if (!r->is_run_told && delivery_held(engine_delivery(r->session.engine)) > HELD_MAX)
			tell_run_late(r);
	}
}

/* What the inputs came to, in the summary's notes and on standard error. */
static int judge_inputs(const struct reading *r, struct stats *stats)
{
	uint64_t filtered = 0, bad_blocks = 0, dropped = 0;
	int code = EXIT_OK;
	for (size_t i = 0; i < source_inputs(r->source); i++) {
		struct source_input in;
		source_input(r->source, i, &in);
		filtered += in.filtered;
		bad_blocks += in.bad_blocks;
		dropped += in.dropped;
		if (in.is_unreadable || in.is_truncated) {
			stats_note(stats, "%s: %s", in.name, in.why);
			log_error("%s: %s", in.name, in.why);
		}
		if (in.is_unreadable)
			code = EXIT_SETUP;
		else if (in.is_truncated && code == EXIT_OK)
			code = EXIT_INCOMPLETE;
		if (in.time_back)
			stats_note(stats, "%s: time steps back %" PRIu64 " times", in.name, in.time_back);
		if (in.time_ahead)
			stats_note(stats, "%s: time leaps ahead by more than a year %" PRIu64 " times",
				   in.name, in.time_ahead);
	}
	for (size_t i = 0; i < r->n_linktypes; i++) {
		struct packet empty = { .linktype = r->linktypes[i] };
		struct segment ignored;
		if (decode(&empty, NULL, &ignored) == DECODE_UNKNOWN_LINKTYPE)
			stats_note(stats, "link type %u is not known: its packets are only counted",
				   r->linktypes[i]);
	}
	uint16_t linktype;
	uint64_t meaningless = source_meaningless(r->source, &linktype);
	if (meaningless > 0)
		stats_note(stats,
			   "the filter has no meaning on link type %u: %" PRIu64 " packets were left out",
			   linktype, meaningless);
	if (r->is_stopped) {
		stats_note(stats,
			   "stopped by a signal: the packets after the first %" PRIu64 " were not read",
			   r->packets);
		code = code == EXIT_OK ? EXIT_INCOMPLETE : code;
	}
	if (r->is_unhashed) {
		stats_note(stats, "stopped by a signal: the SHA-256 of the inputs is not known");
		code = code == EXIT_OK ? EXIT_INCOMPLETE : code;
	}
	stats_count(stats, "reading", "filtered", filtered);
	stats_count(stats, "reading", "bad-blocks", bad_blocks);
	stats_count(stats, "reading", "dropped-by-capture", dropped);
	return code;
}

static int run(struct reading *r, struct err *err)
{
	signals_begin();
	if (can_look_ahead(r->config)) {
		delivery_hold(engine_delivery(r->session.engine));
	} else {
		wait_for_hashes(r);
		r->is_stopped = r->is_unhashed;
		tell_run(r, false);
	}
	if (!session_start(&r->session, err))
		return EXIT_SETUP;
	pass_packets(r);
	if (!r->is_run_told)
		tell_run_late(r);
	wait_for_hashes(r);
	progress_end(&r->progress);

	struct stats stats;
	struct session_end end = { 0 };
	stats_init(&stats);
	session_finish(&r->session, &stats);
	int code = judge_inputs(r, &stats);
	end.is_incomplete = code != EXIT_OK;
	if (!r->is_run_whole)
		end.inputs = inputs(r, true, &end.n_inputs);
	if (!session_end(&r->session, &stats, &end) && code == EXIT_OK)
		code = EXIT_INCOMPLETE;
	stats_fini(&stats);
	return code;
}

int read_captures(const struct config *config)
{
	struct reading r = { .config = config };
	struct err err = { "" };
	int code = EXIT_SETUP;
	if (session_open(&r.session, config, &err) && session_expect_secrets(&r.session, &err) &&
	    session_make(&r.session, false, &err)) {
		progress_begin(&r.progress, !config->quiet, 0);
		if (open_source(&r, &err))
			code = run(&r, &err);
		progress_end(&r.progress);
	}
	if (*err.text)
		log_error("%s", err.text);
	source_close(r.source);
	session_close(&r.session);
	arena_fini(&r.arena);
	return code;
}
