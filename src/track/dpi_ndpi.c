#include "track/dpi.h"

#include <ndpi/ndpi_api.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"

#define SEGMENTS_MAX 8 /* with payload; what is not known by then stays without a label */

struct dpi {
	struct ndpi_detection_module_struct *module; /* NULL until it is needed */
	bool is_refused;                             /* it could not be started */
	size_t flow_size;
};

struct dpi_flow {
	unsigned n_segments;
	struct ndpi_flow_struct *state;
};

struct dpi *dpi_new(void)
{
	return calloc(1, sizeof(struct dpi));
}

/* Takes as long as all the rest of a start, and many captures hold nothing to ask it about. */
static bool start(struct dpi *d)
{
	static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER; /* the library's own globals */
	NDPI_PROTOCOL_BITMASK all;
	if (d->module || d->is_refused)
		return !d->is_refused;
	pthread_mutex_lock(&one_at_a_time);
	d->module = ndpi_init_detection_module(ndpi_dont_load_tor_hosts);
	if (d->module) {
		NDPI_BITMASK_SET_ALL(all);
		ndpi_set_protocol_detection_bitmask2(d->module, &all);
		ndpi_finalize_initialization(d->module);
		d->flow_size = ndpi_detection_get_sizeof_ndpi_flow_struct();
	}
	pthread_mutex_unlock(&one_at_a_time);
	d->is_refused = !d->module;
	return !d->is_refused;
}

void dpi_free(struct dpi *d)
{
	if (!d)
		return;
	if (d->module)
		ndpi_exit_detection_module(d->module);
	free(d);
}

struct dpi_flow *dpi_flow_new(struct dpi *d)
{
	struct dpi_flow *f = start(d) ? calloc(1, sizeof(*f)) : NULL;
	if (!f)
		return NULL;
	f->state = ndpi_flow_malloc(d->flow_size);
	if (!f->state) {
		free(f);
		return NULL;
	}
	memset(f->state, 0, d->flow_size);
	return f;
}

void dpi_flow_free(struct dpi *d, struct dpi_flow *f)
{
	(void)d;
	if (!f)
		return;
	ndpi_free_flow(f->state);
	free(f);
}

static void set_label(struct dpi *d, ndpi_protocol p, struct flow_info *info)
{
	uint16_t id = p.app_protocol != NDPI_PROTOCOL_UNKNOWN ? p.app_protocol : p.master_protocol;
	if (id == NDPI_PROTOCOL_UNKNOWN)
		return;
	const char *name = ndpi_get_proto_name(d->module, id);
	const char *category = ndpi_category_get_name(d->module, ndpi_get_proto_category(d->module, p));
	snprintf(info->label, sizeof(info->label), "%s", name ? name : "");
	snprintf(info->label_category, sizeof(info->label_category), "%s", category ? category : "");
}

bool dpi_segment(struct dpi *d, struct dpi_flow *f, const struct segment *g, struct flow_info *info)
{
	if (g->payload.len == 0 || g->ip_captured > UINT16_MAX)
		return false;
	ndpi_protocol p = ndpi_detection_process_packet(
	    d->module, f->state, g->ip, (unsigned short)g->ip_captured, (uint64_t)(g->ts_ns / NS_PER_MS));
	bool is_known = p.app_protocol != NDPI_PROTOCOL_UNKNOWN || p.master_protocol != NDPI_PROTOCOL_UNKNOWN;
	if (!is_known && ++f->n_segments < SEGMENTS_MAX)
		return false;
	set_label(d, p, info);
	return true;
}
