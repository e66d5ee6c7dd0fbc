#include "run/gauges.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/time.h"

void gauges_open(struct gauges *g)
{
	*g = (struct gauges){ .statm_fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC) };
}

void gauges_close(struct gauges *g)
{
	if (g->statm_fd >= 0)
		close(g->statm_fd);
	g->statm_fd = -1;
}

void gauges_lag(struct gauges *g, int64_t lag_ns)
{
	g->lag_ns = lag_ns > g->lag_ns ? lag_ns : g->lag_ns;
}

void gauges_add(struct gauges *g, struct stats *stats, const struct engine_counts *counts)
{
	struct rusage usage;
	char text[64];
	unsigned long long pages;
	ssize_t n = pread(g->statm_fd, text, sizeof(text) - 1, 0); /* in pages: all, resident, … */
	text[n > 0 ? n : 0] = '\0';
	if (sscanf(text, "%*u %llu", &pages) == 1)
		stats_count(stats, "memory", "resident", pages * (uint64_t)sysconf(_SC_PAGESIZE));
	if (getrusage(RUSAGE_SELF, &usage) == 0)
		stats_count(stats, "memory", "peak", (uint64_t)usage.ru_maxrss * 1024);
	stats_count(stats, "memory", "largest-client", counts->clients.largest_client);
	stats_count(stats, "memory", "clients-at-most", counts->clients.most);
	stats_count(stats, "queue", "fullest", counts->queue_fullest);
	stats_count(stats, "queue", "room", counts->queue_room);
	stats_count(stats, "lag", "ms", (uint64_t)(g->lag_ns / NS_PER_MS));
	g->lag_ns = 0;
}
