#include "run/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/text.h"

enum { COMPANIES_MAX = 200, CONNECTIONS_MAX = 8, TIMEOUT_S = 10 };

struct company {
	char name[64];
	uint64_t up, down, visits;
};

struct metrics {
	int fd;
	struct MHD_Daemon *daemon; /* NULL until it is started */
	pthread_mutex_t lock;      /* of what follows but path */
	struct text text;
	struct company companies[COMPANIES_MAX + 1]; /* the last one is "other" */
	size_t n_companies;
	char path[108]; /* of the unix socket, removed at the end; "" */
};

static enum MHD_Result answer(void *ctx, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *upload,
			      size_t *upload_size, void **state)
{
	(void)version, (void)upload, (void)upload_size, (void)state;
	struct metrics *m = ctx;
	bool is_get = strcmp(method, "GET") == 0;
	bool is_page = strcmp(url, "/metrics") == 0;
	struct MHD_Response *r;
	pthread_mutex_lock(&m->lock);
	if (is_get && is_page)
		r = MHD_create_response_from_buffer(m->text.len, m->text.at, MHD_RESPMEM_MUST_COPY);
	else
		r = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	pthread_mutex_unlock(&m->lock);
	if (!r)
		return MHD_NO;
	MHD_add_response_header(r, "Content-Type", "text/plain; version=0.0.4; charset=utf-8");
	enum MHD_Result result = MHD_queue_response(connection, !is_page ? 404 : !is_get ? 405 : 200, r);
	MHD_destroy_response(r);
	return result;
}

static int listen_unix(const char *path, struct err *err)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(a.sun_path))
		return err_set(err, "'%s' is too long for a socket", path) - 1;
	memcpy(a.sun_path, path, strlen(path) + 1);
	struct stat st;
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(path); /* left by a run that was killed */
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	mode_t mask = umask(077);
	bool ok =
	    fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(fd, CONNECTIONS_MAX) == 0;
	umask(mask);
	if (ok)
		return fd;
	err_set(err, "cannot listen on '%s': %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* HOST:PORT with a loopback address: what passes here is nobody else's business. */
static int listen_loopback(const char *address, struct err *err)
{
	char host[ADDR_TEXT_MAX + 2];
	const char *colon = strrchr(address, ':');
	struct addr ip;
	char *end = NULL;
	unsigned long port = colon ? strtoul(colon + 1, &end, 10) : 0;
	if (!colon || (size_t)(colon - address) >= sizeof(host) || *end || port == 0 || port > 65535)
		return err_set(err, "--metrics takes unix:PATH or 127.0.0.1:PORT, not '%s'", address) - 1;
	bool has_brackets = address[0] == '[' && colon[-1] == ']';
	size_t len = (size_t)(colon - address) - (has_brackets ? 2 : 0);
	memcpy(host, address + has_brackets, len);
	host[len] = '\0';
	static const uint8_t v4_loopback = 127, v6_loopback[16] = { [15] = 1 };
	if (!addr_parse(host, &ip) ||
	    !(addr_is_v4(&ip) ? ip.b[12] == v4_loopback : memcmp(ip.b, v6_loopback, 16) == 0))
		return err_set(err, "--metrics takes addresses of this machine only, not '%s'", host) - 1;

	struct sockaddr_in a4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
	memcpy(&a4.sin_addr, ip.b + 12, 4);
	memcpy(&a6.sin6_addr, ip.b, 16);
	bool is_v4 = addr_is_v4(&ip);
	int fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd >= 0 &&
	    bind(fd, is_v4 ? (struct sockaddr *)&a4 : (struct sockaddr *)&a6,
		 is_v4 ? sizeof(a4) : sizeof(a6)) == 0 &&
	    listen(fd, CONNECTIONS_MAX) == 0)
		return fd;
	err_set(err, "cannot listen on '%s': %s", address, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

struct metrics *metrics_open(const char *address, struct err *err)
{
	struct metrics *m = calloc(1, sizeof(*m));
	if (!m) {
		err_set(err, "out of memory");
		return NULL;
	}
	pthread_mutex_init(&m->lock, NULL);
	text_adds(&m->text, "");
	bool is_unix = strncmp(address, "unix:", 5) == 0;
	m->fd = is_unix ? listen_unix(address + 5, err) : listen_loopback(address, err);
	if (m->fd < 0) {
		metrics_close(m);
		return NULL;
	}
	if (is_unix)
		snprintf(m->path, sizeof(m->path), "%s", address + 5);
	return m;
}

bool metrics_start(struct metrics *m, struct err *err)
{
	m->daemon =
	    MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL, NULL, answer, m,
			     MHD_OPTION_LISTEN_SOCKET, m->fd, MHD_OPTION_CONNECTION_LIMIT,
			     (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S,
			     MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)16384, MHD_OPTION_END);
	return m->daemon || err_set(err, "cannot serve metrics");
}

void metrics_close(struct metrics *m)
{
	if (!m)
		return;
	if (m->daemon)
		MHD_stop_daemon(m->daemon); /* closes the socket */
	else if (m->fd >= 0)
		close(m->fd);
	if (m->path[0])
		unlink(m->path);
	pthread_mutex_destroy(&m->lock);
	text_fini(&m->text);
	free(m);
}

static struct company *company(struct metrics *m, const char *name)
{
	for (size_t i = 0; i < m->n_companies; i++)
		if (strncmp(m->companies[i].name, name, sizeof(m->companies[i].name) - 1) == 0)
			return &m->companies[i];
	if (m->n_companies > COMPANIES_MAX)
		return &m->companies[COMPANIES_MAX];
	struct company *c = &m->companies[m->n_companies++];
	snprintf(c->name, sizeof(c->name), "%s", m->n_companies > COMPANIES_MAX ? "other" : name);
	return c;
}

void metrics_visit(struct metrics *m, const struct ol_visit *v)
{
	if (!m || v->is_open)
		return;
	pthread_mutex_lock(&m->lock);
	for (size_t i = 0; i < v->n_parties; i++) {
		const struct ol_party *p = &v->parties[i];
		struct company *c = company(m, *p->company ? p->company : "not listed");
		c->up += p->up;
		c->down += p->down;
		c->visits++;
	}
	pthread_mutex_unlock(&m->lock);
}

/* Label values: a backslash before backslash, quote and line end (Prometheus text format 0.0.4). */
static void label(struct text *t, const char *s)
{
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			text_add(t, "\\", 1);
		text_add(t, *s == '\n' ? " " : s, 1);
	}
}

