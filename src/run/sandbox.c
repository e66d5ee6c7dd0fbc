#include "run/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/privdrop.h"
#include "run/sandbox_parts.h"

bool sandbox_enter(const struct sandbox_spec *spec, struct sandbox_state *ret_state, struct err *err)
{
	struct sandbox_state s = { 0 };
	if (!sandbox_landlock(spec, &s.landlock_abi, err))
		return false;
	s.has_landlock = s.landlock_abi > 0;
	if (!sandbox_seccomp(spec, &s.has_seccomp, err))
		return false;
	*ret_state = s;
	return true;
}

/* Things that a parser gone wrong would try. Each returns true if it got through. */
static bool runs_a_program(void)
{
	char *const argv[] = { (char[]){ "true" }, NULL };
	execv("/bin/true", argv);
	return false; /* where it got through, the child ends with status 0 from that program */
}

static bool opens_connection(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	return fd >= 0;
}

static bool sends_datagram(void)
{
	return socket(AF_INET6, SOCK_DGRAM, 0) >= 0;
}

static bool reads_passwords(void)
{
	return open("/etc/passwd", O_RDONLY) >= 0;
}

static bool makes_file(void)
{
	return open("/tmp/onlooker-sandbox-check", O_WRONLY | O_CREAT, 0600) >= 0;
}

static bool traces_parent(void)
{
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0;
}

static bool becomes_root(void)
{
	return setuid(0) == 0;
}

static const struct {
	const char *what;
	bool (*gets_through)(void);
	bool needs_landlock;
} attempts[] = {
	{ "run a program", runs_a_program, false },
	{ "open a connection", opens_connection, false },
	{ "open a datagram socket", sends_datagram, false },
	{ "read /etc/passwd", reads_passwords, true },
	{ "make a file in /tmp", makes_file, true },
	{ "trace another process", traces_parent, false },
	{ "become root", becomes_root, false },
};

enum { HELD = 42, GOT_THROUGH = 43, NO_SANDBOX = 44 };

static int attempt(bool (*gets_through)(void))
{
	pid_t child = fork();
	if (child == 0) {
		struct sandbox_state state;
		struct err err;
		static const struct sandbox_spec nothing;
		if (!privdrop(NULL, &err) || !sandbox_enter(&nothing, &state, &err))
			_exit(NO_SANDBOX);
		_exit(gets_through() ? GOT_THROUGH : HELD);
	}
	int status = 0;
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return NO_SANDBOX;
	return WIFEXITED(status) ? WEXITSTATUS(status) : HELD;
}

bool sandbox_check(FILE *out)
{
	bool ok = true, done = false;
	int abi = 0;
	struct err err = { "" };
	pid_t child = fork(); /* learns what the kernel has, without entering it here */
	if (child == 0) {
		static const struct sandbox_spec nothing;
		struct sandbox_state s = { 0 };
		bool entered = privdrop(NULL, &err) && sandbox_enter(&nothing, &s, &err);
		_exit(entered ? s.landlock_abi * 2 + s.has_seccomp : 255);
	}
	int status = 0;
	if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) == 255) {
		fputs("the sandbox cannot be entered here\n", out);
		return false;
	}
	done = WEXITSTATUS(status) & 1;
	abi = WEXITSTATUS(status) / 2;
	fprintf(out, "system call filter (seccomp)   %s\n", done ? "yes" : "no: built without libseccomp");
	fprintf(out, "file access rules (Landlock)   %s\n", abi ? "yes" : "no: this kernel has none");
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		bool held = attempt(attempts[i].gets_through) == HELD;
		bool is_known = attempts[i].needs_landlock && !abi;
		fprintf(out, "%-30s %s\n", attempts[i].what,
			held       ? "refused"
			: is_known ? "possible, for want of Landlock"
				   : "POSSIBLE");
		ok = ok && (held || is_known);
	}
	return ok;
}
