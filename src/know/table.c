#include "know/table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool read_whole(FILE *f, struct table *t, struct err *err)
{
	struct stat st;
	size_t room;

	if (fstat(fileno(f), &st) != 0 || S_ISDIR(st.st_mode))
		return err_set(err, "'%s' is no file", t->path);
	room = st.st_size > 0 && st.st_size < TABLE_BYTES_MAX ? (size_t)st.st_size + 2 : 1 << 16;
	for (;;) {
		char *more = realloc(t->text, room);

		if (!more)
			return err_set(err, "out of memory");
		t->text = more;
		t->len += fread(t->text + t->len, 1, room - 1 - t->len, f);
		if (ferror(f))
			return err_set(err, "cannot read '%s': %s", t->path, strerror(errno));
		if (t->len > TABLE_BYTES_MAX)
			return err_set(err, "'%s' has more than %u MiB", t->path, TABLE_BYTES_MAX >> 20);
		if (t->len < room - 1)
			break;
		room *= 2;
	}
	t->text[t->len] = '\0';
	return true;
}

/* The length of the UTF-8 sequence at p, 0 if it is none (RFC 3629 4). */
static size_t utf8_len(const unsigned char *p, size_t left)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 : 4;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
	    (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

/* What a list says goes to terminals and into records: it is plain text or it is refused. */
static bool check_text(struct table *t, struct err *err)
{
	const unsigned char *p = (const unsigned char *)t->text;

	t->line = 1;
	for (size_t i = 0; i < t->len;) {
		size_t n = utf8_len(p + i, t->len - i);

		if (n == 0 || (n == 1 && (p[i] < 0x20 || p[i] == 0x7f) && !strchr("\t\n\r", p[i])) ||
		    p[i] == 0) {
			err_set(err, "byte 0x%02x is no text", p[i]);
			return table_fail(t, err);
		}
		t->line += p[i] == '\n';
		i += n;
	}
	t->line = 0;
	return true;
}

bool table_read(struct table *t, const char *path, struct err *err)
{
	FILE *f;
	const char *slash;
	bool ok;

	*t = (struct table){ .path = strdup(path) };
	if (!t->path)
		return err_set(err, "out of memory");
	slash = strrchr(t->path, '/');
	t->name = slash ? slash + 1 : t->path;
	f = fopen(path, "re");
	if (!f) {
		err_set(err, "cannot open '%s': %s", path, strerror(errno));
		table_fini(t);
		return false;
	}
	ok = read_whole(f, t, err) && check_text(t, err);
	fclose(f);
	if (!ok)
		table_fini(t);
	else if (t->len >= 3 && memcmp(t->text, "\xef\xbb\xbf", 3) == 0)
		t->at = 3; /* a byte order mark, as some editors leave it */
	return ok;
}

void table_fini(struct table *t)
{
	free(t->text);
	free(t->path);
	*t = (struct table){ 0 };
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static const char *trim(char *from, char *end)
{
	while (from < end && is_blank(*from))
		from++;
	while (end > from && is_blank(end[-1]))
		end--;
	*end = '\0';
	return from;
}

bool table_next(struct table *t, const char *fields[TABLE_FIELDS_MAX], struct err *err)
{
	err->text[0] = '\0';
	while (t->at < t->len) {
		char *at = t->text + t->at;
		char *end = memchr(at, '\n', t->len - t->at);
		size_t n = 0;

		if (!end)
			end = t->text + t->len;
		t->at = (size_t)(end - t->text) + 1;
		t->line++;
		at += strspn(at, " \r");
		if (*at == '#' || at + strspn(at, " \t\r") >= end)
			continue;
		while (at <= end) {
			char *tab = memchr(at, '\t', (size_t)(end - at));
			char *stop = tab ? tab : end;

			if (n == TABLE_FIELDS_MAX) {
				err_set(err, "more than %u fields", TABLE_FIELDS_MAX);
				return table_fail(t, err);
			}
			fields[n++] = trim(at, stop);
			at = stop + 1;
		}
		while (n < TABLE_FIELDS_MAX)
			fields[n++] = "";
		return true;
	}
	return false;
}

bool table_fail(const struct table *t, struct err *err)
{
	return err_add(err, "%s:%u: ", t->path, t->line);
}

bool table_says(const char *text, size_t len, const char *key, char *ret_value, size_t size)
{
	size_t key_len = strlen(key);
	const char *end = text + len;

	while (text < end && *text == '#') {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		const char *at = text + 1;

		if (!stop)
			stop = end;
		while (at < stop && *at == ' ')
			at++;
		if ((size_t)(stop - at) > key_len && memcmp(at, key, key_len) == 0 && at[key_len] == ':') {
			at += key_len + 1;
			while (at < stop && is_blank(*at))
				at++;
			while (stop > at && is_blank(stop[-1]))
				stop--;
			snprintf(ret_value, size, "%.*s", (int)(stop - at), at);
			return true;
		}
		text = stop < end ? stop + 1 : end;
	}
	return false;
}
