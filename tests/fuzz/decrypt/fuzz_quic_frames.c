/* The frames of opened QUIC packets, and HTTP/3 and QPACK on their streams. */
#include "decrypt/quic_parts.h"
#include "pieces.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct shared s;
	struct reader r = { data, len, false };
	s.teller = fuzz_teller();
	s.keys = keylog_new(4);
	s.crypto = s.crypto ? s.crypto : crypto_new();
	s.trials = s.trials ? s.trials : trials_new();
	struct quic_table *t = quic_table_new(&s);
	struct quic_conn *c = quic_conn_new(t, &s, &(struct decrypt_flow){ .id = 1 }, 1,
					    (struct bytes){ (const uint8_t *)"abcdefgh", 8 });
	for (struct piece_in p; piece_next(&r, &p); free(p.data)) {
		quic_frames(c, p.way, p.is_own ? SPACE_HANDSHAKE : SPACE_DATA, piece_bytes(&p),
			    (struct when){ 1, 1 }, p.is_hole);
		FUZZ_CHECK(c->assembly_bytes <= teller_limits(s.teller)->quic_ooo_bytes);
	}
	quic_conn_free(c);
	quic_table_free(t);
	keylog_free(s.keys);
	fuzz_teller_free(s.teller);
	return 0;
}
