/* One DNS message. */
#include <string.h>

#include "fuzz.h"

#include "wire/dns.h"

static int is_sound(const struct hostname *h)
{
	return h->len <= HOSTNAME_MAX && strlen(h->text) == h->len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct dns_message m;
	if (dns_parse((struct bytes){ data, len }, &m) != PARSE_OK)
		return 0;
	FUZZ_CHECK(is_sound(&m.name) && m.n_answers <= DNS_ANSWERS_MAX);
	for (uint32_t i = 0; i < m.n_answers; i++) {
		const struct dns_answer *a = &m.answers[i];
		FUZZ_CHECK(is_sound(&a->owner) && is_sound(&a->target) && is_sound(&a->ech_public_name));
	}
	return 0;
}
