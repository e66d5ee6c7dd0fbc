#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "events.h"
#include "lists.h"
#include "scene.h"
#include "track/visit_parts.h"

/* ---- scenes ---- */

static void a_page_is_a_visit_with_its_third_parties(void **state)
{
	static struct scene s;
	const struct seen_visit *v;

	scene_begin(&s, *state, false);
	whole_page(&s, 1000, "alpha.example", 1);
	scene_end(&s);
	assert_int_equal(s.n_visits, 1);
	v = visit_to(&s, "alpha.example", 0);
	assert_non_null(v);
	assert_in_range(v->start_ms, 1000, 1010);
	assert_int_equal(v->n_pages, 1);
	assert_non_null(strstr(v->thirds, "www.google-analytics.com "));
	assert_non_null(strstr(v->thirds, "connect.facebook.net "));
	assert_null(strstr(v->thirds, "alpha.example"));
	assert_int_equal(s.flows[1].role, ROLE_FIRST_PARTY);
	assert_int_equal(s.flows[4].role, ROLE_THIRD_PARTY);
	assert_string_equal(s.flows[4].site, "alpha.example");
}

static void what_was_opened_ahead_of_need_is_no_third_party(void **state)
{
	static struct scene s;

	scene_begin(&s, *state, false);
	whole_page(&s, 1000, "alpha.example", 1);
	play(&s, "1700 open s.pinimg.com 20");
	scene_end(&s);
	assert_int_equal(s.n_visits, 1);
	assert_null(strstr(s.visits[0].thirds, "pinimg.com"));
	assert_int_equal(s.flows[20].n_told, 1);
}

static void programs_alone_give_no_visit(void **state)
{
	static const char *const hosts[] = { "v10.events.data.microsoft.com", "api.one.example",
					     "gateway.two.example", "ocsp.digicert.com" };
	static struct scene s;
	char text[128];

	scene_begin(&s, *state, false);
	for (unsigned i = 0; i < 60; i++) {
		snprintf(text, sizeof(text), "%u app %s %u", 1000 + i * 15000, hosts[i % COUNT(hosts)],
			 i + 1);
		play(&s, text);
	}
	scene_end(&s);
	assert_int_equal(s.n_visits, 0);
	for (unsigned i = 1; i <= 60; i++) {
		assert_int_equal(s.flows[i].n_told, 1);
		assert_int_equal(s.flows[i].role, i % COUNT(hosts) < 2 ? ROLE_BACKGROUND : ROLE_UNATTRIBUTED);
		assert_true(s.flows[i].conf < 0 && s.flows[i].activity[0].conf < 0);
	}
}

/* A visit that was not made out may have caused what is no telemetry; once one was, background is a choice
 * that has a probability, and no fact. */
static void background_is_said_where_it_is_evidenced(void **state)
{
	static const struct {
		bool has_page;
		const char *line;
		enum role role;
		bool has_conf;
	} cases[] = {
		{ false, "1000 load www.google-analytics.com 30", ROLE_UNATTRIBUTED, false },
		{ false, "1000 load v10.events.data.microsoft.com 30", ROLE_BACKGROUND, false },
		{ false, "1000 app api.one.example 30", ROLE_UNATTRIBUTED, false },
		{ true, "1000 load v10.events.data.microsoft.com 30", ROLE_BACKGROUND, true },
		{ true, "1000 app api.one.example 30", ROLE_BACKGROUND, true },
		{ true, "21000 app v10.events.data.microsoft.com 30", ROLE_BACKGROUND, true },
	};
	static struct scene s;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct seen_flow *f = &s.flows[30];

		scene_begin(&s, *state, false);
		play(&s, cases[i].line);
		if (cases[i].has_page)
			whole_page(&s, 20000, "alpha.example", 1);
		scene_end(&s);
		assert_int_equal(s.n_visits, cases[i].has_page);
		assert_int_equal(f->role, cases[i].role);
		assert_true((f->conf >= 0) == cases[i].has_conf);
		assert_true((f->activity[0].conf >= 0) == cases[i].has_conf);
		assert_true(f->conf < 1 && f->activity[0].conf < 1);
	}
}

