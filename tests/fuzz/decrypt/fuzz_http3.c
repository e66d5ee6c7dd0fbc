/* The streams of an HTTP/3 connection: two requests, the client's encoder, the server's control stream. A
 * byte behind each piece says which; a piece that is the target's own ends its direction.
 */
#include "decrypt/http3.h"
#include "pieces.h"

enum { STREAMS = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint64_t ids[STREAMS] = { 0, 4, 2, 3 };
	struct teller *t = fuzz_teller();
	struct conn_facts facts = { .is_early_rejected = len & 1 };
	struct http3_conn *c = http3_conn_new(t, 1, &facts);
	struct http3_stream *streams[STREAMS];
	struct reader r = { data, len, false };
	struct when at = { 1, 1 };
	for (int i = 0; i < STREAMS; i++)
		streams[i] = http3_stream_new(c, ids[i]);
	for (struct piece_in p; piece_next(&r, &p); free(p.data)) {
		struct http3_stream *s = streams[r.left ? reader_uint(&r, 1) % STREAMS : 0];
		if (p.is_hole)
			http3_stream_gap(c, s, p.way, p.lost);
		else
			http3_stream_data(c, s, p.way, piece_bytes(&p), at, len & 2);
		if (p.is_own)
			http3_stream_end(c, s, p.way, at, len & 4);
	}
	for (int i = 0; i < STREAMS; i++)
		http3_stream_free(c, streams[i]);
	http3_conn_free(c);
	fuzz_teller_free(t);
	return 0;
}
