#include "out/plugins.h"

#include <assert.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/email.h"
#include "know/companies.h"

#define PLUGINS_MAX 32
#define SINKS_MAX 16
#define SETTINGS_MAX 64

struct plugins;

struct loaded {
	const struct ol_plugin *plugin;
	void *library;
	struct ol_host host;
	struct plugins *all;
};

struct open_sink {
	struct loaded *loaded;
	const struct ol_plugin *plugin; /* NULL once it failed or is closed */
	void *sink;
	char *target;
	uint64_t n_pending; /* records since the last flush */
	uint64_t n_lost;
};

struct plugins {
	struct plugins_spec spec;
	void (*disclose)(void *to, const struct ol_disclosure *what);
	struct loaded loaded[PLUGINS_MAX];
	size_t n_loaded;
	struct open_sink sinks[SINKS_MAX];
	size_t n_sinks;
	bool is_taken[SETTINGS_MAX]; /* a plugin asked for this setting */
};

static const char *host_option(const struct ol_host *host, const char *name)
{
	const struct loaded *l = host->own;
	struct plugins *p = l->all;
	size_t plugin_len = strlen(l->plugin->name), name_len = strlen(name);
	const char *value = "";
	for (size_t i = 0; i < p->spec.n_settings; i++) {
		const char *s = p->spec.settings[i];
		if (strncmp(s, l->plugin->name, plugin_len) != 0 || s[plugin_len] != '.' ||
		    strncmp(s + plugin_len + 1, name, name_len) != 0 || s[plugin_len + 1 + name_len] != '=')
			continue;
		value = s + plugin_len + name_len + 2;
		p->is_taken[i] = true;
	}
	return value;
}

bool plugins_took(const struct plugins *p, const char *setting)
{
	size_t i = 0;
	while (i < p->spec.n_settings && !(p->is_taken[i] && strcmp(p->spec.settings[i], setting) == 0))
		i++;
	return i < p->spec.n_settings;
}

static const char *host_company(const struct ol_host *host, const char *name)
{
	const struct loaded *l = host->own;
	const struct knowledge *know = l->all->spec.know;
	struct hostname h;
	if (!know || !know->companies ||
	    !hostname_parse((struct bytes){ (const uint8_t *)name, strlen(name) }, &h))
		return "";
	const struct company *c = companies_of(know->companies, &h);
	return c && !(c->flags & COMPANY_INFRASTRUCTURE) ? c->company : "";
}

struct plugins *plugins_new(const struct plugins_spec *spec)
{
	struct plugins *p = calloc(1, sizeof(*p));
	assert(spec->n_settings <= SETTINGS_MAX);
	if (p)
		p->spec = *spec;
	return p;
}

void plugins_set_knowledge(struct plugins *p, const struct knowledge *know)
{
	p->spec.know = know;
}

void plugins_set_disclose(struct plugins *p, void (*disclose)(void *to, const struct ol_disclosure *what))
{
	p->disclose = disclose;
	for (size_t i = 0; i < p->n_loaded; i++)
		p->loaded[i].host.disclose = disclose;
}

static struct loaded *find(struct plugins *p, const char *name)
{
	for (size_t i = 0; i < p->n_loaded; i++)
		if (strcmp(p->loaded[i].plugin->name, name) == 0)
			return &p->loaded[i];
	return NULL;
}

static struct loaded *load(struct plugins *p, const char *path, struct err *err)
{
	if (p->n_loaded == PLUGINS_MAX) {
		err_set(err, "no more than %d plugins", PLUGINS_MAX);
		return NULL;
	}
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		err_set(err, "cannot load plugin: %s", dlerror());
		return NULL;
	}
	const struct ol_plugin *plugin = dlsym(library, "ol_plugin");
	if (!plugin || plugin->abi != OL_PLUGIN_ABI) {
		err_set(err, "'%s' is not a plugin of this version (interface %d)", path, OL_PLUGIN_ABI);
		dlclose(library);
		return NULL;
	}
	if (find(p, plugin->name)) {
		err_set(err, "there is a plugin '%s' already", plugin->name);
		dlclose(library);
		return NULL;
	}
	struct loaded *l = &p->loaded[p->n_loaded++];
	*l = (struct loaded){ .plugin = plugin, .library = library, .all = p };
	l->host = (struct ol_host){
		.option = host_option,
		.company = host_company,
		.email = email_find,
		.disclose = p->disclose,
		.data_dir = p->spec.data_dir,
		.use_colour = p->spec.use_colour,
		.width = p->spec.width,
		.own = l,
	};
	return l;
}