/* The farewell of a page comes after the next document was asked for, on the old site's connection. */
static void a_farewell_belongs_to_the_page_that_is_left(void **state)
{
	static struct scene s;

	scene_begin(&s, *state, false);
	whole_page(&s, 1000, "alpha.example", 1);
	whole_page(&s, 20000, "beta.example", 20);
	play(&s, "20080 ask 3");
	scene_end(&s);
	assert_non_null(visit_to(&s, "alpha.example", 0));
	assert_non_null(visit_to(&s, "beta.example", 0));
	assert_int_equal(visit_of_burst(&s, 3, 20080), visit_to(&s, "alpha.example", 0)->id);
	assert_int_equal(visit_of_burst(&s, 22, 20152), visit_to(&s, "beta.example", 0)->id);
}

static void a_revisit_on_open_connections_is_found(void **state)
{
	static struct scene s;

	scene_begin(&s, *state, false);
	whole_page(&s, 1000, "alpha.example", 1);
	whole_page(&s, 30000, "beta.example", 20);
	play(&s, "70000 ask 1");
	play(&s, "70120 ask 3");
	play(&s, "70150 ask 4");
	play(&s, "70260 ask 5");
	play(&s, "70300 ask 6");
	scene_end(&s);
	assert_non_null(visit_to(&s, "alpha.example", 1));
	assert_int_equal(visit_of_burst(&s, 3, 70120), visit_to(&s, "alpha.example", 1)->id);
	assert_int_equal(visit_of_burst(&s, 3, 1152), visit_to(&s, "alpha.example", 0)->id);
}

/* www.alphamarket-cdn.example comes 200 ms after www.alphamarket.example and looks much like a page itself.
 */
static void a_content_server_of_like_name_is_no_visit(void **state)
{
	static struct scene s;
	const struct seen_visit *v;

	scene_begin(&s, *state, false);
	whole_page(&s, 1000, "alphamarket.example", 1);
	play(&s, "1200 load www.alphamarket-cdn.example 30");
	play(&s, "1300 ask 30");
	whole_page(&s, 40000, "beta.example", 50);
	scene_end(&s);
	v = visit_to(&s, "alphamarket.example", 0);
	assert_non_null(v);
	assert_non_null(strstr(v->thirds, "www.alphamarket-cdn.example "));
	assert_null(visit_to(&s, "alphamarket-cdn.example", 0));
	assert_int_equal(s.n_visits, 2);
}

static void heartbeats_are_no_visit(void **state)
{
	static struct scene s;
	char text[32];

	scene_begin(&s, *state, false);
	whole_page(&s, 1000, "alpha.example", 1);
	for (unsigned i = 1; i <= 20; i++) {
		snprintf(text, sizeof(text), "%u beat 1", 1000 + 12000 * i);
		play(&s, text);
	}
	scene_end(&s);
	assert_int_equal(s.n_visits, 1);
	assert_int_equal(s.visits[0].n_pages, 1);
	assert_int_equal(visit_of_burst(&s, 1, 1000 + 12000 * 9), s.visits[0].id);
}

static void pages_of_one_site_are_one_visit(void **state)
{
	static struct scene s;

	scene_begin(&s, *state, false);
	whole_page(&s, 1000, "alpha.example", 1);
	play(&s, "16000 ask 1");
	play(&s, "16110 ask 3");
	play(&s, "16160 ask 4");
	play(&s, "16200 ask 5");
	play(&s, "16300 load static.hotjar.com 30");
	scene_end(&s);
	assert_int_equal(s.n_visits, 1);
	assert_non_null(strstr(s.visits[0].thirds, "static.hotjar.com "));
}

