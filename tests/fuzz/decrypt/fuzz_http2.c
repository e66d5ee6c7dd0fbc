/* Both directions of an HTTP/2 connection. */
#include "decrypt/http2.h"
#include "pieces.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct teller *t = fuzz_teller();
	struct conn_facts facts = { .is_early_rejected = len & 1 };
	struct http2_conn *c = http2_conn_new(t, 1, true, &facts);
	struct reader r = { data, len, false };
	for (struct piece_in p; piece_next(&r, &p); free(p.data)) {
		if (p.is_hole)
			http2_conn_gap(c, p.way, p.lost);
		else
			http2_conn_data(c, p.way, piece_bytes(&p), (struct when){ 1, 1 }, p.is_own);
	}
	http2_conn_free(c);
	fuzz_teller_free(t);
	return 0;
}
