/* What is done to the sinks of a live run from time to time: flushed, mended, put aside and begun anew. */
#ifndef RUN_OUTPUTS_H
#define RUN_OUTPUTS_H

#include "run/rotate.h"
#include "run/seal.h"
#include "run/session.h"

#define OUTPUTS_MAX 16

struct outputs {
	struct session *session;
	struct rotate rotate;
	uint32_t retention_days;       /* 0: for ever */
	int64_t begun_ns[OUTPUTS_MAX]; /* of the file of each sink */
	int64_t mend_ns, wait_ns, expire_ns;
	size_t n_broken;
	struct seals *seals; /* of files put aside; NULL: none are */
};

/* returns: false with err set if --rotate makes no sense. Then outputs_end still has to be called. */
bool outputs_begin(struct outputs *o, struct session *s, int64_t now_ns, struct err *err);
void outputs_end(struct outputs *o);

/* What was put aside since the last time, for the summary. memory: of the arena. */
void outputs_tell(struct outputs *o, struct arena *a, struct session_end *ret_end);

/* Each second. */
void outputs_second(struct outputs *o, int64_t now_ns);

/* Their files have been moved away: begins new ones. */
void outputs_reopen(struct outputs *o, int64_t now_ns);

/* The folder of the i-th sink's file: false if there is no further sink; "" if it has no file. */
bool outputs_folder(const struct outputs *o, size_t i, char *ret_folder, size_t size);

#endif
