#include "recording.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/decode.h"

enum { FLOWS = 256, WAITING = 600, KEYS_TEXT_MAX = 1 << 16 };

struct waiting {
	uint32_t seq;
	size_t len;
	uint8_t data[1 << 16];
};

struct direction {
	bool has_next;
	uint32_t next;
	unsigned n_waiting, since;
	struct waiting *waiting[WAITING];
};

struct flow {
	struct segment first;
	struct decrypt_conn *conn;
	bool is_done;
	struct direction direction[WAY_COUNT];
};

struct player {
	struct decrypt *decrypt;
	struct flow flows[FLOWS];
	size_t n_flows;
};

static void give(struct player *p, struct flow *f, enum way w, struct bytes data, struct when at)
{
	if (f->is_done)
		return;
	if (!f->conn) {
		bool is_tls = data.len > 1 && data.at[0] >= 20 && data.at[0] <= 23 && data.at[1] == 3;
		f->conn =
		    decrypt_conn_new(p->decrypt, &(struct decrypt_flow){ .id = (uint64_t)(f - p->flows) + 1 },
				     is_tls ? DECRYPT_TLS : DECRYPT_HTTP1, false);
	}
	decrypt_conn_data(f->conn, w, data, at);
	f->is_done = decrypt_conn_is_done(f->conn);
}

/* What can be given of what waits; force: the first hole is lost. */
static void drain(struct player *p, struct flow *f, enum way w, bool force, struct when at)
{
	struct direction *d = &f->direction[w];
	for (;;) {
		unsigned first = 0;
		for (unsigned i = 1; i < d->n_waiting; i++) {
			if ((int32_t)(d->waiting[i]->seq - d->waiting[first]->seq) < 0)
				first = i;
		}
		if (!d->n_waiting)
			return;
		struct waiting *g = d->waiting[first];
		int32_t ahead = (int32_t)(g->seq - d->next);
		if (ahead > 0) {
			if (!force)
				return;
			force = false;
			if (f->conn && !f->is_done)
				decrypt_conn_gap(f->conn, w, (uint64_t)ahead, at);
			d->next = g->seq;
		}
		uint32_t known = d->next - g->seq;
		d->waiting[first] = d->waiting[--d->n_waiting];
		if (known < g->len) {
			d->next += (uint32_t)g->len - known;
			give(p, f, w, (struct bytes){ g->data + known, g->len - known }, at);
		}
		free(g);
	}
}

static void tcp(struct player *p, struct flow *f, enum way w, const struct segment *s, struct when at)
{
	struct direction *d = &f->direction[w];
	if (!d->has_next) {
		d->has_next = true;
		d->next = s->tcp_seq + (s->tcp_flags & TCP_SYN ? 1 : 0);
	}
	if (s->payload.len && (int32_t)(s->tcp_seq + s->payload.len - d->next) > 0) {
		struct waiting *g = malloc(sizeof(*g));
		assert(g && d->n_waiting < WAITING && s->payload.len <= sizeof(g->data));
		g->seq = s->tcp_seq;
		g->len = s->payload.len;
		memcpy(g->data, s->payload.at, g->len);
		d->waiting[d->n_waiting++] = g;
		drain(p, f, w, d->n_waiting > 64, at);
	}
	if ((s->tcp_flags & TCP_FIN) && f->conn && !d->n_waiting)
		decrypt_conn_end(f->conn, w, at);
}

static struct flow *find(struct player *p, const struct segment *s, enum way *ret_way)
{
	for (size_t i = 0; i < p->n_flows; i++) {
		const struct segment *g = &p->flows[i].first;
		if (s->ip_proto != g->ip_proto)
			continue;
		if (s->src_port == g->src_port && s->dst_port == g->dst_port) {
			*ret_way = WAY_UP;
			return &p->flows[i];
		}
		if (s->src_port == g->dst_port && s->dst_port == g->src_port) {
			*ret_way = WAY_DOWN;
			return &p->flows[i];
		}
	}
	assert(p->n_flows < FLOWS);
	p->flows[p->n_flows].first = *s;
	*ret_way = WAY_UP;
	return &p->flows[p->n_flows++];
}