bool plugins_load(struct plugins *p, const char *path, struct err *err)
{
	char full[4096];
	/* Without a slash dlopen would search the system's folders. */
	snprintf(full, sizeof(full), "%s%s", strchr(path, '/') ? "" : "./", path);
	return load(p, full, err) != NULL;
}

/* A loaded plugin, or the shipped one of that name. */
static struct loaded *need(struct plugins *p, const char *name, struct err *err)
{
	struct loaded *l = find(p, name);
	if (l)
		return l;
	char path[4096];
	snprintf(path, sizeof(path), "%s/%s.so", p->spec.dir, name);
	if (!*name || strchr(name, '/') || access(path, R_OK) != 0) {
		err_set(err, "there is no plugin '%s'", name);
		return NULL;
	}
	return load(p, path, err);
}

static bool open_sink(struct open_sink *s, struct err *err)
{
	const struct ol_plugin *plugin = s->loaded->plugin;
	char words[OL_ERR_MAX] = "";
	s->sink = plugin->sink->open(&s->loaded->host, s->target, words);
	if (!s->sink)
		return err_set(err, "output '%s:%s': %s", plugin->name, s->target, words);
	s->plugin = plugin;
	return true;
}

bool plugins_open_sink(struct plugins *p, const char *output, struct err *err)
{
	char name[64];
	size_t len = strcspn(output, ":");
	if (len >= sizeof(name))
		return err_set(err, "there is no plugin '%s'", output);
	memcpy(name, output, len);
	name[len] = '\0';
	const char *target = output[len] == ':' ? output + len + 1 : "";

	struct loaded *l = need(p, name, err);
	if (!l)
		return false;
	if (!l->plugin->sink)
		return err_set(err, "plugin '%s' takes no records", name);
	if (p->n_sinks == SINKS_MAX)
		return err_set(err, "no more than %d outputs", SINKS_MAX);
	struct open_sink s = { .loaded = l, .target = strdup(target) };
	if (!s.target)
		return err_set(err, "out of memory");
	if (!open_sink(&s, err)) {
		free(s.target);
		return false;
	}
	p->sinks[p->n_sinks++] = s;
	return true;
}

/* A sink that failed: closed, its first words kept. */
static bool failed(struct open_sink *s, const char *words, struct err *err)
{
	char ignored[OL_ERR_MAX] = "";
	err_set(err, "output '%s': %s", s->plugin->name, words);
	s->plugin->sink->close(s->sink, ignored);
	s->plugin = NULL;
	s->n_lost += s->n_pending;
	s->n_pending = 0;
	return false;
}

bool plugins_record(struct plugins *p, const struct ol_record *record, struct err *err)
{
	bool ok = true;
	for (size_t i = 0; i < p->n_sinks; i++) {
		struct open_sink *s = &p->sinks[i];
		char words[OL_ERR_MAX] = "";
		bool is_kept = record->type != OL_STATUS;
		if (!s->plugin) {
			s->n_lost += is_kept;
			continue;
		}
		s->n_pending += is_kept;
		if (!s->plugin->sink->record(s->sink, record, words))
			ok = failed(s, words, err);
	}
	return ok;
}

bool plugins_flush(struct plugins *p, struct err *err)
{
	bool ok = true;
	for (size_t i = 0; i < p->n_sinks; i++) {
		struct open_sink *s = &p->sinks[i];
		char words[OL_ERR_MAX] = "";
		if (!s->plugin || !s->plugin->sink->flush)
			continue;
		if (!s->plugin->sink->flush(s->sink, words))
			ok = failed(s, words, err);
		else
			s->n_pending = 0;
	}
	return ok;
}

const char *plugins_file(const struct plugins *p, size_t i)
{
	if (i >= p->n_sinks)
		return "";
	const char *target = p->sinks[i].target;
	struct stat st;
	if (!*target || strcmp(target, "-") == 0)
		return NULL;
	return stat(target, &st) != 0 || S_ISREG(st.st_mode) ? target
							     : NULL; /* it may have been moved away */
}

