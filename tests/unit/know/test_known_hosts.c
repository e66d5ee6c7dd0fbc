#include "check.h"

#include <ctype.h>
#include <time.h>

#include "know/companies.h"
#include "know/known.h"
#include "know/test_paths.h"
#include "lists.h"

/* Is the company the one that the fact names? Facts name brand and owner, "Hotjar/Contentsquare", or the
 * company without its addition: "Civic" for "Civic UK", "Outbrain" for "Teads (Outbrain)".
 */
static bool is_right(const char *company, char *fact)
{
	char *rest = NULL;

	for (char *name = strtok_r(fact, "/", &rest); name; name = strtok_r(NULL, "/", &rest)) {
		const char *at = strstr(company, name);

		if (at && (at == company || at[-1] == '(' || at[-1] == ' ') &&
		    !isalnum((unsigned char)at[strlen(name)]))
			return true;
	}
	return false;
}

static void names_the_company_of_sixty_hosts(void **state)
{
	const struct loaded *l = *state;
	FILE *f = fopen(TEST_KNOW_DIR "/known_hosts.txt", "r");
	char line[512];
	unsigned n = 0, right = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		char *rest = NULL, *host = strtok_r(line, "\t", &rest), *fact = strtok_r(NULL, "|", &rest);
		struct hostname h;
		const struct company *c;

		if (line[0] == '#' || !fact)
			continue;
		h = host_of(host);
		c = companies_of(l->know.companies, &h);
		n++;
		if (c && !(c->flags & COMPANY_INFRASTRUCTURE) && is_right(c->company, fact))
			right++;
		else
			print_error("%s is %s, not %s\n", host, c ? c->company : "nobody's", fact);
	}
	fclose(f);
	assert_int_equal(n, 60);
	assert_int_equal(right, n);
}

static double since_ms(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)(now.tv_sec - start->tv_sec) * 1e3 + (double)(now.tv_nsec - start->tv_nsec) / 1e6;
}

/* The bar is 50 ms on a free machine; the test allows for a loaded one, and for sanitizers, by taking the
 * best of ten, of processor time. */
static void loads_fast(void **state)
{
	double best = 1e9;

	(void)state;
	for (int i = 0; i < 10; i++) {
		struct knowledge_spec spec = { .data_dir = TEST_DATA_DIR };
		struct timespec start;
		struct loaded *l;
		struct err err;
		double took;

		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
		l = knowledge_load(&spec, &err);
		took = since_ms(&start);
		assert_non_null(l);
		knowledge_free(l);
		best = took < best ? took : best;
	}
	print_message("all lists are loaded in %.1f ms\n", best);
	assert_true(best < 50);
}

static void looks_up_fast(void **state)
{
	static const char *const texts[] = { "www.met.police.uk", "connect.facebook.net",
					     "d10lpsik1i8c69.cloudfront.net", "a.b.c.d.e.f.g.example.com" };
	enum { ROUNDS = 250000 };
	const struct loaded *l = *state;
	struct hostname hosts[COUNT(texts)];
	struct timespec start;
	unsigned found = 0;
	double took;

	for (size_t i = 0; i < COUNT(texts); i++)
		hosts[i] = host_of(texts[i]);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
	for (unsigned i = 0; i < ROUNDS * COUNT(texts); i++)
		found += companies_of(l->know.companies, &hosts[i % COUNT(texts)]) != NULL;
	took = since_ms(&start);
	print_message("a look-up takes %.0f ns\n", took * 1e6 / (ROUNDS * COUNT(texts)));
	assert_int_equal(found, ROUNDS * 2);
	assert_true(took < 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_the_company_of_sixty_hosts),
		cmocka_unit_test(loads_fast),
		cmocka_unit_test(looks_up_fast),
	};

	return cmocka_run_group_tests(tests, lists_load, lists_unload);
}
