#include "track/dpi.h"

#include <stddef.h>

struct dpi *dpi_new(void)
{
	return NULL;
}

void dpi_free(struct dpi *d)
{
	(void)d;
}

struct dpi_flow *dpi_flow_new(struct dpi *d)
{
	(void)d;
	return NULL;
}

void dpi_flow_free(struct dpi *d, struct dpi_flow *f)
{
	(void)d;
	(void)f;
}

bool dpi_segment(struct dpi *d, struct dpi_flow *f, const struct segment *g, struct flow_info *info)
{
	(void)d;
	(void)f;
	(void)g;
	(void)info;
	return true;
}
