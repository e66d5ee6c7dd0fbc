/* Protocol labels for flows that no parser of ours knows, by libndpi. dpi_ndpi.c is the only file that
 * includes its header; dpi_none.c stands in where it is missing.
 */
#ifndef TRACK_DPI_H
#define TRACK_DPI_H

#include "track/events.h"
#include "wire/decode.h"

struct dpi;      /* one a shard */
struct dpi_flow; /* one a flow, about 1 kB */

/* The library starts with the first flow. returns: NULL if out of memory, or built without. */
struct dpi *dpi_new(void);
void dpi_free(struct dpi *d);

struct dpi_flow *dpi_flow_new(struct dpi *d); /* NULL if out of memory, or the library does not start */
void dpi_flow_free(struct dpi *d, struct dpi_flow *f);

/* returns: true when the label is settled: info->label and info->label_category are set, or stay empty. */
bool dpi_segment(struct dpi *d, struct dpi_flow *f, const struct segment *g, struct flow_info *info);

#endif
