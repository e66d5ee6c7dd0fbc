/* The self-test of partitions goes once over visits and flows; here beside it what it says in plain words,
 * which goes over all flows for each visit. Both must come to the same.
 */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "track/visit_parts.h"

enum {
	ROUNDS = 300,
	FLOWS = 120,
	BURSTS = 400,
	VISITS = 24,
	HOSTS = 9,
	SITES = 7,
	CLASSES = 3,
	NAMES = HOSTS + SITES + 1
};

static struct {
	struct name at[NAMES];
	struct name_note notes[NAMES];
	uint32_t noted[NAMES];
	struct flow_info info[FLOWS];
	struct vflow flows[FLOWS];
	struct vburst bursts[BURSTS];
	uint32_t by_time[BURSTS];
	struct vvisit visits[VISITS];
	struct names names;
	struct client client;
} world;

static int64_t some(int64_t most)
{
	return rand() % most;
}

/* Names 1 to HOSTS are hosts of third parties, each of the site of its number + HOSTS as far as there are. */
static void make_names(void)
{
	for (uint32_t i = 0; i < NAMES; i++) {
		world.noted[i] = i;
		world.at[i].is_third = i > 0 && i <= HOSTS && i % 4 != 3;
		world.at[i].site = i == 0 || i > HOSTS ? i : HOSTS + 1 + i % SITES;
		/* as other steps leave them */
		world.notes[i].n_visits = (uint32_t)some(3);
		world.notes[i].last_flow = (uint32_t)some(FLOWS);
	}
	world.names = (struct names){
		.at = world.at, .notes = world.notes, .noted = world.noted, .n_noted = NAMES, .n = NAMES
	};
}

static void make_flows(struct client *c)
{
	uint32_t last[NAMES] = { 0 };
	int64_t t = 0;

	for (uint32_t i = 0; i < FLOWS; i++) {
		struct vflow *f = &world.flows[i];

		t += some(8) ? some(700) * NS_PER_MS : some(20) * NS_PER_S;
		*f = (struct vflow){ .info = &world.info[i],
				     .name = (uint32_t)some(HOSTS + 1),
				     .class = (uint32_t)some(CLASSES),
				     .open_ns = t,
				     .last_ns = t + some(120) * NS_PER_S,
				     .has_totals = some(3) == 0,
				     .same_host = NONE,
				     .next_same_host = NONE };
		f->site = world.at[f->name].site;
		f->totals.end_ns = f->last_ns + some(30) * NS_PER_S;
		if (f->name && last[f->name]) {
			f->same_host = last[f->name] - 1;
			world.flows[f->same_host].next_same_host = i;
		}
		last[f->name] = i + 1;
	}
	c->flows = world.flows;
	c->n_flows = FLOWS;
}

static int64_t moment(void)
{
	return some(world.flows[FLOWS - 1].open_ns / NS_PER_MS + 1) * NS_PER_MS;
}

static int by_start(const void *a, const void *b)
{
	const struct vburst *x = a, *y = b;

	return x->b.start_ns < y->b.start_ns ? -1 : x->b.start_ns > y->b.start_ns;
}

static void make_bursts(struct client *c)
{
	for (uint32_t i = 0; i < BURSTS; i++)
		world.bursts[i] =
		    (struct vburst){ .b = { .start_ns = moment() }, .flow = (uint32_t)some(FLOWS) };
	qsort(world.bursts, BURSTS, sizeof(*world.bursts), by_start);
	for (uint32_t i = 0; i < BURSTS; i++)
		world.by_time[i] = i;
	c->bursts = world.bursts;
	c->by_time = world.by_time;
	c->n_bursts = BURSTS;
}

static int by_visit_start(const void *a, const void *b)
{
	const struct vvisit *x = a, *y = b;

	return x->start_ns < y->start_ns ? -1 : x->start_ns > y->start_ns;
}

