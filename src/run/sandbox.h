/* After set-up: which system calls and files are still allowed. Bytes from the wire are hostile, so a parser
 * that went wrong must not be able to run programs, open files or reach the network.
 */
#ifndef RUN_SANDBOX_H
#define RUN_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

struct sandbox_spec {
	const char *const *writable; /* folders in which outputs may be made, deleted and renamed */
	size_t n_writable;
	const char *const *readable; /* files that are read again on SIGHUP */
	size_t n_readable;
	bool has_interfaces; /* live: their statistics are read, and they are bound again when they come back
			      */
	bool has_metrics;    /* connections to the metrics socket are accepted */
};

struct sandbox_state {
	bool has_seccomp, has_landlock;
	int landlock_abi; /* 0: the kernel has none */
};

/* Called once, from the only thread there is yet or before the others begin. What the kernel lacks is left
 * out and told in *ret_state; what it has and refuses is an error.
 */
bool sandbox_enter(const struct sandbox_spec *spec, struct sandbox_state *ret_state, struct err *err);

/* Tries what is forbidden, each in a child process, and prints what holds. returns: false if anything got
 * through. */
bool sandbox_check(FILE *out);

#endif
