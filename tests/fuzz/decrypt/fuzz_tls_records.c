/* Both directions of a TLS connection whose secrets are known, from its first byte on. The first 400 bytes
 * are text of the key log.
 */
#include "decrypt/tls_conn.h"
#include "pieces.h"

enum { KEYS_LEN = 400 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct shared s;
	size_t n_keys = len < KEYS_LEN ? len : KEYS_LEN;
	struct reader r = { data + n_keys, len - n_keys, false };
	s.teller = fuzz_teller();
	s.keys = keylog_new(4);
	s.crypto = s.crypto ? s.crypto : crypto_new();
	s.trials = s.trials ? s.trials : trials_new();
	keylog_add(s.keys, (struct bytes){ data, n_keys });
	struct tls_conn *c = tls_conn_new(&s, &(struct decrypt_flow){ .id = 1 });
	struct when at = { 1, 1 };
	s.is_live = len & 1;
	for (struct piece_in p; piece_next(&r, &p); free(p.data)) {
		if (p.is_hole)
			tls_conn_gap(c, p.way, p.lost);
		else
			tls_conn_data(c, p.way, piece_bytes(&p), at);
		at.ts_ns += 100000000;
		tls_tick(&s, at.ts_ns);
	}
	tls_conn_end(c, WAY_UP, at);
	tls_conn_free(c);
	keylog_free(s.keys);
	fuzz_teller_free(s.teller);
	return 0;
}
