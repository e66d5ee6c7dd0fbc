/* File access by Landlock (kernel 5.13 and later), see landlock(7). */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "run/sandbox_parts.h"

/* Of the first version of the interface: what every kernel that has Landlock knows. */
static const uint64_t all_access =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |
    LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
    LANDLOCK_ACCESS_FS_MAKE_SYM;
static const uint64_t write_access = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |
				     LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
				     LANDLOCK_ACCESS_FS_MAKE_REG;
static const uint64_t file_access =
    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE;

static bool allow(int ruleset, const char *path, uint64_t access, struct err *err)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? true : err_set(err, "cannot open '%s': %s", path, strerror(errno));
	struct stat st;
	if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
		access &= file_access;
	struct landlock_path_beneath_attr rule = { .allowed_access = access, .parent_fd = fd };
	bool ok = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
	int why = errno;
	close(fd);
	return ok ? true : err_set(err, "cannot allow '%s': %s", path, strerror(why));
}

bool sandbox_landlock(const struct sandbox_spec *spec, int *ret_abi, struct err *err)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	*ret_abi = abi > 0 ? (int)abi : 0;
	if (abi <= 0)
		return true;
	struct landlock_ruleset_attr attr = { .handled_access_fs = all_access };
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return err_set(err, "cannot make file access rules: %s", strerror(errno));
	bool ok = true;
	for (size_t i = 0; ok && i < spec->n_writable; i++)
		ok = allow(ruleset, spec->writable[i], write_access, err);
	for (size_t i = 0; ok && i < spec->n_readable; i++)
		ok = allow(ruleset, spec->readable[i],
			   LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR, err);
	if (ok && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		ok = err_set(err, "cannot enforce file access rules: %s", strerror(errno));
	close(ruleset);
	return ok;
}