static void make_visits(struct client *c)
{
	for (uint32_t i = 0; i < VISITS; i++)
		world.visits[i] =
		    (struct vvisit){ .site = HOSTS + 1 + (uint32_t)some(SITES), .start_ns = moment() };
	qsort(world.visits, VISITS, sizeof(*world.visits), by_visit_start);
	c->visits = world.visits;
	c->n_visits = VISITS;
}

static void make_client(void)
{
	static const float browser[CLASSES] = { 0.999f, 0.5f, 0.01f };
	struct client *c = &world.client;

	memset(c, 0, sizeof(*c));
	make_names();
	make_flows(c);
	make_bursts(c);
	make_visits(c);
	c->n_classes = CLASSES;
	for (uint32_t i = 0; i < CLASSES; i++)
		c->classes[i].browser = browser[i];
}

/* ---- the same in plain words ---- */

static bool is_active_between(const struct client *c, uint32_t flow, int64_t from, int64_t to)
{
	for (uint32_t b = 0; b < c->n_bursts; b++)
		if (c->bursts[b].flow == flow && c->bursts[b].b.start_ns >= from &&
		    c->bursts[b].b.start_ns <= to)
			return true;
	return false;
}

static float host_speaks(const struct client *c, uint32_t newest, int64_t start)
{
	const struct vflow *f = &c->flows[newest];
	unsigned usable = 0;
	bool is_woken = false;

	for (uint32_t k = newest; k != NONE; k = c->flows[k].same_host) {
		const struct vflow *o = &c->flows[k];

		if (o->class != f->class || o->open_ns >= start - NS_PER_S ||
		    o->last_ns <= start - 60 * NS_PER_S ||
		    (o->has_totals && o->totals.end_ns <= start + NS_PER_S))
			continue;
		usable++;
		is_woken = is_woken || is_active_between(c, k, start + NS_PER_S / 5, start + 2 * NS_PER_S);
	}
	if (usable && f->open_ns >= start)
		return usable > 1 ? 2.0f : 1.9f;
	if (usable && is_woken)
		return usable > 1 ? -1.3f : -2.1f;
	return 0;
}

static void fan_out_speaks(struct client *c, const struct vvisit *v, float apart[CLASSES])
{
	float sum[CLASSES] = { 0 };
	uint32_t until = 0;

	while (until < c->n_flows && c->flows[until].open_ns < v->start_ns + 4 * NS_PER_S)
		until++;
	for (uint32_t i = 0; i < until; i++) {
		const struct vflow *f = &c->flows[i];

		if (f->site && f->site != v->site && world.at[f->name].is_third &&
		    c->classes[f->class].browser >= BROWSER_MIN &&
		    (f->next_same_host == NONE || f->next_same_host >= until))
			sum[f->class] += host_speaks(c, i, v->start_ns) / 2;
	}
	for (uint32_t i = 0; i < CLASSES; i++)
		apart[i] += fmaxf(-3, fminf(3, sum[i]));
}

static void in_plain_words(struct client *c, float apart[CLASSES])
{
	for (uint32_t i = 0; i < CLASSES; i++)
		apart[i] = c->classes[i].browser > 0.9f ? 2.1f : 0.4f;
	for (uint32_t v = 1; v < c->n_visits; v++) {
		bool is_first = true;

		for (uint32_t k = 0; k < v; k++)
			is_first = is_first && c->visits[k].site != c->visits[v].site;
		if (is_first)
			fan_out_speaks(c, &c->visits[v], apart);
	}
}

static void both_come_to_the_same(void **state)
{
	unsigned n_moved = 0;

	(void)state;
	srand(7);
	for (int round = 0; round < ROUNDS; round++) {
		float apart[CLASSES];

		make_client();
		in_plain_words(&world.client, apart);
		partition_test(&world.client, &world.names);
		for (uint32_t i = 0; i < CLASSES; i++)
			if (world.client.classes[i].apart != apart[i])
				fail_msg("round %d, class %u: %f, not %f", round, i,
					 (double)world.client.classes[i].apart, (double)apart[i]);
		n_moved += apart[0] != 2.1f;
	}
	assert_true(n_moved > ROUNDS / 2); /* or the rounds say nothing */
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(both_come_to_the_same) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