static void an_unnamed_flow_is_given_by_time_alone(void **state)
{
	static struct scene s;

	scene_begin(&s, *state, false);
	whole_page(&s, 1000, "alpha.example", 1);
	play(&s, "1500 load - 30");
	scene_end(&s);
	assert_int_equal(s.n_visits, 1);
	assert_string_equal(s.flows[30].site, "alpha.example");
	assert_int_equal(s.flows[30].role, ROLE_NONE); /* it may be the site's own */
	assert_int_equal(visit_of_burst(&s, 30, 1502), s.visits[0].id);
}

/* A connection that serves several sites shows that they are not kept apart: each burst is then judged alone.
 */
static void shared_connections_are_noticed(void **state)
{
	static struct scene s;
	char text[128];

	scene_begin(&s, *state, false);
	whole_page(&s, 1000, "alpha.example", 1);
	for (unsigned i = 0; i < 8; i++) {
		unsigned at = 30000 + 20000 * i;

		snprintf(text, sizeof(text), "%u page www.site%c.example %u", at, 'a' + i, 100 + 2 * i);
		play(&s, text);
		for (unsigned k = 3; k <= 7; k++) {
			snprintf(text, sizeof(text), "%u ask %u", at + 300 + 40 * k, k);
			play(&s, text);
		}
	}
	scene_end(&s);
	assert_non_null(visit_to(&s, "sited.example", 0));
	assert_int_equal(visit_of_burst(&s, 4, 90000 + 300 + 160), visit_to(&s, "sited.example", 0)->id);
}

/* What requests say of themselves beats every sign: no pair of sockets, no fan-out, nothing on a list. */
/* Also of connections that sites share a page says farewell on, as the next one begins. */
static void a_farewell_on_a_shared_connection_belongs_to_the_page_that_is_left(void **state)
{
	static struct scene s;
	char text[128];

	scene_begin(&s, *state, false);
	whole_page(&s, 1000, "alpha.example", 1);
	for (unsigned i = 0; i < 8; i++) {
		unsigned at = 30000 + 20000 * i;

		snprintf(text, sizeof(text), "%u page www.site%c.example %u", at, 'a' + i, 100 + 2 * i);
		play(&s, text);
		snprintf(text, sizeof(text), "%u part 4", at + 150);
		play(&s, text);
		for (unsigned k = 3; k <= 7; k++) {
			snprintf(text, sizeof(text), "%u ask %u", at + 1300 + 40 * k, k);
			play(&s, text);
		}
	}
	scene_end(&s);
	assert_non_null(visit_to(&s, "sitee.example", 0));
	assert_int_equal(visit_of_burst(&s, 4, 110000 + 150), visit_to(&s, "sited.example", 0)->id);
	assert_int_equal(visit_of_burst(&s, 4, 110000 + 1460), visit_to(&s, "sitee.example", 0)->id);
}

static void shared_connections_are_never_sure(void **state)
{
	static struct scene s;
	char text[128];

	scene_begin(&s, *state, false);
	whole_page(&s, 1000, "alpha.example", 1);
	for (unsigned k = 0; k < 8; k++) {
		snprintf(text, sizeof(text), "%u page www.site%u.example %u", 9000 + 8000 * k, k, 20 + 4 * k);
		play(&s, text);
		for (unsigned id = 3; id <= 7; id++) {
			snprintf(text, sizeof(text), "%u ask %u", 9000 + 8000 * k + 300 + 20 * id, id);
			play(&s, text);
		}
	}
	scene_end(&s);
	assert_true(s.n_visits > 4);
	for (unsigned i = 0; i < s.n_visits; i++)
		assert_true(s.visits[i].surest_part < 0.9f);
}

/* Two devices at two sites, the second twenty seconds after the first. */
static void two_devices(struct scene *s, unsigned second_ttl)
{
	static const char *const sites[] = { "alpha.example", "beta.example", "gamma.example" };

	for (unsigned i = 0; i < 3; i++) {
		s->ttl = 63;
		whole_page(s, 1000 + 60000 * i, sites[i], 1 + 20 * i);
		s->ttl = second_ttl;
		whole_page(s, 21000 + 60000 * i, sites[i], 10 + 20 * i);
	}
}

