#include "know/profiles.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (4u << 20)
#define MAGIC_LEN 8u
#define TRACKER_LEN 3u /* category, share of sites */
#define ROW_LEN 3u     /* tracker, share of page loads */

struct profiles {
	uint8_t *file;
	size_t len;
	char version[256];
	uint32_t n_categories, n_trackers, n_domains, n_sites;
	const uint8_t *means, *trackers;
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

/* The length of the record of name i at `at`, 0 if it leaves the file or is wrong. */
static size_t record_len(const struct profiles *p, uint32_t i, size_t at)
{
	size_t left = p->len - at, len = left ? 1 + (size_t)p->file[at] : 0;
	const uint8_t *tail = p->file + at + len;

	if (len == 0 || left < len + 2)
		return 0;
	if (i < p->n_domains)
		return u16_at(tail) < p->n_trackers ? len + 2 : 0;
	if (tail[1] > 1)
		return 0;
	len += 2 + ROW_LEN * (size_t)tail[0] + (tail[1] ? p->n_categories : 0);
	return left < len ? 0 : len;
}

/* Sets the offsets; false if a record leaves the file or the order is wrong. */
static bool index_names(struct profiles *p, size_t at)
{
	size_t before = 0;

	for (uint32_t i = 0; i < p->n_domains + p->n_sites; i++) {
		size_t len = record_len(p, i, at);

		if (len == 0)
			return false;
		if (i != 0 && i != p->n_domains &&
		    name_compare(p->file + before, (const char *)p->file + at + 1, p->file[at]) >= 0)
			return false;
		p->at[i] = (uint32_t)at;
		before = at;
		at += len;
	}
	return at == p->len;
}

static bool read_head(struct profiles *p, size_t *ret_at)
{
	size_t at = MAGIC_LEN, len;

	if (p->len < MAGIC_LEN + 1 || memcmp(p->file, "OLPROF2", MAGIC_LEN) != 0)
		return false;
	len = p->file[at++];
	if (p->len - at < len + 11)
		return false;
	memcpy(p->version, p->file + at, len);
	at += len;
	p->n_categories = p->file[at];
	p->n_trackers = u16_at(p->file + at + 1);
	p->n_domains = u32_at(p->file + at + 3);
	p->n_sites = u32_at(p->file + at + 7);
	at += 11;
	if (p->n_domains > FILE_MAX / 3 || p->n_sites > FILE_MAX / 3 ||
	    p->len - at < 2 * (size_t)p->n_categories + TRACKER_LEN * (size_t)p->n_trackers)
		return false;
	p->means = p->file + at;
	p->trackers = p->means + 2 * (size_t)p->n_categories;
	*ret_at = (size_t)(p->trackers - p->file) + TRACKER_LEN * (size_t)p->n_trackers;
	return true;
}

static bool read_file(struct profiles *p, const char *path, struct err *err)
{
	FILE *f = fopen(path, "rbe");
	size_t at;

	if (!f)
		return err_set(err, "cannot open '%s': %s", path, strerror(errno));
	p->file = malloc(FILE_MAX);
	p->len = p->file ? fread(p->file, 1, FILE_MAX, f) : 0;
	fclose(f);
	if (p->len == FILE_MAX || !read_head(p, &at))
		return err_set(err, "'%s' is no file of profiles", path);
	p->at = calloc((size_t)p->n_domains + p->n_sites + 1, sizeof(*p->at));
	if (!p->at)
		return err_set(err, "out of memory");
	if (!index_names(p, at))
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

const char *profiles_version(const struct profiles *p)
{
	return p->version;
}

uint32_t profiles_count(const struct profiles *p)
{
	return p->n_domains + p->n_sites;
}

/* What follows the name, NULL if it is not among [low, high). */
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

static float reach_of(const struct profiles *p, uint32_t tracker)
{
	return (float)u16_at(p->trackers + TRACKER_LEN * (size_t)tracker + 1) / 65535.0f;
}

bool profiles_tracker(const struct profiles *p, const char *host, float *ret_reach, uint32_t *ret_tracker)
{
	while (p && host) {
		uint32_t i;
		const uint8_t *row = find(p, 0, p->n_domains, host, &i);

		if (row) {
			*ret_tracker = u16_at(row);
			*ret_reach = reach_of(p, *ret_tracker);
			return true;
		}
		host = strchr(host, '.');
		host = host ? host + 1 : NULL;
	}
	return false;
}

/* A site with k times the usual number of trackers of a category embeds each of them as if it were drawn k
 * times. */
static float expected_share(const struct profiles *p, const uint8_t *counts, uint32_t tracker)
{
	uint32_t category = p->trackers[TRACKER_LEN * (size_t)tracker], mean;

	if (category >= p->n_categories)
		return reach_of(p, tracker);
	mean = u16_at(p->means + 2 * (size_t)category);
	if (mean == 0)
		return 0;
	return 1 - powf(1 - reach_of(p, tracker), 256.0f * (float)counts[category] / (float)mean);
}

float profiles_share(const struct profiles *p, uint32_t site, uint32_t tracker)
{
	const uint8_t *name, *tail;

	if (!p || site >= p->n_sites || tracker >= p->n_trackers)
		return 0;
	name = p->file + p->at[p->n_domains + site];
	tail = name + 1 + name[0];
	for (uint32_t i = 0; i < tail[0]; i++)
		if (u16_at(tail + 2 + ROW_LEN * (size_t)i) == tracker)
			return (float)tail[4 + ROW_LEN * (size_t)i] / 255.0f;
	return tail[0] == 0 && tail[1] ? expected_share(p, tail + 2, tracker) : 0;
}
