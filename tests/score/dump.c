/* Writes what the packet path tells the visits, as event lines (lib/events.h): track/visit is replaced by a
 * printer.
 *
 *   dump [--home NET]... DATA_DIR CAPTURE
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/source.h"
#include "know/load.h"
#include "run/shard.h"

#define HOME_MAX 8
#define BATCH 256

struct visits {
	struct visits_spec spec;
};

struct visits *visits_new(const struct visits_spec *spec)
{
	struct visits *v = calloc(1, sizeof(*v));

	if (v)
		v->spec = *spec;
	return v;
}

void visits_free(struct visits *v)
{
	free(v);
}

static const char *or_none(const char *s)
{
	return *s ? s : "-";
}

void visits_flow(struct visits *v, const struct named_flow *named)
{
	const struct flow_info *f = &named->info;
	static const char *const named_by[] = { "-", "request", "sni", "quic", "http", "dns" };
	const char *app = f->app == APP_QUIC   ? "quic"
			  : f->app == APP_HTTP ? "http"
			  : f->app == APP_TLS  ? "tls"
					       : "other";
	char client[ADDR_TEXT_MAX], server[ADDR_TEXT_MAX], mac[18] = "-", tsval[12] = "-";

	(void)v;
	if (f->has_mac)
		snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", f->client_mac[0],
			 f->client_mac[1], f->client_mac[2], f->client_mac[3], f->client_mac[4],
			 f->client_mac[5]);
	if (f->has_tsval)
		snprintf(tsval, sizeof(tsval), "%u", f->tcp_tsval);
	printf("flow %" PRIu64 " %s %u %s %u %u %u %u %s %s %" PRId64 " %" PRId64
	       " %s %s %u %d %s %s %d %s %d %d %.3f %d\n",
	       f->id, addr_text(&f->client, client), f->client_port, addr_text(&f->server, server),
	       f->server_port, f->proto, f->ttl, f->ip_id, f->has_mac && f->is_mac_shared ? "-" : mac, tsval,
	       f->start_ns, f->hello_ns, or_none(named->host.text), named_by[f->named_by], f->ja4_class,
	       f->has_psk, or_none(f->alpn), app, f->is_complete, or_none(named->operator_host.text),
	       (int)f->ech, (int)f->unnamed, (double)f->name_conf, f->user_agent != 0);
}

void visits_burst_begin(struct visits *v, uint64_t flow, int64_t ts_ns, uint64_t ordinal, uint64_t frame)
{
	(void)v;
	(void)frame;
	printf("begin %" PRIu64 " %" PRId64 " %" PRIu64 "\n", flow, ts_ns, ordinal);
}

void visits_burst_end(struct visits *v, const struct burst *b)
{
	(void)v;
	printf("burst %" PRIu64 " %" PRId64 " %" PRId64 " %" PRIu64 " %" PRIu64 " %u %" PRIu64, b->flow,
	       b->start_ns, b->end_ns, b->up, b->down, b->up_payload, b->first_ordinal);
	for (uint32_t i = 0; i < b->n_heard; i++)
		printf("%c%u-%u", i ? ',' : ' ', b->heard[i].from_us, b->heard[i].to_us);
	printf("%s %u\n", b->n_heard ? "" : " -", b->first_asked);
}

void visits_flow_end(struct visits *v, const struct flow_totals *t)
{
	(void)v;
	printf("end %" PRIu64 " %" PRId64 " %" PRIu64 " %" PRIu64 " %u %u\n", t->flow, t->end_ns, t->up,
	       t->down, t->packets_up, t->packets_down);
}

void visits_dns(struct visits *v, const struct dns_event *e)
{
	char client[ADDR_TEXT_MAX];

	(void)v;
	printf("dns %s %" PRId64 " %d %u %s %u\n", addr_text(&e->client, client), e->ts_ns, e->is_response,
	       e->qtype, or_none(e->name.text), e->ttl_s);
}

/* Clear and decrypted requests are not written: the lines show what can be seen without them. */
void visits_request(struct visits *v, const struct request *r, void *attachment)
{
	(void)r;
	if (attachment && v->spec.drop_attachment)
		v->spec.drop_attachment(v->spec.ctx, attachment);
}

void visits_response(struct visits *v, const struct response *r)
{
	(void)v;
	(void)r;
}

bool visits_is_full(const struct visits *v)
{
	(void)v;
	return false;
}

void visits_tick(struct visits *v, int64_t now_ns)
{
	(void)v;
	printf("tick %" PRId64 "\n", now_ns);
}

void visits_set_back(struct visits *v, int64_t now_ns)
{
	(void)v;
	(void)now_ns;
}

void visits_finish(struct visits *v)
{
	(void)v;
}

void visits_counts(const struct visits *v, struct visits_counts *ret_counts)
{
	(void)v;
	memset(ret_counts, 0, sizeof(*ret_counts));
}

void visits_memory(const struct visits *v, struct visits_memory *ret_memory)
{
	(void)v;
	*ret_memory = (struct visits_memory){ 0 };
}

static int dump(struct shard *s, const char *path, struct err *err)
{
	struct source *in = source_open(&(struct source_spec){ .paths = &path, .n_paths = 1 }, err);
	static struct packet packets[BATCH];
	int64_t next_ns = 0;
	size_t n;

	if (!in)
		return 1;
	while ((n = source_next(in, packets, BATCH)) > 0) {
		shard_packets(s, packets, n);
		if (packets[n - 1].ts_ns < next_ns)
			continue;
		shard_tick(s, packets[n - 1].ts_ns, false);
		next_ns = packets[n - 1].ts_ns + 1000000000;
	}
	shard_finish(s);
	source_close(in);
	return 0;
}

int main(int argc, char **argv)
{
	struct net home[HOME_MAX];
	struct shard_spec spec = { .home = home,
				   .flows_max = 1 << 18,
				   .cold_max = 1 << 16,
				   .clients_max = 1 << 12,
				   .client_flows_max = 1 << 16,
				   .dns_max = 1 << 16,
				   .fragments_max = 256 };
	struct err err = { "out of memory" };
	struct loaded *loaded;
	struct shard *s = NULL;
	int i, rc = 1;

	for (i = 1; i + 1 < argc && strcmp(argv[i], "--home") == 0; i += 2)
		if (spec.n_home < HOME_MAX && net_parse(argv[i + 1], &home[spec.n_home]))
			spec.n_home++;
	if (i + 2 != argc) {
		fprintf(stderr, "usage: dump [--home NET]... DATA_DIR CAPTURE\n");
		return 2;
	}
	loaded = knowledge_load(&(struct knowledge_spec){ .data_dir = argv[i] }, &err);
	if (loaded) {
		spec.know = &loaded->know;
		s = shard_new(&spec);
	}
	if (s)
		rc = dump(s, argv[i + 1], &err);
	if (rc != 0)
		fprintf(stderr, "dump: %s\n", err.text);
	shard_free(s);
	knowledge_free(loaded);
	return rc;
}
