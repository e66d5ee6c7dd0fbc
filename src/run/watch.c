#include "run/watch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/time.h"
#include "capture/live.h"
#include "run/gauges.h"
#include "run/metrics.h"
#include "run/outputs.h"
#include "run/privdrop.h"
#include "run/sandbox.h"
#include "run/session.h"
#include "run/signals.h"
#include "run/version.h"

enum { BATCH = 256, WAIT_MS = 100, READABLE_MAX = CONFIG_LIST_MAX + 8, FOLDER_BYTES = 1024 };

#define REST_MOST_NS (2 * NS_PER_S)

struct watch {
	const struct config *config;
	struct session session;
	struct outputs outputs;
	struct live *live;
	struct metrics *metrics; /* NULL: none */
	struct ol_input *inputs; /* one an interface */
	struct arena arena;      /* of the inputs */
	struct ol_input *before; /* what they had come to when this run of the lists began */
	uint64_t failures_told, steps_told;
	struct gauges gauges;
};

static int64_t clock_ns(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* ---- set-up ---- */

static void on_record(void *ctx, const struct ol_record *r)
{
	const struct watch *w = ctx;
	if (r->type == OL_VISIT)
		metrics_visit(w->metrics, r->visit);
}

static bool open_interfaces(struct watch *w, struct err *err)
{
	const struct config *c = w->config;
	struct live_spec spec = {
		.interfaces = c->operands,
		.n_interfaces = c->n_operands,
		.filter = c->filter,
		.ring_mib = c->ring_mib,
		.snaplen = c->snaplen,
		.promiscuous = c->promiscuous,
	};
	w->live = live_open(&spec, err);
	if (!w->live)
		return false;
	w->inputs = arena_array(&w->arena, c->n_operands, sizeof(*w->inputs));
	w->before = arena_array(&w->arena, c->n_operands, sizeof(*w->before));
	for (size_t i = 0; i < c->n_operands; i++)
		w->inputs[i] =
		    (struct ol_input){ .name = c->operands[i], .sha256 = "", .format = "live", .note = "" };
	return true;
}

/* What is read again when it is asked for, or when the extractors of a shard begin. */
static size_t readable(const struct watch *w, const char *paths[READABLE_MAX])
{
	const struct config *c = w->config;
	const char *const all[] = { w->session.paths.data,
				    w->session.paths.plugins,
				    c->keylog,
				    c->asn_db,
				    c->country_db,
				    c->psl,
				    c->my_data,
				    "/usr/share/publicsuffix" };
	size_t n = 0;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i] && *all[i])
			paths[n++] = all[i];
	for (size_t i = 0; i < c->companies.n; i++)
		paths[n++] = c->companies.at[i];
	return n;
}

static bool enter_sandbox(struct watch *w, struct err *err)
{
	static char folders[OUTPUTS_MAX][FOLDER_BYTES];
	const char *writable[OUTPUTS_MAX], *readables[READABLE_MAX];
	struct sandbox_spec spec = { .writable = writable, .readable = readables, .has_interfaces = true };
	for (size_t i = 0; i < OUTPUTS_MAX && outputs_folder(&w->outputs, i, folders[i], FOLDER_BYTES); i++)
		if (*folders[i])
			writable[spec.n_writable++] = folders[i];
	spec.n_readable = readable(w, readables);
	spec.has_metrics = w->metrics != NULL;
	struct sandbox_state state;
	if (!sandbox_enter(&spec, &state, err))
		return false;
	log_info("sandbox: %s, %s", state.has_seccomp ? "system calls filtered" : "system calls not filtered",
		 state.has_landlock ? "files limited" : "files not limited (no Landlock here)");
	return true;
}

static bool give_up_privileges(struct watch *w, struct err *err)
{
	const struct config *c = w->config;
	char folder[FOLDER_BYTES];
	for (size_t i = 0; outputs_folder(&w->outputs, i, folder, sizeof(folder)); i++)
		if (*folder)
			privdrop_give(c->user, plugins_file(w->session.plugins, i));
	if (!privdrop(c->user, err))
		return false;
	for (size_t i = 0; outputs_folder(&w->outputs, i, folder, sizeof(folder)); i++)
		if (*folder && c->rotate && access(folder, W_OK) != 0)
			return err_set(err, "--rotate: '%s' is not a folder in which user '%s' may write",
				       folder, c->user ? c->user : "nobody");
	return !c->sandbox || enter_sandbox(w, err);
}

