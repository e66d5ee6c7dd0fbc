#include "track/page_around.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"

/* From when until when each goes, from the burst on; what is in it. What happens at the same time as a burst
 * before it in the order of bursts is before it.
 */
static const struct {
	int64_t from_ns, until_ns;
	enum { FLOWS, EMBEDDED, EARLIER, LATER, DNS } what;
} STRETCHES[AROUND_STRETCHES] = {
	[FLOWS_BEFORE] = { -AROUND_BEFORE_NS, -20 * NS_PER_MS, FLOWS },
	[FLOWS_AFTER] = { 1, AROUND_AFTER_NS + 1, FLOWS },
	[EMBEDDED_AFTER] = { 1, AROUND_AFTER_NS + 1, EMBEDDED },
	[BURSTS_BEFORE] = { -AROUND_BEFORE_NS, 1, EARLIER },
	[BURSTS_SECOND] = { -NS_PER_S, -10 * NS_PER_MS, EARLIER },
	[BURSTS_MOMENT] = { -3 * NS_PER_S / 10, 1, EARLIER },
	[BURSTS_AFTER] = { 0, AROUND_AFTER_NS + 1, LATER },
	[DNS_ASKED] = { -3 * NS_PER_S / 2, 1, DNS },
	[DNS_BEFORE] = { -NS_PER_S, -NS_PER_S / 4, DNS },
	[DNS_AFTER] = { 1, AROUND_AFTER_NS + 1, DNS },
};

uint32_t events_reach(const struct events *e, uint32_t i, int64_t t)
{
	while (i < e->n && e->at_ns[i] < t)
		i++;
	return i;
}

static struct around_note *note_of(const struct around *a, uint32_t name)
{
	return &a->n->notes[name].around;
}

static void come_in(struct around *a, enum around_stretch which, uint32_t name)
{
	struct stretch *s = &a->stretches[which];
	struct around_note *note = note_of(a, name);

	if (note->times[which]++ > 0)
		return;
	note->place[which] = (uint16_t)s->n_names;
	s->name[s->n_names++] = name;
}

static void fall_out(struct around *a, enum around_stretch which, uint32_t name)
{
	struct stretch *s = &a->stretches[which];
	struct around_note *note = note_of(a, name);

	if (--note->times[which] > 0)
		return;
	s->name[note->place[which]] = s->name[--s->n_names];
	note_of(a, s->name[note->place[which]])->place[which] = note->place[which];
}

/* What comes after a burst of a site counts by its volume too. */
static void weigh_in(struct around *a, uint32_t at, bool is_in)
{
	const struct burst *b = &a->c->bursts[a->c->by_time[at]].b;
	struct around_note *note = note_of(a, a->site[at]);

	note->down += is_in ? b->down : -b->down;
	note->asked += is_in ? b->up_payload : -(uint64_t)b->up_payload;
}

/* What lies between is neither counted nor taken out again. */
static void stretch_to(struct around *a, enum around_stretch which, const struct events *e, uint32_t from,
		       uint32_t until)
{
	struct stretch *s = &a->stretches[which];

	for (; s->from < from && s->from < s->until; s->from++) {
		fall_out(a, which, e->name[s->from]);
		if (which == BURSTS_AFTER)
			weigh_in(a, s->from, false);
	}
	if (s->until < from)
		s->until = from;
	for (s->from = from; s->until < until; s->until++) {
		come_in(a, which, e->name[s->until]);
		if (which == BURSTS_AFTER)
			weigh_in(a, s->until, true);
	}
}

static uint32_t within(uint32_t i, uint32_t from, uint32_t until)
{
	return i < from ? from : i > until ? until : i;
}

static const struct events *events_of(const struct around *a, enum around_stretch which)
{
	const struct events *const of[] = { &a->flows, &a->embedded, &a->bursts, &a->bursts, &a->dns };

	return of[STRETCHES[which].what];
}

void around_move(struct around *a, uint32_t at)
{
	int64_t t = a->bursts.at_ns[at];

	a->first_flow = events_reach(&a->flows, a->first_flow, t - AROUND_BEFORE_NS);
	for (enum around_stretch i = 0; i < AROUND_STRETCHES; i++) {
		const struct events *e = events_of(a, i);
		struct stretch *s = &a->stretches[i];
		uint32_t first = 0, most = AROUND_MAX;

		s->low = events_reach(e, s->low, t + STRETCHES[i].from_ns);
		s->high = events_reach(e, s->high, t + STRETCHES[i].until_ns);
		if (STRETCHES[i].what == EARLIER) {
			first = at > AROUND_MAX ? at - AROUND_MAX : 0;
			most = at - first;
		} else if (STRETCHES[i].what == LATER) {
			first = at + 1;
		} else if (STRETCHES[i].what == DNS) {
			first = a->stretches[DNS_ASKED].low;
			most = AROUND_DNS_MAX;
		} else {
			first = a->first_flow;
		}
		stretch_to(a, i, e, within(s->low, first, first + most),
			   within(s->high, first, first + most));
	}
}

