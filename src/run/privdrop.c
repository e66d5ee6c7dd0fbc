#include "run/privdrop.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define USER "nobody"

static bool become(const char *user, struct err *err)
{
	errno = 0;
	const struct passwd *pw = getpwnam(user);
	if (!pw)
		return err_set(err, "there is no user '%s'", user);
	uid_t uid = pw->pw_uid;
	gid_t gid = pw->pw_gid;
	if (uid == 0)
		return err_set(err, "user '%s' is root itself", user);
	if (setgroups(1, &gid) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
		return err_set(err, "cannot become '%s': %s", user, strerror(errno));
	/* A way back would be a bug of the kernel or of the lines above. */
	if (setuid(0) == 0 || seteuid(0) == 0)
		return err_set(err, "could become root again");
	return true;
}

void privdrop_give(const char *user, const char *path)
{
	const struct passwd *pw = geteuid() == 0 ? getpwnam(user ? user : USER) : NULL;
	/* If it cannot be given, opening it again will fail and say so. */
	if (pw && lchown(path, pw->pw_uid, pw->pw_gid) != 0)
		return;
}

bool privdrop_capabilities(struct err *err)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } };
	const struct rlimit no_core = { 0, 0 };
	/* Not root's alone: a service manager may have given some instead of root. */
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 ||
	    syscall(SYS_capset, &head, none) != 0)
		return err_set(err, "cannot give up capabilities: %s", strerror(errno));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    setrlimit(RLIMIT_CORE, &no_core) != 0)
		return err_set(err, "cannot give up privileges: %s", strerror(errno));
	return true;
}

bool privdrop(const char *user, struct err *err)
{
	return (geteuid() != 0 || become(user ? user : USER, err)) && privdrop_capabilities(err);
}
