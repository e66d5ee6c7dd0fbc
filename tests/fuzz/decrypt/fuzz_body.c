/* A body: its coding by the first byte. */
#include <string.h>

#include "decrypt/body.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const codings[] = { "gzip", "deflate", "br", "zstd", "" };
	uint8_t out[2048];
	size_t n = 0;
	bool is_cut;
	if (!len)
		return 0;
	const char *coding = codings[data[0] % 5];
	if (body_decode((struct bytes){ (const uint8_t *)coding, strlen(coding) },
			(struct bytes){ data + 1, len - 1 }, out, sizeof(out), &n, &is_cut))
		FUZZ_CHECK(n <= sizeof(out));
	return 0;
}
