/* Header blocks of one direction; a piece that is the target's own tells of a gap. */
#include "decrypt/hpack.h"
#include "pieces.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct teller *t = fuzz_teller();
	struct hpack *h = hpack_new(t);
	struct reader r = { data, len, false };
	for (struct piece_in p; piece_next(&r, &p); free(p.data)) {
		struct message m = { 0 };
		if (p.is_own)
			hpack_gap(h);
		hpack_read(h, piece_bytes(&p), &m);
		FUZZ_CHECK(m.text.len <= teller_limits(t)->header_bytes);
		message_fini(&m, t);
		uint8_t out[64];
		FUZZ_CHECK(huffman_decode(piece_bytes(&p), out, sizeof(out)) <= (int)sizeof(out));
	}
	hpack_free(h);
	fuzz_teller_free(t);
	return 0;
}
