/* Terms of a choice between sites, each alone: what they make of a few flows. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "track/attribute_parts.h"
#include "track/page_length.h"

enum { HOST = 1, SHORT, LONG, OTHER, NAMES, FLOWS = 6, BURSTS = 8, OPENED_MS = 100000 };

static const char *const PAGES[NAMES] = {
	[SHORT] = "www.ab.example", [LONG] = "www.abcdefghijkl.example", [OTHER] = "www.abcdef.example"
};

static struct {
	struct name at[NAMES];
	struct name_note notes[NAMES];
	uint32_t noted[NAMES];
	struct flow_info info[FLOWS];
	struct vflow flows[FLOWS];
	struct vburst bursts[BURSTS];
	uint32_t by_time[FLOWS];
	struct vpage pages[NAMES];
	struct names names;
	struct client client;
	struct work work;
	struct candidates cs;
	struct terms t[CANDIDATES_MAX];
} world;

/* Three sites with a page view each, all candidates. */
static void begin(void)
{
	struct client *c = &world.client;

	memset(&world, 0, sizeof(world));
	for (uint32_t i = 0; i < NAMES; i++) {
		world.noted[i] = i;
		world.at[i].site = i;
	}
	world.names = (struct names){
		.at = world.at, .notes = world.notes, .noted = world.noted, .n_noted = NAMES, .n = NAMES
	};
	*c = (struct client){ .flows = world.flows,
			      .bursts = world.bursts,
			      .by_time = world.by_time,
			      .pages = world.pages,
			      .n_classes = 1 };
	world.work =
	    (struct work){ .c = c, .n = &world.names, .notes = world.notes, .n_choices = 1, .pass = 2 };
	for (uint32_t site = SHORT; site <= OTHER; site++) {
		struct hostname *h = &world.at[site].host;

		h->len = (uint8_t)snprintf(h->text, sizeof(h->text), "%s", PAGES[site]);
		world.pages[c->n_pages++] = (struct vpage){ .host = site, .site = site };
		world.notes[site].chosen = 1;
		world.notes[site].candidate = world.cs.n;
		world.cs.site[world.cs.n++] = site;
	}
}

/* A flow to the host; site 0: not known. */
static struct vflow *add_flow(uint32_t site, float post, uint32_t first_asked, const char *alpn)
{
	struct client *c = &world.client;
	struct vflow *f = &world.flows[c->n_flows];

	*f = (struct vflow){ .info = &world.info[c->n_flows],
			     .name = HOST,
			     .site = HOST,
			     .first_asked = first_asked,
			     .same_host = c->n_flows ? c->n_flows - 1 : NONE,
			     .next_same_host = NONE,
			     .n_post = site != 0,
			     .site_of = { site },
			     .post = { post } };
	snprintf(f->info->alpn, sizeof(f->info->alpn), "%s", alpn);
	if (c->n_flows)
		f[-1].next_same_host = c->n_flows;
	c->n_flows++;
	return f;
}

/* The site with the most of a term, 0 if they have the same. */
static uint32_t most(enum flow_term term)
{
	uint32_t best = 0;

	for (uint32_t s = 1; s < world.cs.n; s++)
		if (world.t[s].at[term] > world.t[best].at[term])
			best = s;
	for (uint32_t s = 0; s < world.cs.n; s++)
		if (s != best && fabsf(world.t[s].at[term] - world.t[best].at[term]) < 1e-4f)
			return 0;
	return world.cs.site[best];
}

