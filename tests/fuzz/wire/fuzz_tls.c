/* The start of a TCP stream, as a client's and as a server's hello. */
#include "fuzz.h"

#include "wire/ja4.h"
#include "wire/tls.h"

static int is_inside(struct bytes part, struct bytes whole)
{
	return part.len == 0 || (part.at >= whole.at && part.at + part.len <= whole.at + whole.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t memory[TLS_HELLO_MAX];
	struct bytes stream = { data, len }, scratch = { memory, sizeof(memory) };
	struct client_hello h;
	struct server_hello s;
	size_t used = 0;
	enum parse got = tls_stream_client_hello(stream, memory, &h, &used);
	if (got != PARSE_BAD) {
		char text[JA4_MAX];
		FUZZ_CHECK(used <= len && (got == PARSE_OK) == (used > 0));
		FUZZ_CHECK(is_inside(h.literal, stream) || is_inside(h.literal, scratch));
		FUZZ_CHECK(is_inside(h.random, stream) || is_inside(h.random, scratch));
		for (uint8_t i = 0; i < h.n_alpn; i++)
			FUZZ_CHECK(is_inside(h.alpn[i], stream) || is_inside(h.alpn[i], scratch));
		ja4(&h, len & 1, text);
		FUZZ_CHECK(tls_hello_class(&h) != 0);
	}
	if (tls_stream_server_hello(stream, memory, &s) == PARSE_OK)
		FUZZ_CHECK(s.random.len == 32);
	return 0;
}
