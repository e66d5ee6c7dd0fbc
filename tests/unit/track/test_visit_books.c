#include "check.h"

#include <stdio.h>
#include <string.h>

#include "lists.h"
#include "scene.h"

/* Lines of a scene (lib/scene.h), and
 *   visit SITE F     a whole page of www.SITE with its third parties, on flows F to F + 6
 *   read HOST F FROM a navigation that can be read, with FROM in its Referer ("-": none)
 *   part HOST F FROM likewise of something that is loaded
 * and the visits that are made of it, as words: the site, how many pages it has if not one, and what it is
 * part of.
 */
struct books {
	const char *name, *lines[24], *visits;
};

static const struct books BOOKS[] = {
	{ "pages of one site, on connections that are open, are one visit",
	  { "1000 visit alpha.example 1", "16000 ask 1", "16110 ask 3", "16160 ask 4",
	    "16300 load static.hotjar.com 30" },
	  "alpha.example/2" },
	{ "the site was left: a revisit on connections that are open is another visit",
	  { "1000 visit alpha.example 1", "20000 visit beta.example 20", "41000 ask 1", "41150 ask 3",
	    "41250 ask 4", "41300 ask 5", "41400 load static.hotjar.com 40" },
	  "alpha.example beta.example alpha.example" },
	{ "and so is one that opens new connections",
	  { "1000 visit alpha.example 1", "20000 visit beta.example 20", "41000 visit alpha.example 40" },
	  "alpha.example beta.example alpha.example" },
	{ "pages that follow each other quickly are visits of their own",
	  { "1000 visit alpha.example 1", "3500 visit beta.example 20", "6000 visit gamma.example 40" },
	  "alpha.example beta.example gamma.example" },
	{ "back from the browser's memory nothing is asked: heartbeats that go on are no visit",
	  { "1000 visit alpha.example 1", "20000 visit beta.example 20", "40000 beat 3", "50000 beat 3",
	    "60000 beat 3" },
	  "alpha.example beta.example" },
	{ "a page that stays open is the same visit after hours",
	  { "1000 visit alpha.example 1", "600000 beat 3", "1200000 beat 3", "1800000 beat 3",
	    "2400000 beat 3", "3000000 beat 1", "3002000 ask 1", "3002110 ask 3", "3002160 ask 4",
	    "3002300 load static.hotjar.com 30" },
	  "alpha.example/2" },
	{ "half an hour of silence ends a visit",
	  { "1000 visit alpha.example 1", "2002000 ask 1", "2002110 ask 3", "2002160 ask 4",
	    "2002300 load static.hotjar.com 30" },
	  "alpha.example alpha.example" },
	{ "a login through another site is part of the visit it is for",
	  { "1000 visit alpha.example 1", "20000 page login.idp.example 20",
	    "20300 load fonts.gstatic.com 23", "34000 visit alpha.example 40" },
	  "alpha.example idp.example:login/0 alpha.example" },
	{ "one that did not come back within two minutes is none",
	  { "1000 visit alpha.example 1", "20000 page login.idp.example 20",
	    "20300 load fonts.gstatic.com 23", "144000 visit alpha.example 40" },
	  "alpha.example idp.example alpha.example" },
	{ "nor is one that another site comes after",
	  { "1000 visit alpha.example 1", "20000 page login.idp.example 20",
	    "20300 load fonts.gstatic.com 23", "34000 visit beta.example 40" },
	  "alpha.example idp.example beta.example" },
	{ "nor what does not say that people log in there",
	  { "1000 visit alpha.example 1", "20000 visit beta.example 20", "34000 visit alpha.example 40" },
	  "alpha.example beta.example alpha.example" },
	{ "a link of the site itself goes on with the visit, whatever was begun between",
	  { "1000 read www.alpha.example 1 -", "20000 read www.beta.example 20 -",
	    "40000 read www.alpha.example 40 www.alpha.example" },
	  "alpha.example/2 beta.example" },
	{ "a link of another site begins a visit",
	  { "1000 read www.alpha.example 1 -", "20000 read www.beta.example 20 -",
	    "40000 read www.alpha.example 40 www.beta.example" },
	  "alpha.example beta.example alpha.example" },
	{ "and so does what was typed, after another site",
	  { "1000 read www.alpha.example 1 -", "1200 part cdn.alpha.example 2 www.alpha.example",
	    "20000 read www.beta.example 20 -", "40000 read www.alpha.example 40 -" },
	  "alpha.example beta.example alpha.example" },
	{ "what is typed with one page at work leads on from it",
	  { "1000 read www.alpha.example 1 -", "1200 part cdn.alpha.example 2 www.alpha.example",
	    "20000 read www.alpha.example 20 -" },
	  "alpha.example/2" },
	{ "what a page loads is no page view, however much it looks like one",
	  { "1000 read www.alpha.example 1 -", "1200 part www.beta.example 20 www.alpha.example",
	    "1300 part fonts.gstatic.com 21 www.beta.example" },
	  "alpha.example" },
	{ "with several pages at work a site that is heard of goes on; two tabs on one site are one visit",
	  { "1000 visit alpha.example 1", "10000 visit beta.example 20", "14000 ask 3", "16000 ask 5",
	    "18000 visit gamma.example 40", "22000 ask 22", "22500 ask 3", "24000 ask 24", "29000 ask 1",
	    "29110 ask 3", "29160 ask 4", "29200 ask 5", "29300 load static.hotjar.com 60", "33000 ask 42",
	    "34000 ask 22", "36000 ask 44" },
	  "alpha.example/2 beta.example gamma.example" },
	{ "a host that lists know for telemetry is no page",
	  { "1000 load ocsp.digicert.com 1", "1150 load www.google-analytics.com 3",
	    "1240 load www.googletagmanager.com 4", "1330 load connect.facebook.net 5",
	    "1420 load fonts.gstatic.com 6" },
	  "" },
	{ "but if a browser opens two connections to it, as it does for a page",
	  { "1000 page ocsp.digicert.com 1", "1150 load www.google-analytics.com 3",
	    "1240 load www.googletagmanager.com 4", "1330 load connect.facebook.net 5",
	    "1420 load fonts.gstatic.com 6" },
	  "digicert.com" },
	{ "a redirect is no visit",
	  { "1000 visit alpha.example 1", "30000 hop www.short.example 20",
	    "30200 hop www.shorter.example 21", "30400 visit beta.example 40" },
	  "alpha.example beta.example" },
	{ "a page that leads on at once is part of the visit it led to",
	  { "1000 visit alpha.example 1", "30000 load www.short.example 20", "30700 visit beta.example 40" },
	  "alpha.example short.example:bounce/2 beta.example" },
	{ "not if it is heard of afterwards",
	  { "1000 visit alpha.example 1", "30000 load www.short.example 20", "30700 visit beta.example 40",
	    "32000 beat 20" },
	  "alpha.example short.example beta.example" },
	{ "a frame for which the browser opens two connections, as for a page, is no visit beside its page",
	  { "1000 load www.alpha.example 1", "1250 page www.beta.example 20",
	    "1680 load cdn.alpha.example 30", "2160 load www.google-analytics.com 31" },
	  "alpha.example" },
	{ "nor does it hide the page",
	  { "1000 visit alpha.example 1", "30000 page www.gamma.example 20", "30450 page www.beta.example 40",
	    "31300 ask 41", "31600 beat 40" },
	  "alpha.example gamma.example" },
};

