#include "run/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"

static int64_t wall_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

void progress_begin(struct progress *p, bool is_wanted, uint64_t total_bytes)
{
	*p = (struct progress){ .is_on = is_wanted && isatty(STDERR_FILENO), .total = total_bytes };
	if (p->is_on)
		p->begin_ns = p->told_ns = wall_ns();
}

void progress_at(struct progress *p, uint64_t bytes, uint64_t packets)
{
	if (!p->is_on)
		return;
	int64_t now = wall_ns();
	if (now - p->told_ns < NS_PER_S / 2)
		return;
	p->told_ns = now;
	double s = (double)(now - p->begin_ns) / 1e9;
	double rate = (double)bytes / s;
	fprintf(stderr, "\r%.0f MB", (double)bytes / 1e6);
	if (packets > 0)
		fprintf(stderr, "  %" PRIu64 " packets", packets);
	fprintf(stderr, "  %.0f MB/s", rate / 1e6);
	if (p->total > bytes && rate > 0)
		fprintf(stderr, "  %.0f %%  %.0f s left", (double)bytes / (double)p->total * 100,
			(double)(p->total - bytes) / rate);
	fputs("\033[K", stderr);
	fflush(stderr);
	p->is_shown = true;
}

void progress_end(struct progress *p)
{
	if (p->is_shown)
		fputs("\r\033[K", stderr);
}
