#include "run/intake.h"

bool intake_init(struct intake *in, size_t fragments_max, struct hash_key key)
{
	*in = (struct intake){ .fragments = fragments_new(fragments_max, key) };
	return in->fragments != NULL;
}

void intake_fini(struct intake *in)
{
	fragments_free(in->fragments);
	in->fragments = NULL;
}

bool intake_packet(struct intake *in, const struct packet *p, struct segment *ret_segment)
{
	enum decode d = decode(p, in->fragments, ret_segment);
	in->packets++;
	in->bytes += p->wire_len;
	in->decode[d]++;
	return d == DECODE_OK;
}

void intake_add_counts(const struct intake *in, struct shard_counts *counts)
{
	struct fragments_counts f;
	fragments_counts(in->fragments, &f);
	counts->packets += in->packets;
	counts->bytes += in->bytes;
	for (int i = 0; i < DECODE_COUNT; i++)
		counts->decode[i] += in->decode[i];
	counts->fragments.kept += f.kept;
	counts->fragments.assembled += f.assembled;
	counts->fragments.evicted += f.evicted;
	counts->fragments.refused += f.refused;
}
