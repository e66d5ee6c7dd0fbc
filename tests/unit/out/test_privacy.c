#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "out/privacy.h"

static char key_path[] = "/tmp/test_privacy_XXXXXX";

static int make_key(void **state)
{
	(void)state;
	static const char key[] = "a key for this test, long enough";
	int fd = mkstemp(key_path);
	bool ok = fd >= 0 && write(fd, key, sizeof(key) - 1) == sizeof(key) - 1;
	close(fd);
	return ok ? 0 : -1;
}

static int drop_key(void **state)
{
	(void)state;
	return unlink(key_path);
}

static struct privacy *open_with(const struct privacy_spec *spec)
{
	struct err err;
	struct privacy *p = privacy_new(spec, &err);
	assert_non_null(p);
	return p;
}

static struct addr addr(const char *text)
{
	struct addr a;
	assert_true(addr_parse(text, &a));
	return a;
}

/* Leading bits that two addresses have in common. */
static unsigned common(const struct addr *a, const struct addr *b)
{
	unsigned n = 0;
	while (n < 128 && !((a->b[n / 8] ^ b->b[n / 8]) & (0x80 >> n % 8)))
		n++;
	return n;
}

static void pseudonyms_keep_prefixes(void **state)
{
	(void)state;
	static const char *const hosts[] = { "10.1.2.3",    "10.1.2.4",      "10.1.200.4",
					     "11.0.0.1",    "192.0.2.1",     "2001:db8::1",
					     "2001:db8::2", "2001:db8:1::1", "fe80::1" };
	struct privacy *p = open_with(&(struct privacy_spec){ .key_path = key_path });
	for (size_t i = 0; i < COUNT(hosts); i++) {
		struct addr a = addr(hosts[i]), pa = privacy_addr(p, &a);
		assert_int_equal(addr_is_v4(&a), addr_is_v4(&pa));
		for (size_t k = 0; k < COUNT(hosts); k++) {
			struct addr b = addr(hosts[k]), pb = privacy_addr(p, &b);
			if (addr_is_v4(&a) == addr_is_v4(&b))
				assert_int_equal(common(&pa, &pb), common(&a, &b));
		}
	}
	assert_false(privacy_is_open(p));
	privacy_free(p);
}

/* Pseudonyms of one key must hold over versions of the program. This one was computed apart, by a program
 * that gives the published test vectors of Crypto-PAn.
 */
static void the_same_key_gives_the_same_pseudonyms(void **state)
{
	(void)state;
	struct privacy *p = open_with(&(struct privacy_spec){ .key_path = key_path });
	struct privacy *again = open_with(&(struct privacy_spec){ .key_path = key_path });
	struct addr a = addr("192.0.2.77");
	struct addr one = privacy_addr(p, &a), two = privacy_addr(again, &a);
	assert_true(addr_equal(&one, &two));
	struct addr want = addr("79.2.122.2");
	assert_true(addr_equal(&one, &want));
	privacy_free(p);
	privacy_free(again);
}

static void masks_cut_addresses(void **state)
{
	(void)state;
	static const struct {
		const char *mask, *in, *out;
	} rows[] = {
		{ "/16", "10.1.2.3", "10.1.0.0" },     { "/16", "2001:db8:1:2::3", "2001:db8:1::" },
		{ "/24,/32", "10.1.2.3", "10.1.2.0" }, { "/24,/32", "2001:db8:1:2::3", "2001:db8::" },
		{ "/0,/0", "10.1.2.3", "0.0.0.0" },    { "/32,/128", "2001:db8:1:2::3", "2001:db8:1:2::3" },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct privacy *p = open_with(&(struct privacy_spec){ .mask = rows[i].mask });
		struct addr a = addr(rows[i].in), want = addr(rows[i].out), is = privacy_addr(p, &a);
		assert_true(addr_equal(&is, &want));
		privacy_free(p);
	}
}

static void what_is_no_mask_or_key_is_refused(void **state)
{
	(void)state;
	static const char *const masks[] = { "", "16", "/33", "/16,48", "/16,/129", "/16/", "/x" };
	for (size_t i = 0; i < COUNT(masks); i++) {
		struct err err;
		assert_null(privacy_new(&(struct privacy_spec){ .mask = masks[i] }, &err));
		assert_non_null(strstr(err.text, "--mask"));
	}
	static const char *const keys[] = { "/does/not/exist", "/dev/null" };
	for (size_t i = 0; i < COUNT(keys); i++) {
		struct err err;
		assert_null(privacy_new(&(struct privacy_spec){ .key_path = keys[i] }, &err));
		assert_non_null(strstr(err.text, keys[i]));
	}
}

static void scope_is_of_sites_and_sectors(void **state)
{
	(void)state;
	static const char *const sites[] = { "met.police.uk" }, *const sectors[] = { "health" };
	static const struct {
		const char *site, *sector;
		bool both, only_sites;
	} rows[] = {
		{ "met.police.uk", "police", true, true },
		{ "www.met.police.uk", "police", true, true },
		{ "notmet.police.uk", "police", false, false },
		{ "police.uk", "police", false, false },
		{ "nhs.uk", "health", true, false },
		{ "example.org", "", false, false },
	};
	struct privacy *both = open_with(
	    &(struct privacy_spec){ .sites = sites, .n_sites = 1, .sectors = sectors, .n_sectors = 1 });
	struct privacy *only = open_with(&(struct privacy_spec){ .sites = sites, .n_sites = 1 });
	struct privacy *none = open_with(&(struct privacy_spec){ .n_sites = 0 });
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(privacy_keeps(both, rows[i].site, rows[i].sector), rows[i].both);
		assert_int_equal(privacy_keeps(only, rows[i].site, rows[i].sector), rows[i].only_sites);
		assert_true(privacy_keeps(none, rows[i].site, rows[i].sector));
	}
	assert_true(privacy_is_open(none));
	privacy_free(both);
	privacy_free(only);
	privacy_free(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pseudonyms_keep_prefixes),
		cmocka_unit_test(the_same_key_gives_the_same_pseudonyms),
		cmocka_unit_test(masks_cut_addresses),
		cmocka_unit_test(what_is_no_mask_or_key_is_refused),
		cmocka_unit_test(scope_is_of_sites_and_sectors),
	};
	return cmocka_run_group_tests(tests, make_key, drop_key);
}
