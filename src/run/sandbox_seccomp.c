/* System calls by a seccomp filter, see seccomp(2): a list of what is allowed, everything else fails with
 * EPERM. */
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <string.h>
#include <sys/socket.h>

#include "run/sandbox_parts.h"

/* What reading, thinking and writing need, whatever the mode. */
static const int always[] = {
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(pread64),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(pwrite64),
	SCMP_SYS(lseek),
	SCMP_SYS(close),
	SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(stat),
	SCMP_SYS(lstat),
	SCMP_SYS(statx),
	SCMP_SYS(fsync),
	SCMP_SYS(fdatasync),
	SCMP_SYS(ftruncate),
	SCMP_SYS(fcntl),
	SCMP_SYS(fchmod),
	SCMP_SYS(dup),
	SCMP_SYS(getdents64),
	SCMP_SYS(openat),
	SCMP_SYS(open),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(readlink),
	SCMP_SYS(fadvise64),
	SCMP_SYS(mmap),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(mprotect),
	SCMP_SYS(madvise),
	SCMP_SYS(brk),
	SCMP_SYS(futex),
	SCMP_SYS(clone),
	SCMP_SYS(clone3),
	SCMP_SYS(rseq),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigtimedwait),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(signalfd4),
	SCMP_SYS(tgkill),
	SCMP_SYS(gettid),
	SCMP_SYS(getpid),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(select),
	SCMP_SYS(pselect6),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_create1),
	SCMP_SYS(eventfd2),
	SCMP_SYS(pipe2),
	SCMP_SYS(getrandom),
	SCMP_SYS(getrusage),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(prlimit64),
	SCMP_SYS(uname),
	SCMP_SYS(sysinfo),
	SCMP_SYS(timerfd_create),
	SCMP_SYS(timerfd_settime),
};

/* Outputs that rotate. Landlock says in which folders. */
static const int outputs[] = {
	SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(unlink), SCMP_SYS(unlinkat),
};

/* Interfaces: their statistics, and binding the ring to one that came back. No new socket of any kind. */
static const int interfaces[] = {
	SCMP_SYS(getsockopt),
	SCMP_SYS(setsockopt),
	SCMP_SYS(bind),
};

/* The metrics page. No connect: nothing is ever called up. */
static const int metrics[] = {
	SCMP_SYS(accept),     SCMP_SYS(accept4),    SCMP_SYS(recvfrom),    SCMP_SYS(recvmsg),
	SCMP_SYS(sendto),     SCMP_SYS(sendmsg),    SCMP_SYS(sendfile),    SCMP_SYS(shutdown),
	SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(getsockname), SCMP_SYS(getpeername),
};

static int allow(scmp_filter_ctx ctx, const int *calls, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int e = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0);
		if (e != 0 && e != -EEXIST && e != -EDOM) /* -EDOM: not a call of this machine */
			return e;
	}
	return 0;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int fill(scmp_filter_ctx ctx, const struct sandbox_spec *spec)
{
	int e = allow(ctx, always, COUNT(always));
	/* ioctl: of terminals and, with interfaces, of packet sockets; never TIOCSTI, which types into the
	 * terminal. */
	if (e == 0)
		e = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_NE, 0x5412));
	if (e == 0 && spec->n_writable > 0)
		e = allow(ctx, outputs, COUNT(outputs));
	if (e == 0 && spec->has_interfaces)
		e = allow(ctx, interfaces, COUNT(interfaces));
	if (e == 0 && spec->has_metrics)
		e = allow(ctx, metrics, COUNT(metrics));
	return e;
}

bool sandbox_seccomp(const struct sandbox_spec *spec, bool *ret_done, struct err *err)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int e = ctx ? fill(ctx, spec) : -ENOMEM;
	if (e == 0)
		e = seccomp_load(ctx);
	seccomp_release(ctx);
	*ret_done = e == 0;
	return e == 0 ? true : err_set(err, "cannot filter system calls: %s", strerror(-e));
}
