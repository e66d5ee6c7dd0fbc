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

static bool keep_user(const char *user, struct err *err)
{
	(void)user;
	return privdrop_capabilities(err);
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

static const struct attempt {
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

/* What `read` and `watch` allow themselves. */
static const struct mode {
	const char *name;
	bool (*give_up)(const char *user, struct err *err);
	struct sandbox_spec spec;
} modes[] = {
	{ "read", keep_user, { 0 } },
	{ "watch", privdrop, { .has_interfaces = true, .has_metrics = true } },
};

enum { MODES = sizeof(modes) / sizeof(modes[0]), HELD = 42, GOT_THROUGH = 43, NO_SANDBOX = 44 };

static bool enter(const struct mode *m, struct sandbox_state *ret_state)
{
	struct err err;
	return m->give_up(NULL, &err) && sandbox_enter(&m->spec, ret_state, &err);
}

/* returns: the exit code of a child that enters the sandbox and then does it; -1: it ended otherwise. */
static int in_child(const struct mode *m, int (*work)(const struct sandbox_state *s, const void *what),
		    const void *what)
{
	pid_t child = fork();
	if (child == 0) {
		struct sandbox_state s;
		_exit(enter(m, &s) ? work(&s, what) : NO_SANDBOX);
	}
	int status = 0;
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return NO_SANDBOX;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int tell_parts(const struct sandbox_state *s, const void *what)
{
	(void)what;
	return s->has_seccomp + 2 * s->has_landlock;
}

static int attempt(const struct sandbox_state *s, const void *what)
{
	(void)s;
	const struct attempt *a = what;
	return a->gets_through() ? GOT_THROUGH : HELD;
}

bool sandbox_check(FILE *out)
{
	int parts = in_child(&modes[0], tell_parts, NULL);
	bool ok = true, has_landlock = parts & 2;
	fflush(out); /* or the children have it too */
	if (parts < 0 || parts == NO_SANDBOX) {
		fputs("the sandbox cannot be entered here\n", out);
		return false;
	}
	fprintf(out, "system call filter (seccomp)   %s\n",
		parts & 1 ? "yes" : "no: built without libseccomp");
	fprintf(out, "file access rules (Landlock)   %s\n",
		has_landlock ? "yes" : "no: this kernel has none");
	for (size_t k = 0; k < MODES; k++)
		for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
			int how = in_child(&modes[k], attempt, &attempts[i]);
			bool is_known = attempts[i].needs_landlock && !has_landlock && how == GOT_THROUGH;
			bool held = how == HELD || how == -1; /* -1: the kernel killed it */
			fprintf(out, "%-6s %-23s %s\n", modes[k].name, attempts[i].what,
				held       ? "refused"
				: is_known ? "possible, for want of Landlock"
					   : "POSSIBLE");
			ok = ok && (held || is_known);
		}
	return ok;
}
