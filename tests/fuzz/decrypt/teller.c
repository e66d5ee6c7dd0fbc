#include "decrypt/teller_parts.h"
#include "pieces.h"

/* Where what was read goes, so that it must be readable. */
static size_t sum(struct bytes b)
{
	size_t n = 0;
	for (size_t i = 0; i < b.len; i++)
		n += b.at[i];
	return n;
}

static void read_headers(size_t *total, const struct header *h, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		*total += sum(h[i].name) + sum(h[i].value);
}

static void request(void *ctx, const struct request *r)
{
	size_t total = sum(r->method) + sum(r->authority) + sum(r->target) + sum(r->cookie) + sum(r->body);
	(void)ctx;
	read_headers(&total, r->headers, r->n_headers);
	FUZZ_CHECK(r->body.len <= REQUEST_BODY_MAX && r->host.len <= HOSTNAME_MAX);
	FUZZ_CHECK(r->method.len || r->target.len || r->authority.len);
	FUZZ_CHECK(total != SIZE_MAX);
}

static void response(void *ctx, const struct response *r)
{
	size_t total = sum(r->location) + sum(r->content_type);
	(void)ctx;
	read_headers(&total, r->headers, r->n_headers);
	FUZZ_CHECK(r->status < 1000 && total != SIZE_MAX);
}

static void doh_answer(void *ctx, const struct doh_answer *a)
{
	(void)ctx;
	FUZZ_CHECK(a->message.len <= REQUEST_BODY_MAX && sum(a->message) != SIZE_MAX);
}

struct request_sink fuzz_sink(void)
{
	return (struct request_sink){ .request = request, .response = response, .doh_answer = doh_answer };
}

struct decrypt_limits fuzz_limits(void)
{
	struct decrypt_limits limits = DECRYPT_LIMITS_DEFAULT;
	limits.total_bytes = 1 << 20;
	limits.header_bytes = 4096;
	limits.header_block = 2048;
	limits.streams = 8;
	limits.handshake_bytes = 4096;
	limits.quic_ooo_bytes = 4096;
	limits.quic_cids = 16;
	limits.resync_trials = 64;
	return limits;
}

struct teller *fuzz_teller(void)
{
	struct request_sink sink = fuzz_sink();
	struct decrypt_limits limits = fuzz_limits();
	return teller_new(&sink, &limits);
}

void fuzz_teller_free(struct teller *t)
{
	FUZZ_CHECK(t->budget.used == t->headers.capacity + t->cookie.capacity);
	FUZZ_CHECK(t->budget.used <= t->budget.max);
	teller_free(t);
}