static void expect_two_devices(const struct scene *s)
{
	const struct seen_visit *first = visit_to(s, "beta.example", 0),
				*second = visit_to(s, "beta.example", 1);

	assert_non_null(first);
	assert_non_null(second);
	assert_string_equal(first->note, "one of 2 or more devices");
	assert_int_equal(first->start_ms, 61002);
	assert_int_equal(second->start_ms, 81002);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(visit_of_burst(s, 23 + i, 61152 + 90 * i), first->id);
		assert_int_equal(visit_of_burst(s, 32 + i, 81152 + 90 * i), second->id);
	}
}

static void a_page_that_needed_no_connections_is_another_devices(void **state)
{
	static struct scene s;

	scene_begin(&s, *state, false);
	two_devices(&s, 63);
	scene_end(&s);
	expect_two_devices(&s);
}

static void browsers_of_two_systems_are_two_devices(void **state)
{
	static struct scene s;

	scene_begin(&s, *state, false);
	two_devices(&s, 127);
	scene_end(&s);
	expect_two_devices(&s);
}

/* The second device comes to the site by another name of it, and only then to the host that the first has a
 * connection to. */
static void a_page_on_another_name_is_another_devices(void **state)
{
	static struct scene s;

	scene_begin(&s, *state, false);
	two_devices(&s, 63);
	whole_page(&s, 201000, "delta.example", 100);
	play(&s, "210000 page delta.example 120");
	play(&s, "210150 page www.delta.example 122");
	play(&s, "210300 load static.hotjar.com 124");
	play(&s, "210400 load bat.bing.com 125");
	play(&s, "216000 ask 100");
	play(&s, "216110 ask 102");
	play(&s, "216200 load t.co 126");
	scene_end(&s);
	assert_int_equal(s.n_visits, 8);
	assert_int_equal(visit_of_burst(&s, 122, 210152), visit_to(&s, "delta.example", 1)->id);
	assert_int_equal(visit_of_burst(&s, 100, 216000), visit_to(&s, "delta.example", 0)->id);
	assert_int_equal(visit_of_burst(&s, 126, 216202), visit_to(&s, "delta.example", 0)->id);
}

/* Two connections where the first device needs none: likely enough, although the site was just heard of. */
static void a_page_right_after_another_devices_is_found(void **state)
{
	static struct scene s;

	scene_begin(&s, *state, false);
	two_devices(&s, 63);
	whole_page(&s, 201000, "delta.example", 100);
	play(&s, "204000 ask 100");
	play(&s, "204600 page www.delta.example 120");
	scene_end(&s);
	assert_int_equal(s.n_visits, 8);
	assert_int_equal(visit_of_burst(&s, 120, 204602), visit_to(&s, "delta.example", 1)->id);
	assert_int_equal(visit_of_burst(&s, 100, 204000), visit_to(&s, "delta.example", 0)->id);
}

static void one_device_is_not_split(void **state)
{
	static struct scene s;

	scene_begin(&s, *state, false);
	whole_page(&s, 1000, "alpha.example", 1);
	play(&s, "12000 ask 1");
	play(&s, "12150 ask 3");
	play(&s, "12260 ask 4");
	whole_page(&s, 20000, "beta.example", 20);
	scene_end(&s);
	for (unsigned i = 0; i < s.n_visits; i++)
		assert_string_equal(s.visits[i].note, "");
	assert_null(visit_to(&s, "alpha.example", 1));
}

/* What may be the wake of a page whose name is hidden is no certain visit, and has no certain third party. */
static void hidden_names_cap_what_is_said(void **state)
{
	for (int is_hidden = 0; is_hidden < 2; is_hidden++) {
		static struct scene s;
		const struct seen_visit *v;

		scene_begin(&s, *state, false);
		whole_page(&s, 1000, "alpha.example", 1);
		s.is_mute = is_hidden;
		play(&s, "39400 load hidden.example 30");
		s.is_mute = false;
		whole_page(&s, 40000, "beta.example", 40);
		scene_end(&s);
		v = visit_to(&s, "beta.example", 0);
		assert_non_null(v);
		assert_true(is_hidden ? v->conf <= 0.6f : v->conf > 0.6f);
		assert_true(is_hidden ? v->surest_part <= 0.6f : v->surest_part > 0.6f);
		assert_true(visit_to(&s, "alpha.example", 0)->conf > 0.6f);
	}
}

