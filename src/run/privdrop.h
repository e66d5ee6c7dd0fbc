/* Gives up what is not needed once the interfaces are open. */
#ifndef RUN_PRIVDROP_H
#define RUN_PRIVDROP_H

#include "base/err.h"

/* If it runs as root: supplementary groups, group and user become those of `user` (NULL: nobody), for good.
 * Then, as any user: no capabilities, no new privileges, no core dumps (secrets and names would be in them).
 *
 * Outputs must be open before, or be in folders that `user` may write to.
 */
bool privdrop(const char *user, struct err *err);

/* The same but for user and groups, which stay: for who reads files with rights of his own. */
bool privdrop_capabilities(struct err *err);

/* Gives a file to the user that privdrop will become, so that it can be opened again. As another user than
 * root it does nothing. */
void privdrop_give(const char *user, const char *path);

#endif
