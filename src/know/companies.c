#include "know/companies.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "know/suffixmap.h"
#include "know/table.h"

/* A line "=name": what else a company is called, and where it sits. */
struct alias {
	const char *name, *canonical, *country;
	uint64_t order; /* of the lines: the last of a name counts */
};

struct companies {
	struct table *tables; /* own the text that everything points into */
	size_t n_tables;
	struct suffixmap map;
	struct company *at;
	size_t n, room;
	struct alias *aliases;
	uint64_t alias_lines;
	size_t n_aliases, n_settled, aliases_room; /* the first n_settled are sorted by name, one of a name */
};

static const struct {
	const char *name;
	unsigned flag;
} flag_names[] = {
	{ "ambiguous", COMPANY_AMBIGUOUS }, { "infrastructure", COMPANY_INFRASTRUCTURE },
	{ "consent", COMPANY_CONSENT },     { "replay", COMPANY_REPLAY },
	{ "cname", COMPANY_CNAME },         { "telemetry", COMPANY_TELEMETRY },
};

enum field { SUFFIX, COMPANY, PRODUCT, CATEGORY, COUNTRY, FLAGS };

/* Makes room for one more of `size` bytes each. */
static void *room_for(void *list, size_t n, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 1024;
	void *bigger;

	if (n < *room)
		return list;
	bigger = realloc(list, more * size);
	if (bigger)
		*room = more;
	return bigger;
}

/* "ambiguous,-cname": ret_set what the line gives, ret_clear what it takes from an earlier line. */
static bool read_flags(const char *text, unsigned *ret_set, unsigned *ret_clear, struct err *err)
{
	*ret_set = *ret_clear = 0;
	while (*text) {
		size_t len, i;
		unsigned *to = ret_set;

		text += strspn(text, ", ");
		if (*text == '-') {
			to = ret_clear;
			text++;
		}
		len = strcspn(text, ", ");
		for (i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++)
			if (strlen(flag_names[i].name) == len && memcmp(flag_names[i].name, text, len) == 0)
				break;
		if (i == sizeof(flag_names) / sizeof(flag_names[0])) {
			if (len == 0 && to == ret_set)
				return true;
			return err_set(err, "'%.*s' is no flag", (int)len, text);
		}
		*to |= flag_names[i].flag;
		text += len;
	}
	return true;
}

static bool is_country(const char *s)
{
	return s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z' && s[2] == '\0';
}

static bool add_alias(struct companies *c, const char *const *fields, struct err *err)
{
	struct alias *list;

	if (!fields[SUFFIX][1])
		return err_set(err, "'=' needs a company name behind it");
	list = room_for(c->aliases, c->n_aliases, &c->aliases_room, sizeof(*c->aliases));
	if (!list || c->n_aliases == SUFFIXMAP_MAX)
		return err_set(err, "out of memory");
	c->aliases = list;
	list[c->n_aliases] =
	    (struct alias){ .name = fields[SUFFIX] + 1,
			    .canonical = *fields[COMPANY] ? fields[COMPANY] : fields[SUFFIX] + 1,
			    .country = fields[COUNTRY],
			    .order = ++c->alias_lines };
	c->n_aliases++;
	return true;
}

static int alias_order(const void *a, const void *b)
{
	const struct alias *x = a, *y = b;
	int c = strcasecmp(x->name, y->name);

	if (c != 0)
		return c;
	return x->order < y->order ? -1 : x->order > y->order;
}

static int alias_name_order(const void *name, const void *alias)
{
	return strcasecmp(name, ((const struct alias *)alias)->name);
}

/* Sorts the aliases and keeps the last of each name. */
static void settle_aliases(struct companies *c)
{
	size_t kept = 0;

	if (c->n_aliases == c->n_settled)
		return;
	qsort(c->aliases, c->n_aliases, sizeof(*c->aliases), alias_order);
	for (size_t i = 1; i < c->n_aliases; i++) {
		if (strcasecmp(c->aliases[kept].name, c->aliases[i].name) != 0)
			kept++;
		c->aliases[kept] = c->aliases[i];
	}
	c->n_aliases = c->n_settled = kept + 1;
}

/* One name for one company, whatever the list calls it. */
static void name_canonically(const struct companies *c, struct company *e)
{
	enum { STEPS_MAX = 4 }; /* an alias may lead to another; two that lead to each other must end */

	for (int step = 0; step < STEPS_MAX; step++) {
		const struct alias *a = c->n_settled ? bsearch(e->company, c->aliases, c->n_settled,
							       sizeof(*c->aliases), alias_name_order)
						     : NULL;
		bool is_last = !a || strcmp(e->company, a->canonical) == 0;

		if (a && *a->country && !*e->country)
			e->country = a->country;
		if (is_last)
			return;
		e->company = a->canonical;
	}
}