/* A client that was there before the capture may have pages that were not seen begin. */
static void what_began_before_the_capture_lowers_what_is_said(void **state)
{
	float conf[2];

	for (int is_late = 0; is_late < 2; is_late++) {
		static struct scene s;

		scene_begin(&s, *state, false);
		s.is_begun = is_late;
		play(&s, "100 load static.gamma.example 50");
		play(&s, "200 load px.ads.linkedin.com 51");
		s.is_begun = false;
		whole_page(&s, 1000, "alpha.example", 1);
		play(&s, "7000 load www.clarity.ms 60");
		scene_end(&s);
		assert_non_null(visit_to(&s, "alpha.example", 0));
		assert_int_equal(visit_of_burst(&s, 60, 7002), visit_to(&s, "alpha.example", 0)->id);
		conf[is_late] = s.flows[60].activity[0].conf;
	}
	assert_true(conf[0] > 0.8f && conf[1] <= 0.8f);
}

static void without_learning_visits_are_told_too(void **state)
{
	static struct scene s;

	scene_begin_without_learning(&s, *state);
	whole_page(&s, 1000, "alpha.example", 1);
	whole_page(&s, 20000, "beta.example", 20);
	scene_end(&s);
	assert_non_null(visit_to(&s, "alpha.example", 0));
	assert_non_null(visit_to(&s, "beta.example", 0));
	assert_non_null(strstr(visit_to(&s, "beta.example", 0)->thirds, "bat.bing.com"));
	assert_string_equal(s.flows[24].site, "beta.example");
}

static void a_request_tells_its_page(void **state)
{
	static struct scene s;
	const struct seen_visit *v;

	scene_begin(&s, *state, false);
	play(&s, "1000 load quiet.example 1");
	request(&s, 1, 1002, "quiet.example", "document", NULL, malloc(1));
	play(&s, "60000 load pixel.example 2");
	request(&s, 2, 60002, "pixel.example", "image", "https://quiet.example/", malloc(1));
	scene_end(&s);
	assert_int_equal(s.n_visits, 1);
	v = visit_to(&s, "quiet.example", 0);
	assert_non_null(v);
	assert_string_equal(v->thirds, "pixel.example ");
	assert_int_equal(visit_of_burst(&s, 2, 60002), v->id);
	assert_int_equal(s.n_dropped, 2);
}

/* A frame's requests name the frame: its own document names the page. */
static void a_frame_belongs_to_its_page(void **state)
{
	static struct scene s;

	scene_begin(&s, *state, false);
	play(&s, "1000 load quiet.example 1");
	request(&s, 1, 1002, "quiet.example", "document", NULL, NULL);
	play(&s, "1200 load player.example 2");
	request(&s, 2, 1202, "player.example", "iframe", "https://quiet.example/", NULL);
	play(&s, "1400 load stats.example 3");
	request(&s, 3, 1402, "stats.example", "script", "https://player.example/", NULL);
	scene_end(&s);
	assert_int_equal(s.n_visits, 1);
	assert_string_equal(s.visits[0].thirds, "player.example stats.example ");
}

