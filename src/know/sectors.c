#include "know/sectors.h"

#include <stdlib.h>
#include <string.h>

#include "base/hostname.h"
#include "know/suffixmap.h"
#include "know/table.h"

struct sector {
	const char *name, *company;
};

struct sectors {
	struct table *tables;
	size_t n_tables;
	struct suffixmap map;
	struct sector *at;
	size_t n, room;
};

enum field { SUFFIX, SECTOR, COMPANY };

static bool add(struct sectors *s, const char *const *fields, struct err *err)
{
	struct sector e = { fields[SECTOR], fields[COMPANY] };
	struct hostname host;
	uint32_t i;

	if (!hostname_parse((struct bytes){ (const uint8_t *)fields[SUFFIX], strlen(fields[SUFFIX]) },
			    &host) ||
	    strcmp(host.text, fields[SUFFIX]) != 0)
		return err_set(err, "'%.64s' is no host name in lower case", fields[SUFFIX]);
	if (!*e.name)
		return err_set(err, "'%s' has no sector", fields[SUFFIX]);
	if (s->n == s->room) {
		size_t room = s->room ? s->room * 2 : 64;
		struct sector *more = realloc(s->at, room * sizeof(*more));

		if (!more)
			return err_set(err, "out of memory");
		s->at = more;
		s->room = room;
	}
	i = suffixmap_put(&s->map, fields[SUFFIX], host.len, (uint32_t)s->n);
	if (i == SUFFIXMAP_NONE)
		return err_set(err, "out of memory, or more than %u entries", SUFFIXMAP_MAX);
	s->at[i] = e;
	s->n += i == s->n;
	return true;
}

static bool read_list(struct sectors *s, const char *path, struct err *err)
{
	struct table *t = &s->tables[s->n_tables];
	const char *fields[TABLE_FIELDS_MAX];

	if (!table_read(t, path, err))
		return false;
	s->n_tables++;
	while (table_next(t, fields, err))
		if (!add(s, fields, err))
			return table_fail(t, err);
	return err->text[0] == '\0';
}

struct sectors *sectors_load(const char *const *paths, size_t n_paths, struct err *err)
{
	struct sectors *s = calloc(1, sizeof(*s));
	bool ok = s && (s->tables = calloc(n_paths + 1, sizeof(*s->tables)));

	if (!ok)
		err_set(err, "out of memory");
	for (size_t i = 0; ok && i < n_paths; i++)
		ok = read_list(s, paths[i], err);
	if (!ok) {
		sectors_free(s);
		return NULL;
	}
	return s;
}

void sectors_free(struct sectors *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_tables; i++)
		table_fini(&s->tables[i]);
	suffixmap_fini(&s->map);
	free(s->tables);
	free(s->at);
	free(s);
}

const char *sector_of(const struct sectors *s, const char *host, const char **ret_company)
{
	uint32_t i = suffixmap_find(&s->map, host, strlen(host));

	if (ret_company)
		*ret_company = i == SUFFIXMAP_NONE ? "" : s->at[i].company;
	return i == SUFFIXMAP_NONE ? "" : s->at[i].name;
}
