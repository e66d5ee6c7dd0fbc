/* Text of a key log, whole and in two pieces. */
#include "decrypt/secrets.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct keylog *k = keylog_new(3);
	struct secrets s;
	uint8_t random[RANDOM_LEN];
	uint64_t place;
	size_t n = 0;
	keylog_add(k, (struct bytes){ data, len });
	keylog_add(k, (struct bytes){ data, len / 2 });
	FUZZ_CHECK(keylog_count(k) <= 3);
	for (; keylog_near(k, KEYLOG_NOWHERE, n, &s, random); n++) {
		FUZZ_CHECK(n < 3);
		for (int i = 0; i < SECRET_COUNT; i++)
			FUZZ_CHECK(s.len[i] == 0 || s.len[i] == 32 || s.len[i] == 48);
		FUZZ_CHECK(keylog_find(k, random, &s, &place));
		for (size_t i = 0; i < 3; i++)
			FUZZ_CHECK(keylog_near(k, place, i, &s, random) == (i + 1 < keylog_count(k)));
	}
	FUZZ_CHECK(n == keylog_count(k));
	keylog_free(k);
	return 0;
}