/* Live: hours of browsing, told as it goes, each visit and flow once; what is over is forgotten. */
static void live_tells_once_and_forgets(void **state)
{
	static struct scene s;
	struct visits_counts counts;
	unsigned flows = 0;

	scene_begin(&s, *state, true);
	for (unsigned i = 0; i < 40; i++) {
		char site[32];

		snprintf(site, sizeof(site), "site%u.example", i);
		for (unsigned k = 0; k < 400; k++)
			visits_tick(s.v, START_NS + ((int64_t)i * 400 + k) * NS_PER_S);
		whole_page(&s, (int64_t)i * 400000 + 400000 - 500, site, i * 10 + 1);
		for (unsigned k = 1; k <= 7; k++)
			line(&s, "end %u %lld 600 5000 10 10", i * 10 + k,
			     (long long)(START_NS + ((int64_t)i * 400 + 405) * NS_PER_S));
	}
	for (unsigned i = 0; i < 4000; i++)
		visits_tick(s.v, START_NS + ((int64_t)16000 + i) * NS_PER_S);
	for (unsigned i = 1; i < 400; i++)
		flows += s.flows[i].n_told;
	assert_int_equal(flows, 40 * 7); /* before the end */
	visits_counts(s.v, &counts);
	assert_int_equal(counts.visits, s.n_visits);
	assert_in_range(s.n_visits, 36, 40);
	for (unsigned i = 0; i < s.n_visits; i++) {
		assert_int_equal(s.visits[i].n_told, 1);
		assert_false(s.visits[i].is_open);
		assert_in_range(s.visits[i].n_open, 1, 3); /* only when there was something new */
	}
	scene_end(&s);
	for (unsigned i = 0; i < 400; i++)
		assert_true(s.flows[i].n_told <= 1);
	assert_int_equal(visit_to(&s, "site39.example", 0)->n_told, 1);
}

/* Live, a socket beats every few seconds for a day: it takes no more and more, and still belongs to its page.
 */
static void live_forgets_what_a_socket_said(void **state)
{
	enum { BEATS = 20000 };
	static struct scene s;
	struct visits_counts counts;

	scene_begin(&s, *state, true);
	whole_page(&s, 1000, "alpha.example", 1);
	for (unsigned i = 1; i <= BEATS; i++) {
		burst(&s, START_NS + (2000 + (int64_t)i * 4000) * NS_PER_MS, 5, 60, 300);
		if (i % 100 == 0)
			visits_tick(s.v, START_NS + (2000 + (int64_t)i * 4000) * NS_PER_MS);
	}
	visits_counts(s.v, &counts);
	assert_int_equal(counts.evicted_bursts, 0); /* there is room for 16384 */
	assert_int_equal(counts.evicted_clients, 0);
	line(&s, "end 5 %lld 600 5000 10 10",
	     (long long)(START_NS + (2000 + (int64_t)BEATS * 4000) * NS_PER_MS));
	scene_end(&s);
	assert_int_equal(s.flows[5].n_told, 1);
	assert_int_equal(s.flows[5].role, ROLE_THIRD_PARTY);
	assert_string_equal(s.flows[5].site, "alpha.example");
}

/* Live, the clock is set back by two hours, and then forward by a day: what was going on is told, and so is
 * what comes. */
static void live_goes_on_when_the_clock_steps(void **state)
{
	static const int64_t steps_ms[] = { 0, -7200000, 86400000 };
	static struct scene s;

	scene_begin(&s, *state, true);
	for (unsigned i = 0; i < COUNT(steps_ms); i++) {
		char site[32];
		int64_t begin_ms = 8000000 + steps_ms[i];

		snprintf(site, sizeof(site), "site%u.example", i);
		if (steps_ms[i] < 0)
			visits_set_back(s.v, START_NS + (begin_ms - 1000) * NS_PER_MS);
		visits_tick(s.v, START_NS + (begin_ms - 1000) * NS_PER_MS);
		whole_page(&s, begin_ms, site, i * 10 + 1);
		for (unsigned k = 1; k < 40; k++)
			visits_tick(s.v, START_NS + begin_ms * NS_PER_MS + k * NS_PER_S);
		assert_non_null(visit_to(&s, site, 0));
	}
	assert_int_equal(visit_to(&s, "site0.example", 0)->n_told, 1);
	assert_false(visit_to(&s, "site0.example", 0)->is_open);
	scene_end(&s);
	for (unsigned i = 0; i < COUNT(steps_ms); i++)
		for (unsigned k = 1; k <= 7; k++)
			assert_int_equal(s.flows[i * 10 + k].n_told, 1);
}

