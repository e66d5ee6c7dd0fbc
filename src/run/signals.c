#include "run/signals.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t asked[SIGNALS_COUNTERS + 1];

static void note(int number)
{
	asked[number == SIGHUP ? SIGNALS_REOPEN : number == SIGUSR1 ? SIGNALS_COUNTERS : SIGNALS_STOP] = 1;
}

void signals_begin(void)
{
	struct sigaction once = { .sa_handler = note, .sa_flags = SA_RESTART | (int)SA_RESETHAND };
	struct sigaction always = { .sa_handler = note, .sa_flags = SA_RESTART };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigaction(SIGINT, &once, NULL);
	sigaction(SIGTERM, &once, NULL);
	sigaction(SIGHUP, &always, NULL);
	sigaction(SIGUSR1, &always, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

bool signals_take(enum signals_what what)
{
	if (!asked[what])
		return false;
	asked[what] = 0;
	return true;
}
