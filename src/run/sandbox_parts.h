/* The two halves of the sandbox, each in a file of its own. Only sandbox.c includes this. */
#ifndef RUN_SANDBOX_PARTS_H
#define RUN_SANDBOX_PARTS_H

#include <stdint.h>

#include "run/sandbox.h"

/* run/sandbox_landlock.c. ret_abi: 0 if the kernel has none. */
bool sandbox_landlock(const struct sandbox_spec *spec, int *ret_abi, struct err *err);

/* run/sandbox_seccomp.c, or run/sandbox_seccomp_none.c without libseccomp. ret_done: false if there is none.
 */
bool sandbox_seccomp(const struct sandbox_spec *spec, bool *ret_done, struct err *err);

#endif