/* Whatever comes, in whatever order: each flow is told once, with every byte of its bursts. */
static void random_events_lose_nothing(void **state)
{
	enum { FLOWS = 300 };
	static struct scene s;
	static uint64_t up[FLOWS + 1];

	srand(7);
	for (int round = 0; round < 6; round++) {
		bool is_live = round % 2;
		int64_t t = START_NS;

		scene_begin(&s, *state, is_live);
		memset(up, 0, sizeof(up));
		for (unsigned id = 1; id <= FLOWS; id++) {
			char host[32];

			snprintf(host, sizeof(host), "h%d.s%d.example", rand() % 5, rand() % 12);
			t += rand() % 2000 * NS_PER_MS;
			flow(&s, t, host, id, rand() % 5 != 0);
			for (int k = rand() % 4; k-- > 0;) {
				unsigned to = id - (unsigned)rand() % (id < 6 ? id : 6);

				if (s.flows[to].n_activity + s.flows[to].n_told)
					continue;
				t += rand() % 400 * NS_PER_MS;
				burst(&s, t, to, (unsigned)rand() % 900, 1000);
				line(&s, "tick %lld", (long long)t);
			}
		}
		scene_end(&s);
		for (unsigned id = 1; id <= FLOWS; id++)
			assert_int_equal(s.flows[id].n_told, 1);
	}
}

static void flow_of(struct scene *s, unsigned id, unsigned client)
{
	int64_t at_ns = START_NS + id * NS_PER_S;

	line(s,
	     "flow %u 192.168.2.%u 1000 203.0.113.1 443 6 64 1 - - %lld %lld a.example sni 77 0 h2 tls 1 - 1",
	     id, client, (long long)at_ns, (long long)at_ns);
	burst(s, at_ns, id, 300, 300);
}

static void no_flow(void *ctx, const struct flow_verdict *f)
{
	(void)f;
	++*(unsigned *)ctx;
}

static void no_visit(void *ctx, const struct visit_result *v)
{
	(void)ctx;
	(void)v;
}

/* Live, room is made for flows although the clients that were not heard of for longest have none. */
static void clients_without_flows_make_no_room(void **state)
{
	enum { CLIENTS = 5, FLOWS = 60 };
	unsigned n_told = 0;
	struct visits_spec spec = { .is_live = true,
				    .clients_max = 16,
				    .flows_max = 16,
				    .bursts_max = 64,
				    .flow = no_flow,
				    .visit = no_visit,
				    .ctx = &n_told };
	struct visits *v = visits_new(&spec);
	struct dns_event asked = { .ts_ns = START_NS };
	struct named_flow flow = { .info = { .start_ns = START_NS, .proto = 6 } };
	struct flow_info *info = &flow.info;

	(void)state;
	assert_non_null(v);
	for (unsigned i = 1; i <= CLIENTS; i++) {
		asked.client.b[15] = (uint8_t)(100 + i);
		visits_dns(v, &asked);
	}
	info->client.b[15] = 1;
	for (info->id = 1; info->id <= FLOWS; info->id++) {
		visits_flow(v, &flow);
		info->start_ns += NS_PER_S;
		visits_tick(v, info->start_ns);
	}
	visits_finish(v);
	assert_int_equal(n_told, FLOWS);
	visits_free(v);
}

static void keep_host(void *ctx, const struct flow_verdict *f)
{
	*(struct hostname *)ctx = *f->names.host;
}

static struct hostname host_of(const char *format, unsigned n)
{
	struct hostname h = { .len = 0 };

	h.len = (uint8_t)snprintf(h.text, sizeof(h.text), format, n);
	return h;
}

