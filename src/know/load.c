#include "know/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "know/companies.h"
#include "know/geo.h"
#include "know/list_info.h"
#include "know/profiles.h"
#include "know/sectors.h"
#include "know/suffix.h"

#define PATH_LEN 4096

struct loading {
	const struct knowledge_spec *spec;
	struct loaded *to;
	struct companies *companies;
	struct suffixes *suffixes;
	struct geo *geo;
	struct sectors *sectors;
	struct profiles *profiles;
};

/* The shipped lists of companies in the order in which one lies over the other. */
static const char *const company_lists[] = {
	"company_names.tsv", "trackers.tsv", "companies.tsv",      "cname.tsv",     "replay.tsv",
	"consent.tsv",       "overlay.tsv",  "infrastructure.tsv", "telemetry.tsv",
};
#define N_COMPANY_LISTS (sizeof(company_lists) / sizeof(company_lists[0]))

static void note(struct loaded *l, const char *words, const char *path)
{
	size_t n = strlen(l->note);

	snprintf(l->note + n, sizeof(l->note) - n, "%s%s%s", n ? "; " : "", words, path);
}

static void in_data(const struct loading *g, const char *file, char ret_path[PATH_LEN])
{
	snprintf(ret_path, PATH_LEN, "%s/%s", g->spec->data_dir, file);
}

static struct list_info *next_info(struct loading *g)
{
	return g->to->n_lists < LISTS_MAX ? &g->to->lists[g->to->n_lists++] : NULL;
}

/* name: NULL: the file's without folders and ending. */
static struct list_info *tell(struct loading *g, const char *name, const char *path, bool is_table,
			      struct err *err)
{
	struct list_info *info = next_info(g);
	const char *slash = strrchr(path, '/');
	char own[64];

	if (!info) {
		err_set(err, "more than %d lists", LISTS_MAX);
		return NULL;
	}
	snprintf(own, sizeof(own), "%s", name ? name : slash ? slash + 1 : path);
	return list_info_read(own, path, is_table, info, err) ? info : NULL;
}

static bool load_companies(struct loading *g, struct err *err)
{
	const struct knowledge_spec *spec = g->spec;
	char shipped[N_COMPANY_LISTS][PATH_LEN];
	const char *paths[LISTS_MAX];
	size_t n = 0;

	if (spec->n_companies > LISTS_MAX / 2)
		return err_set(err, "more than %d lists of companies", LISTS_MAX / 2);
	for (size_t i = 0; i < N_COMPANY_LISTS; i++) {
		char name[64];

		in_data(g, company_lists[i], shipped[i]);
		if (access(shipped[i], F_OK) != 0) {
			if (strcmp(company_lists[i], "companies.tsv") == 0)
				return err_set(err, "there is no list of companies: '%s'", shipped[i]);
			note(g->to, "no list ", company_lists[i]);
			continue;
		}
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(company_lists[i], "."), company_lists[i]);
		if (!tell(g, name, shipped[i], true, err))
			return false;
		paths[n++] = shipped[i];
	}
	for (size_t i = 0; i < spec->n_companies; i++) {
		if (!tell(g, NULL, spec->companies[i], true, err))
			return false;
		paths[n++] = spec->companies[i];
	}
	g->companies = companies_load(paths, n, err);
	return g->companies != NULL;
}

static bool load_sectors(struct loading *g, struct err *err)
{
	char path[PATH_LEN];
	const char *paths[] = { path };

	in_data(g, "sectors.tsv", path);
	if (access(path, F_OK) != 0) {
		note(g->to, "no list ", "sectors.tsv");
		return true;
	}
	g->sectors = sectors_load(paths, 1, err);
	return g->sectors && tell(g, "sectors", path, true, err);
}

static bool load_suffixes(struct loading *g, struct err *err)
{
	struct list_info *info;
	const char *path;
	struct stat st;

	g->suffixes = suffixes_load(g->spec->psl, err);
	if (!g->suffixes)
		return false;
	path = suffixes_path(g->suffixes);
	info = path ? tell(g, "public-suffix-list", path, false, err) : next_info(g);
	if (!info)
		return false;
	if (path && stat(path, &st) == 0)
		list_info_date(info, st.st_mtime);
	snprintf(info->name, sizeof(info->name), "public-suffix-list");
	snprintf(info->licence, sizeof(info->licence), "MPL-2.0");
	snprintf(info->source, sizeof(info->source), "%s",
		 path ? "https://publicsuffix.org/" : "built into libpsl");
	info->entries = suffixes_count(g->suffixes);
	return true;
}

