/* Both directions of an HTTP/1 connection. */
#include "decrypt/http1_conn.h"
#include "pieces.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct teller *t = fuzz_teller();
	struct http1_conn *c = http1_conn_new(t, 1, false, NULL, NULL);
	struct reader r = { data, len, false };
	struct when at = { 1, 1 };
	for (struct piece_in p; piece_next(&r, &p); free(p.data)) {
		if (p.is_hole)
			http1_conn_gap(c, p.way, p.lost);
		else
			http1_conn_data(c, p.way, piece_bytes(&p), at, p.is_own);
	}
	http1_conn_end(c, WAY_DOWN, at);
	http1_conn_free(c);
	fuzz_teller_free(t);
	return 0;
}