/* What the table of names has no room for is told all the same. */
static void a_name_that_finds_no_room_is_told(void **state)
{
	struct hostname told = { .len = 0 };
	struct visits_spec spec = { .clients_max = 16,
				    .flows_max = 16,
				    .bursts_max = 64,
				    .flow = keep_host,
				    .visit = no_visit,
				    .ctx = &told };
	struct visits *v = visits_new(&spec);
	struct dns_event asked = { .ts_ns = START_NS };
	struct named_flow flow = { .info = { .id = 1, .start_ns = START_NS, .proto = 6 },
				   .host = host_of("late%u.example", 1) };

	(void)state;
	assert_non_null(v);
	for (unsigned i = 0; i < 2048; i++) {
		asked.name = host_of("n%u.example", i);
		visits_dns(v, &asked);
	}
	assert_true(visits_is_full(v));
	visits_flow(v, &flow);
	flow.host = host_of("later%u.example", 2);
	visits_flow(v, &flow);
	visits_finish(v);
	assert_string_equal(told.text, "later2.example");
	visits_free(v);
}

/* Who makes room is the client that was not heard of for longest, not the one that was there first. */
static void who_is_there_stays(void **state)
{
	static struct scene s;

	scene_begin(&s, *state, false);
	for (unsigned i = 1; i <= 40; i++) {
		flow_of(&s, i * 2, 1);
		flow_of(&s, i * 2 + 1, i + 1);
	}
	for (unsigned i = 1; i <= 40; i++) {
		assert_int_equal(s.flows[i * 2].n_told, 0);
		assert_int_equal(s.flows[i * 2 + 1].n_told, i + 1 < 41 - 14);
	}
	scene_end(&s);
}

/* More clients, flows and bursts than there is room for: the oldest are told early, and counted. */
static void full_tables_tell_early(void **state)
{
	static struct scene s;
	struct visits_counts counts;

	scene_begin(&s, *state, false);
	for (unsigned i = 0; i < 40; i++)
		flow_of(&s, i + 1, i + 1);
	visits_counts(s.v, &counts);
	assert_int_equal(counts.clients, 40);
	assert_int_equal(counts.evicted_clients, 40 - 16);
	scene_end(&s);
	for (unsigned i = 1; i <= 40; i++)
		assert_int_equal(s.flows[i].n_told, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_is_a_visit_with_its_third_parties),
		cmocka_unit_test(what_was_opened_ahead_of_need_is_no_third_party),
		cmocka_unit_test(programs_alone_give_no_visit),
		cmocka_unit_test(background_is_said_where_it_is_evidenced),
		cmocka_unit_test(a_farewell_belongs_to_the_page_that_is_left),
		cmocka_unit_test(a_revisit_on_open_connections_is_found),
		cmocka_unit_test(a_content_server_of_like_name_is_no_visit),
		cmocka_unit_test(heartbeats_are_no_visit),
		cmocka_unit_test(pages_of_one_site_are_one_visit),
		cmocka_unit_test(an_unnamed_flow_is_given_by_time_alone),
		cmocka_unit_test(shared_connections_are_noticed),
		cmocka_unit_test(a_farewell_on_a_shared_connection_belongs_to_the_page_that_is_left),
		cmocka_unit_test(shared_connections_are_never_sure),
		cmocka_unit_test(a_page_that_needed_no_connections_is_another_devices),
		cmocka_unit_test(browsers_of_two_systems_are_two_devices),
		cmocka_unit_test(a_page_on_another_name_is_another_devices),
		cmocka_unit_test(a_page_right_after_another_devices_is_found),
		cmocka_unit_test(one_device_is_not_split),
		cmocka_unit_test(hidden_names_cap_what_is_said),
		cmocka_unit_test(what_began_before_the_capture_lowers_what_is_said),
		cmocka_unit_test(without_learning_visits_are_told_too),
		cmocka_unit_test(a_request_tells_its_page),
		cmocka_unit_test(a_frame_belongs_to_its_page),
		cmocka_unit_test(live_tells_once_and_forgets),
		cmocka_unit_test(live_forgets_what_a_socket_said),
		cmocka_unit_test(live_goes_on_when_the_clock_steps),
		cmocka_unit_test(random_events_lose_nothing),
		cmocka_unit_test(full_tables_tell_early),
		cmocka_unit_test(who_is_there_stays),
		cmocka_unit_test(clients_without_flows_make_no_room),
		cmocka_unit_test(a_name_that_finds_no_room_is_told),
	};

	return cmocka_run_group_tests(tests, lists_load, lists_unload);
}
