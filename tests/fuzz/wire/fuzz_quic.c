/* Datagrams of one client, each behind its length of two bytes; also in the form of Google's QUIC. */
#include "fuzz.h"

#include "wire/quic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct quic_cipher *cipher;
	struct quic_crypto c = { 0 };
	struct bytes name, hello;
	if (!cipher)
		cipher = quic_cipher_new();
	struct reader r = reader_of((struct bytes){ data, len });
	while (r.left > 2) {
		struct quic_found found;
		size_t n = reader_uint(&r, 2);
		struct bytes datagram = reader_take(&r, n < r.left ? n : r.left);
		enum parse answer = quic_client_datagram(&c, cipher, datagram, &found, &hello);
		FUZZ_CHECK(answer != PARSE_OK || hello.len <= QUIC_CRYPTO_MAX);
		FUZZ_CHECK(c.n_pieces <= QUIC_PIECES_MAX && c.capacity <= QUIC_CRYPTO_MAX);
		for (uint16_t i = 0; i + 1 < c.n_pieces; i++)
			FUZZ_CHECK(c.pieces[i].to < c.pieces[i + 1].from);
		if (quic_google_server_name(datagram, &name) == PARSE_OK)
			FUZZ_CHECK(name.len > 0 && name.at >= datagram.at &&
				   name.at + name.len <= datagram.at + datagram.len);
	}
	quic_crypto_fini(&c);
	return 0;
}
