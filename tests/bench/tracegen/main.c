#include "tracegen.h"

#include <getopt.h>

#define FLOWS_OF_VISIT 22 /* on average */

struct options opt = { .clients = 500,
		       .visits = 1000000,
		       .packets = 100000,
		       .seed = 1,
		       .dns = .85,
		       .visit_rate = .02,
		       .out = "out.pcap" };

static int64_t step_noise(struct flow *f)
{
	int n = 20 + below(200);
	udp(f, f->qn & 1, noise(), n);
	return --f->qn > 0 ? ms(exponential(50)) : -1;
}

static int64_t step(struct flow *f)
{
	int64_t gap = ms(.012) + (int64_t)(exponential(.03) * 1e6);
	switch (f->kind) {
	case K_DNS:
		return step_dns(f);
	case K_NOISE:
		return step_noise(f);
	case K_QUIC:
		return step_quic(f, gap);
	default:
		return step_tcp(f, gap);
	}
}

static void flood(void)
{
	struct flow f = { .has_ts = 1, .client = 1 };
	for (uint64_t i = 0; i < opt.packets; i++) {
		uint32_t a = (uint32_t)i * 2654435761u + (uint32_t)opt.seed;
		a ^= a >> 15;
		a *= 0x2c1b3c6du;
		a ^= a >> 12;
		f.id = i;
		p32(f.src, a);
		p32(f.dst, 0xc6336400u | (a & 15));
		f.sp = 1024 + below(64000);
		f.dp = below(2) ? 443 : 80;
		f.sq = random_u64();
		f.tsv = random_u64();
		f.ipid = random_u64();
		now += 2000;
		tcp(&f, 0, SYN, 0, 0, 0);
	}
}

static void start_visit(int visit, int64_t t)
{
	int c = below(opt.clients), site = (int)pow(N_SITES, uniform()) - 1;
	site = site < 0 ? 0 : site >= N_SITES ? N_SITES - 1 : site;
	int n = 1 + (int)exponential(FLOWS_OF_VISIT - 1);
	if (n > 120)
		n = 120;
	for (int i = 0; i < n; i++) {
		struct host *h;
		if (i == 0)
			h = &hosts[n_trackers + site * 8];
		else if (below(100) < 35)
			h = &hosts[n_trackers + site * 8 + below(8)];
		else
			h = &hosts[(int)pow(n_trackers, uniform()) - 1];
		start_conn(c, h, visit, t);
		t += i ? ms(exponential(120)) : ms(60 + exponential(100));
	}
}

static void browse(void)
{
	int64_t t0 = now;
	int v = 0;
	double nextv = exponential(1 / (opt.visit_rate * opt.clients));
	while (packets_out < opt.packets) {
		int64_t nv = v < opt.visits && !(opt.flows && n_flows >= opt.flows)
				 ? t0 + (int64_t)(nextv * 1e9)
				 : INT64_MAX;
		if (!queue_len() && nv == INT64_MAX)
			break;
		if (nv <= queue_next()) {
			start_visit(v++, nv);
			nextv += exponential(1 / (opt.visit_rate * opt.clients));
			continue;
		}
		struct flow *f = queue_pop();
		now = f->t;
		int64_t d = step(f);
		if (d < 0)
			flow_end(f);
		else
			queue_push(f, now + d);
	}
	uint32_t open = queue_len();
	while (queue_len()) {
		struct flow *f = queue_pop();
		if (f->pk)
			truth(f);
	}
	fprintf(stderr, "flows %u (connections %u dns %u) visits %d open at end %u span %.1f s\n", n_flows,
		n_conns, n_dns, v, open, (now - t0) / 1e9);
}

static int read_options(int ac, char **av)
{
	static struct option lo[] = {
		{ "dns", 1, 0, 1 }, { "visit-rate", 1, 0, 2 }, { "max-flows", 1, 0, 3 }, { 0 }
	};
	int o;
	while ((o = getopt_long(ac, av, "c:v:p:s:f:o:t:P:", lo, 0)) != -1)
		switch (o) {
		case 'c':
			opt.clients = atoi(optarg);
			break;
		case 'v':
			opt.visits = atoi(optarg);
			break;
		case 'p':
			opt.packets = strtoull(optarg, 0, 10);
			break;
		case 's':
			opt.seed = strtoull(optarg, 0, 10);
			break;
		case 'f':
			opt.format = !strcmp(optarg, "pcapng") ? 1 : !strcmp(optarg, "pcapns") ? 2 : 0;
			break;
		case 'o':
			opt.out = optarg;
			break;
		case 't':
			opt.truth = optarg;
			break;
		case 'P':
			opt.is_tiny = !strcmp(optarg, "tiny");
			opt.is_flood = !strcmp(optarg, "synflood");
			break;
		case 1:
			opt.dns = atof(optarg);
			break;
		case 2:
			opt.visit_rate = atof(optarg);
			break;
		case 3:
			opt.flows = strtoull(optarg, 0, 10);
			break;
		default:
			return 2;
		}
	return 0;
}

int main(int ac, char **av)
{
	if (read_options(ac, av) != 0)
		return 2;
	random_begin(opt.seed);
	hosts_make();
	writer_open();
	flows_begin();
	now = 1750000000LL * 1000000000LL;
	if (opt.is_flood)
		flood();
	else
		browse();
	writer_flush();
	flows_close();
	fprintf(stderr, "packets %llu wire bytes %llu\n", (unsigned long long)packets_out,
		(unsigned long long)bytes_out);
	return 0;
}
