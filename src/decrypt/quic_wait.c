/* QUIC packets that wait for their keys. */
#include <stdlib.h>
#include <string.h>

#include "decrypt/quic_parts.h"

#define UNLIKELY_MAX 32 /* packets that wait where ECH is all that could bring secrets */

static void waiting_free(struct quic_conn *c, struct waiting *w)
{
	teller_budget(c->shared->teller)->used -= sizeof(*w) + w->len;
	free(w);
}

void quic_drop_waiting(struct quic_conn *c)
{
	while (c->waiting) {
		struct waiting *w = c->waiting;
		c->waiting = w->next;
		quic_counts(c)->quic_dropped++;
		waiting_free(c, w);
	}
	c->waiting_end = &c->waiting;
	c->n_waiting = 0;
	c->waiting_bytes = 0;
	quic_table_list(c, false);
}

/* Keeps a packet until its keys can be made. */
void quic_wait_for_keys(struct quic_conn *c, enum way w, struct bytes packet, struct when at)
{
	const struct decrypt_limits *limits = teller_limits(c->shared->teller);
	struct budget *budget = teller_budget(c->shared->teller);
	size_t size = sizeof(struct waiting) + packet.len;
	struct waiting *p = NULL;
	bool is_likely = c->has_secrets || !c->has_hello || c->shared->is_live;
	if (!c->has_waited && c->n_waiting < (is_likely ? limits->quic_packets : UNLIKELY_MAX) &&
	    c->waiting_bytes + size <= limits->held_bytes && size <= budget->max - budget->used)
		p = malloc(size);
	if (!p) {
		quic_counts(c)->quic_dropped++;
		c->is_dead |= !is_likely && c->n_waiting >= UNLIKELY_MAX;
		return;
	}
	*p = (struct waiting){ .way = w, .at = at, .len = packet.len };
	memcpy(p->data, packet.at, packet.len);
	if (!c->waiting)
		c->waiting_since_ns = at.ts_ns;
	*c->waiting_end = p;
	c->waiting_end = &p->next;
	c->n_waiting++;
	c->waiting_bytes += size;
	budget->used += size;
	quic_counts(c)->quic_held++;
	quic_table_list(c, true);
}

void quic_conn_retry_waiting(struct quic_conn *c, bool is_last)
{
	struct waiting *p = c->waiting;
	c->waiting = NULL;
	c->waiting_end = &c->waiting;
	c->n_waiting = 0;
	c->waiting_bytes = 0;
	c->has_waited |= is_last;
	if (is_last && !c->suite && c->has_secrets) { /* the ServerHello was lost */
		c->suite = suite_find(c->secrets.len[SECRET_CLIENT_TRAFFIC] == 48 ? 0x1302 : 0x1301);
		c->is_suite_guessed = true;
	}
	while (p) {
		struct waiting *next = p->next;
		struct bytes packet = { p->data, p->len };
		struct quic_header h = { .type = QUIC_SHORT, .packet = packet };
		if (!(p->data[0] & 0x80) || quic_header(packet, &h) == PARSE_OK)
			quic_conn_packet(c, p->way, &h, p->at);
		waiting_free(c, p);
		p = next;
	}
	if (is_last || !c->waiting)
		quic_drop_waiting(c);
	c->is_dead |= is_last && !c->has_secrets;
}
