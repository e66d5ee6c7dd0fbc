#include "events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool host_of(const char *text, struct hostname *ret)
{
	if (strcmp(text, "-") == 0)
		return false;
	return hostname_parse((struct bytes){ (const uint8_t *)text, strlen(text) }, ret);
}

static enum named_by named_by(const char *text)
{
	static const char *const words[] = { "-", "request", "sni", "quic", "http", "dns" };

	for (unsigned i = 0; i < 6; i++)
		if (strcmp(text, words[i]) == 0)
			return (enum named_by)i;
	return NAMED_NONE;
}

static bool flow_line(struct visits *v, char **w, int n)
{
	struct named_flow named = { .host = { 0 } };
	struct flow_info f = { .input = 0 };
	unsigned m[6];

	f.id = f.first_frame = strtoull(w[1], NULL, 10);
	if (!addr_parse(w[2], &f.client) || !addr_parse(w[4], &f.server))
		return false;
	f.client_port = (uint16_t)atoi(w[3]);
	f.server_port = (uint16_t)atoi(w[5]);
	f.proto = (uint8_t)atoi(w[6]);
	f.ttl = (uint8_t)atoi(w[7]);
	f.ip_id = (uint16_t)atoi(w[8]);
	if (sscanf(w[9], "%x:%x:%x:%x:%x:%x", &m[0], &m[1], &m[2], &m[3], &m[4], &m[5]) == 6) {
		f.has_mac = true;
		for (int i = 0; i < 6; i++)
			f.client_mac[i] = (uint8_t)m[i];
	}
	f.has_tsval = strcmp(w[10], "-") != 0;
	f.tcp_tsval = (uint32_t)strtoul(w[10], NULL, 10);
	f.start_ns = strtoll(w[11], NULL, 10);
	f.hello_ns = strtoll(w[12], NULL, 10);
	f.named_by = host_of(w[13], &named.host) ? named_by(w[14]) : NAMED_NONE;
	f.unnamed = named.host.len ? UNNAMED_NOT : UNNAMED_NO_SNI;
	f.name_conf = f.named_by == NAMED_DNS ? 0.8f : 1.0f;
	f.ja4_class = (uint32_t)strtoul(w[15], NULL, 10);
	f.has_psk = w[16][0] == '1';
	snprintf(f.alpn, sizeof(f.alpn), "%s", w[17]);
	f.app = strcmp(w[18], "quic") == 0 ? APP_QUIC : strcmp(w[18], "http") == 0 ? APP_HTTP : APP_TLS;
	f.is_complete = w[19][0] == '1';
	host_of(w[20], &named.operator_host);
	f.ech = (enum ech)atoi(w[21]);
	if (n == 25) {
		f.unnamed = (enum unnamed)atoi(w[22]);
		f.name_conf = strtof(w[23], NULL);
		f.user_agent = strtoull(w[24], NULL, 10);
	}
	named.info = f;
	visits_flow(v, &named);
	return true;
}

static bool burst_line(struct visits *v, char **w)
{
	struct burst b = { .flow = strtoull(w[1], NULL, 10) };

	b.start_ns = strtoll(w[2], NULL, 10);
	b.end_ns = strtoll(w[3], NULL, 10);
	b.up = strtoull(w[4], NULL, 10);
	b.down = strtoull(w[5], NULL, 10);
	b.up_payload = (uint32_t)strtoul(w[6], NULL, 10);
	b.first_ordinal = b.first_frame = strtoull(w[7], NULL, 10);
	for (char *p = w[8]; p && *p && *p != '-' && b.n_heard < BURST_HEARD_MAX; p += *p == ',') {
		struct heard *h = &b.heard[b.n_heard++];

		h->from_us = (uint32_t)strtoul(p, &p, 10);
		h->to_us = *p == '-' ? (uint32_t)strtoul(p + 1, &p, 10) : h->from_us;
	}
	b.first_asked = w[8] && w[9] ? (uint32_t)strtoul(w[9], NULL, 10) : 0;
	visits_burst_end(v, &b);
	return true;
}

static bool dns_line(struct visits *v, char **w)
{
	struct dns_event e = { .ts_ns = strtoll(w[2], NULL, 10), .is_response = w[3][0] == '1' };

	if (!addr_parse(w[1], &e.client) || !host_of(w[5], &e.name))
		return false;
	e.qtype = (uint16_t)atoi(w[4]);
	e.ttl_s = (uint32_t)strtoul(w[6], NULL, 10);
	visits_dns(v, &e);
	return true;
}

bool events_line(struct visits *v, char *line)
{
	char *w[26] = { NULL }, *save = NULL;
	int n = 0;

	for (char *p = strtok_r(line, " \n", &save); p && n < 26; p = strtok_r(NULL, " \n", &save))
		w[n++] = p;
	if ((n == 22 || n == 25) && strcmp(w[0], "flow") == 0)
		return flow_line(v, w, n);
	if (n == 4 && strcmp(w[0], "begin") == 0) {
		uint64_t ordinal = strtoull(w[3], NULL, 10);
		visits_burst_begin(v, strtoull(w[1], NULL, 10), strtoll(w[2], NULL, 10), ordinal, ordinal);
		return true;
	}
	if (n >= 8 && n <= 10 && strcmp(w[0], "burst") == 0)
		return burst_line(v, w);
	if (n == 7 && strcmp(w[0], "dns") == 0)
		return dns_line(v, w);
	if (n == 7 && strcmp(w[0], "end") == 0) {
		struct flow_totals t = { .flow = strtoull(w[1], NULL, 10),
					 .end_ns = strtoll(w[2], NULL, 10),
					 .up = strtoull(w[3], NULL, 10),
					 .down = strtoull(w[4], NULL, 10),
					 .packets_up = (uint32_t)strtoul(w[5], NULL, 10),
					 .packets_down = (uint32_t)strtoul(w[6], NULL, 10) };
		visits_flow_end(v, &t);
		return true;
	}
	if (n == 2 && strcmp(w[0], "tick") == 0) {
		visits_tick(v, strtoll(w[1], NULL, 10));
		return true;
	}
	return false;
}
