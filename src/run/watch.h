/* `onlooker watch`: live traffic. */
#ifndef RUN_WATCH_H
#define RUN_WATCH_H

#include "run/config.h"

/* returns: the exit code. */
int watch_interfaces(const struct config *config);

#endif
