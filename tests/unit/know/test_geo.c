#include "check.h"

#include "know/geo.h"
#include "know/known.h"
#include "know/test_paths.h"

#define GEOLITE_COUNTRY TEST_KNOW_DIR "/geolite2-country.mmdb"
#define GEOLITE_ASN TEST_KNOW_DIR "/geolite2-asn.mmdb"
#define FLAT TEST_KNOW_DIR "/flat.mmdb"

static struct place place_of(const struct geo *g, const char *text)
{
	struct addr a;
	struct place p;

	assert_true(addr_parse(text, &a));
	memset(&p, 0xaa, sizeof(p));
	geo_lookup(g, &a, &p);
	return p;
}

static struct geo *opened(const char *country, const char *asn)
{
	struct err err;
	struct geo *g = geo_open(country, asn, &err);

	if (!g)
		print_error("%s\n", err.text);
	assert_non_null(g);
	return g;
}

/* The schemas that people have. */
static void reads_each_schema(void **state)
{
	static const struct {
		const char *country_db, *asn_db, *addr, *country;
		uint32_t asn;
		const char *org;
	} rows[] = {
		{ GEOLITE_COUNTRY, GEOLITE_ASN, "192.0.2.1", "GB", 64496, "Example" },
		{ GEOLITE_COUNTRY, GEOLITE_ASN, "192.0.2.200", "GB", 0, "" },
		{ GEOLITE_COUNTRY, GEOLITE_ASN, "2001:db8::7", "FR", 4200000000, "" },
		{ GEOLITE_COUNTRY, GEOLITE_ASN, "198.51.100.1", "", 0, "" }, /* only where it is registered */
		{ GEOLITE_COUNTRY, NULL, "192.0.2.1", "GB", 0, "" },
		{ NULL, GEOLITE_ASN, "192.0.2.1", "", 64496, "Example" },
		{ FLAT, FLAT, "192.0.2.1", "IE", 64500, "Flat" },
		{ FLAT, FLAT, "198.51.100.1", "", 0, "" }, /* ZZ: nowhere */
		{ FLAT, FLAT, "203.0.113.1", "", 0, "" },  /* no code of two capitals */
		{ FLAT, GEOLITE_ASN, "192.0.2.1", "IE", 64496, "Example" },
		{ FLAT, FLAT, "10.0.0.1", "", 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct geo *g = opened(rows[i].country_db, rows[i].asn_db);
		struct place p = place_of(g, rows[i].addr);

		assert_string_equal(p.country, rows[i].country);
		assert_int_equal(p.asn, rows[i].asn);
		assert_string_equal(p.org, rows[i].org);
		geo_close(g);
	}
}

static void cuts_a_name_at_a_character(void **state)
{
	struct geo *g = opened(NULL, GEOLITE_ASN);
	struct place p = place_of(g, "203.0.113.9");

	(void)state;
	assert_int_equal(strlen(p.org), 62);
	assert_int_equal(strspn(p.org, "x"), 62);
	geo_close(g);
}

static void knows_nothing_without_a_database(void **state)
{
	struct place p = place_of(NULL, "192.0.2.1");

	(void)state;
	assert_string_equal(p.country, "");
	assert_int_equal(p.asn, 0);
	assert_string_equal(p.org, "");
	geo_close(NULL);
}

static void tells_of_itself(void **state)
{
	struct geo *g = opened(GEOLITE_COUNTRY, NULL);
	struct geo_about about;

	(void)state;
	assert_true(geo_about(g, false, &about));
	assert_int_equal(about.built_s, 1700000000);
	assert_string_equal(about.text, "CC0-1.0: made for a test");
	assert_false(geo_about(g, true, &about));
	geo_close(g);
}

static void refuses_what_is_no_database(void **state)
{
	static const char text[] = "no database";
	char path[32];
	struct err err;

	(void)state;
	file_with(path, text, strlen(text));
	assert_null(geo_open(path, NULL, &err));
	assert_non_null(strstr(err.text, path));
	assert_null(geo_open(NULL, "/nowhere.mmdb", &err));
	assert_non_null(strstr(err.text, "/nowhere.mmdb"));
	assert_null(geo_open(GEOLITE_COUNTRY, path, &err));
	unlink(path);
}

/* A damaged database gives wrong places or none, never a fault. */
static void bears_damage(void **state)
{
	char bytes[4096], path[32];
	FILE *f = fopen(FLAT, "rb");
	size_t len;
	unsigned opened_n = 0;

	(void)state;
	assert_non_null(f);
	len = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	for (size_t i = 0; i < len; i += 3) {
		char damaged[sizeof(bytes)];
		struct err err;
		struct geo *g;

		memcpy(damaged, bytes, len);
		damaged[i] = (char)(damaged[i] ^ 0x55);
		g = geo_open(file_with(path, damaged, len), path, &err);
		if (g) {
			opened_n++;
			place_of(g, "192.0.2.1");
			place_of(g, "2001:db8::1");
			geo_close(g);
		}
		unlink(path);
	}
	assert_true(opened_n > len / 6);
}

/* Networks that have belonged to one company for more than ten years. */
static void the_shipped_one_knows_large_networks(void **state)
{
	static const struct {
		const char *addr;
		uint32_t asn;
	} rows[] = {
		{ "8.8.8.8", 15169 },      { "157.240.1.35", 32934 }, { "1.1.1.1", 13335 },
		{ "2606:4700::1", 13335 }, { "2a03:2880::1", 32934 }, { "17.1.1.1", 714 },
	};
	struct geo *g = opened(TEST_DATA_DIR "/geo.mmdb", TEST_DATA_DIR "/geo.mmdb");

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(place_of(g, rows[i].addr).asn, rows[i].asn);
	assert_string_equal(place_of(g, "77.88.8.8").country, "RU");
	assert_string_equal(place_of(g, "10.1.2.3").country, "");
	geo_close(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_each_schema),
		cmocka_unit_test(cuts_a_name_at_a_character),
		cmocka_unit_test(knows_nothing_without_a_database),
		cmocka_unit_test(tells_of_itself),
		cmocka_unit_test(refuses_what_is_no_database),
		cmocka_unit_test(bears_damage),
		cmocka_unit_test(the_shipped_one_knows_large_networks),
	};

	if (!geo_is_built())
		return 77; /* skipped: built without libmaxminddb */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
