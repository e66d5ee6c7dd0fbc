#include <string.h>

#include "base/time.h"
#include "check.h"
#include "tcf_vectors.h"
#include "track/consent_tcf.h"

static struct bytes text_of(const char *s)
{
	return (struct bytes){ (const uint8_t *)s, strlen(s) };
}

static void test_strings_of_the_reference_library(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		const struct tcf_vector *v = &vectors[i];
		struct tcf t;
		assert_true(tcf_read(text_of(v->text), vector_ids, COUNT(vector_ids), &t));
		assert_int_equal(t.cmp_id, v->cmp_id);
		assert_string_equal(t.language, v->language);
		assert_string_equal(t.publisher, "GB");
		assert_int_equal(t.created_ns, v->created_s * NS_PER_S);
		assert_int_equal(t.updated_ns, v->updated_s * NS_PER_S);
		assert_int_equal(t.policy, 4);
		assert_true(t.is_service_specific);
		assert_int_equal(t.purposes, v->purposes);
		assert_int_equal(t.legitimate, v->legitimate);
		assert_int_equal(t.special_features, v->features);
		assert_int_equal(t.n_consents, v->n_consents);
		assert_int_equal(t.vendors, v->vendors);
		assert_int_equal(t.vendors_legitimate, v->vendors_legitimate);
		assert_int_equal(t.has_disclosed, v->has_disclosed);
		assert_int_equal(t.vendors_disclosed, v->disclosed);
		assert_false(t.is_cut);
	}
}

/* However short it is cut, nothing is read beyond its end, and what is said of vendors is marked as
 * incomplete. */
static void test_cut_strings(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		const struct tcf_vector *v = &vectors[i];
		size_t core = strcspn(v->text, ".");
		/* The last characters may be filling: the library fills up to a multiple of 24 bits. */
		for (size_t len = 0; len + 5 < core; len++) {
			uint8_t *exact = test_malloc(len + 1);
			memcpy(exact + 1, v->text, len);
			struct tcf t;
			if (tcf_read((struct bytes){ exact + 1, len }, vector_ids, COUNT(vector_ids), &t)) {
				assert_int_equal(t.purposes, v->purposes);
				assert_true(t.is_cut);
			} else {
				/* version to publisher: 213 bits */
				assert_true(len < 36);
			}
			test_free(exact);
		}
	}
}

static void test_what_is_no_string(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",       ".",    "B",       "BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA", "C", "CQ%20",
		"Cookie", "~~~~", "!!!!!!!!"
	};
	struct tcf t = { .purposes = 77 };
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(tcf_read(text_of(bad[i]), vector_ids, COUNT(vector_ids), &t));
	assert_int_equal(t.purposes, 77); /* untouched on failure */
}

/* The examples of the specification. */
static void test_gpp(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		unsigned n;
		uint16_t id[3];
		const char *last;
	} rows[] = {
		{ "DBABMA~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA",
		  1,
		  { 2 },
		  "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA" },
		{ "DBACNYA~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA~1YNN", 2, { 2, 6 }, "1YNN" },
		{ "DBABjw~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA~1YNN", 2, { 5, 6 }, "1YNN" },
		{ "DBACNYA", 2, { 2, 6 }, "" },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct gpp g;
		assert_true(gpp_read(text_of(rows[i].text), &g));
		assert_int_equal(g.n, rows[i].n);
		for (unsigned k = 0; k < g.n; k++)
			assert_int_equal(g.id[k], rows[i].id[k]);
		const struct bytes *last = &g.text[g.n - 1];
		assert_int_equal(last->len, strlen(rows[i].last));
		if (last->len)
			assert_memory_equal(last->at, rows[i].last, last->len);
	}
	struct gpp g;
	static const char *const bad[] = { "", "D", "DB", "DBAB", "CPXxRfAPXxRfAAfKABENB", "DBD__w~x" };
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(gpp_read(text_of(bad[i]), &g));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings_of_the_reference_library),
		cmocka_unit_test(test_cut_strings),
		cmocka_unit_test(test_what_is_no_string),
		cmocka_unit_test(test_gpp),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
