/* JSON bodies, whole, cut and wrong. */
#include <string.h>

#include "fuzz.h"
#include "plugins/disclosure/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct scratch scratch;
	static struct params params;
	if (!scratch.at)
		FUZZ_CHECK(scratch_init(&scratch, 1 << 22));
	scratch_reset(&scratch);
	params_init(&params, &scratch);
	json_params(&params, "", (const char *)data, len);
	FUZZ_CHECK(params.n <= PARAMS_MAX);
	for (size_t i = 0; i < params.n; i++) {
		FUZZ_CHECK(strlen(params.at[i].value) == params.at[i].value_len);
		FUZZ_CHECK(strlen(params.at[i].name) <= PARAM_NAME_MAX);
	}
	return 0;
}
