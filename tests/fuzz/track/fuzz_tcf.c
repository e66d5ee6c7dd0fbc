/* TC and GPP strings. */
#include <string.h>

#include "fuzz.h"
#include "track/consent_tcf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint16_t ids[] = { 1, 2, 10, 755, 65535 };
	struct bytes text = { data, len };
	struct tcf t;
	if (tcf_read(text, ids, 5, &t)) {
		FUZZ_CHECK((t.vendors | t.vendors_legitimate | t.vendors_disclosed) < 1U << 5);
		FUZZ_CHECK(t.purposes >> 24 == 0 && t.legitimate >> 24 == 0);
		FUZZ_CHECK(strlen(t.language) == 2 && strlen(t.publisher) == 2);
	}
	struct gpp g;
	if (!gpp_read(text, &g))
		return 0;
	FUZZ_CHECK(g.n <= GPP_SECTIONS_MAX);
	for (unsigned i = 0; i < g.n; i++) {
		const struct bytes *s = &g.text[i];
		FUZZ_CHECK(s->len == 0 || (s->at >= data && s->at + s->len <= data + len));
		tcf_read(*s, ids, 5, &t);
	}
	return 0;
}
