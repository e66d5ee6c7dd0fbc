#include "scene.h"

#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "lists.h"

static int64_t ms_of(int64_t ns)
{
	return (ns - START_NS) / NS_PER_MS;
}

static void on_flow(void *ctx, const struct flow_verdict *f)
{
	struct scene *s = ctx;
	struct seen_flow *seen;

	assert_in_range(f->info->id, 1, COUNT(s->flows) - 1);
	seen = &s->flows[f->info->id];
	seen->n_told++;
	seen->role = f->role;
	seen->conf = f->conf;
	snprintf(seen->site, sizeof(seen->site), "%.63s", f->site.text);
	for (uint32_t i = 0; i < f->n_activity; i++) {
		seen->up += f->activity[i].burst.up;
		if (seen->n_activity < 16) {
			seen->activity[seen->n_activity].at_ms = ms_of(f->activity[i].burst.start_ns);
			seen->activity[seen->n_activity].conf = f->activity[i].conf;
			seen->activity[seen->n_activity++].visit = f->activity[i].visit;
		}
		assert_true(f->activity[i].conf <= 1);
	}
}

static void on_visit(void *ctx, const struct visit_result *r)
{
	struct scene *s = ctx;
	struct seen_visit *seen = NULL;

	for (unsigned i = 0; i < s->n_visits; i++)
		if (s->visits[i].id == r->id)
			seen = &s->visits[i];
	if (!seen) {
		assert_true(s->n_visits < SEEN_MAX);
		seen = &s->visits[s->n_visits++];
	}
	seen->id = r->id;
	seen->start_ms = ms_of(r->start_ns);
	seen->n_pages = r->n_pages;
	seen->is_open = r->is_open;
	seen->part_as = r->part_as;
	seen->part_of = r->part_of;
	seen->n_told += !r->is_open;
	seen->n_open += r->is_open;
	snprintf(seen->site, sizeof(seen->site), "%.63s", r->site.text);
	seen->thirds[0] = 0;
	seen->conf = r->conf;
	seen->surest_part = 0;
	snprintf(seen->note, sizeof(seen->note), "%s", r->client_note ? r->client_note : "");
	for (uint32_t i = 0; i < r->n_parts; i++) {
		size_t at = strlen(seen->thirds);

		assert_true(i == 0 || r->parts[i].first_ns >= r->parts[i - 1].first_ns);
		assert_true(r->parts[i].host.len > 0);
		if (!r->parts[i].is_first_party && r->parts[i].conf > seen->surest_part)
			seen->surest_part = r->parts[i].conf;
		if (!r->parts[i].is_first_party)
			snprintf(seen->thirds + at, sizeof(seen->thirds) - at, "%s ", r->parts[i].host.text);
	}
	assert_true(r->conf > 0 && r->conf <= 1);
	assert_true(r->end_ns >= r->start_ns);
}

static void on_drop(void *ctx, void *attachment)
{
	struct scene *s = ctx;

	s->n_dropped++;
	free(attachment);
}

static void begin(struct scene *s, const struct loaded *know, bool is_live, bool is_learning)
{
	struct visits_spec spec = { .know = &know->know,
				    .is_live = is_live,
				    .is_learning = is_learning,
				    .explain = true,
				    .clients_max = 16,
				    .flows_max = 4096,
				    .bursts_max = 16384,
				    .flow = on_flow,
				    .visit = on_visit,
				    .drop_attachment = on_drop,
				    .ctx = s };

	memset(s, 0, sizeof(*s));
	s->know = know;
	s->v = visits_new(&spec);
	assert_non_null(s->v);
}

void scene_begin(struct scene *s, const struct loaded *know, bool is_live)
{
	begin(s, know, is_live, true);
}

void scene_begin_without_learning(struct scene *s, const struct loaded *know)
{
	begin(s, know, false, false);
}

void line(struct scene *s, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (!events_line(s->v, text))
		fail_msg("no event: %s", text);
}

void flow(struct scene *s, int64_t t, const char *host, unsigned id, bool is_browser)
{
	unsigned server = 1;

	for (const char *p = host; *p; p++)
		server = server * 31 + (unsigned char)*p;
	line(s,
	     "flow %u 192.168.1.9 %u 203.0.%u.%u 443 6 %u 1 02:00:00:00:00:09 - %lld %lld %s %s %u 0 h2 tls "
	     "%d - %d %d 1 0",
	     id, 10000 + id, server % 250, server / 250 % 250, s->ttl ? s->ttl : 64, (long long)t,
	     (long long)t + 1000000, s->is_mute ? "-" : host,
	     strcmp(host, "-") == 0 || s->is_mute ? "-" : "sni", is_browser ? 77u : 88u, !s->is_begun,
	     s->is_mute ? ECH_REAL : is_browser,
	     s->is_mute               ? UNNAMED_ECH
	     : strcmp(host, "-") == 0 ? UNNAMED_NO_SNI
				      : UNNAMED_NOT);
}

