/* A list as companies and as sectors: read, or refused in words; what was read is text and is found again. */
#include <string.h>

#include "know/companies.h"
#include "know/list_info.h"
#include "know/memfile.h"
#include "know/sectors.h"

static void check_company(const struct companies *c, const struct company *e)
{
	struct hostname h;
	const char *const fields[] = { e->suffix, e->company, e->product, e->category, e->country, e->list };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		FUZZ_CHECK(fields[i] && !strpbrk(fields[i], "\t\n\x1b"));
	FUZZ_CHECK(e->line > 0);
	FUZZ_CHECK(hostname_parse((struct bytes){ (const uint8_t *)e->suffix, strlen(e->suffix) }, &h));
	FUZZ_CHECK(companies_of(c, &h) == e);
}

/* Looks up every line of the input as if it were a host. */
static void look_up_lines(const struct companies *c, const struct sectors *s, const uint8_t *data, size_t len)
{
	for (size_t at = 0; at < len;) {
		const uint8_t *end = memchr(data + at, '\n', len - at);
		size_t stop = end ? (size_t)(end - data) : len, n = 0;
		struct hostname h;

		while (at + n < stop && data[at + n] != '\t')
			n++;
		if (hostname_parse((struct bytes){ data + at, n }, &h)) {
			const struct company *e = c ? companies_of(c, &h) : NULL;
			const char *who;

			if (e)
				check_company(c, e);
			if (s)
				FUZZ_CHECK(sector_of(s, h.text, &who) && who);
		}
		at = stop + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct err err = { "" };
	struct list_info info;
	char path[64];
	const char *paths[] = { path, path };
	int fd = memfile(data, len, path);
	struct companies *c = companies_load(paths, 2, &err); /* twice: it lies over itself */
	struct sectors *s;

	FUZZ_CHECK(c || err.text[0]);
	err.text[0] = '\0';
	s = sectors_load(paths, 1, &err);
	FUZZ_CHECK(s || err.text[0]);
	FUZZ_CHECK(list_info_read("input", path, true, &info, &err) && strlen(info.sha256) == 64);
	look_up_lines(c, s, data, len);
	companies_free(c);
	sectors_free(s);
	close(fd);
	return 0;
}