static void scene_line(struct scene *s, const char *text)
{
	char site[64], what[8], from[64], line_text[160];
	long long ms;
	unsigned id;

	if (sscanf(text, "%lld visit %63s %u", &ms, site, &id) == 3) {
		whole_page(s, ms, site, id);
	} else if (sscanf(text, "%lld %7s %63s %u %63s", &ms, what, site, &id, from) == 5) {
		snprintf(line_text, sizeof(line_text), "%lld load %s %u", ms, site, id);
		play(s, line_text);
		snprintf(line_text, sizeof(line_text), "https://%s/", from);
		request(s, id, ms + 3, site, what[0] == 'r' ? "document" : "script",
			strcmp(from, "-") == 0 ? NULL : line_text, NULL);
	} else {
		play(s, text);
	}
}

static unsigned nth_of(const struct scene *s, uint64_t id)
{
	unsigned i = 0;

	while (i < s->n_visits && s->visits[i].id != id)
		i++;
	return i;
}

static void in_words(const struct scene *s, char *to, size_t size)
{
	size_t len = 0;

	to[0] = 0;
	for (unsigned i = 0; i < s->n_visits && len < size; i++) {
		const struct seen_visit *v = &s->visits[i];

		len += (size_t)snprintf(to + len, size - len, "%s%s", i ? " " : "", v->site);
		if (v->part_as && len < size)
			len += (size_t)snprintf(to + len, size - len, ":%s/%u", v->part_as,
						nth_of(s, v->part_of));
		if (v->n_pages > 1 && len < size)
			len += (size_t)snprintf(to + len, size - len, "/%u", v->n_pages);
	}
}

static void books(void **state)
{
	static struct scene s;
	char words[512];
	unsigned n_wrong = 0;

	for (size_t i = 0; i < COUNT(BOOKS); i++) {
		scene_begin(&s, *state, false);
		for (size_t k = 0; k < COUNT(BOOKS[i].lines) && BOOKS[i].lines[k]; k++)
			scene_line(&s, BOOKS[i].lines[k]);
		scene_end(&s);
		in_words(&s, words, sizeof(words));
		if (strcmp(words, BOOKS[i].visits) != 0) {
			print_message("%s: '%s' is not '%s'\n", BOOKS[i].name, words, BOOKS[i].visits);
			n_wrong++;
		}
	}
	assert_int_equal(n_wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(books),
	};

	return cmocka_run_group_tests(tests, lists_load, lists_unload);
}
