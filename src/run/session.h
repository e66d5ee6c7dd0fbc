/* What reading and watching have in common: everything that is loaded and opened before the first packet, and
 * the records before the first and after the last visit.
 */
#ifndef RUN_SESSION_H
#define RUN_SESSION_H

#include "base/arena.h"
#include "base/text.h"
#include "know/load.h"
#include "out/plugins.h"
#include "run/config.h"
#include "run/engine.h"
#include "run/paths.h"
#include "run/stats.h"

struct session {
	const struct config *config;
	struct paths paths;
	struct loaded *loaded;
	struct keylog *keys; /* NULL: none */
	struct privacy *privacy;
	struct plugins *plugins;
	struct engine *engine;
	struct record_spec record;
	const char *settings[CONFIG_LIST_MAX + 4]; /* of plugins: first the program's, then the user's */
	size_t n_settings;
	char *own_settings[2];                                   /* to be freed */
	void (*on_record)(void *ctx, const struct ol_record *r); /* as of the engine; the caller may set it
								    before session_begin */
	void *ctx;
	struct {
		struct arena arena;
		struct ol_run run;
		struct text json;
		struct ol_record record;
	} begun; /* the run record, with which a file that is begun later begins too */
};

/* Lists, secrets, privacy and plugins are loaded; outputs are opened. returns: false with err set; then
 * session_close still has to be called.
 */
bool session_open(struct session *s, const struct config *c, struct err *err);

/* Secrets may come with the input: there will be a table for them. Before session_make. */
bool session_expect_secrets(struct session *s, struct err *err);

/* Takes them, while the input is opened or while packets pass. */
void session_secrets(struct session *s, struct bytes keylog_text);

/* Makes the engine. The extractors read their files now: after it nothing is opened but what rotates. */
bool session_make(struct session *s, bool is_live, struct err *err);

struct session_input {
	const struct ol_input *inputs;
	size_t n_inputs;
};

/* Writes the run record. A sink that fails is told by session_end. memory: borrows the inputs until
 * session_end. */
void session_begin(struct session *s, const struct session_input *input);

/* Starts the threads. What is to hold for them (the sandbox) must hold by then. */
bool session_start(struct session *s, struct err *err);

/* The engine ends; its counters and what is to be said of the run are put into stats. The caller adds its
 * own. */
void session_finish(struct session *s, struct stats *stats);

struct session_end {
	const struct ol_input *inputs; /* as they ended; none: the run record had it all */
	size_t n_inputs;
	const struct ol_output *outputs; /* live: put aside */
	size_t n_outputs, n_outputs_left_out;
	bool is_incomplete;
};

/* Writes coverage and summary and closes the outputs. returns: false if the result is incomplete: the caller
 * says so, or a sink failed now or before (then that is printed).
 */
bool session_end(struct session *s, struct stats *stats, const struct session_end *end);

/* Live: the lists read again. returns: NULL with err set (then the old ones stay in use). */
struct loaded *session_lists(const struct session *s, struct err *err);
bool session_uses(const struct session *s, const struct loaded *lists); /* the same, to the byte */

/* Could another run begin, or is something out of reach by now that its extractors need? */
bool session_may_change(struct session *s, struct err *err);

/* Other lists mean another run: after session_finish, tells coverage and summary of the one that ends, and
 * begins the next in the same outputs. Takes over `lists`. returns: false with err set if that is not
 * possible. */
bool session_change(struct session *s, struct stats *stats, const struct session_end *end,
		    struct loaded *lists, const struct session_input *input, struct err *err);

void session_close(struct session *s);

#endif
