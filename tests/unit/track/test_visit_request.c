#include "check.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "events.h"
#include "lists.h"
#include "track/visit.h"

#define START_NS (1700000000 * NS_PER_S)
#define BROWSER "Mozilla/5.0 (Windows NT 6.1) Gecko/20100101 Firefox/12.0"
#define HTML "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

/* One request over clear HTTP, each on a flow of its own, and its answer. */
struct asked {
	unsigned ms;
	const char *host, *target, *referer, *accept, *answer;
	const char *agent, *with;         /* NULL: a browser's, none */
	const char *origin, *site, *dest; /* of it, sec-fetch- the rest; NULL: not said */
	bool is_upgrade;
	unsigned status; /* 0: 200 */
};

struct told {
	char text[512]; /* site, then the pages, a line each visit */
};

static void on_flow(void *ctx, const struct flow_verdict *f)
{
	(void)ctx;
	assert_true(f->info->id > 0);
}

static void on_visit(void *ctx, const struct visit_result *r)
{
	struct told *t = ctx;
	size_t at = strlen(t->text);

	at += (size_t)snprintf(t->text + at, sizeof(t->text) - at, "%s:", r->site.text);
	for (uint32_t i = 0; i < r->n_pages; i++)
		at += (size_t)snprintf(t->text + at, sizeof(t->text) - at, " %s",
				       r->pages[i].url ? r->pages[i].url : r->pages[i].host.text);
	for (uint32_t i = 0; i < r->n_parts; i++)
		if (!r->parts[i].is_first_party)
			at += (size_t)snprintf(t->text + at, sizeof(t->text) - at, " +%s",
					       r->parts[i].host.text);
	snprintf(t->text + at, sizeof(t->text) - at, "\n");
}

static struct bytes view(const char *text)
{
	return text ? (struct bytes){ (const uint8_t *)text, strlen(text) } : (struct bytes){ 0 };
}