void around_fini(struct around *a)
{
	for (enum around_stretch i = 0; i < AROUND_STRETCHES; i++)
		stretch_to(a, i, events_of(a, i), a->stretches[i].until, a->stretches[i].until);
	free(a->block);
}

/* The site that a flow says a browser heard of, 0. */
static uint32_t site_heard(const struct around *a, const struct vflow *f)
{
	return a->c->classes[f->class].browser >= BROWSER_MIN ? f->site : 0;
}

static void look_at_bursts(struct around *a)
{
	const struct client *c = a->c;

	for (uint32_t i = 0; i < c->n_bursts; i++) {
		const struct vburst *b = &c->bursts[c->by_time[i]];
		const struct vflow *f = &c->flows[b->flow];

		a->bursts.at_ns[i] = b->b.start_ns;
		a->bursts.name[i] = site_heard(a, f);
		a->site[i] = f->site;
		a->page[i] = b->page_before;
	}
}

static void look_at_the_rest(struct around *a)
{
	const struct client *c = a->c;

	for (uint32_t i = 0; i < a->n->n_noted; i++)
		note_of(a, a->n->noted[i])->last = 0;
	for (uint32_t i = 0; i < c->n_bursts; i++) {
		uint32_t *last = &note_of(a, c->flows[c->bursts[c->by_time[i]].flow].name)->last;

		a->before[i] = *last - 1; /* NONE if there is none */
		*last = i + 1;
	}
	for (uint32_t i = 0; i < c->n_flows; i++) {
		a->flows.at_ns[i] = c->flows[i].open_ns;
		a->flows.name[i] = site_heard(a, &c->flows[i]);
		a->embedded.name[i] = a->n->at[c->flows[i].name].is_third ? a->flows.name[i] : 0;
	}
	for (uint32_t i = 0; i < c->n_dns; i++) {
		a->dns.at_ns[i] = c->dns[i].ts_ns;
		a->dns.name[i] = c->dns[i].name;
	}
}

bool around_init(struct around *a, const struct client *c, const struct names *n, bool is_whole)
{
	uint32_t n_flows = is_whole ? c->n_flows : 0, n_dns = is_whole ? c->n_dns : 0, *words;
	size_t n_times = (size_t)c->n_bursts + n_flows + n_dns;
	int64_t *times = malloc((n_times * 3 + c->n_bursts + 1) * sizeof(*times));

	memset(a, 0, sizeof(*a));
	a->c = c;
	a->n = n;
	a->block = times;
	if (!times)
		return false;
	words = (uint32_t *)(times + n_times);
	a->bursts = (struct events){ times, words, c->n_bursts };
	a->flows = (struct events){ times + c->n_bursts, words + c->n_bursts, n_flows };
	a->dns = (struct events){ a->flows.at_ns + n_flows, a->flows.name + n_flows, n_dns };
	a->embedded = (struct events){ a->flows.at_ns, a->dns.name + n_dns, n_flows };
	a->site = a->embedded.name + n_flows;
	a->before = a->site + c->n_bursts;
	a->page = (float *)(a->before + c->n_bursts);
	look_at_bursts(a);
	if (is_whole)
		look_at_the_rest(a);
	return true;
}

static bool has(const struct around *a, enum around_stretch which, uint32_t name)
{
	return note_of(a, name)->times[which] > 0;
}

bool around_asked(const struct around *a, uint32_t name)
{
	return has(a, DNS_ASKED, name);
}

static uint32_t at_most(uint32_t n)
{
	return n < AROUND_NAMES_MAX ? n : AROUND_NAMES_MAX;
}

uint32_t around_names(const struct around *a, enum around_stretch which)
{
	return at_most(a->stretches[which].n_names);
}

uint32_t around_others(const struct around *a, enum around_stretch which, uint32_t site)
{
	return at_most(a->stretches[which].n_names - has(a, which, 0) - has(a, which, site));
}
