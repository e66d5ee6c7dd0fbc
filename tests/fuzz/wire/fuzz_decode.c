/* Frames: two bytes of link type, then frames with two bytes of length each, all through one table of
 * fragments. */
#include "fuzz.h"

#include "wire/decode.h"
#include "wire/fragments.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct reader r = { data, len, false };
	uint16_t linktype = (uint16_t)reader_uint(&r, 2);
	struct fragments *f = fragments_new(4, (struct hash_key){ 1, 2 });
	for (uint64_t n = 1; r.left > 0; n++) {
		uint32_t take = reader_uint(&r, 2);
		struct bytes frame = reader_take(&r, take < r.left ? take : r.left);
		struct packet packet = {
			.ts_ns = (int64_t)n,
			.frame = frame,
			.wire_len = (uint32_t)frame.len + (take & 1),
			.linktype = linktype,
			.number = n,
			.ordinal = n,
		};
		struct segment s;
		enum decode got = decode(&packet, f, &s);
		FUZZ_CHECK(got < DECODE_COUNT);
		if (got != DECODE_OK)
			continue;
		FUZZ_CHECK(s.payload.len <= s.payload_len && s.is_cut == (s.payload.len < s.payload_len));
		FUZZ_CHECK(s.payload_len <= s.ip_len);
		volatile uint8_t last = s.payload.len ? s.payload.at[s.payload.len - 1] : 0;
		(void)last;
	}
	fragments_free(f);
	return 0;
}
