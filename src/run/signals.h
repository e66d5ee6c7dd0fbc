/* Signals as things that were asked for since one last looked. The flags behind it are the only state of the
 * program that is not passed in: a signal handler has no other way.
 */
#ifndef RUN_SIGNALS_H
#define RUN_SIGNALS_H

#include <stdbool.h>

enum signals_what {
	SIGNALS_STOP,    /* SIGINT, SIGTERM */
	SIGNALS_REOPEN,  /* SIGHUP */
	SIGNALS_COUNTERS /* SIGUSR1 */
};

/* From now on they are noted. A second SIGINT or SIGTERM ends the program at once. SIGPIPE is ignored: a sink
 * sees the error. */
void signals_begin(void);

/* Was it asked for? Forgets it. */
bool signals_take(enum signals_what what);

#endif
