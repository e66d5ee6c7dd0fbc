#include "run/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/log.h"
#include "know/host.h"
#include "out/render.h"
#include "run/version.h"
#include "run/worker.h"

enum { KEYS_MAX = 1 << 20, OPTIONS_MAX = 128 };

struct loaded *session_lists(const struct session *s, struct err *err)
{
	const struct config *c = s->config;
	struct knowledge_spec spec = {
		.data_dir = s->paths.data,
		.companies = c->companies.at,
		.n_companies = c->companies.n,
		.asn_db = c->asn_db,
		.country_db = c->country_db,
		.psl = c->psl,
	};
	return knowledge_load(&spec, err);
}

bool session_expect_secrets(struct session *s, struct err *err)
{
	if (!s->keys)
		s->keys = keylog_new(KEYS_MAX);
	return s->keys || err_set(err, "out of memory");
}

void session_secrets(struct session *s, struct bytes keylog_text)
{
	keylog_add(s->keys, keylog_text);
}

/* The sites of the scope as visits have them: a page's host stands for its site, a public suffix for all
 * below it. */
static const char *const *scope(struct session *s, struct err *err)
{
	const struct config_list *given = &s->config->sites;
	const char **sites = arena_array(&s->begun.arena, given->n + 1, sizeof(*sites));
	for (size_t i = 0; i < given->n; i++) {
		struct hostname host;
		if (!know_hostname(given->at[i], &host)) {
			err_set(err, "--site: '%s' is no host name", given->at[i]);
			return NULL;
		}
		const char *site = know_host(&s->loaded->know, &host).site;
		sites[i] = arena_string(&s->begun.arena, site, strlen(site));
	}
	return sites;
}

static bool load_privacy(struct session *s, struct err *err)
{
	const struct config *c = s->config;
	struct privacy_spec spec = {
		.sites = scope(s, err),
		.n_sites = c->sites.n,
		.sectors = c->sectors.at,
		.n_sectors = c->sectors.n,
		.key_path = c->pseudonymise,
		.mask = c->mask,
	};
	s->privacy = spec.sites ? privacy_new(&spec, err) : NULL;
	return s->privacy != NULL;
}

/* Options of the program that are one plugin's. */
static bool put_setting(struct session *s, size_t slot, const char *value)
{
	char *text = NULL;
	if (slot == 0 ? asprintf(&text, "disclosure.my-data=%s", value) < 0
		      : asprintf(&text, "disclosure.reveal=%s", value) < 0)
		return false;
	s->own_settings[slot] = text;
	s->settings[s->n_settings++] = text;
	return true;
}

static bool put_settings(struct session *s, struct err *err)
{
	const struct config *c = s->config;
	if (c->command == COMMAND_WATCH) { /* a service that is started again must not wipe its records */
		s->settings[s->n_settings++] = "jsonl.append=1";
		s->settings[s->n_settings++] = "text.append=1";
	}
	for (size_t i = 0; i < c->settings.n; i++)
		s->settings[s->n_settings++] = c->settings.at[i];
	if ((c->my_data && !put_setting(s, 0, c->my_data)) || (c->reveal && !put_setting(s, 1, "1")))
		return err_set(err, "out of memory");
	return true;
}

