/* What requests say of consent: a line each of target and Cookie header; then the judgement of all of them as
 * one visit. */
#include <string.h>

#include "fuzz.h"
#include "track/consent.h"

enum { EVENTS_MAX = 32 };

static struct bytes line_of(struct bytes *rest)
{
	const uint8_t *end = rest->len ? memchr(rest->at, '\n', rest->len) : NULL;
	struct bytes line = { rest->at, end ? (size_t)(end - rest->at) : rest->len };
	size_t skip = end ? line.len + 1 : line.len;
	*rest = (struct bytes){ rest->len ? rest->at + skip : rest->at, rest->len - skip };
	return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const hosts[] = { "www.x.uk", "ad.doubleclick.net",
					     "privacyportal-uk.onetrust.com" };
	static struct consent_fact facts[EVENTS_MAX];
	struct consent_event events[EVENTS_MAX];
	struct bytes rest = { data, len };
	size_t n = 0;
	while (rest.len > 0 && n < EVENTS_MAX) {
		size_t who = n % 3;
		struct request r = { .target = line_of(&rest), .method = { (const uint8_t *)"POST", 4 } };
		r.cookie = line_of(&rest);
		r.body = r.target;
		FUZZ_CHECK(hostname_parse((struct bytes){ (const uint8_t *)hosts[who], strlen(hosts[who]) },
					  &r.host));
		consent_note(&r, &facts[n]);
		FUZZ_CHECK(facts[n].cookie.choice <= CONSENT_PARTIAL && facts[n].call <= CONSENT_PARTIAL);
		FUZZ_CHECK(strlen(facts[n].gcs) < sizeof(facts[n].gcs) &&
			   strlen(facts[n].gcd) < sizeof(facts[n].gcd));
		events[n] = (struct consent_event){
			.ts_ns = (int64_t)(n + 1),
			.party = who == 1 ? "Google" : "",
			.host = hosts[who],
			.platform = who == 2 ? "OneTrust" : NULL,
			.is_first_party = who == 0,
			.fact = &facts[n],
		};
		n++;
	}
	struct consent_result result;
	if (consent_judge(events, n, &result)) {
		FUZZ_CHECK(result.n_signals <= CONSENT_SIGNALS_MAX);
		FUZZ_CHECK(!result.recorded_ns || result.recorded_ns <= (int64_t)n);
		FUZZ_CHECK(result.before.n <= 1 && result.after.n <= 1 && result.despite.n <= 1);
	}
	return 0;
}