/* What needs privileges first, what reads hostile bytes last. */
static bool begin(struct watch *w, struct err *err)
{
	const struct config *c = w->config;
	struct session_input input = { .n_inputs = c->n_operands };
	w->session.on_record = on_record;
	w->session.ctx = w;
	if (!open_interfaces(w, err) || (c->metrics && !(w->metrics = metrics_open(c->metrics, err))))
		return false;
	input.inputs = w->inputs;
	if (!session_make(&w->session, true, err))
		return false;
	session_begin(&w->session, &input);
	if (!outputs_begin(&w->outputs, &w->session, clock_ns(CLOCK_REALTIME), err))
		return false;
	if (!give_up_privileges(w, err))
		return false;
	return (!w->metrics || metrics_start(w->metrics, err)) && session_start(&w->session, err);
}

/* ---- while it runs ---- */

/* Brings the interfaces' own counters up to date and adds them to those of the engine. */
static void count_interfaces(struct watch *w, struct stats *stats)
{
	uint64_t by_kernel = 0, by_interface = 0, downs = 0;
	for (size_t i = 0; i < w->config->n_operands; i++) {
		struct live_stats s;
		live_stats(w->live, i, &s);
		by_kernel += s.dropped_by_kernel;
		by_interface += s.dropped_by_interface;
		downs += s.downs;
		w->inputs[i].packets = s.packets - w->before[i].packets;
		w->inputs[i].dropped = s.dropped_by_kernel + s.dropped_by_interface - w->before[i].dropped;
	}
	stats_count(stats, "dropped", "by-kernel", by_kernel);
	stats_count(stats, "dropped", "by-interface", by_interface);
	stats_count(stats, "dropped", "not-written", plugins_lost(w->session.plugins));
	stats_count(stats, "interfaces", "downs", downs);
}

static void print_counters(const struct stats *stats)
{
	for (size_t i = 0; i < stats->n_counts; i++) {
		const struct ol_count *c = &stats->counts[i];
		if (c->n == 0 && *c->group)
			continue;
		log_info("%s%s%s %" PRIu64, c->group, *c->group ? "/" : "", c->name, c->n);
	}
}

static void tell_failures(struct watch *w, const struct engine_counts *counts)
{
	if (counts->delivery.sink_failures == w->failures_told)
		return;
	w->failures_told = counts->delivery.sink_failures;
	log_error("%s; what is not written is counted, and it is tried again",
		  counts->delivery.sink_error.text);
}

static void tell_steps(struct watch *w, const struct engine_counts *counts)
{
	if (counts->time_steps != w->steps_told)
		log_warning("the clock was set back: what was going on is told as it was");
	w->steps_told = counts->time_steps;
}

static void second(struct watch *w)
{
	struct stats stats;
	struct engine_counts counts;
	if (w->session.keys)
		keylog_poll(w->session.keys);
	outputs_second(&w->outputs, clock_ns(CLOCK_REALTIME));
	engine_counts(w->session.engine, &counts);
	tell_failures(w, &counts);
	tell_steps(w, &counts);

	stats_init(&stats);
	stats.keeps_zeros = true;
	stats_engine(&stats, &counts);
	count_interfaces(w, &stats);
	gauges_add(&w->gauges, &stats, &counts);
	struct ol_summary status = {
		.counts = stats.counts,
		.n_counts = stats.n_counts,
		.inputs = w->inputs,
		.n_inputs = w->config->n_operands,
	};
	delivery_tell(engine_delivery(w->session.engine),
		      &(struct ol_record){ .type = OL_STATUS, .json = "", .summary = &status });
	metrics_update(w->metrics, &status);
	if (signals_take(SIGNALS_COUNTERS))
		print_counters(&stats);
	stats_fini(&stats);
}

static void note_times(struct watch *w, const struct packet *packets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct ol_input *in = &w->inputs[packets[i].input];
		if (in->first_ns == 0)
			in->first_ns = packets[i].ts_ns;
		in->last_ns = packets[i].ts_ns;
	}
}

/* returns: the time of the last packet; 0 if none came. */
static int64_t pass_batch(struct watch *w)
{
	struct packet packets[BATCH];
	size_t n = live_next(w->live, packets, BATCH, WAIT_MS);
	if (n == 0)
		return 0;
	note_times(w, packets, n);
	engine_packets(w->session.engine, packets, n);
	return packets[n - 1].ts_ns;
}

/* What had come when the end was asked for still waits in the ring. */
static void pass_rest(struct watch *w)
{
	int64_t end_ns = clock_ns(CLOCK_REALTIME), begun_ns = clock_ns(CLOCK_MONOTONIC), ts_ns;
	do
		ts_ns = pass_batch(w);
	while (ts_ns != 0 && ts_ns <= end_ns && clock_ns(CLOCK_MONOTONIC) - begun_ns < REST_MOST_NS);
}

