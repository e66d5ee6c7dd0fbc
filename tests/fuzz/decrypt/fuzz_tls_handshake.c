/* Handshake messages as they come out of opened records, in every epoch. */
#include "decrypt/tls_parts.h"
#include "pieces.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct shared s;
	struct reader r = { data, len, false };
	s.teller = fuzz_teller();
	s.keys = keylog_new(4);
	s.crypto = s.crypto ? s.crypto : crypto_new();
	s.trials = s.trials ? s.trials : trials_new();
	static const char line[] =
	    "CLIENT_RANDOM 4141414141414141414141414141414141414141414141414141414141414141 "
	    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
	    "00112233445566778899aabbccddeeff\n";
	keylog_add(s.keys, (struct bytes){ (const uint8_t *)line, sizeof(line) - 1 });
	struct tls_conn *c = tls_conn_new(&s, &(struct decrypt_flow){ .id = 1 });
	for (struct piece_in p; piece_next(&r, &p); free(p.data)) {
		if (p.is_hole)
			c->way[p.way].epoch = (enum epoch)(p.lost % 5);
		else if (p.is_own)
			app_conn_data(c->app, p.way, piece_bytes(&p), (struct when){ 1, 1 }, false);
		else
			tls_handshake_data(c, p.way, piece_bytes(&p));
	}
	tls_conn_free(c);
	keylog_free(s.keys);
	fuzz_teller_free(s.teller);
	return 0;
}
