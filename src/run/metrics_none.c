#include "run/metrics.h"

struct metrics *metrics_open(const char *address, struct err *err)
{
	err_set(err, "--metrics %s: built without libmicrohttpd", address);
	return NULL;
}

bool metrics_start(struct metrics *m, struct err *err)
{
	(void)m;
	return err_set(err, "built without libmicrohttpd");
}

void metrics_close(struct metrics *m)
{
	(void)m;
}

void metrics_visit(struct metrics *m, const struct ol_visit *v)
{
	(void)m, (void)v;
}

void metrics_update(struct metrics *m, const struct ol_summary *status)
{
	(void)m, (void)status;
}
