/* `onlooker read`: stored captures. */
#ifndef RUN_READ_H
#define RUN_READ_H

#include "run/config.h"

/* returns: the exit code. */
int read_captures(const struct config *config);

#endif