/* A later line for a suffix. Of the same company, or of none, it adds to the earlier one; of another, it
 * replaces it. */
static void lay_over(struct company *old, const struct company *new, unsigned clear)
{
	struct company sum = *new;

	if (!*new->company || strcasecmp(old->company, new->company) == 0) {
		sum.company = *new->company ? new->company : old->company;
		sum.product = *new->product ? new->product : old->product;
		sum.category = *new->category ? new->category : old->category;
		sum.country = *new->country ? new->country : old->country;
		sum.flags |= old->flags & ~clear;
	}
	*old = sum;
}

static bool add_entry(struct companies *c, const struct table *t, const char *const *fields, struct err *err)
{
	struct company e = { .company = fields[COMPANY],
			     .product = fields[PRODUCT],
			     .category = fields[CATEGORY],
			     .country = fields[COUNTRY],
			     .list = t->name,
			     .line = t->line };
	struct bytes text = { (const uint8_t *)fields[SUFFIX], strlen(fields[SUFFIX]) };
	struct hostname host;
	struct company *list;
	unsigned clear;
	uint32_t i;

	if (text.len > 2 && memcmp(text.at, "*.", 2) == 0)
		text = (struct bytes){ text.at + 2, text.len - 2 };
	if (!hostname_parse(text, &host) || host.text[0] == '.' || strstr(host.text, ".."))
		return err_set(err, "'%.64s' is no host name", fields[SUFFIX]);
	/* The map and the entry point into the file's own text: write the form back that is compared with. */
	memcpy(t->text + ((const char *)text.at - t->text), host.text, (size_t)host.len + 1);
	e.suffix = (const char *)text.at;
	if (!*e.company && !*fields[FLAGS] && !*e.category)
		return err_set(err, "'%s' has no company", e.suffix);
	if (*e.country && !is_country(e.country))
		return err_set(err, "'%.16s' is no country code of two capital letters", e.country);
	if (!read_flags(fields[FLAGS], &e.flags, &clear, err))
		return false;
	name_canonically(c, &e);
	list = room_for(c->at, c->n, &c->room, sizeof(*c->at));
	if (list)
		c->at = list;
	i = list ? suffixmap_put(&c->map, e.suffix, host.len, (uint32_t)c->n) : SUFFIXMAP_NONE;
	if (i == SUFFIXMAP_NONE)
		return err_set(err, "out of memory, or more than %u entries", SUFFIXMAP_MAX);
	if (i == c->n)
		c->at[c->n++] = e;
	else
		lay_over(&c->at[i], &e, clear);
	return true;
}

static bool read_list(struct companies *c, const char *path, struct err *err)
{
	struct table *t = &c->tables[c->n_tables];
	const char *fields[TABLE_FIELDS_MAX];

	if (!table_read(t, path, err))
		return false;
	c->n_tables++;
	while (table_next(t, fields, err)) {
		bool ok = *fields[SUFFIX] == '=' ? add_alias(c, fields, err) : add_entry(c, t, fields, err);

		if (!ok)
			return table_fail(t, err);
	}
	settle_aliases(c);
	return err->text[0] == '\0';
}

struct companies *companies_load(const char *const *paths, size_t n_paths, struct err *err)
{
	struct companies *c = calloc(1, sizeof(*c));

	if (c)
		c->tables = calloc(n_paths + 1, sizeof(*c->tables));
	if (!c || !c->tables) {
		err_set(err, "out of memory");
		companies_free(c);
		return NULL;
	}
	for (size_t i = 0; i < n_paths; i++) {
		if (!read_list(c, paths[i], err)) {
			companies_free(c);
			return NULL;
		}
	}
	/* Once more: a later list may give another name to companies of an earlier one. */
	for (size_t i = 0; i < c->n; i++)
		name_canonically(c, &c->at[i]);
	return c;
}

void companies_free(struct companies *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n_tables; i++)
		table_fini(&c->tables[i]);
	suffixmap_fini(&c->map);
	free(c->tables);
	free(c->aliases);
	free(c->at);
	free(c);
}

const struct company *companies_of(const struct companies *c, const struct hostname *host)
{
	uint32_t i = suffixmap_find(&c->map, host->text, host->len);

	return i == SUFFIXMAP_NONE ? NULL : &c->at[i];
}