/* "https://NAME/" takes 17, 25 and 20 bytes of code, without the last slash 17, 24 and 19. */
static void lengths_tell_sites_by_their_names(void **state)
{
	static const struct {
		const char *what;
		struct {
			uint32_t site;
			float post;
			uint32_t asked;
			const char *alpn;
		} flows[FLOWS];
		uint32_t want_other, want_own;
	} cases[] = {
		{ "no other flow", { { 0, 0, 500, "h2" } }, 0, 0 },
		{ "as long as another site's plus what the name is longer",
		  { { OTHER, 0.9f, 500, "h2" }, { 0, 0, 505, "h2" } },
		  LONG,
		  0 },
		{ "less what it is shorter", { { OTHER, 0.9f, 500, "h2" }, { 0, 0, 497, "h2" } }, SHORT, 0 },
		{ "twice, as Origin holds it too",
		  { { OTHER, 0.9f, 500, "h2" }, { 0, 0, 510, "h2" } },
		  LONG,
		  0 },
		{ "uncoded in HTTP/1.1: six letters",
		  { { OTHER, 0.9f, 500, "http/1.1" }, { 0, 0, 506, "http/1.1" } },
		  LONG,
		  0 },
		{ "of another protocol nothing is said",
		  { { OTHER, 0.9f, 500, "http/1.1" }, { 0, 0, 505, "h2" } },
		  0,
		  0 },
		{ "nor by a flow whose site is doubtful",
		  { { OTHER, 0.4f, 500, "h2" }, { 0, 0, 505, "h2" } },
		  0,
		  OTHER },
		{ "no length", { { OTHER, 0.9f, 500, "h2" }, { 0, 0, 0, "h2" } }, 0, 0 },
		{ "as long as the site's own",
		  { { SHORT, 0.9f, 500, "h2" }, { 0, 0, 500, "h2" } },
		  0,
		  SHORT },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct vflow *f = NULL;
		uint32_t own;

		begin();
		for (size_t k = 0; k < FLOWS && cases[i].flows[k].alpn; k++)
			f = add_flow(cases[i].flows[k].site, cases[i].flows[k].post, cases[i].flows[k].asked,
				     cases[i].flows[k].alpn);
		learn_sizes(&world.work);
		size_terms(&world.work, f, &world.cs, world.t);
		if (most(FLOW_SIZE) != cases[i].want_other)
			fail_msg("%s: %u", cases[i].what, most(FLOW_SIZE));
		own = most(FLOW_SIZE_OWN);
		if (cases[i].want_own == SHORT && own != SHORT)
			fail_msg("%s: own %u", cases[i].what, own);
	}
}

/* Once pairs of flows show that requests to a host hold the name twice, that is what fits best. */
static void how_often_the_name_is_sent_is_learnt(void **state)
{
	float once[2], twice[2];

	(void)state;
	for (int is_learnt = 0; is_learnt < 2; is_learnt++) {
		const struct vflow *f;

		begin();
		for (int i = 0; i < 2 && is_learnt; i++) {
			add_flow(OTHER, 0.9f, 500, "h2");
			add_flow(LONG, 0.9f, 510, "h2");
		}
		if (!is_learnt)
			add_flow(OTHER, 0.9f, 500, "h2");
		f = add_flow(0, 0, 505, "h2");
		learn_sizes(&world.work);
		size_terms(&world.work, f, &world.cs, world.t);
		once[is_learnt] = expf(world.t[1].at[FLOW_SIZE]);
		world.flows[world.client.n_flows - 1].first_asked = 510;
		size_terms(&world.work, f, &world.cs, world.t);
		twice[is_learnt] = expf(world.t[1].at[FLOW_SIZE]);
	}
	assert_true(once[0] > twice[0]);
	assert_true(once[1] < twice[1]);
}

/* ---- heard ---- */

static void add_burst(uint32_t site, float post, uint32_t start_ms, uint32_t from_us, uint32_t to_us)
{
	struct client *c = &world.client;

	add_flow(site, post, 0, "h2");
	world.bursts[c->n_bursts] = (struct vburst){
		.flow = c->n_flows - 1,
		.b = { .start_ns = (int64_t)start_ms * NS_PER_MS,
		       .n_heard = to_us > 0,
		       .heard = { { from_us, to_us } } },
	};
	world.by_time[c->n_bursts] = c->n_bursts;
	c->n_bursts++;
}

