/* A value looked through for the test person's own data; and a Set-Cookie header. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "plugins/disclosure/own.h"
#include "plugins/disclosure/set_cookie.h"

static struct own *load(void)
{
	static const char lines[] = "jo.bloggs@example.org\nphone: 020 7946 0123\nname: Jo Bloggs\n";
	char path[] = "/tmp/fuzz-own-XXXXXX", err[256];
	int fd = mkstemp(path);
	FUZZ_CHECK(fd >= 0 && write(fd, lines, sizeof(lines) - 1) == sizeof(lines) - 1);
	close(fd);
	struct own *o = own_load(path, err, sizeof(err));
	unlink(path);
	return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct own *own;
	static struct scratch scratch;
	if (!own) {
		own = load();
		FUZZ_CHECK(own && scratch_init(&scratch, 1 << 20));
	}
	scratch_reset(&scratch);
	char *text = malloc(len + 1);
	FUZZ_CHECK(text);
	memcpy(text, data, len);
	text[len] = '\0';
	const char *told = own_find(own, text, &scratch);
	FUZZ_CHECK(!told || strncmp(told, "your ", 5) == 0);
	struct set_cookie c;
	if (set_cookie_parse(text, 1795466824, &c)) {
		FUZZ_CHECK(c.name_len > 0 && c.name_len + c.value_len < len);
		FUZZ_CHECK(c.life_s >= -1 && c.life_s <= 400 * 86400);
	}
	free(text);
	return 0;
}
