#include "tracegen.h"

/* Shares of connections, and the size of what they carry. */
static const double v6p = .35, quicp = .2, httpp = .04, noisep = .02, med = 10000, sigma = 2.146;

struct event {
	int64_t t;
	struct flow *f;
};

static struct event *heap;
static int heap_len, heap_cap;
void queue_push(struct flow *f, int64_t t)
{
	f->t = t;
	if (heap_len == heap_cap) {
		heap_cap = heap_cap ? heap_cap * 2 : 4096;
		heap = realloc(heap, heap_cap * sizeof *heap);
	}
	int i = heap_len++;
	while (i && heap[(i - 1) / 2].t > t) {
		heap[i] = heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	heap[i].t = t;
	heap[i].f = f;
}

int queue_len(void)
{
	return heap_len;
}

int64_t queue_next(void)
{
	return heap_len ? heap[0].t : INT64_MAX;
}

struct flow *queue_pop(void)
{
	struct flow *r = heap[0].f;
	struct event l = heap[--heap_len];
	int i = 0;
	for (;;) {
		int c = 2 * i + 1;
		if (c >= heap_len)
			break;
		if (c + 1 < heap_len && heap[c + 1].t < heap[c].t)
			c++;
		if (heap[c].t >= l.t)
			break;
		heap[i] = heap[c];
		i = c;
	}
	if (heap_len)
		heap[i] = l;
	return r;
}

static FILE *truth_file;
uint32_t n_flows, n_conns, n_dns;
static uint16_t *next_port;

static void addr(struct flow *f, int dns)
{
	int c = f->client;
	if (f->v6) {
		static const uint8_t pfx[8] = { 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0 };
		memset(f->src, 0, 16);
		memcpy(f->src, pfx, 6);
		p32(f->src + 4 + 2, (uint32_t)c);
		uint64_t z = hash_text("c", c);
		memcpy(f->src + 10, &z, 6);
		if (dns) {
			memset(f->dst, 0, 16);
			memcpy(f->dst, "\x20\x01\x0d\xb8\xff\xff", 6);
			f->dst[15] = 0x53;
		} else
			memcpy(f->dst, f->h->ip6[below(2)], 16);
	} else {
		p32(f->src, 0x0a010000u + (uint32_t)c + ((uint32_t)c / 250) * 6 + 2);
		if (dns)
			p32(f->dst, 0x0a000035);
		else
			p32(f->dst, f->h->ip4[below(f->h->nip)]);
	}
	uint16_t *cp = &next_port[c];
	if (*cp < 32768)
		*cp = 32768 + hash_text("p", c) % 28000;
	f->sp = (*cp)++;
	if (*cp == 0)
		*cp = 32768;
	f->ipid = random_u64();
}

static struct flow *flow_new(int kind, int client, struct host *h, int visit)
{
	struct flow *f = calloc(1, sizeof *f);
	f->kind = kind;
	f->client = client;
	f->h = h;
	f->visit = visit;
	f->id = ++n_flows;
	f->rtt = (int64_t)((4 + exponential(30)) * 1e6);
	return f;
}

void truth(struct flow *f)
{
	if (!truth_file)
		return;
	static const char *kn[] = { "tls", "quic", "http", "dns", "noise" };
	char s[64], d[64];
	if (f->v6) {
		char *q;
		for (int w = 0; w < 2; w++) {
			q = w ? d : s;
			const uint8_t *a = w ? f->dst : f->src;
			sprintf(q, "%x:%x:%x:%x:%x:%x:%x:%x", a[0] << 8 | a[1], a[2] << 8 | a[3],
				a[4] << 8 | a[5], a[6] << 8 | a[7], a[8] << 8 | a[9], a[10] << 8 | a[11],
				a[12] << 8 | a[13], a[14] << 8 | a[15]);
		}
	} else {
		sprintf(s, "%u.%u.%u.%u", f->src[0], f->src[1], f->src[2], f->src[3]);
		sprintf(d, "%u.%u.%u.%u", f->dst[0], f->dst[1], f->dst[2], f->dst[3]);
	}
	fprintf(truth_file, "%u\t%s\t%s\t%u\t%s\t%u\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%llu\t%llu\t%d\t%d\n", f->id,
		kn[f->kind], s, f->sp, d, f->dp, f->h && f->kind != K_NOISE ? f->h->n : "-", f->is_name_out,
		f->split, f->sni2, f->chaos, f->pq, f->t12, (unsigned long long)f->pk,
		(unsigned long long)f->by, f->visit, f->swap);
}

void flow_end(struct flow *f)
{
	truth(f);
	free(f->ch);
	free(f->sf);
	free(f->q[0]);
	free(f->q[1]);
	free(f->qs);
	free(f);
}

int64_t ms(double x)
{
	return (int64_t)(x * 1e6);
}

static int64_t size_of_flow(void)
{
	double v = opt.is_tiny ? exp(log(500) + normal() * 0.6) : exp(log(med) + normal() * sigma);
	if (v < 60)
		v = 60;
	if (v > 2e8)
		v = 2e8;
	return (int64_t)v;
}

void start_conn(int client, struct host *h, int visit, int64_t t)
{
	double u = uniform();
	int kind = K_TLS;
	if (u < noisep)
		kind = K_NOISE;
	else if (u < noisep + httpp)
		kind = K_HTTP;
	else if (u < noisep + httpp + quicp)
		kind = K_QUIC;
	if (kind != K_NOISE && uniform() < opt.dns) {
		int types[3] = { 1, 28, 65 };
		int n = 2 + (!opt.is_tiny && (below(2)));
		for (int i = 0; i < n; i++) {
			struct flow *d = flow_new(K_DNS, client, h, visit);
			d->v6 = uniform() < .2;
			d->dp = 53;
			d->qt = types[i];
			addr(d, 1);
			d->rtt = (int64_t)(2e6 + exponential(12e6));
			queue_push(d, t + i * ms(.08));
			n_dns++;
		}
		t += ms(18 + exponential(8));
	}
	struct flow *f = flow_new(kind, client, h, visit);
	n_conns++;
	f->v6 = (uniform() < v6p / 0.65) && h->v6;
	f->dp = kind == K_HTTP ? 80 : 443;
	f->has_ts = (hash_text("os", client) & 1);
	f->sq = random_u64();
	f->rq = random_u64();
	f->tsv = random_u64();
	f->mss = (f->v6 ? 1440 : 1460) - (f->has_ts ? 12 : 0);
	int64_t sz = size_of_flow();
	f->is_uplink = (below(100) < 8);
	if (f->is_uplink) {
		f->up = sz;
		f->down = 300 + below(2000);
	} else {
		f->down = sz;
		f->up = opt.is_tiny ? 200 + below(300) : 350 + below(1200) + sz / 60;
	}
	f->idle = opt.is_tiny ? ms(1 + exponential(20))
			      : (below(3) ? ms(exponential(8000)) : ms(30000 + exponential(30000)));
	f->rst = below(100) < 12;
	if (kind == K_NOISE) {
		f->dp = (uint16_t[]){ 123, 3478, 5353, 6881, 27015, 50000 }[below(6)];
		f->qn = opt.is_tiny ? 2 : 2 + below(40);
	}
	addr(f, 0);
	queue_push(f, t);
}

void flows_begin(void)
{
	next_port = calloc(opt.clients + 1, 2);
	truth_file = opt.truth ? fopen(opt.truth, "w") : NULL;
	if (!truth_file)
		return;
	setvbuf(truth_file, 0, _IOFBF, 1 << 20);
	fputs("id\tkind\tsrc\tsport\tdst\tdport\tname\tname_emitted\tsplit\tsni_in_"
	      "2nd\tchaos\tpq\ttls12\tpackets\tbytes\tvisit\tswapped\n",
	      truth_file);
}

void flows_close(void)
{
	if (truth_file)
		fclose(truth_file);
}
