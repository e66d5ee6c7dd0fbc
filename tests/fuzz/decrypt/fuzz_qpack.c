/* Header blocks of one direction of HTTP/3, and its encoder stream: pieces from the server. One that is the
 * target's own comes with SETTINGS; a hole is one in the encoder stream.
 */
#include "decrypt/qpack.h"
#include "pieces.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct teller *t = fuzz_teller();
	struct qpack *q = qpack_new(t);
	struct reader r = { data, len, false };
	for (struct piece_in p; piece_next(&r, &p); free(p.data)) {
		if (p.is_own)
			qpack_settings(q, len & 1 ? 4096 : 220);
		if (p.is_hole) {
			qpack_lose(q, p.lost);
		} else if (p.way == WAY_DOWN) {
			qpack_encoder_data(q, piece_bytes(&p));
		} else {
			struct message m = { 0 };
			qpack_read(q, piece_bytes(&p), len & 2, &m);
			FUZZ_CHECK(m.text.len <= teller_limits(t)->header_bytes);
			message_fini(&m, t);
		}
	}
	qpack_free(q);
	fuzz_teller_free(t);
	return 0;
}
