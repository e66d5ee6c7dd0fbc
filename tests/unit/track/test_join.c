/* What a client's own page views teach of whether one goes on with a visit. */
#include "check.h"

#include <ctype.h>
#include <string.h>

#include "track/join_parts.h"

enum { PAGES_MAX = 12, SHORT = 49, LONG = 57, KIND = 2, OTHER_KIND = 3 };

static struct vpage pages[PAGES_MAX];
static struct name_note notes[3];

static float tenths(const char *word)
{
	return (float)(word[1] - '0') / 10;
}

/* P(it goes on) of the first page view, with what is learnt. Each is three letters: the length of its request
 * (s: as short as the shortest, t: a byte more, l: long, o: the shortest of another kind, -: not known;
 * capital: nothing is learnt from it),
 * tenths of P(it goes on) by the other signs, the site (a, b; capital: it said farewell).
 */
static float first_of(const char *words)
{
	struct client c = { .pages = pages };
	const struct names names = { .notes = notes };
	struct join_learnt l;

	for (const char *w = words; strlen(w) >= 3; w += strlen(w) > 3 ? 4 : 3)
		pages[c.n_pages++] = (struct vpage){ .asked = tolower(w[0]) == 's' ? SHORT
							      : w[0] == 't'        ? SHORT + 1
							      : w[0] == 'l'        ? LONG
							      : w[0] == 'o'        ? LONG + SHORT
										   : 0,
						     .asked_as = w[0] == 'o' ? OTHER_KIND : KIND,
						     .site = tolower(w[2]) == 'a' ? 1 : 2 };
	join_learn_begin(&c, &names, &l);
	for (uint32_t i = 0; i < c.n_pages; i++)
		if (!isupper(words[4 * i]))
			join_learn(&l, &pages[i], isupper(words[4 * i + 2]), tenths(words + 4 * i));
	return join_learnt(&l, &pages[0], isupper(words[2]), tenths(words));
}

static void the_clients_own_pages_teach(void **state)
{
	static const struct {
		const char *what, *pages;
		int sign; /* of the change */
	} cases[] = {
		{ "as short as those that begin", "s5a s1a s1a s1a l9a l9a l9a", -1 },
		{ "a byte off", "t5a s1a s1a s1a l9a l9a l9a", -1 },
		{ "as long as those that go on", "l5a s1a s1a s1a l9a l9a l9a", 1 },
		{ "those that go on are the short ones", "s5a s9a s9a s9a l1a l1a l1a", 1 },
		{ "both begin and go on", "s5a s1a s9a l1a l9a", 0 },
		{ "length not known", "-5a s1a s1a l9a l9a", 0 },
		{ "the shortest of another kind of requests", "o5a s1a s1a s1a l9a l9a l9a", -1 },
		{ "no farewell of a site that says one", "-5a -9A -9A -9A -9b -9b -9b", -1 },
		{ "none of a site that says none", "-5b -9A -9A -9A -9b -9b -9b", 1 },
		{ "a farewell of a site that says them", "-5A -9A -9A -9A -9b -9b -9b", 1 },
		{ "farewells where other visits begin say nothing of the site", "-5a -1A -1A -9b -9b", 0 },
		{ "no witness for itself", "s2a", 0 },
		{ "not learnt from: as none of those that go on", "S5a l9a l9a l9a l9a l9a l9a", -1 },
		{ "nothing is learnt", "S5a", 0 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		float same = tenths(cases[i].pages),
		      change = log_odds(first_of(cases[i].pages)) - log_odds(same);

		if ((change > 0.3f) - (change < -0.3f) != cases[i].sign)
			fail_msg("%s: %g", cases[i].what, (double)change);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_clients_own_pages_teach),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
