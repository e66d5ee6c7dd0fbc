#include "know/profiles.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (4u << 20)
#define HEAD_LEN 16u

struct profiles {
	uint8_t *file;
	size_t len;
	uint32_t n_domains, n_sites;
	uint32_t *at; /* offsets of the domains, then of the sites */
};

static uint32_t u16_at(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t u32_at(const uint8_t *p)
{
	return u16_at(p) | u16_at(p + 2) << 16;
}

static int name_compare(const uint8_t *name, const char *text, size_t len)
{
	size_t n = name[0];
	int c = memcmp(name + 1, text, n < len ? n : len);

	if (c != 0)
		return c;
	return n < len ? -1 : n > len;
}

/* Sets the offsets; false if a record leaves the file or the order is wrong. */
static bool index_names(struct profiles *p)
{
	size_t at = HEAD_LEN, before = 0;

	for (uint32_t i = 0; i < p->n_domains + p->n_sites; i++) {
		size_t len, tail;

		if (at >= p->len)
			return false;
		len = p->file[at];
		if (p->len - at < 1 + len + (i < p->n_domains ? 4 : 1))
			return false;
		tail = i < p->n_domains ? 4 : 1 + 3 * (size_t)p->file[at + 1 + len];
		if (p->len - at < 1 + len + tail)
			return false;
		if (i != 0 && i != p->n_domains &&
		    name_compare(p->file + before, (const char *)p->file + at + 1, len) >= 0)
			return false;
		p->at[i] = (uint32_t)at;
		before = at;
		at += 1 + len + tail;
	}
	return at == p->len;
}

static bool read_file(struct profiles *p, const char *path, struct err *err)
{
	FILE *f = fopen(path, "rb");

	if (!f)
		return err_set(err, "cannot open '%s': %s", path, strerror(errno));
	p->file = malloc(FILE_MAX);
	p->len = p->file ? fread(p->file, 1, FILE_MAX, f) : 0;
	fclose(f);
	if (p->len < HEAD_LEN || p->len == FILE_MAX || memcmp(p->file, "OLPROF1", 8) != 0)
		return err_set(err, "'%s' is no file of profiles", path);
	p->n_domains = u32_at(p->file + 8);
	p->n_sites = u32_at(p->file + 12);
	if (p->n_domains > FILE_MAX / 5 || p->n_sites > FILE_MAX / 2)
		return err_set(err, "'%s' is damaged", path);
	p->at = calloc((size_t)p->n_domains + p->n_sites + 1, sizeof(*p->at));
	if (!p->at)
		return err_set(err, "out of memory");
	if (!index_names(p))
		return err_set(err, "'%s' is damaged", path);
	return true;
}

struct profiles *profiles_load(const char *path, struct err *err)
{
	struct profiles *p = calloc(1, sizeof(*p));

	if (!p) {
		err_set(err, "out of memory");
		return NULL;
	}
	if (!read_file(p, path, err)) {
		profiles_free(p);
		return NULL;
	}
	return p;
}

void profiles_free(struct profiles *p)
{
	if (!p)
		return;
	free(p->at);
	free(p->file);
	free(p);
}

static const uint8_t *find(const struct profiles *p, uint32_t low, uint32_t high, const char *text,
			   uint32_t *ret_i)
{
	size_t len = strlen(text);

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		const uint8_t *name = p->file + p->at[mid];
		int c = name_compare(name, text, len);

		if (c == 0) {
			*ret_i = mid;
			return name + 1 + name[0];
		}
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

uint32_t profiles_site(const struct profiles *p, const char *site)
{
	uint32_t i;

	if (!p || !find(p, p->n_domains, p->n_domains + p->n_sites, site, &i))
		return PROFILES_NO_SITE;
	return i - p->n_domains;
}

bool profiles_tracker(const struct profiles *p, const char *host, float *ret_reach, uint32_t *ret_tracker)
{
	while (p && host) {
		uint32_t i;
		const uint8_t *row = find(p, 0, p->n_domains, host, &i);

		if (row) {
			*ret_tracker = u16_at(row);
			*ret_reach = (float)u16_at(row + 2) / 65535.0f;
			return true;
		}
		host = strchr(host, '.');
		host = host ? host + 1 : NULL;
	}
	return false;
}

float profiles_share(const struct profiles *p, uint32_t site, uint32_t tracker)
{
	const uint8_t *name, *rows;

	if (!p || site >= p->n_sites)
		return 0;
	name = p->file + p->at[p->n_domains + site];
	rows = name + 1 + name[0];
	for (uint32_t i = 0; i < rows[0]; i++)
		if (u16_at(rows + 1 + 3 * i) == tracker)
			return (float)rows[3 + 3 * i] / 255.0f;
	return 0;
}
