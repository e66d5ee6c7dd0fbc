/* A file of profiles: refused, or every look-up gives a share between 0 and 1. */
#include <string.h>

#include "know/memfile.h"
#include "know/profiles.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct err err = { "" };
	char path[64], host[64];
	int fd = memfile(data, len, path);
	struct profiles *p = profiles_load(path, &err);

	close(fd);
	FUZZ_CHECK(p || err.text[0]);
	for (size_t at = 0; p && at < len; at++) {
		size_t n = len - at < sizeof(host) - 1 ? len - at : sizeof(host) - 1;
		uint32_t tracker, site;
		float reach;

		if (data[at] < n)
			n = data[at];
		memcpy(host, data + at + (n < len - at), n);
		host[n] = '\0';
		site = profiles_site(p, host);
		FUZZ_CHECK(site == PROFILES_NO_SITE || site < profiles_count(p));
		for (uint32_t t = 0; site != PROFILES_NO_SITE && t < 8; t++)
			FUZZ_CHECK(profiles_share(p, site, t) >= 0 && profiles_share(p, site, t) <= 1);
		if (profiles_tracker(p, host, &reach, &tracker))
			FUZZ_CHECK(reach >= 0 && reach <= 1);
	}
	profiles_free(p);
	return 0;
}
