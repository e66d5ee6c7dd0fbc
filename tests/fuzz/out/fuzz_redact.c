/* Texts from requests, with what identifies a person taken out. */
#include <string.h>

#include "fuzz.h"
#include "out/redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena a = { 0 };
	char *text = malloc(len + 1);

	if (!text)
		return 0;
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	FUZZ_CHECK(strlen(redact(&a, text, len / 2)) <= len / 2);
	/* What was taken out once is gone. */
	const char *told = redact(&a, text, SIZE_MAX);
	const char *again = redact(&a, told, SIZE_MAX);
	FUZZ_CHECK(strstr(told, REDACTED_EMAIL) || strstr(told, REDACTED_VALUE) || strcmp(told, text) == 0);
	FUZZ_CHECK(strlen(again) > 0 || strlen(told) == 0);
	arena_fini(&a);
	free(text);
	return 0;
}
