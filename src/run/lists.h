/* `onlooker lists`: each list with version, date, entries, hash and licence; `lists lookup HOST`: what would
 * be said of a host and by which line.
 */
#ifndef RUN_LISTS_H
#define RUN_LISTS_H

#include "run/config.h"

/* returns: the exit code. */
int lists_show(const struct config *config);

#endif
