/* From a stream to TLS records, also over holes. spec: RFC 8446 5.1 */
#include <string.h>

#include "decrypt/tls_parts.h"

#define SEARCH_MAX (3 * RECORD_MAX) /* bytes in which the next record is looked for at once */

static bool is_head(const uint8_t *at)
{
	size_t len = (size_t)at[3] << 8 | at[4];
	return at[0] >= RECORD_CCS && at[0] <= RECORD_HEARTBEAT && at[1] == 3 && at[2] <= 4 && len > 0 &&
	       len <= RECORD_MAX;
}

static size_t record_len(const uint8_t *head)
{
	return RECORD_HEAD + ((size_t)head[3] << 8 | head[4]);
}

enum chain {
	CHAIN_NONE,
	CHAIN_FOUND,
	CHAIN_MORE, /* it cannot be said yet */
};

/* Is there a record, with another one right behind it or the end of what is there? */
static enum chain chain_at(struct bytes b)
{
	if (b.len < RECORD_HEAD)
		return CHAIN_MORE;
	if (!is_head(b.at))
		return CHAIN_NONE;
	size_t end = record_len(b.at);
	if (end == b.len)
		return CHAIN_FOUND;
	if (end + RECORD_HEAD > b.len)
		return CHAIN_MORE;
	return is_head(b.at + end) ? CHAIN_FOUND : CHAIN_NONE;
}

/* After a gap: what stands before the next record is given up. returns: false if more bytes are needed to
 * say. */
static bool find_record(struct tls_way *d, struct bytes *b)
{
	while (b->len) {
		enum chain found = chain_at(*b);
		if (found == CHAIN_FOUND)
			return true;
		if (found == CHAIN_MORE && b->len < SEARCH_MAX)
			return false;
		*b = bytes_tail(*b, 1);
		d->gap_bytes++;
	}
	return false;
}

/* Handles the whole records at the beginning of b, and leaves the rest in it. */
static void take_records(struct tls_conn *c, enum way w, struct bytes *b, struct when at)
{
	struct tls_way *d = &c->way[w];
	while (!c->is_done && !c->is_holding && b->len) {
		if (d->is_gapped && !find_record(d, b))
			return;
		if (b->len < RECORD_HEAD)
			return;
		if (!is_head(b->at)) {
			if (!c->is_started) { /* not TLS */
				c->is_done = true;
				return;
			}
			d->is_gapped = true;
			shared_counts(c->shared)->gaps++;
			continue;
		}
		size_t len = record_len(b->at);
		if (b->len < len)
			return;
		struct record r = { .type = b->at[0],
				    .head = bytes_head(*b, RECORD_HEAD),
				    .body = { b->at + RECORD_HEAD, len - RECORD_HEAD },
				    .at = d->piece.len ? d->at : at };
		c->is_started = true;
		tls_record(c, w, &r);
		*b = bytes_tail(*b, len);
		if (d->piece.len)
			d->at = at; /* what follows came with the last bytes, or nearly so */
	}
}

void tls_stream_data(struct tls_conn *c, enum way w, struct bytes data, struct when at)
{
	struct tls_way *d = &c->way[w];
	struct budget *budget = teller_budget(c->shared->teller);
	if (d->skip) {
		size_t n = d->skip < data.len ? (size_t)d->skip : data.len;
		d->skip -= n;
		data = bytes_tail(data, n);
	}
	if (!data.len)
		return;
	struct bytes rest = data;
	if (!d->piece.len) {
		take_records(c, w, &rest, at);
		d->at = at;
	}
	/* of a record that is not whole only as much is copied as it takes */
	while (rest.len && !c->is_done && !c->is_holding) {
		size_t n = rest.len;
		if (!d->is_gapped && d->piece.len < RECORD_HEAD && n > RECORD_HEAD - d->piece.len)
			n = RECORD_HEAD - d->piece.len;
		else if (!d->is_gapped && d->piece.len >= RECORD_HEAD && is_head(d->piece.at) &&
			 n > record_len(d->piece.at) - d->piece.len)
			n = record_len(d->piece.at) - d->piece.len;
		if (!buf_add(&d->piece, budget, bytes_head(rest, n), SEARCH_MAX + RECORD_MAX)) {
			uint64_t lost = d->piece.len + rest.len;
			d->piece.len = 0;
			tls_stream_gap(c, w, lost);
			return;
		}
		rest = bytes_tail(rest, n);
		struct bytes whole = buf_bytes(&d->piece);
		take_records(c, w, &whole, at);
		buf_skip(&d->piece, d->piece.len - whole.len);
		if (!d->piece.len) {
			take_records(c, w, &rest, at);
			d->at = at;
		}
	}
	if (c->is_holding && rest.len) /* to be read when the keys are there */
		tls_conn_data(c, c->is_flipped ? way_other(w) : w, rest, at);
}

/* A hole inside one record: where the next one begins and its number stay known. */
static bool is_inside_record(struct tls_conn *c, enum way w, uint64_t lost)
{
	struct tls_way *d = &c->way[w];
	if (d->is_gapped || d->piece.len < RECORD_HEAD || !is_head(d->piece.at))
		return false;
	size_t len = record_len(d->piece.at);
	if (d->piece.len + lost > len)
		return false;
	uint8_t type = d->piece.at[0];
	d->skip = len - d->piece.len - lost;
	d->piece.len = 0;
	if (d->epoch == EPOCH_CLEAR) {
		d->handshake.len = 0;
		return true;
	}
	if (type != RECORD_CCS || d->epoch == EPOCH_TLS12)
		d->number++;
	size_t overhead = RECORD_HEAD + tls_overhead(d);
	if (d->epoch >= EPOCH_TRAFFIC && type == RECORD_DATA && c->app && len > overhead)
		app_conn_gap(c->app, w, len - overhead);
	return true;
}

void tls_stream_gap(struct tls_conn *c, enum way w, uint64_t lost)
{
	struct tls_way *d = &c->way[w];
	shared_counts(c->shared)->gaps++;
	c->has_lost |= lost > 0;
	c->began_before |= !lost && !c->is_started;
	if (w == WAY_UP && d->epoch == EPOCH_CLEAR)
		tls_cut_client_hello(c, buf_bytes(&d->piece));
	if (lost && d->skip) {
		uint64_t n = d->skip < lost ? d->skip : lost;
		d->skip -= n;
		lost -= n;
		if (!lost)
			return;
	}
	if (lost && is_inside_record(c, w, lost))
		return;
	d->is_gapped = true;
	d->gap_bytes += lost + d->piece.len;
	d->piece.len = d->handshake.len = 0;
	d->skip = 0;
	if (c->app)
		app_conn_gap(c->app, w, 0);
}