static bool load_profiles(struct loading *g, struct err *err)
{
	struct list_info *info;
	char path[PATH_LEN];

	in_data(g, "profiles.bin", path);
	if (access(path, F_OK) != 0) {
		note(g->to, "no profiles of sites: ", path);
		return true;
	}
	g->profiles = profiles_load(path, err);
	info = g->profiles ? tell(g, "profiles", path, false, err) : NULL;
	if (!info)
		return false;
	snprintf(info->version, sizeof(info->version), "%s", profiles_version(g->profiles));
	info->entries = profiles_count(g->profiles);
	snprintf(info->licence, sizeof(info->licence), "CC-BY-4.0");
	snprintf(info->source, sizeof(info->source), "WhoTracks.me (Ghostery GmbH)");
	return true;
}

/* The user's database, or the shipped one, "" if there is none. */
static void geo_path(const struct loading *g, const char *user, char ret_path[PATH_LEN])
{
	if (user) {
		snprintf(ret_path, PATH_LEN, "%s", user);
		return;
	}
	in_data(g, "geo.mmdb", ret_path);
	if (access(ret_path, F_OK) != 0)
		ret_path[0] = '\0';
}

static bool tell_geo(struct loading *g, const char *name, const char *path, bool of_asn, struct err *err)
{
	struct geo_about about;
	struct list_info *info;

	if (!*path || !geo_about(g->geo, of_asn, &about))
		return true;
	info = tell(g, name, path, false, err);
	if (!info)
		return false;
	list_info_date(info, (int64_t)about.built_s);
	info->entries = about.nodes;
	snprintf(info->source, sizeof(info->source), "%.159s", about.text);
	if (strncmp(about.text, "CC", 2) == 0) /* ours begins with its licence */
		snprintf(info->licence, sizeof(info->licence), "%.*s", (int)strcspn(about.text, ":"),
			 about.text);
	return true;
}

static bool load_geo(struct loading *g, struct err *err)
{
	const struct knowledge_spec *spec = g->spec;
	char country[PATH_LEN], asn[PATH_LEN];
	bool is_asked = spec->country_db || spec->asn_db;

	geo_path(g, spec->country_db, country);
	geo_path(g, spec->asn_db, asn);
	if (!geo_is_built() && !is_asked) {
		note(g->to, "built without libmaxminddb: no countries and networks of servers", "");
		return true;
	}
	if (!*country)
		note(g->to, "no country database", "");
	if (!*asn)
		note(g->to, "no database of networks (ASN)", "");
	if (!*country && !*asn)
		return true;
	g->geo = geo_open(*country ? country : NULL, *asn ? asn : NULL, err);
	if (!g->geo)
		return false;
	if (strcmp(country, asn) == 0)
		return tell_geo(g, "geo", country, false, err);
	return tell_geo(g, "geo-country", country, false, err) && tell_geo(g, "geo-asn", asn, true, err);
}

struct loaded *knowledge_load(const struct knowledge_spec *spec, struct err *err)
{
	struct loading g = { .spec = spec, .to = calloc(1, sizeof(struct loaded)) };
	bool ok;

	if (!g.to) {
		err_set(err, "out of memory");
		return NULL;
	}
	ok = load_companies(&g, err) && load_sectors(&g, err) && load_suffixes(&g, err) &&
	     load_profiles(&g, err) && load_geo(&g, err);
	g.to->know = (struct knowledge){
		.companies = g.companies,
		.suffixes = g.suffixes,
		.geo = g.geo,
		.sectors = g.sectors,
		.profiles = g.profiles,
	};
	if (!ok) {
		knowledge_free(g.to);
		return NULL;
	}
	return g.to;
}

/* The knowledge is constant for all who use it; who made it may unmake it. */
#define OWN(type, pointer) ((struct type *)(uintptr_t)(pointer))

void knowledge_free(struct loaded *l)
{
	if (!l)
		return;
	companies_free(OWN(companies, l->know.companies));
	suffixes_free(OWN(suffixes, l->know.suffixes));
	geo_close(OWN(geo, l->know.geo));
	sectors_free(OWN(sectors, l->know.sectors));
	profiles_free(OWN(profiles, l->know.profiles));
	free(l);
}
