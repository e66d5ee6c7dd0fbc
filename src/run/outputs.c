#include "run/outputs.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/time.h"

#define WAIT_LEAST_NS NS_PER_S
#define WAIT_MOST_NS (60 * NS_PER_S)
#define EXPIRE_EVERY_NS (600 * NS_PER_S)

bool outputs_begin(struct outputs *o, struct session *s, int64_t now_ns, struct err *err)
{
	*o = (struct outputs){
		.session = s,
		.retention_days = s->config->retention_days,
		.wait_ns = WAIT_LEAST_NS,
	};
	for (size_t i = 0; i < OUTPUTS_MAX; i++)
		o->begun_ns[i] = now_ns;
	if (!rotate_parse(s->config->rotate, &o->rotate, err))
		return false;
	if (o->retention_days && !s->config->rotate)
		log_warning("--retention deletes files that --rotate has put aside: without it there are no "
			    "new ones");
	o->seals = s->config->rotate ? seals_new() : NULL;
	return o->seals || !s->config->rotate || err_set(err, "out of memory");
}

void outputs_end(struct outputs *o)
{
	seals_free(o->seals);
	o->seals = NULL;
}

void outputs_tell(struct outputs *o, struct arena *a, struct session_end *ret_end)
{
	struct ol_output *all;
	uint64_t n_left_out;
	if (!o->seals)
		return;
	ret_end->n_outputs = seals_take(o->seals, a, &all, &n_left_out);
	ret_end->outputs = all;
	ret_end->n_outputs_left_out = n_left_out;
}

bool outputs_folder(const struct outputs *o, size_t i, char *ret_folder, size_t size)
{
	const char *file = plugins_file(o->session->plugins, i);
	*ret_folder = '\0';
	if (!file)
		return true;
	if (!*file)
		return false;
	const char *slash = strrchr(file, '/');
	if (!slash)
		snprintf(ret_folder, size, ".");
	else
		snprintf(ret_folder, size, "%.*s", slash == file ? 1 : (int)(slash - file), file);
	return true;
}

/* Runs between two records, like all that follows. */
struct moment {
	struct outputs *o;
	int64_t now_ns;
};

static void reopen(struct outputs *o, size_t i, int64_t now_ns)
{
	struct err err;
	if (!plugins_reopen(o->session->plugins, i, &o->session->begun.record, &err))
		log_error("%s", err.text);
	o->begun_ns[i] = now_ns;
}

static void reopen_all(void *ctx)
{
	const struct moment *m = ctx;
	const char *file;
	for (size_t i = 0; !(file = plugins_file(m->o->session->plugins, i)) || *file; i++)
		if (file)
			reopen(m->o, i, m->now_ns);
}

void outputs_reopen(struct outputs *o, int64_t now_ns)
{
	struct moment m = { o, now_ns };
	delivery_between(engine_delivery(o->session->engine), reopen_all, &m);
	log_info("output files opened again");
}

static void rotate_due(struct outputs *o, int64_t now_ns)
{
	const char *file;
	for (size_t i = 0; !(file = plugins_file(o->session->plugins, i)) || *file; i++) {
		struct stat st;
		struct err err;
		char aside[ROTATE_PATH_MAX];
		if (!file || stat(file, &st) != 0 ||
		    !rotate_is_due(&o->rotate, (uint64_t)st.st_size, o->begun_ns[i], now_ns))
			continue;
		if (rotate_aside(file, now_ns, aside, &err)) {
			reopen(o, i, now_ns);
			seals_add(o->seals, aside);
		} else {
			log_error("%s; it goes on in the same file", err.text);
			o->begun_ns[i] = now_ns;
		}
	}
}

static void expire(struct outputs *o, int64_t now_ns)
{
	const char *file;
	if (o->retention_days == 0 || (o->expire_ns != 0 && now_ns - o->expire_ns < EXPIRE_EVERY_NS))
		return;
	o->expire_ns = now_ns;
	for (size_t i = 0; !(file = plugins_file(o->session->plugins, i)) || *file; i++) {
		size_t n = file ? rotate_expire(file, o->retention_days, now_ns) : 0;
		if (n > 0)
			log_info("%zu files put aside of '%s' are older than %u days: deleted", n, file,
				 o->retention_days);
	}
}

/* Tries less and less often while it does not help, so that a full disk does not fill the log as well. */
static void mend(struct outputs *o, int64_t now_ns)
{
	size_t n_mended;
	if (now_ns >= o->mend_ns && now_ns - o->mend_ns < o->wait_ns)
		return;
	o->n_broken = plugins_mend(o->session->plugins, &o->session->begun.record, &n_mended);
	if (n_mended > 0)
		log_warning("%zu output%s opened again; %llu records were not written so far", n_mended,
			    n_mended > 1 ? "s" : "", (unsigned long long)plugins_lost(o->session->plugins));
	if (n_mended + o->n_broken > 0)
		o->wait_ns = o->wait_ns < WAIT_MOST_NS ? 2 * o->wait_ns : WAIT_MOST_NS;
	else if (now_ns - o->mend_ns > WAIT_MOST_NS)
		o->wait_ns = WAIT_LEAST_NS;
	else
		return;
	o->mend_ns = now_ns;
}

static void second(void *ctx)
{
	const struct moment *m = ctx;
	mend(m->o, m->now_ns);
	rotate_due(m->o, m->now_ns);
	expire(m->o, m->now_ns);
}

void outputs_second(struct outputs *o, int64_t now_ns)
{
	struct moment m = { o, now_ns };
	delivery_flush(engine_delivery(o->session->engine));
	delivery_between(engine_delivery(o->session->engine), second, &m);
}
