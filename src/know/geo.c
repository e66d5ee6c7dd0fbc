#include "know/geo.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <maxminddb.h>

struct database {
	MMDB_s mmdb;
	bool is_open;
};

struct geo {
	struct database country, asn;
};

static bool open_one(struct database *d, const char *path, struct err *err)
{
	int status;

	if (!path)
		return true;
	status = MMDB_open(path, MMDB_MODE_MMAP, &d->mmdb);
	if (status != MMDB_SUCCESS)
		return err_set(err, "cannot read '%s': %s", path, MMDB_strerror(status));
	d->is_open = true;
	return true;
}

struct geo *geo_open(const char *country_path, const char *asn_path, struct err *err)
{
	struct geo *g = calloc(1, sizeof(*g));

	if (!g) {
		err_set(err, "out of memory");
		return NULL;
	}
	if (!open_one(&g->country, country_path, err) || !open_one(&g->asn, asn_path, err)) {
		geo_close(g);
		return NULL;
	}
	return g;
}

void geo_close(struct geo *g)
{
	if (!g)
		return;
	if (g->country.is_open)
		MMDB_close(&g->country.mmdb);
	if (g->asn.is_open)
		MMDB_close(&g->asn.mmdb);
	free(g);
}

static bool find(const struct database *d, const struct addr *a, MMDB_lookup_result_s *ret_result)
{
	struct sockaddr_storage to = { 0 };
	int status = MMDB_SUCCESS;

	if (!d->is_open)
		return false;
	if (addr_is_v4(a)) {
		struct sockaddr_in v4 = { .sin_family = AF_INET };

		memcpy(&v4.sin_addr, a->b + 12, 4);
		memcpy(&to, &v4, sizeof(v4));
	} else {
		struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

		if (d->mmdb.metadata.ip_version == 4)
			return false;
		memcpy(&v6.sin6_addr, a->b, 16);
		memcpy(&to, &v6, sizeof(v6));
	}
	*ret_result = MMDB_lookup_sockaddr(&d->mmdb, (const struct sockaddr *)&to, &status);
	return status == MMDB_SUCCESS && ret_result->found_entry;
}

static bool value_of(MMDB_lookup_result_s *r, const char *const *path, uint32_t type,
		     MMDB_entry_data_s *ret_value)
{
	return MMDB_aget_value(&r->entry, ret_value, path) == MMDB_SUCCESS && ret_value->has_data &&
	       ret_value->type == type;
}

/* Copies text, cut so that no character is halved. */
static void put_text(char *to, size_t size, const MMDB_entry_data_s *v)
{
	size_t n = v->data_size;

	if (n > size - 1) {
		n = size - 1;
		while (n > 0 && ((unsigned char)v->utf8_string[n] & 0xc0) == 0x80)
			n--;
	}
	memcpy(to, v->utf8_string, n);
	to[n] = '\0';
	to[strcspn(to, "\n\r\t")] = '\0';
}

static void find_country(MMDB_lookup_result_s *r, struct place *p)
{
	static const char *const schemas[][3] = {
		{ "country", "iso_code", NULL }, /* GeoLite2, DB-IP */
		{ "country_code", NULL },        /* ip-location-db */
	};
	MMDB_entry_data_s v;

	for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
		if (!value_of(r, schemas[i], MMDB_DATA_TYPE_UTF8_STRING, &v) || v.data_size != 2)
			continue;
		if (v.utf8_string[0] < 'A' || v.utf8_string[0] > 'Z' || v.utf8_string[1] < 'A' ||
		    v.utf8_string[1] > 'Z' || memcmp(v.utf8_string, "ZZ", 2) == 0)
			continue;
		put_text(p->country, sizeof(p->country), &v);
		return;
	}
}

static void find_asn(MMDB_lookup_result_s *r, struct place *p)
{
	static const char *const number[] = { "autonomous_system_number", NULL };
	static const char *const org[] = { "autonomous_system_organization", NULL };
	MMDB_entry_data_s v;

	if (value_of(r, number, MMDB_DATA_TYPE_UINT32, &v))
		p->asn = v.uint32;
	else if (value_of(r, number, MMDB_DATA_TYPE_UINT16, &v))
		p->asn = v.uint16;
	if (p->asn && value_of(r, org, MMDB_DATA_TYPE_UTF8_STRING, &v))
		put_text(p->org, sizeof(p->org), &v);
}

void geo_lookup(const struct geo *g, const struct addr *a, struct place *ret_place)
{
	MMDB_lookup_result_s result;

	memset(ret_place, 0, sizeof(*ret_place));
	if (!g)
		return;
	if (find(&g->country, a, &result))
		find_country(&result, ret_place);
	if (find(&g->asn, a, &result))
		find_asn(&result, ret_place);
}

bool geo_is_built(void)
{
	return true;
}

bool geo_about(const struct geo *g, bool of_asn, struct geo_about *ret_about)
{
	const struct database *d = of_asn ? &g->asn : &g->country;
	const MMDB_metadata_s *m = &d->mmdb.metadata;
	const char *text = "";

	if (!d->is_open)
		return false;
	for (size_t i = m->description.count; i-- > 0;) {
		text = m->description.descriptions[i]->description;
		if (strcmp(m->description.descriptions[i]->language, "en") == 0)
			break;
	}
	*ret_about = (struct geo_about){ .built_s = m->build_epoch, .nodes = m->node_count };
	snprintf(ret_about->text, sizeof(ret_about->text), "%s", text);
	return true;
}
