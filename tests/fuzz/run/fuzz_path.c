/* A packet's whole way: frames through a shard whose tables are so small that all of them overflow.
 *
 * Two bytes of link type, with the highest bit: as if live; then frames, each behind a byte that says how
 * much later it came (its square, in milliseconds; with the highest bit: earlier) and two bytes of length.
 */
#include <stdio.h>

#include "fuzz.h"

#include "base/time.h"
#include "run/shard.h"

enum { FRAMES_MAX = 4096 };

struct told {
	uint64_t flows, visits;
};

static void on_flow(void *ctx, const struct flow_verdict *f)
{
	struct told *t = ctx;
	t->flows++;
	FUZZ_CHECK(f->conf <= 1 && f->info->name_conf >= 0 && f->info->name_conf <= 1);
	FUZZ_CHECK((f->names.host->len == 0) || f->info->unnamed == UNNAMED_NOT);
}

static void on_visit(void *ctx, const struct visit_result *v)
{
	struct told *t = ctx;
	t->visits++;
	FUZZ_CHECK(v->site.len > 0 && v->conf >= 0 && v->conf <= 1 && v->n_why <= 8);
	for (uint32_t i = 0; i < v->n_parts; i++)
		FUZZ_CHECK(v->parts[i].flow != 0);
}

static struct shard *make(struct told *told, const struct knowledge *know, bool is_live)
{
	return shard_new(&(struct shard_spec){
	    .know = know,
	    .is_live = is_live,
	    .explain = true,
	    .hash_key = { 1, 2 },
	    .flows_max = 16,
	    .cold_max = 4,
	    .clients_max = 3,
	    .client_flows_max = 16,
	    .dns_max = 16,
	    .fragments_max = 16,
	    .visit = on_visit,
	    .flow = on_flow,
	    .ctx = told,
	});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct knowledge know;
	struct told told = { 0 };
	struct reader r = { data, len, false };
	uint16_t linktype = (uint16_t)reader_uint(&r, 2);
	struct shard *s = make(&told, &know, linktype & 0x8000);
	int64_t now_ns = 1700000000 * NS_PER_S;
	for (uint64_t n = 1; r.left > 3 && n < FRAMES_MAX; n++) {
		uint32_t step = reader_uint(&r, 1), take = reader_uint(&r, 2);
		int64_t later_ns = (int64_t)(step & 0x7f) * (step & 0x7f) * NS_PER_MS;
		now_ns += step & 0x80 ? -later_ns : later_ns;
		struct bytes frame = reader_take(&r, take < r.left ? take : r.left);
		struct packet p = {
			.ts_ns = now_ns,
			.frame = frame,
			.wire_len = (uint32_t)frame.len,
			.linktype = linktype & 0x7fff,
			.number = n,
			.ordinal = n,
		};
		shard_packets(s, &p, 1);
		if ((step & 0x7f) == 0x7f)
			shard_tick(s, now_ns, step & 0x80);
	}
	shard_finish(s);
	struct shard_counts counts = { 0 };
	shard_add_counts(s, &counts);
	FUZZ_CHECK(counts.named_flows + counts.unnamed_flows == counts.flows);
	shard_free(s);
	return 0;
}
