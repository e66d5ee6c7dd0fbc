/* What visits and attribution cost on top of naming: clients that browse, told to track/visit as the packet
 * path tells them, without packets.
 *
 *   bench_visits DATA_DIR [check]
 *
 * The same page views with few and with many bursts on their flows give the cost of a burst; what is left of
 * the former is that of a flow. Prints microseconds of CPU time of one core, and how they grow with what one
 * client does; with "check" it fails above the bars (2 us a flow, 0.3 us a burst),
 * which are not reached: each of the three passes looks at what surrounds every burst, and at up to 20 sites
 * for every flow.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/time.h"
#include "know/load.h"
#include "track/visit.h"

#define START_NS (1700000000 * NS_PER_S)
#define VISIT_NS (15 * NS_PER_S)
#define FLOW_BAR_US 2.0
#define BURST_BAR_US 0.3

enum { PARTIES = 20, FEW = 2, MANY = 8, SITES = 120, HOSTS = 300, FLOWS = 20000, RUNS = 2 };

struct bench {
	struct visits *v;
	uint64_t flow, ordinal;
	unsigned n_bursts, n_flows, n_visits;
};

static void on_flow(void *ctx, const struct flow_verdict *f)
{
	struct bench *b = ctx;

	(void)f;
	b->n_flows++;
}

static void on_visit(void *ctx, const struct visit_result *r)
{
	struct bench *b = ctx;

	(void)r;
	b->n_visits++;
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void burst(struct bench *b, uint64_t flow, int64_t t, uint32_t asked, uint64_t down)
{
	b->ordinal++;
	b->n_bursts++;
	visits_burst_begin(b->v, flow, t, b->ordinal, b->ordinal);
	visits_burst_end(b->v, &(struct burst){ .flow = flow,
						.start_ns = t,
						.end_ns = t + 40 * NS_PER_MS,
						.up = asked + 100,
						.down = down,
						.up_payload = asked,
						.first_ordinal = b->ordinal,
						.first_frame = b->ordinal });
}

/* A question, a connection, and what is asked on it: at once, and then every half second. */
static void connection(struct bench *b, unsigned client, int64_t t, const char *host, unsigned bursts,
		       bool is_page)
{
	struct flow_info f = { .id = ++b->flow,
			       .client = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0,
					     (uint8_t)(client >> 8), (uint8_t)client } },
			       .server = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 203, 0, 113, 1 } },
			       .client_port = (uint16_t)(20000 + b->flow % 40000),
			       .server_port = 443,
			       .proto = IPPROTO_TCP,
			       .ttl = 64,
			       .start_ns = t,
			       .hello_ns = t + NS_PER_MS,
			       .is_complete = true,
			       .app = APP_TLS,
			       .named_by = NAMED_SNI,
			       .name_conf = 1,
			       .ja4_class = 7,
			       .alpn = "h2",
			       .ech = ECH_GREASE };
	struct dns_event e = { .client = f.client, .ts_ns = t - 20 * NS_PER_MS, .qtype = 1 };

	struct named_flow named = { .info = f };

	hostname_parse((struct bytes){ (const uint8_t *)host, strlen(host) }, &named.host);
	e.name = named.host;
	visits_dns(b->v, &e);
	visits_flow(b->v, &named);
	for (unsigned i = 0; i < bursts; i++)
		burst(b, f.id, t + NS_PER_MS + i * 3 * NS_PER_S / 2, 400, is_page ? 30000 : 4000);
	visits_flow_end(b->v, &(struct flow_totals){
				  .flow = f.id, .end_ns = t + 30 * NS_PER_S, .up = 1000, .down = 9000 });
}

static void page(struct bench *b, unsigned client, unsigned nth, unsigned bursts)
{
	int64_t t = START_NS + nth * VISIT_NS + client * 7 * NS_PER_MS;
	unsigned site = (client * 31 + nth * 17) % SITES;
	char host[64];

	snprintf(host, sizeof(host), "www.site%u.example", site);
	connection(b, client, t, host, bursts, true);
	connection(b, client, t + NS_PER_MS, host, 1, true);
	for (unsigned i = 0; i < PARTIES; i++) {
		unsigned party = i < 8 ? i : (site * 7 + i * 13) % HOSTS;

		snprintf(host, sizeof(host), "t%u.party%u.example", party % 3, party);
		connection(b, client, t + 150 * NS_PER_MS + i * 60 * NS_PER_MS, host, bursts, false);
	}
}

/* returns: CPU time of all, the least of some runs. */
static double run(const struct knowledge *know, unsigned clients, unsigned bursts, struct bench *ret)
{
	unsigned pages = FLOWS / (PARTIES + 2) / clients;
	double best = 0;

	for (int i = 0; i < RUNS; i++) {
		struct visits_spec spec = { .know = know,
					    .is_learning = true,
					    .clients_max = 1024,
					    .flows_max = 2 * FLOWS,
					    .bursts_max = 2 * FLOWS * MANY,
					    .hash_key = { 1, 2 },
					    .flow = on_flow,
					    .visit = on_visit,
					    .ctx = ret };
		double from;

		*ret = (struct bench){ .v = visits_new(&spec) };
		if (!ret->v)
			return 0;
		from = now_us();
		for (unsigned nth = 0; nth < pages; nth++)
			for (unsigned client = 0; client < clients; client++)
				page(ret, client, nth, bursts);
		visits_finish(ret->v);
		from = now_us() - from;
		visits_free(ret->v);
		best = i == 0 || from < best ? from : best;
	}
	return best;
}

int main(int argc, char **argv)
{
	static const unsigned clients[] = { 100, 20, 4 };
	struct err err;
	struct loaded *know;
	bool is_over = false;

	if (argc < 2) {
		fprintf(stderr, "usage: bench_visits DATA_DIR [check]\n");
		return 2;
	}
	know = knowledge_load(&(struct knowledge_spec){ .data_dir = argv[1] }, &err);
	if (!know) {
		fprintf(stderr, "bench_visits: %s\n", err.text);
		return 1;
	}
	for (size_t i = 0; i < sizeof(clients) / sizeof(*clients); i++) {
		struct bench few, many;
		double t_few = run(&know->know, clients[i], FEW, &few),
		       t_many = run(&know->know, clients[i], MANY, &many);
		double each = (t_many - t_few) / (many.n_bursts - few.n_bursts);
		double flow = (t_few - each * few.n_bursts) / few.n_flows;

		printf("%3u clients, %u flows and %u visits each: %.2f us a flow, %.2f us a burst\n",
		       clients[i], few.n_flows / clients[i], few.n_visits / clients[i], flow, each);
		is_over = is_over || flow > FLOW_BAR_US || each > BURST_BAR_US;
	}
	knowledge_free(know);
	return is_over && argc > 2 && strcmp(argv[2], "check") == 0;
}