static void event(struct visits *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void event(struct visits *v, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (!events_line(v, text))
		fail_msg("no event: %s", text);
}

static void ask(struct visits *v, unsigned id, const struct asked *a)
{
	long long t = START_NS + a->ms * NS_PER_MS;
	struct header headers[] = {
		{ view("accept"), view(a->accept) },
		{ view(a->is_upgrade ? "upgrade-insecure-requests" : "accept-language"), view("1") },
		{ view(a->with ? "x-requested-with" : "accept-encoding"), view(a->with ? a->with : "gzip") },
	};
	struct request r = { .flow = id,
			     .ts_ns = t + 1,
			     .frame = id,
			     .version = HTTP_1,
			     .method = view("GET"),
			     .authority = view(a->host),
			     .target = view(a->target),
			     .referer = view(a->referer),
			     .origin = view(a->origin),
			     .sec_fetch_site = view(a->site),
			     .sec_fetch_dest = view(a->dest),
			     .user_agent = view(a->agent ? a->agent : BROWSER),
			     .headers = headers,
			     .n_headers = COUNT(headers) };
	struct response answer = { .flow = id,
				   .ts_ns = t + 2,
				   .status = a->status ? a->status : 200,
				   .content_type = view(a->answer),
				   .location = view(a->status == 302 ? "/elsewhere" : NULL) };

	event(v,
	      "flow %u 192.168.1.9 %u 203.0.113.%u 80 6 64 1 02:00:00:00:00:09 - %lld 0 %s http 0 0 - http 1 "
	      "- 0",
	      id, 10000 + id, id, t, a->host);
	event(v, "begin %u %lld %u", id, t, id);
	assert_true(hostname_parse(view(a->host), &r.host));
	visits_request(v, &r, NULL);
	visits_response(v, &answer);
	event(v, "burst %u %lld %lld 500 9000 400 %u", id, t, t + 40000000, id);
}

static void told_is(const struct loaded *know, const struct asked *asked, size_t n, const char *expected)
{
	struct told told = { "" };
	struct visits_spec spec = { .know = &know->know,
				    .is_learning = true,
				    .clients_max = 4,
				    .flows_max = 64,
				    .bursts_max = 256,
				    .flow = on_flow,
				    .visit = on_visit,
				    .ctx = &told };
	struct visits *v = visits_new(&spec);

	assert_non_null(v);
	for (unsigned i = 0; i < n; i++)
		ask(v, i + 1, &asked[i]);
	visits_finish(v);
	visits_free(v);
	assert_string_equal(told.text, expected);
}

static void a_page_is_told_by_what_it_asks_for(void **state)
{
	static const struct asked asked[] = {
		{ 1000, "www.shop.example", "/", NULL, HTML, .answer = "text/html", .status = 302 },
		{ 1050, "www.shop.example", "/home", NULL, HTML, .answer = "text/html; charset=utf-8" },
		{ 1200, "www.shop.example", "/a.css", "http://www.shop.example/home", "text/css,*/*;q=0.1",
		  .answer = "text/css" },
		{ 1300, "ads.example", "/frame", "http://www.shop.example/home", HTML,
		  .answer = "text/html" },
		{ 1400, "pixel.example", "/p", "http://ads.example/frame", "image/*;q=0.8",
		  .answer = "image/gif" },
	};

	told_is(*state, asked, COUNT(asked),
		"shop.example: http://www.shop.example/home +ads.example +pixel.example\n");
}

static void what_no_page_asks_for_is_no_visits(void **state)
{
	static const struct asked asked[] = {
		{ 1000, "www.shop.example", "/", .answer = "text/html", .site = "none", .dest = "document" },
		{ 1200, "pixel.example", "/p", "http://www.shop.example/", .answer = "image/gif",
		  .site = "cross-site", .dest = "image" },
		{ 1300, "accounts.browser.example", "/list", .answer = "application/json",
		  .origin = "http://www.shop.example", .site = "none", .dest = "empty" },
	};

	told_is(*state, asked, COUNT(asked), "shop.example: http://www.shop.example/ +pixel.example\n");
}

static void a_link_that_is_followed_is_no_frame(void **state)
{
	static const struct asked asked[] = {
		{ 1000, "www.search.example", "/?q=x", NULL, HTML, .answer = "text/html" },
		{ 1200, "www.search.example", "/logo", "http://www.search.example/?q=x", "image/*",
		  .answer = "image/png" },
		{ 9000, "www.shop.example", "/", "http://www.search.example/?q=x", HTML,
		  .answer = "text/html" },
		{ 9200, "pixel.example", "/p", "http://www.shop.example/", "image/*", .answer = "image/gif" },
		{ 20000, "www.shop.example", "/next", "http://www.shop.example/", HTML, .answer = "text/html",
		  .is_upgrade = true },
	};

	told_is(*state, asked, COUNT(asked),
		"search.example: http://www.search.example/?q=x\n"
		"shop.example: http://www.shop.example/ http://www.shop.example/next +pixel.example\n");
}

/* Browsers before 2012 and others ask for pictures and scripts as they ask for pages. */
static void what_asks_for_nothing_further_is_no_page(void **state)
{
	static const struct asked asked[] = {
		{ 1000, "www.shop.example", "/script", NULL, "*/*", .answer = "text/javascript" },
		{ 9000, "www.shop.example", "/late.jpg", "http://www.shop.example/", HTML, .answer = NULL },
		{ 19000, "www.shop.example", "/late.html", "http://www.shop.example/", HTML,
		  .answer = "text/html" },
		{ 29000, "www.shop.example", "/file", NULL, HTML, .answer = "application/pdf" },
		{ 35000, "www.shop.example", "/favicon.ico", NULL, HTML, .answer = "text/html",
		  .status = 404 },
		{ 37000, "www.shop.example", "*", NULL, HTML, .answer = "text/html" },
		{ 39000, "www.shop.example", "/xhr", NULL, HTML, .answer = "text/html",
		  .with = "XMLHttpRequest" },
	};

	told_is(*state, asked, COUNT(asked), "");
}

static void programs_that_are_no_browser_visit_nothing(void **state)
{
	static const struct asked asked[] = {
		{ 1000, "api.one.example", "/", NULL, "*/*", .answer = "text/html", .agent = "curl/7.88.1" },
		{ 2000, "api.two.example", "/", NULL, "text/html, image/gif, */*; q=.2",
		  .answer = "text/html", .agent = "Java/1.8.0_201" },
		{ 3000, "api.three.example", "/", NULL, "*/*", .answer = "application/json" },
	};

	told_is(*state, asked, COUNT(asked), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_is_told_by_what_it_asks_for),
		cmocka_unit_test(what_no_page_asks_for_is_no_visits),
		cmocka_unit_test(a_link_that_is_followed_is_no_frame),
		cmocka_unit_test(what_asks_for_nothing_further_is_no_page),
		cmocka_unit_test(programs_that_are_no_browser_visit_nothing),
	};

	return cmocka_run_group_tests(tests, lists_load, lists_unload);
}
