/* Loads every list and says what each is: for the run record and `onlooker lists`. */
#ifndef KNOW_LOAD_H
#define KNOW_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "know/knowledge.h"

#define LISTS_MAX 64

struct knowledge_spec {
	const char *data_dir;
	const char *const
	    *companies; /* the user's lists, over the shipped ones, a later one over an earlier */
	size_t n_companies;
	const char *asn_db, *country_db, *psl; /* NULL: the shipped ones, the system's */
};

/* One list as it was read. memory: as long as the struct loaded. */
struct list_info {
	char name[64];    /* "companies", "geo-asn", …; of a user's list its file name without folders */
	char version[32]; /* date or version as the list says of itself, "" if it does not */
	char licence[64];
	char source[160];
	char sha256[65];
	uint64_t entries;
};

struct loaded {
	struct knowledge know;
	struct list_info lists[LISTS_MAX];
	size_t n_lists;
	char note[256]; /* what is not there, in words: "no country database: …"; "" if nothing is missing */
};

/* returns: NULL with err set if a list is broken or one that the user named is missing. */
struct loaded *knowledge_load(const struct knowledge_spec *spec, struct err *err);
void knowledge_free(struct loaded *l);

#endif
