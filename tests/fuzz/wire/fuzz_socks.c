/* The start of a client's stream. */
#include "fuzz.h"

#include "wire/socks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t used = 0;
	if (socks_client((struct bytes){ data, len }, &used) == PARSE_OK)
		FUZZ_CHECK(used > 0 && used <= len);
	return 0;
}