static bool open_again(struct open_sink *s, const struct ol_record *first, struct err *err)
{
	char words[OL_ERR_MAX] = "";
	struct stat st;
	if (!open_sink(s, err))
		return false;
	bool is_new = stat(s->target, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0;
	if (!is_new || s->plugin->sink->record(s->sink, first, words))
		return true;
	return failed(s, words, err);
}

bool plugins_reopen(struct plugins *p, size_t i, const struct ol_record *first, struct err *err)
{
	struct open_sink *s = &p->sinks[i];
	char words[OL_ERR_MAX] = "";
	bool ok = true;
	if (s->plugin && !s->plugin->sink->close(s->sink, words)) {
		s->n_lost += s->n_pending;
		ok = err_set(err, "output '%s': %s", s->plugin->name, words);
	}
	s->plugin = NULL;
	s->n_pending = 0;
	return open_again(s, first, err) && ok;
}

size_t plugins_mend(struct plugins *p, const struct ol_record *first, size_t *ret_mended)
{
	size_t n_broken = 0, n_mended = 0;
	for (size_t i = 0; i < p->n_sinks; i++) {
		struct open_sink *s = &p->sinks[i];
		struct err ignored;
		if (s->plugin)
			continue;
		/* Opening may work where writing does not. */
		char words[OL_ERR_MAX] = "";
		bool ok = open_again(s, first, &ignored);
		if (ok && s->plugin->sink->flush && !s->plugin->sink->flush(s->sink, words))
			ok = failed(s, words, &ignored);
		n_mended += ok;
		n_broken += !ok;
	}
	*ret_mended = n_mended;
	return n_broken;
}

uint64_t plugins_lost(const struct plugins *p)
{
	uint64_t n = 0;
	for (size_t i = 0; i < p->n_sinks; i++)
		n += p->sinks[i].n_lost;
	return n;
}

bool plugins_close(struct plugins *p, struct err *err)
{
	bool ok = true;
	for (size_t i = 0; i < p->n_sinks; i++) {
		struct open_sink *s = &p->sinks[i];
		char words[OL_ERR_MAX] = "";
		if (s->plugin && !s->plugin->sink->close(s->sink, words))
			ok = err_set(err, "output '%s': %s", s->plugin->name, words);
		s->plugin = NULL;
		free(s->target);
	}
	p->n_sinks = 0;
	return ok;
}

void plugins_free(struct plugins *p)
{
	if (!p)
		return;
	struct err ignored;
	plugins_close(p, &ignored);
	for (size_t i = 0; i < p->n_loaded; i++)
		dlclose(p->loaded[i].library);
	free(p);
}

struct extractors {
	size_t n;
	struct {
		const struct ol_extractor *extractor;
		void *instance;
	} at[PLUGINS_MAX];
};

struct extractors *extractors_open(struct plugins *p, const char *const *names, size_t n_names,
				   struct err *err)
{
	for (size_t i = 0; i < n_names; i++)
		if (!need(p, names[i], err))
			return NULL;
	struct extractors *x = calloc(1, sizeof(*x));
	if (!x) {
		err_set(err, "out of memory");
		return NULL;
	}
	for (size_t i = 0; i < p->n_loaded; i++) {
		const struct ol_plugin *plugin = p->loaded[i].plugin;
		if (!plugin->extractor)
			continue;
		char words[OL_ERR_MAX] = "";
		void *instance = plugin->extractor->open(&p->loaded[i].host, words);
		if (!instance) {
			err_set(err, "plugin '%s': %s", plugin->name, words);
			extractors_close(x);
			return NULL;
		}
		x->at[x->n].extractor = plugin->extractor;
		x->at[x->n++].instance = instance;
	}
	return x;
}

void extractors_request(struct extractors *x, const struct ol_request *request, void *to)
{
	for (size_t i = 0; i < x->n; i++)
		x->at[i].extractor->request(x->at[i].instance, request, to);
}

void extractors_response(struct extractors *x, const struct ol_response *response, void *to)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->at[i].extractor->response)
			x->at[i].extractor->response(x->at[i].instance, response, to);
}

void extractors_close(struct extractors *x)
{
	if (!x)
		return;
	for (size_t i = 0; i < x->n; i++)
		x->at[i].extractor->close(x->at[i].instance);
	free(x);
}