/* With one shard the ring of the kernel is the queue: how long packets lie in it says how full it is. */
static void note_lag(struct watch *w, int64_t ts_ns)
{
	if (ts_ns != 0)
		gauges_lag(&w->gauges, clock_ns(CLOCK_REALTIME) - ts_ns);
}

/* returns: true when something is to be read again, false when it is to end. */
static bool pass_packets(struct watch *w)
{
	int64_t told_ns = clock_ns(CLOCK_MONOTONIC);
	while (!signals_take(SIGNALS_STOP)) {
		int64_t ts_ns = pass_batch(w);
		note_lag(w, ts_ns);
		if (ts_ns == 0)
			engine_tick(w->session.engine, clock_ns(CLOCK_REALTIME));
		int64_t now_ns = clock_ns(CLOCK_MONOTONIC);
		if (now_ns - told_ns >= NS_PER_S) {
			told_ns = now_ns;
			second(w);
		}
		if (signals_take(SIGNALS_REOPEN))
			return true;
	}
	pass_rest(w);
	return false;
}

/* The sum of a run: what the engine and the interfaces counted, and what is to be said of it. */
static struct session_end sum_up(struct watch *w, struct stats *stats)
{
	uint64_t n_lost = plugins_lost(w->session.plugins);
	stats_init(stats);
	session_finish(&w->session, stats);
	count_interfaces(w, stats);
	if (n_lost > 0)
		stats_note(stats, "%" PRIu64 " records could not be written", n_lost);
	struct session_end end = {
		.inputs = w->inputs,
		.n_inputs = w->config->n_operands,
		.is_incomplete = n_lost > 0,
	};
	outputs_tell(&w->outputs, &stats->arena, &end);
	return end;
}

/* SIGHUP: new files, and new lists if there are any. returns: false with err set if it cannot go on. */
static bool reload(struct watch *w, struct err *err)
{
	struct err why;
	outputs_reopen(&w->outputs, clock_ns(CLOCK_REALTIME));
	struct loaded *lists = session_lists(&w->session, &why);
	bool is_same = lists && session_uses(&w->session, lists);
	if (!lists || (!is_same && !session_may_change(&w->session, &why))) {
		log_error("the lists are kept as they were: %s", why.text);
		is_same = true;
	}
	if (is_same) {
		knowledge_free(lists);
		return true;
	}
	log_info("the lists have changed: a new run begins");
	struct stats stats;
	struct session_end end = sum_up(w, &stats);
	struct ol_input *fresh = arena_array(&w->arena, w->config->n_operands, sizeof(*fresh));
	for (size_t i = 0; i < w->config->n_operands; i++) {
		w->before[i].packets += w->inputs[i].packets;
		w->before[i].dropped += w->inputs[i].dropped;
		fresh[i] = (struct ol_input){
			.name = w->config->operands[i], .sha256 = "", .format = "live", .note = ""
		};
	}
	struct session_input input = { .inputs = fresh, .n_inputs = w->config->n_operands };
	bool ok = session_change(&w->session, &stats, &end, lists, &input, err);
	w->inputs = fresh;
	w->failures_told = w->steps_told = 0;
	stats_fini(&stats);
	return ok;
}

static int run(struct watch *w, struct err *err)
{
	struct stats stats;
	while (pass_packets(w))
		if (!reload(w, err))
			return EXIT_SETUP;
	struct session_end end = sum_up(w, &stats);
	bool ok = session_end(&w->session, &stats, &end);
	stats_fini(&stats);
	return ok ? EXIT_OK : EXIT_INCOMPLETE;
}

static bool shows_view(const struct config *c)
{
	bool is_asked = false;
	for (size_t i = 0; i < c->outputs.n; i++)
		is_asked = is_asked || strncmp(c->outputs.at[i], "top", 3) == 0;
	return isatty(STDERR_FILENO) && (is_asked || (c->outputs.n == 0 && isatty(STDOUT_FILENO)));
}

int watch_interfaces(const struct config *config)
{
	struct watch w = { .config = config };
	struct err err = { "" };
	int code = EXIT_SETUP;
	signals_begin();
	gauges_open(&w.gauges);
	if (shows_view(config)) /* a line of the log would go right across it */
		log_set(LOG_LEVEL_ERROR, config->journal);
	if (session_open(&w.session, config, &err) && begin(&w, &err)) {
		for (size_t i = 0; i < config->n_operands; i++)
			log_info("watching %s", config->operands[i]);
		code = run(&w, &err);
	}
	if (*err.text)
		log_error("%s", err.text);
	live_close(w.live);
	metrics_close(w.metrics);
	outputs_end(&w.outputs);
	session_close(&w.session);
	arena_fini(&w.arena);
	gauges_close(&w.gauges);
	return code;
}