static void companies(struct text *t, const struct metrics *m, const char *what, const char *help, size_t at)
{
	text_addf(t,
		  "# HELP onlooker_third_party_%s_total %s\n# TYPE onlooker_third_party_%s_total counter\n",
		  what, help, what);
	for (size_t i = 0; i < m->n_companies; i++) {
		text_addf(t, "onlooker_third_party_%s_total{company=\"", what);
		label(t, m->companies[i].name);
		text_addf(t, "\"} %" PRIu64 "\n",
			  *(const uint64_t *)(const void *)((const char *)&m->companies[i] + at));
	}
}

/* What counters are called here: a metric for each of group "", one with a label for each other group. */
static const struct metric {
	const char *group, *counter, *name, *type, *help;
} metrics[] = {
	{ "", "packets", "onlooker_packets_total", "counter", "Packets passed on by the interfaces" },
	{ "", "bytes", "onlooker_bytes_total", "counter", "Bytes of their frames" },
	{ "", "flows", "onlooker_flows_total", "counter", "Flows of clients that ended" },
	{ "", "clients", "onlooker_clients_total", "counter", "Clients met" },
	{ "", "visits", "onlooker_visits_total", "counter", "Closed visits" },
	{ "skipped", NULL, "onlooker_skipped_packets_total", "counter", "Packets with nothing to look at" },
	{ "malformed", NULL, "onlooker_malformed_total", "counter", "What a parser refused, by layer" },
	{ "fragments", NULL, "onlooker_fragments_total", "counter", "IP fragments, by what became of them" },
	{ "streams", NULL, "onlooker_streams_total", "counter", "Trouble with the order of packets" },
	{ "evicted", NULL, "onlooker_evicted_total", "counter",
	  "Entries told early for want of room, by table" },
	{ "dpi", NULL, "onlooker_dpi_total", "counter", "Flows handed to nDPI" },
	{ "requests", NULL, "onlooker_requests_total", "counter", "Requests that could be read" },
	{ "decrypt", NULL, "onlooker_decrypt_total", "counter", "Decryption with session secrets" },
	{ "dropped", NULL, "onlooker_dropped_total", "counter",
	  "Packets lost, by whom; and records that could not be written" },
	{ "interfaces", NULL, "onlooker_interfaces_total", "counter", "Times an interface went down" },
	{ "memory", NULL, "onlooker_memory_bytes", "gauge", "Memory of the program" },
	{ "queue", NULL, "onlooker_queue_batches", "gauge",
	  "Batches of packets that wait for the fullest shard, and the room there is; 0: no queue, one "
	  "shard" },
	{ "lag", "ms", "onlooker_lag_seconds", "gauge", "How old packets are when they are looked at" },
};

static const struct metric *metric_of(const struct ol_count *c)
{
	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		if (strcmp(metrics[i].group, c->group) == 0 &&
		    (!metrics[i].counter || strcmp(metrics[i].counter, c->name) == 0))
			return &metrics[i];
	return NULL;
}

/* before: that of the counter before this one. A metric's lines come together. */
static void sample(struct text *t, const struct metric *m, const struct metric *before,
		   const struct ol_count *c)
{
	if (m != before)
		text_addf(t, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help, m->name, m->type);
	text_adds(t, m->name);
	if (!m->counter) {
		text_adds(t, "{what=\"");
		label(t, c->name);
		text_adds(t, "\"}");
	}
	if (strcmp(c->name, "ms") == 0) /* seconds are the unit here */
		text_addf(t, " %" PRIu64 ".%03u\n", c->n / 1000, (unsigned)(c->n % 1000));
	else
		text_addf(t, " %" PRIu64 "\n", c->n);
}

void metrics_update(struct metrics *m, const struct ol_summary *s)
{
	if (!m)
		return;
	struct text t = { 0 };
	const struct metric *before = NULL;
	for (size_t i = 0; i < s->n_counts; i++) {
		const struct metric *of = metric_of(&s->counts[i]);
		if (of)
			sample(&t, of, before, &s->counts[i]);
		before = of ? of : before;
	}
	pthread_mutex_lock(&m->lock);
	companies(&t, m, "up_bytes", "IP bytes from clients to third parties, in closed visits",
		  offsetof(struct company, up));
	companies(&t, m, "down_bytes", "IP bytes from third parties to clients, in closed visits",
		  offsetof(struct company, down));
	companies(&t, m, "visits", "closed visits in which the third party was contacted",
		  offsetof(struct company, visits));
	struct text old = t;
	if (!t.bad) {
		old = m->text;
		m->text = t;
	}
	pthread_mutex_unlock(&m->lock);
	text_fini(&old);
}