static void what_was_heard_last_has_a_bin(void **state)
{
	/* of the site LONG: the bin of P(heard so lately), the edges being 5, 10, 20, 50... ms */
	static const struct {
		const char *what;
		uint32_t start_ms, from_us, to_us;
		int bin;
	} cases[] = {
		{ "nothing", OPENED_MS - 50, 0, 0, HEARD_BINS - 1 },
		{ "goes on", OPENED_MS - 50, 1000, 60000, 0 },
		{ "until 3 ms before", OPENED_MS - 50, 1000, 47000, 0 },
		{ "until 7 ms before", OPENED_MS - 50, 1000, 43000, 1 },
		{ "until 30 ms before", OPENED_MS - 50, 1000, 20000, 3 },
		{ "until 1.5 s before", OPENED_MS - 3000, 1000, 1500000, 8 },
		{ "only afterwards", OPENED_MS - 50, 60000, 70000, HEARD_BINS - 1 },
		{ "too long ago", OPENED_MS - 12000, 1000, 11999000, HEARD_BINS - 1 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const float *t;

		begin();
		add_burst(LONG, 0.8f, cases[i].start_ms, cases[i].from_us, cases[i].to_us);
		heard_terms(&world.work, NONE, 0, (int64_t)OPENED_MS * NS_PER_MS, &world.cs, world.t);
		t = &world.t[1].at[FLOW_HEARD];
		for (int k = 0; k < HEARD_BINS; k++) {
			float want = k == cases[i].bin ? (k == HEARD_BINS - 1 ? 1 : 0.8f)
						       : (k == HEARD_BINS - 1 ? 0.2f : 0);

			if (fabsf(t[k] - want) > 1e-4f)
				fail_msg("%s: bin %d has %g", cases[i].what, k, (double)t[k]);
		}
		assert_true(world.t[0].at[FLOW_HEARD + HEARD_BINS - 1] > 0.999f);
	}
}

/* The flow itself, and programs that are another, have no say; what is heard lately hides what was before. */
static void what_is_heard_counts_once(void **state)
{
	(void)state;
	begin();
	add_burst(LONG, 0.5f, OPENED_MS - 50, 1000, 47000);
	add_burst(LONG, 0.5f, OPENED_MS - 40, 1000, 10000);
	heard_terms(&world.work, NONE, 0, (int64_t)OPENED_MS * NS_PER_MS, &world.cs, world.t);
	assert_true(fabsf(world.t[1].at[FLOW_HEARD] - 0.5f) < 1e-4f);
	assert_true(fabsf(world.t[1].at[FLOW_HEARD + 3] - 0.25f) < 1e-4f);
	assert_true(fabsf(world.t[1].at[FLOW_HEARD + HEARD_BINS - 1] - 0.25f) < 1e-4f);
	memset(world.t, 0, sizeof(world.t));
	heard_terms(&world.work, 0, 0, (int64_t)OPENED_MS * NS_PER_MS, &world.cs, world.t);
	assert_true(world.t[1].at[FLOW_HEARD] == 0);
	memset(world.t, 0, sizeof(world.t));
	heard_terms(&world.work, NONE, 1, (int64_t)OPENED_MS * NS_PER_MS, &world.cs, world.t);
	assert_true(world.t[1].at[FLOW_HEARD] == 0);
}

/* ---- pages ---- */

/* A first request on a new connection to a site: for a page or not, as the pass before found. */
static const struct vburst *add_first(uint32_t site, uint32_t length, float page, const char *alpn)
{
	struct client *c = &world.client;
	struct vflow *f = add_flow(site, 0.9f, length, alpn);

	f->name = site;
	f->first_burst = c->n_bursts;
	world.bursts[c->n_bursts] = (struct vburst){ .flow = c->n_flows - 1, .page_before = page };
	return &world.bursts[c->n_bursts++];
}

/* Names take 11, 18 and 14 bytes of code. */
static void requests_for_pages_are_of_one_length(void **state)
{
	static const struct {
		const char *what;
		uint32_t site, length;
		const char *alpn;
		int sign;
	} cases[] = {
		{ "as long as the others", LONG, 469, "h2", 1 },
		{ "a byte off", LONG, 470, "h2", 1 },
		{ "as long as what is no page", LONG, 519, "h2", -1 },
		{ "not known", LONG, 0, "h2", 0 },
		{ "nothing is told in HTTP/1.1", LONG, 469, "http/1.1", 0 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct page_lengths *lengths;
		const struct vburst *b;
		float x;

		begin();
		world.client.classes[0].browser = 1;
		add_first(SHORT, 462, 0.95f, "h2");
		add_first(OTHER, 465, 0.95f, "h2");
		add_first(SHORT, 512, 0.05f, "h2");
		add_first(OTHER, 515, 0.05f, "h2");
		b = add_first(cases[i].site, cases[i].length, 0.5f, cases[i].alpn);
		lengths = page_lengths_new(&world.client, &world.names);
		assert_non_null(lengths);
		x = page_length(lengths, &world.client, &world.names, b);
		if ((x > 0.5f) - (x < -0.5f) != cases[i].sign)
			fail_msg("%s: %g", cases[i].what, (double)x);
		assert_true(page_length(NULL, &world.client, &world.names, b) == 0);
		page_lengths_free(lengths);
	}
}

/* A later request on the connection of that first one. */
static const struct vburst *add_later(const struct vburst *first, uint32_t length, float page)
{
	struct client *c = &world.client;

	world.bursts[c->n_bursts] =
	    (struct vburst){ .b = { .first_asked = length }, .flow = first->flow, .page_before = page };
	return &world.bursts[c->n_bursts++];
}

/* Later requests name the host by an index: the length of its name makes no difference. */
static void later_requests_count_where_sites_share_connections(void **state)
{
	(void)state;
	for (int is_shared = 0; is_shared < 2; is_shared++) {
		struct page_lengths *lengths;
		const struct vburst *a, *b, *page, *other;
		float x, y;

		begin();
		world.client.classes[0].browser = 1;
		world.client.is_shared = is_shared;
		a = add_first(SHORT, 462, 0.95f, "h2");
		b = add_first(LONG, 469, 0.95f, "h2");
		add_later(a, 49, 0.95f);
		add_later(a, 49, 0.95f);
		add_later(a, 90, 0.05f);
		add_later(a, 90, 0.05f);
		page = add_later(b, 49, 0.5f);
		other = add_later(b, 90, 0.5f);
		lengths = page_lengths_new(&world.client, &world.names);
		assert_non_null(lengths);
		x = page_length(lengths, &world.client, &world.names, page);
		y = page_length(lengths, &world.client, &world.names, other);
		if (is_shared)
			assert_true(x > 0.5f && y < -0.5f);
		else
			assert_true(x == 0 && y == 0);
		page_lengths_free(lengths);
	}
}

/* What a burst was taken for before is no witness for itself. */
static void a_request_is_no_witness_for_itself(void **state)
{
	struct page_lengths *lengths;
	const struct vburst *b;

	(void)state;
	begin();
	world.client.classes[0].browser = 1;
	b = add_first(SHORT, 462, 0.95f, "h2");
	lengths = page_lengths_new(&world.client, &world.names);
	assert_non_null(lengths);
	assert_true(fabsf(page_length(lengths, &world.client, &world.names, b)) < 1e-4f);
	page_lengths_free(lengths);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_tell_sites_by_their_names),
		cmocka_unit_test(how_often_the_name_is_sent_is_learnt),
		cmocka_unit_test(requests_for_pages_are_of_one_length),
		cmocka_unit_test(later_requests_count_where_sites_share_connections),
		cmocka_unit_test(a_request_is_no_witness_for_itself),
		cmocka_unit_test(what_was_heard_last_has_a_bin),
		cmocka_unit_test(what_is_heard_counts_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
