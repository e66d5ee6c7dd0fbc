#include "run/sandbox_parts.h"

bool sandbox_seccomp(const struct sandbox_spec *spec, bool *ret_done, struct err *err)
{
	(void)spec, (void)err;
	*ret_done = false;
	return true;
}