void burst(struct scene *s, int64_t t, unsigned id, unsigned asked, unsigned down)
{
	s->ordinal++;
	line(s, "begin %u %lld %llu", id, (long long)t, (unsigned long long)s->ordinal);
	line(s, "burst %u %lld %lld %u %u %u %llu", id, (long long)t, (long long)t + 40000000, asked + 100,
	     down, asked, (unsigned long long)s->ordinal);
}

void play(struct scene *s, const char *text)
{
	char what[8], host[64] = "-";
	long long ms;
	unsigned id = 0;
	int64_t t;

	if (sscanf(text, "%lld %7s", &ms, what) != 2)
		fail_msg("no line of a scene: %s", text);
	if (sscanf(text, "%*d %*s %63s %u", host, &id) != 2)
		assert_int_equal(sscanf(text, "%*d %*s %u", &id), 1);
	t = START_NS + ms * NS_PER_MS;
	if (strcmp(what, "ask") == 0 || strcmp(what, "beat") == 0) {
		burst(s, t, id, what[0] == 'a' ? 400 : 60, what[0] == 'a' ? 12000 : 300);
		return;
	}
	if (strcmp(what, "part") == 0) {
		burst(s, t, id, 900, 250);
		return;
	}
	if (strcmp(host, "-") != 0 && !s->is_mute)
		line(s, "dns 192.168.1.9 %lld 0 1 %s 0", (long long)t - 20 * NS_PER_MS, host);
	flow(s, t, host, id, strcmp(what, "app") != 0);
	if (strcmp(what, "page") == 0)
		flow(s, t + NS_PER_MS, host, id + 1, true);
	burst(s, t + 2 * NS_PER_MS, id, strcmp(what, "open") == 0 ? 0 : 500,
	      what[0] == 'p'   ? 30000
	      : what[0] == 'h' ? 600
			       : 5000);
	if (strcmp(what, "page") == 0)
		burst(s, t + 3 * NS_PER_MS, id + 1, 0, 3000);
}

void whole_page(struct scene *s, int64_t ms, const char *site, unsigned id)
{
	static const char *const embeds[] = { "www.google-analytics.com", "www.googletagmanager.com",
					      "connect.facebook.net", "fonts.gstatic.com", "bat.bing.com" };
	char text[128];

	snprintf(text, sizeof(text), "%lld page www.%s %u", (long long)ms, site, id);
	play(s, text);
	for (unsigned i = 0; i < COUNT(embeds); i++) {
		snprintf(text, sizeof(text), "%lld load %s %u", (long long)ms + 150 + 90 * i, embeds[i],
			 id + 2 + i);
		play(s, text);
	}
}

const struct seen_visit *visit_to(const struct scene *s, const char *site, unsigned nth)
{
	for (unsigned i = 0; i < s->n_visits; i++)
		if (strcmp(s->visits[i].site, site) == 0 && nth-- == 0)
			return &s->visits[i];
	return NULL;
}

uint64_t visit_of_burst(const struct scene *s, unsigned flow_id, int64_t ms)
{
	const struct seen_flow *f = &s->flows[flow_id];

	for (unsigned i = 0; i < f->n_activity; i++)
		if (f->activity[i].at_ms == ms)
			return f->activity[i].visit;
	fail_msg("flow %u has no burst at %lld ms", flow_id, (long long)ms);
	return 0;
}

void scene_end(struct scene *s)
{
	visits_finish(s->v);
	visits_free(s->v);
}

void request(struct scene *s, unsigned flow_id, int64_t ms, const char *host, const char *dest,
	     const char *referer, void *attachment)
{
	struct request r = { .flow = flow_id,
			     .ts_ns = START_NS + ms * NS_PER_MS,
			     .frame = 1,
			     .version = HTTP_2,
			     .is_secure = true };

	assert_true(hostname_parse((struct bytes){ (const uint8_t *)host, strlen(host) }, &r.host));
	r.target = (struct bytes){ (const uint8_t *)"/x", 2 };
	r.sec_fetch_dest = (struct bytes){ (const uint8_t *)dest, strlen(dest) };
	if (referer)
		r.referer = (struct bytes){ (const uint8_t *)referer, strlen(referer) };
	visits_request(s->v, &r, attachment);
}