static bool shows_colour(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
	return isatty(STDOUT_FILENO) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

static unsigned columns(void)
{
	struct winsize w;
	return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 ? w.ws_col : 0;
}

static bool load_plugins(struct session *s, struct err *err)
{
	const struct config *c = s->config;
	if (!put_settings(s, err))
		return false;
	struct plugins_spec spec = {
		.dir = s->paths.plugins,
		.data_dir = s->paths.data,
		.settings = s->settings,
		.n_settings = s->n_settings,
		.know = &s->loaded->know,
		.use_colour = shows_colour(),
		.width = columns(),
	};
	s->plugins = plugins_new(&spec);
	if (!s->plugins)
		return err_set(err, "out of memory");
	for (size_t i = 0; i < c->plugins.n; i++)
		if (!plugins_load(s->plugins, c->plugins.at[i], err))
			return false;
	for (size_t i = 0; i < c->outputs.n; i++)
		if (!plugins_open_sink(s->plugins, c->outputs.at[i], err))
			return false;
	if (c->outputs.n > 0)
		return true;
	/* The live view is a plugin that may not have been built. */
	bool shows_view = c->command == COMMAND_WATCH && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	struct err ignored;
	return (shows_view && plugins_open_sink(s->plugins, "top:-", &ignored)) ||
	       plugins_open_sink(s->plugins, "text:-", err);
}

bool session_open(struct session *s, const struct config *c, struct err *err)
{
	*s = (struct session){ .config = c };
	paths_find(c->data_dir, &s->paths);
	s->loaded = session_lists(s, err);
	if (!s->loaded || !load_privacy(s, err))
		return false;
	if (c->keylog && (!session_expect_secrets(s, err) || !keylog_open(s->keys, c->keylog, err)))
		return false;
	return load_plugins(s, err);
}

/* By now every plugin that is in use has asked for its options. */
static bool check_settings(const struct session *s, struct err *err)
{
	const struct config_list *settings = &s->config->settings;
	for (size_t i = 0; i < settings->n; i++)
		if (!plugins_took(s->plugins, settings->at[i]))
			return err_set(err, "no plugin that is in use has an option '--%.*s'",
				       (int)strcspn(settings->at[i], "="), settings->at[i]);
	return true;
}

bool session_make(struct session *s, bool is_live, struct err *err)
{
	const struct config *c = s->config;
	struct shard_spec shard = {
		.know = &s->loaded->know,
		.keys = s->keys,
		.home = c->home,
		.n_home = c->n_home,
		.is_live = is_live,
		.is_learning = c->learning,
		.explain = c->explain,
		.dpi = c->dpi,
		.flows_max = c->flows_max,
		.cold_max = c->cold_max,
		.clients_max = c->clients_max,
		.client_flows_max = c->client_flows_max,
		.dns_max = c->dns_max,
		.fragments_max = c->fragments_max,
	};
	if (getrandom(&shard.hash_key, sizeof(shard.hash_key), 0) != sizeof(shard.hash_key))
		return err_set(err, "no random numbers");
	s->record = (struct record_spec){
		.know = &s->loaded->know,
		.privacy = s->privacy,
		.explain = c->explain,
		.reveal = c->reveal,
	};
	struct engine_spec spec = {
		.shard = &shard,
		.record = &s->record,
		.plugins = s->plugins,
		.n_shards = c->shards,
		.is_live = is_live,
		.has_extractors = true,
		.records_flow = c->records_flow,
		.on_record = s->on_record,
		.ctx = s->ctx,
	};
	s->engine = engine_new(&spec, err);
	return s->engine && check_settings(s, err);
}

struct told_options {
	struct arena *arena;
	struct ol_header at[OPTIONS_MAX];
	size_t n;
};

static void tell_option(void *ctx, const char *name, const char *value)
{
	struct told_options *o = ctx;
	if (o->n < OPTIONS_MAX)
		o->at[o->n++] = (struct ol_header){ name, arena_string(o->arena, value, strlen(value)) };
}

static void tell(struct session *s, struct ol_record *r, struct text *json)
{
	r->json = json->at ? json->at : "";
	r->json_len = json->len;
	delivery_tell(engine_delivery(s->engine), r);
	text_fini(json);
}

void session_begin(struct session *s, const struct session_input *input)
{
	struct arena *a = &s->begun.arena;
	struct ol_list *lists = arena_array(a, LISTS_MAX, sizeof(*lists));
	for (size_t i = 0; i < s->loaded->n_lists; i++) {
		const struct list_info *l = &s->loaded->lists[i];
		lists[i] = (struct ol_list){ l->name, l->version, l->sha256, l->entries };
	}
	struct told_options *options = arena_take(a, sizeof(*options));
	options->arena = a;
	config_tell(s->config, tell_option, options);
	s->begun.run = (struct ol_run){
		.version = ONLOOKER_VERSION,
		.inputs = input->inputs,
		.n_inputs = input->n_inputs,
		.knowledge = lists,
		.n_knowledge = s->loaded->n_lists,
		.options = options->at,
		.n_options = options->n,
		.has_secrets = s->keys && keylog_count(s->keys) > 0,
	};
	struct text *json = &s->begun.json;
	render_run(json, &s->begun.run);
	s->begun.record = (struct ol_record){
		.type = OL_RUN,
		.json = json->at ? json->at : "",
		.json_len = json->len,
		.run = &s->begun.run,
	};
	delivery_tell(engine_delivery(s->engine), &s->begun.record);
}

bool session_start(struct session *s, struct err *err)
{
	return engine_start(s->engine, err);
}

void session_finish(struct session *s, struct stats *stats)
{
	struct engine_counts counts;
	engine_finish(s->engine);
	engine_counts(s->engine, &counts);
	stats_engine(stats, &counts);
	log_debug("memory of clients: %.1f MiB the largest, %.0f MiB all of them at most",
		  (double)counts.clients.largest_client / (1 << 20), (double)counts.clients.most / (1 << 20));
	if (*s->loaded->note)
		stats_note(stats, "%s", s->loaded->note);
	if (s->keys && keylog_count(s->keys) > 0)
		stats_note(stats, "session secrets were in use");
	if (s->keys && keylog_bad_lines(s->keys) > 0)
		stats_note(stats, "%llu lines of the session secrets were not understood",
			   (unsigned long long)keylog_bad_lines(s->keys));
}

/* returns: false if the result is incomplete. */
static bool tell_end(struct session *s, struct stats *stats, const struct session_end *end)
{
	struct engine_counts counts;
	struct text json = { 0 };
	render_coverage(&json, &stats->coverage);
	tell(s, &(struct ol_record){ .type = OL_COVERAGE, .coverage = &stats->coverage }, &json);

	engine_counts(s->engine, &counts);
	if (counts.delivery.sink_failures)
		stats_note(stats, "%s", counts.delivery.sink_error.text);
	struct ol_summary summary = {
		.counts = stats->counts,
		.n_counts = stats->n_counts,
		.inputs = end->inputs,
		.n_inputs = end->n_inputs,
		.outputs = end->outputs,
		.n_outputs = end->n_outputs,
		.n_outputs_left_out = end->n_outputs_left_out,
		.is_incomplete = end->is_incomplete || counts.delivery.sink_failures,
		.notes = stats->notes,
		.n_notes = stats->n_notes,
	};
	render_summary(&json, &summary);
	tell(s, &(struct ol_record){ .type = OL_SUMMARY, .summary = &summary }, &json);

	engine_counts(s->engine, &counts);
	if (counts.delivery.sink_failures)
		log_error("%s", counts.delivery.sink_error.text);
	return !summary.is_incomplete && !counts.delivery.sink_failures;
}

bool session_end(struct session *s, struct stats *stats, const struct session_end *end)
{
	struct err err;
	bool ok = tell_end(s, stats, end);
	if (!plugins_close(s->plugins, &err)) {
		log_error("%s", err.text);
		ok = false;
	}
	return ok;
}

bool session_uses(const struct session *s, const struct loaded *lists)
{
	if (lists->n_lists != s->loaded->n_lists)
		return false;
	for (size_t i = 0; i < lists->n_lists; i++)
		if (strcmp(lists->lists[i].sha256, s->loaded->lists[i].sha256) != 0)
			return false;
	return true;
}

bool session_may_change(struct session *s, struct err *err)
{
	struct extractors *x = worker_extractors(s->plugins, err);
	extractors_close(x);
	return x != NULL;
}

bool session_change(struct session *s, struct stats *stats, const struct session_end *end,
		    struct loaded *lists, const struct session_input *input, struct err *err)
{
	tell_end(s, stats, end);
	engine_free(s->engine);
	s->engine = NULL;
	plugins_set_knowledge(s->plugins, &lists->know);
	knowledge_free(s->loaded);
	s->loaded = lists;
	text_fini(&s->begun.json);
	arena_fini(&s->begun.arena);
	if (!session_make(s, true, err))
		return false;
	session_begin(s, input);
	return session_start(s, err);
}

void session_close(struct session *s)
{
	engine_free(s->engine);
	plugins_free(s->plugins);
	privacy_free(s->privacy);
	keylog_free(s->keys);
	knowledge_free(s->loaded);
	text_fini(&s->begun.json);
	arena_fini(&s->begun.arena);
	for (size_t i = 0; i < sizeof(s->own_settings) / sizeof(s->own_settings[0]); i++)
		free(s->own_settings[i]);
}
