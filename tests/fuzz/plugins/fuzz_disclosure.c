/* One request through the whole extractor. Lines: address, Referer, Cookie, Content-Type; the rest is the
 * body. */
#include <stdio.h>
#include <string.h>

#include "collect.h"
#include "fuzz.h"

static char *next_line(char **at)
{
	char *line = *at, *end = strchr(line, '\n');
	if (end)
		*end = '\0';
	*at = end ? end + 1 : line + strlen(line);
	return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static void *extractor;
	char err[OL_ERR_MAX] = "";
	if (!extractor)
		extractor = collect_open(NULL, err);
	FUZZ_CHECK(extractor);
	char *text = malloc(len + 1);
	FUZZ_CHECK(text);
	memcpy(text, data, len);
	text[len] = '\0';
	char *at = text, *url = next_line(&at);
	struct ol_request r = collect_asked_by(next_line(&at));
	r.cookie = next_line(&at);
	r.content_type = next_line(&at);
	r.body = at;
	r.body_len = (size_t)(text + len - at);
	const struct collected *c = collect_request(extractor, url, r);
	FUZZ_CHECK(c->n <= COLLECTED_MAX);
	free(text);
	return 0;
}
