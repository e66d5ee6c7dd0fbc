#include "capture/inputs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Takes over path. */
static bool add(struct inputs *list, char *path, struct err *err)
{
	if (path && list->n < INPUTS_MAX && list->n == list->size) {
		size_t size = list->size ? list->size * 2 : 16;
		void *larger = realloc(list->at, size * sizeof(*list->at));
		if (larger) {
			list->at = larger;
			list->size = size;
		}
	}
	if (!path || list->n == list->size || list->n == INPUTS_MAX) {
		free(path);
		return list->n == INPUTS_MAX ? err_set(err, "more than %u inputs", INPUTS_MAX)
					     : err_set(err, "out of memory");
	}
	const char *slash = strrchr(path, '/');
	list->at[list->n++] = (struct input){ .path = path, .name = slash ? slash + 1 : path, .fd = -1 };
	return true;
}

static int is_shown(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name); /* alphasort depends on the locale */
}

static bool add_folder(struct inputs *list, const char *folder, struct err *err);

/* Takes over path. A link to a folder is not followed: it may lead back. */
static bool add_entry(struct inputs *list, char *path, struct err *err)
{
	struct stat st;
	if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		bool ok = add_folder(list, path, err);
		free(path);
		return ok;
	}
	if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
		return add(list, path, err);
	free(path);
	return true;
}

static bool add_folder(struct inputs *list, const char *folder, struct err *err)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, is_shown, by_bytes);
	if (n < 0)
		return add(list, strdup(folder), err);
	bool ok = true;
	for (int i = 0; i < n; i++) {
		char *path = NULL;
		if (ok && asprintf(&path, "%s/%s", folder, entries[i]->d_name) < 0)
			ok = err_set(err, "out of memory");
		else if (ok)
			ok = add_entry(list, path, err);
		free(entries[i]);
	}
	free(entries);
	return ok;
}

/* Every file stays open from now on, since later we may not be allowed to open one. */
static void allow_open_files(size_t n)
{
	struct rlimit limit;
	rlim_t wanted = n + 64;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void open_input(struct input *in)
{
	struct stat st;
	if (strcmp(in->path, "-") == 0)
		in->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		in->fd = open(in->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	const char *why = NULL;
	if (in->fd < 0 || fstat(in->fd, &st) != 0)
		why = strerror(errno);
	else if (S_ISDIR(st.st_mode))
		why = "it is a folder";
	if (why) {
		in->counts.is_unreadable = true;
		snprintf(in->counts.why, sizeof(in->counts.why), "cannot be opened: %s", why);
		return;
	}
	/* Standard input may be a file that somebody has read a part of. */
	in->is_regular = S_ISREG(st.st_mode) && lseek(in->fd, 0, SEEK_CUR) == 0;
	in->size = in->is_regular ? (uint64_t)st.st_size : 0;
	if (in->is_regular)
		posix_fadvise(in->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
}

bool inputs_open(struct inputs *list, const char *const *paths, size_t n_paths, struct err *err)
{
	*list = (struct inputs){ 0 };
	for (size_t i = 0; i < n_paths; i++) {
		struct stat st;
		bool is_folder =
		    strcmp(paths[i], "-") != 0 && stat(paths[i], &st) == 0 && S_ISDIR(st.st_mode);
		bool ok = is_folder ? add_folder(list, paths[i], err) : add(list, strdup(paths[i]), err);
		if (!ok) {
			inputs_close(list);
			return false;
		}
	}
	allow_open_files(list->n);
	for (size_t i = 0; i < list->n; i++)
		open_input(&list->at[i]);
	return true;
}

void inputs_close(struct inputs *list)
{
	for (size_t i = 0; i < list->n; i++) {
		struct input *in = &list->at[i];
		file_close(in->file);
		digest_free(in->digest);
		free(in->ahead);
		free(in->path);
		if (in->fd >= 0)
			close(in->fd);
	}
	free(list->at);
	*list = (struct inputs){ 0 };
}
