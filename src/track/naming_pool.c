#include "track/naming_pool.h"

#include <stdlib.h>
#include <string.h>

enum {
	PIECES_PER_PLACE = 512, /* bytes that a place may take for pieces of hellos, in the mean */
	DPI_BYTES = 1024,       /* of a flow that libndpi looks at */
};

bool naming_pool_init(struct naming_pool *p, uint32_t size, struct dpi *dpi)
{
	*p = (struct naming_pool){ .dpi = dpi, .size = size };
	p->free = p->oldest = p->newest = FLOW_NONE;
	p->places = calloc(size, sizeof(*p->places));
	return p->places != NULL;
}

void naming_pool_fini(struct naming_pool *p)
{
	for (uint32_t i = p->oldest; p->places && i != FLOW_NONE; i = p->places[i].newer)
		naming_pool_empty(p, &p->places[i]);
	free(p->places);
	p->places = NULL;
}

bool naming_pool_is_full(const struct naming_pool *p)
{
	return p->free == FLOW_NONE && p->n_used == p->size;
}

uint32_t naming_pool_oldest(const struct naming_pool *p)
{
	return p->places[p->oldest].flow;
}

struct cold *naming_pool_take(struct naming_pool *p, struct flow *f, uint32_t index,
			      const struct named_flow *named)
{
	uint32_t i = p->free;
	if (i == FLOW_NONE)
		i = p->n_used++;
	else
		p->free = p->places[i].newer;
	struct cold *c = &p->places[i];
	memset(c, 0, sizeof(*c));
	c->named = *named;
	c->flow = index;
	c->newer = FLOW_NONE;
	c->older = p->newest;
	*(p->newest == FLOW_NONE ? &p->oldest : &p->places[p->newest].newer) = i;
	p->newest = i;
	f->cold = i;
	return c;
}

void naming_pool_empty(struct naming_pool *p, struct cold *c)
{
	p->n_pieces -= c->n_pieces;
	c->n_pieces = 0;
	stream_fini(&c->up);
	quic_crypto_fini(&c->crypto);
	if (c->dpi)
		dpi_flow_free(p->dpi, c->dpi);
	c->dpi = NULL;
}

void naming_pool_drop(struct naming_pool *p, struct flow *f)
{
	uint32_t i = f->cold;
	if (i == FLOW_NONE)
		return;
	struct cold *c = &p->places[i];
	naming_pool_empty(p, c);
	*(c->newer == FLOW_NONE ? &p->newest : &p->places[c->newer].older) = c->older;
	*(c->older == FLOW_NONE ? &p->oldest : &p->places[c->older].newer) = c->newer;
	c->newer = p->free;
	p->free = i;
	f->cold = FLOW_NONE;
}

bool naming_pool_count(struct naming_pool *p, struct cold *c)
{
	size_t now = c->up.capacity + c->crypto.capacity + (c->dpi ? DPI_BYTES : 0);
	p->n_pieces += now - c->n_pieces;
	c->n_pieces = now;
	return p->n_pieces > (size_t)p->size * PIECES_PER_PLACE;
}
