/* Loads plugins, opens sinks and extractors, and hands records round. */
#ifndef OUT_PLUGINS_H
#define OUT_PLUGINS_H

#include "base/err.h"
#include "know/knowledge.h"
#include "out/plugin.h"

struct plugins_spec {
	const char *dir;             /* folder of the shipped plugins, NAME.so */
	const char *data_dir;        /* of data files, for the plugins */
	const char *const *settings; /* NAME.OPTION=VALUE; at most 64 */
	size_t n_settings;
	const struct knowledge *know;
	bool use_colour;
	unsigned width;
};

struct plugins;

/* memory: borrows what spec points to until plugins_free. */
struct plugins *plugins_new(const struct plugins_spec *spec);
void plugins_free(struct plugins *p); /* closes what is open, without a word: see plugins_close */

/* Did a plugin ask for this setting? One that none asks for is a slip of the user. */
bool plugins_took(const struct plugins *p, const char *setting);

/* Other knowledge from now on. */
void plugins_set_knowledge(struct plugins *p, const struct knowledge *know);

/* Loads a plugin that is not shipped; it is then known by its own name. */
bool plugins_load(struct plugins *p, const char *path, struct err *err);

/* output: SINK[:TARGET]. */
bool plugins_open_sink(struct plugins *p, const char *output, struct err *err);

/* Hands a record to every sink. A sink that fails is closed and gets no more; the others go on.
 * returns: false with err set if one failed now.
 */
bool plugins_record(struct plugins *p, const struct ol_record *record, struct err *err);
bool plugins_flush(struct plugins *p, struct err *err);
bool plugins_close(struct plugins *p, struct err *err);

/* Live, a full disk or a target that is gone is not the end: opens again what failed, and hands `first` to a
 * file that is begun anew. returns: how many still fail; *ret_mended: how many no longer do.
 */
size_t plugins_mend(struct plugins *p, const struct ol_record *first, size_t *ret_mended);

/* Records that some sink was not able to write, or perhaps not: those since its last flush are among them. */
uint64_t plugins_lost(const struct plugins *p);

/* The file that the i-th sink writes; NULL if it is none, "" if there is no such sink. */
const char *plugins_file(const struct plugins *p, size_t i);

/* Closes the i-th sink and opens it again, since its file has been moved away. */
bool plugins_reopen(struct plugins *p, size_t i, const struct ol_record *first, struct err *err);

/* A set of extractors for one shard: every loaded plugin that is one, and the shipped ones named in names. */
struct extractors;
struct extractors *extractors_open(struct plugins *p, const char *const *names, size_t n_names,
				   struct err *err);
void extractors_request(struct extractors *x, const struct ol_request *request, void *to);
void extractors_response(struct extractors *x, const struct ol_response *response, void *to);
void extractors_close(struct extractors *x);

/* Where an extractor's findings go: to is what extractors_request was given. Set before extractors_open. */
void plugins_set_disclose(struct plugins *p, void (*disclose)(void *to, const struct ol_disclosure *what));

#endif
