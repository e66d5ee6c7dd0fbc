#include "fuzz.h"

#include "wire/http1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct http1_head h;
	for (int is_cut = 0; is_cut < 2; is_cut++) {
		if (http1_head((struct bytes){ data, len }, is_cut, &h) != PARSE_OK)
			continue;
		FUZZ_CHECK(h.len <= len && h.method.len > 0 && h.target.len > 0);
		FUZZ_CHECK(h.host.text[h.host.len] == '\0');
	}
	return 0;
}
