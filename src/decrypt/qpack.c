#include "decrypt/qpack.h"

#include <nghttp3/nghttp3.h>
#include <stdlib.h>

#define BLOCKED_MAX 100000 /* streams; the limit is kept by whoever calls */
#define PENDING_MAX 16384

struct qpack {
	struct teller *teller;
	nghttp3_qpack_decoder *dynamic, *fixed; /* fixed: for blocks that use the static table alone */
	struct buf pending;                     /* of the encoder stream, before the SETTINGS were seen */
	bool is_lost;
};

struct qpack *qpack_new(struct teller *t)
{
	struct qpack *q = calloc(1, sizeof(*q));
	if (!q)
		return NULL;
	q->teller = t;
	return q;
}

void qpack_free(struct qpack *q)
{
	if (!q)
		return;
	nghttp3_qpack_decoder_del(q->dynamic);
	nghttp3_qpack_decoder_del(q->fixed);
	buf_fini(&q->pending, teller_budget(q->teller));
	free(q);
}

void qpack_lose(struct qpack *q)
{
	q->is_lost = true;
	buf_fini(&q->pending, teller_budget(q->teller));
}

static bool feed(struct qpack *q, struct bytes data)
{
	if (nghttp3_qpack_decoder_read_encoder(q->dynamic, data.at, data.len) >= 0)
		return true;
	teller_counts(q->teller)->bad_qpack++;
	qpack_lose(q);
	return false;
}

void qpack_settings(struct qpack *q, uint64_t capacity)
{
	if (q->dynamic || q->is_lost)
		return;
	/* the capacity enters the arithmetic of indices (RFC 9204 4.5.1.1), so it cannot be cut to the limit
	 */
	if (capacity > teller_limits(q->teller)->table_bytes ||
	    nghttp3_qpack_decoder_new(&q->dynamic, (size_t)capacity, BLOCKED_MAX, nghttp3_mem_default()) !=
		0) {
		qpack_lose(q);
		return;
	}
	if (q->pending.len)
		feed(q, buf_bytes(&q->pending));
	buf_fini(&q->pending, teller_budget(q->teller));
}

bool qpack_encoder_data(struct qpack *q, struct bytes data)
{
	if (q->is_lost)
		return false;
	if (q->dynamic)
		return feed(q, data);
	if (buf_add(&q->pending, teller_budget(q->teller), data, PENDING_MAX))
		return true;
	qpack_lose(q);
	return false;
}

/* What a decoder would send back grows until it is taken. */
static void drop_acknowledgements(nghttp3_qpack_decoder *d)
{
	uint8_t sink[256];
	size_t len = nghttp3_qpack_decoder_get_decoder_streamlen(d);
	if (!len)
		return;
	uint8_t *at = len <= sizeof(sink) ? sink : malloc(len);
	if (!at)
		return;
	nghttp3_buf b = { .begin = at, .end = at + len, .pos = at, .last = at };
	nghttp3_qpack_decoder_write_decoder(d, &b);
	if (at != sink)
		free(at);
}

static void add(struct message *m, struct teller *t, const nghttp3_qpack_nv *nv)
{
	nghttp3_vec name = nghttp3_rcbuf_get_buf(nv->name), value = nghttp3_rcbuf_get_buf(nv->value);
	message_header(m, t, (struct bytes){ name.base, name.len }, (struct bytes){ value.base, value.len });
	nghttp3_rcbuf_decref(nv->name);
	nghttp3_rcbuf_decref(nv->value);
}

static enum qpack_status decode(struct qpack *q, nghttp3_qpack_decoder *d, struct qpack_block *b,
				struct message *m)
{
	for (;;) {
		nghttp3_qpack_nv nv;
		uint8_t flags = 0;
		nghttp3_ssize n = nghttp3_qpack_decoder_read_request(
		    d, b->context, &nv, &flags, b->block.at + b->used, b->block.len - b->used, 1);
		if (n < 0)
			return QPACK_BAD;
		b->used += (size_t)n;
		if (flags & NGHTTP3_QPACK_DECODE_FLAG_BLOCKED)
			return QPACK_BLOCKED;
		if (flags & NGHTTP3_QPACK_DECODE_FLAG_EMIT)
			add(m, q->teller, &nv);
		if (flags & NGHTTP3_QPACK_DECODE_FLAG_FINAL)
			return QPACK_READ;
		if (!n && !(flags & NGHTTP3_QPACK_DECODE_FLAG_EMIT))
			return QPACK_BAD;
	}
}

enum qpack_status qpack_read(struct qpack *q, struct qpack_block *b, uint64_t stream, struct message *m)
{
	struct bytes block = buf_bytes(&b->block);
	if (!block.len)
		return QPACK_BAD;
	bool is_fixed = !block.at[0]; /* required insert count 0, RFC 9204 4.5.1.1 */
	if (is_fixed && !q->fixed)
		nghttp3_qpack_decoder_new(&q->fixed, 0, 0, nghttp3_mem_default());
	nghttp3_qpack_decoder *d = is_fixed ? q->fixed : q->dynamic;
	if (!d || (!is_fixed && q->is_lost))
		return is_fixed ? QPACK_BAD : QPACK_BLOCKED;
	if (!b->context &&
	    nghttp3_qpack_stream_context_new(&b->context, (int64_t)stream, nghttp3_mem_default()) != 0)
		return QPACK_BAD;
	enum qpack_status status = decode(q, d, b, m);
	teller_counts(q->teller)->bad_qpack += status == QPACK_BAD;
	drop_acknowledgements(d);
	return status;
}

void qpack_block_fini(struct qpack_block *b, struct teller *t)
{
	nghttp3_qpack_stream_context_del(b->context);
	buf_fini(&b->block, teller_budget(t));
	*b = (struct qpack_block){ 0 };
}
