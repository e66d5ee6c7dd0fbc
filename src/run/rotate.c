#include "run/rotate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"

enum { SAME_SECOND_MAX = 1000 };

#define STAMP "%Y%m%dT%H%M%SZ"
#define STAMP_LEN 16U /* of a time written in this form */
#define DAY_NS (86400 * NS_PER_S)

bool rotate_parse(const char *text, struct rotate *ret_rotate, struct err *err)
{
	static const struct {
		char letter;
		uint64_t bytes;
		int64_t ns;
	} units[] = {
		{ 'K', UINT64_C(1) << 10, 0 }, { 'M', UINT64_C(1) << 20, 0 }, { 'G', UINT64_C(1) << 30, 0 },
		{ 's', 0, NS_PER_S },          { 'm', 0, 60 * NS_PER_S },     { 'h', 0, 3600 * NS_PER_S },
		{ 'd', 0, 86400 * NS_PER_S },
	};
	*ret_rotate = (struct rotate){ 0 };
	if (!text)
		return true;
	char *end;
	unsigned long n = strtoul(text, &end, 10);
	if (text[0] >= '0' && text[0] <= '9' && n > 0 && n <= 100000)
		for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
			if (end[0] == units[i].letter && end[1] == '\0') {
				ret_rotate->bytes = n * units[i].bytes;
				ret_rotate->period_ns = (int64_t)n * units[i].ns;
				return true;
			}
	return err_set(err, "--rotate takes a size like 100M or a time like 1h, not '%s'", text);
}

bool rotate_is_due(const struct rotate *r, uint64_t bytes, int64_t begun_ns, int64_t now_ns)
{
	if (r->bytes > 0 && bytes >= r->bytes)
		return true;
	return r->period_ns > 0 && bytes > 0 && now_ns / r->period_ns != begun_ns / r->period_ns;
}

bool rotate_aside(const char *path, int64_t now_ns, char ret_aside[ROTATE_PATH_MAX], struct err *err)
{
	char stamp[STAMP_LEN + 1], aside[ROTATE_PATH_MAX];
	time_t s = (time_t)(now_ns / NS_PER_S);
	struct tm tm;
	if (!gmtime_r(&s, &tm) || strftime(stamp, sizeof(stamp), STAMP, &tm) != STAMP_LEN)
		return err_set(err, "the clock is wrong");
	for (int i = 1; i < SAME_SECOND_MAX; i++) {
		int len = i == 1 ? snprintf(aside, sizeof(aside), "%s.%s", path, stamp)
				 : snprintf(aside, sizeof(aside), "%s.%s-%d", path, stamp, i);
		if (len < 0 || (size_t)len >= sizeof(aside))
			return err_set(err, "the name '%s' is too long", path);
		/* Never over a file that is there: it is somebody's records. */
		if (renameat2(AT_FDCWD, path, AT_FDCWD, aside, RENAME_NOREPLACE) == 0) {
			memcpy(ret_aside, aside, (size_t)len + 1);
			return true;
		}
		if (errno != EEXIST)
			break;
	}
	return err_set(err, "cannot put '%s' aside: %s", path, strerror(errno));
}

/* The time in the name of a file that rotate_aside made; false if it is none. */
static bool stamp_of(const char *name, const char *base, int64_t *ret_ns)
{
	size_t len = strlen(base);
	if (strncmp(name, base, len) != 0 || name[len] != '.')
		return false;
	const char *stamp = name + len + 1;
	struct tm tm = { 0 };
	const char *end = strptime(stamp, STAMP, &tm);
	if (!end || end != stamp + STAMP_LEN || (*end != '\0' && *end != '-'))
		return false;
	if (*end == '-' && (end[1] == '\0' || strspn(end + 1, "0123456789") != strlen(end + 1)))
		return false;
	*ret_ns = timegm(&tm) * NS_PER_S;
	return true;
}

size_t rotate_expire(const char *path, uint32_t days, int64_t now_ns)
{
	char folder[ROTATE_PATH_MAX];
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	size_t len = slash ? (size_t)(slash - path) + 1 : 0; /* with the slash: it may be the root */
	if (len >= sizeof(folder))
		return 0;
	memcpy(folder, path, len);
	folder[len] = '\0';
	DIR *dir = opendir(len ? folder : ".");
	if (!dir)
		return 0;
	size_t n = 0;
	int64_t made_ns;
	for (const struct dirent *e; (e = readdir(dir));)
		if (stamp_of(e->d_name, base, &made_ns) && made_ns < now_ns - days * DAY_NS &&
		    unlinkat(dirfd(dir), e->d_name, 0) == 0)
			n++;
	closedir(dir);
	return n;
}