static char *read_text(const char *path)
{
	char *text = calloc(1, KEYS_TEXT_MAX);
	FILE *f = fopen(path, "r");
	if (!f || !text) {
		perror(path);
		exit(1);
	}
	size_t n = fread(text, 1, KEYS_TEXT_MAX - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static void finish(struct player *p)
{
	struct when at = { 0 };
	for (size_t i = 0; i < p->n_flows; i++) {
		for (int w = 0; w < WAY_COUNT; w++) {
			while (p->flows[i].direction[w].n_waiting)
				drain(p, &p->flows[i], (enum way)w, true, at);
		}
		decrypt_conn_free(p->flows[i].conn);
		if (p->flows[i].first.ip_proto == IPPROTO_UDP)
			decrypt_datagram_end(p->decrypt, i + 1);
	}
}

static void play_packet(struct player *p, const struct recording_spec *spec, struct packet *packet)
{
	struct segment s;
	enum way w;
	unsigned n = (unsigned)packet->number;
	if (n == spec->lost || (n > 30 && (n * 2654435761U) % 1000 < spec->dropped_per_mille))
		return;
	if (decode(packet, NULL, &s) != DECODE_OK)
		return;
	if (s.ip_proto == IPPROTO_UDP && spec->moved_after && n > spec->moved_after) {
		uint16_t *port = s.src_port > s.dst_port ? &s.src_port : &s.dst_port; /* the client's */
		*port ^= 1;
	}
	struct flow *f = find(p, &s, &w);
	struct when at = { s.ts_ns, n };
	if (s.ip_proto == IPPROTO_TCP)
		tcp(p, f, w, &s, at);
	else if (s.ip_proto == IPPROTO_UDP)
		decrypt_datagram(p->decrypt, &(struct decrypt_flow){ .id = (uint64_t)(f - p->flows) + 1 }, w,
				 s.payload, at);
	decrypt_tick(p->decrypt, s.ts_ns);
}

struct decrypt_counts recording_play(const struct recording_spec *spec, const struct request_sink *sink)
{
	struct keylog *keys = keylog_new(1000);
	struct player *p = calloc(1, sizeof(*p));
	char *text = spec->keys ? read_text(spec->keys) : calloc(1, 1);
	FILE *f = fopen(spec->pcap, "rb");
	if (!keys || !p || !text || !f) {
		perror(spec->pcap);
		exit(1);
	}
	if (spec->change_keys)
		spec->change_keys(text);
	struct bytes lines = { (const uint8_t *)text, strlen(text) };
	if (!spec->keys_after)
		keylog_add(keys, lines);
	p->decrypt = decrypt_new(&(struct decrypt_spec){
	    .keys = keys, .is_live = spec->is_live, .limits = DECRYPT_LIMITS_DEFAULT, .sink = *sink });
	assert(p->decrypt);
	uint32_t head[6], record[4];
	static uint8_t frame[1 << 17];
	assert(fread(head, sizeof(head), 1, f) == 1 && (head[0] == 0xa1b2c3d4 || head[0] == 0xa1b23c4d));
	struct packet packet = { .linktype = (uint16_t)head[5] };
	while (fread(record, sizeof(record), 1, f) == 1 && record[2] <= sizeof(frame) &&
	       fread(frame, 1, record[2], f) == record[2]) {
		packet.number++;
		packet.frame = (struct bytes){ frame, record[2] };
		packet.wire_len = record[3];
		packet.ts_ns =
		    record[0] * INT64_C(1000000000) + record[1] * (head[0] == 0xa1b2c3d4 ? 1000LL : 1LL);
		if (spec->keys_after && packet.number == spec->keys_after)
			keylog_add(keys, lines);
		play_packet(p, spec, &packet);
	}
	fclose(f);
	finish(p);
	struct decrypt_counts counts = *decrypt_counts(p->decrypt);
	decrypt_free(p->decrypt);
	keylog_free(keys);
	free(text);
	free(p);
	return counts;
}
